//! What must become of every record of the input topic.

use std::collections::HashMap;

use crate::call::{Call, Reason};
use crate::record::Record;
use crate::rules::Rules;

/// What must become of a record, and what may.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The call, or why the record is rejected.
    pub verdict: Result<Call, Reason>,
    /// Whether the job may have rejected the call as late. This depends on how fast it read the
    /// other partitions, so it cannot be foretold; only what can never be late is known.
    pub may_be_late: bool,
}

/// Judges the records of the input topic, which must be in order within each partition.
pub fn judge(input: &[Record], rules: &Rules) -> Vec<Judged> {
    let mut highest_starts: HashMap<i32, i64> = HashMap::new();
    let mut judged = Vec::with_capacity(input.len());
    for record in input {
        let verdict = Call::read(record.value.as_deref(), record.timestamp_ms, rules);
        let mut may_be_late = false;
        if let Ok(call) = &verdict {
            let highest = highest_starts.entry(record.partition).or_insert(i64::MIN);
            let bucket_end = (call.start_ms / rules.bucket_ms + 1) * rules.bucket_ms - 1;
            let watermark = highest.saturating_sub(rules.max_out_of_order_ms);
            may_be_late = rules.idle_flush_possible || bucket_end <= watermark;
            *highest = call.start_ms.max(*highest);
        }
        judged.push(Judged { verdict, may_be_late });
    }
    judged
}
