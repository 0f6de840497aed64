//! Calls that are each other's parent and child: equal bounds count, so two calls of equal start and end
//! between two addresses, one each way, are.

use callweave_core::seeded::SeededMap;

use super::row::Row;

/// How many of the rows, which are sorted, have a partner among them.
pub fn count_mutual(rows: &[Row]) -> u64 {
    let same_times = rows.chunk_by(|a, b| (a.start_ms, a.end_ms) == (b.start_ms, b.end_ms));
    same_times.filter(|rows| rows.len() > 1).map(count_among).sum()
}

/// Of rows with equal start and end.
fn count_among(rows: &[Row]) -> u64 {
    let ways = || rows.iter().filter_map(|row| row.src.zip(row.dst));
    let mut calls: SeededMap<_, u64> = SeededMap::default();
    ways().for_each(|way| *calls.entry(way).or_default() += 1);
    let has_partner = |&(src, dst): &(u32, u32)| {
        // A call from an address to itself is not its own partner.
        calls.get(&(dst, src)).is_some_and(|&back| back > u64::from(src == dst))
    };
    ways().filter(has_partner).count() as u64
}
