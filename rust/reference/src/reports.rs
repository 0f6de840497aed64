//! Calls that both of their ends have told of.

use std::collections::HashMap;

use crate::call::Call;

/// How far a report may begin before or end behind the one that covers it, ms.
const TOLERANCE_MS: i64 = 50;

/// The calls that no longer report of the same id and addresses covers, and the number of the others.
pub fn without_covered(calls: Vec<&Call>) -> (Vec<&Call>, usize) {
    let mut same: HashMap<_, Vec<&Call>> = HashMap::new();
    for call in &calls {
        same.entry((&call.id, &call.src, &call.dst)).or_default().push(call);
    }
    let read = calls.len();
    let is_covered =
        |call: &Call| same[&(&call.id, &call.src, &call.dst)].iter().any(|other| covers(other, call));
    let left: Vec<&Call> = calls.iter().copied().filter(|call| !is_covered(call)).collect();
    let covered = read - left.len();
    (left, covered)
}

/// Whether one tells more of the same call: it is longer, or as long and earlier.
fn covers(longer: &Call, call: &Call) -> bool {
    let length = |call: &Call| call.end_ms - call.start_ms;
    let is_longer =
        length(longer) > length(call) || length(longer) == length(call) && longer.start_ms < call.start_ms;
    is_longer
        && longer.start_ms - TOLERANCE_MS <= call.start_ms
        && call.end_ms <= longer.end_ms + TOLERANCE_MS
}
