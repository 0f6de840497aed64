//! Ids that several calls have.

use serde::Serialize;

use super::row::Row;

/// Ids of more than one call. An exact repeat is no other call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SharedIds {
    /// How many such ids there are.
    pub ids: u64,
    /// How many calls have them.
    pub calls: u64,
    /// Of the ids: all calls have the same addresses, and overlap in time, as if both ends had told of
    /// one call.
    pub told_by_both_ends: u64,
    /// Of the ids: the calls have different addresses, as if the id was that of a trace.
    pub of_several_addresses: u64,
}

impl SharedIds {
    /// Those of the rows, none of which is there twice. Costs n log n for n rows.
    pub fn of(mut rows: Vec<Row>) -> Self {
        rows.sort_unstable_by_key(|row| (row.id, row.start_ms, row.end_ms));
        let mut shared = Self::default();
        for calls in rows.chunk_by(|a, b| a.id == b.id).filter(|calls| calls.len() > 1) {
            shared.ids += 1;
            shared.calls += calls.len() as u64;
            let same_addresses =
                calls.windows(2).all(|two| (two[0].src, two[0].dst) == (two[1].src, two[1].dst));
            let overlap = calls.windows(2).all(|two| two[1].start_ms <= two[0].end_ms);
            shared.told_by_both_ends += u64::from(same_addresses && overlap);
            shared.of_several_addresses += u64::from(!same_addresses);
        }
        shared
    }
}
