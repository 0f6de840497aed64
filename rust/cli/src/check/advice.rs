//! Options that go together: what is said of them holds when the job has all of them.

use serde::Serialize;

use super::disorder::Disorder;
use super::latency::Latencies;

/// No longer `max-latency-ms` than this is advised, ms: a call is held in memory as long.
const LONGEST_LATENCY_MS: i64 = 600_000;
/// Buckets that one call may touch; the job takes no greater `max-latency-ms`.
const MAX_BUCKETS: i64 = 10_000;

/// The options to set, and what becomes of the records with both of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// `max-latency-ms`
    pub max_latency_ms: i64,
    /// `max-out-of-order-ms`
    pub max_out_of_order_ms: u64,
    /// Calls that are accepted then.
    pub accepted: u64,
    /// Calls that are late all the same.
    pub late: u64,
    /// Calls that are too long all the same.
    pub too_long: u64,
}

/// The greatest `max-latency-ms` that may be advised, given that of now.
pub fn latency_cap_ms(max_latency_ms: i64, bucket_ms: i64) -> i64 {
    let possible_ms = bucket_ms.saturating_mul(MAX_BUCKETS);
    LONGEST_LATENCY_MS.min(possible_ms).max(max_latency_ms)
}

impl Advice {
    /// `None` without a call that they would keep.
    pub fn of(
        latencies: &Latencies,
        disorder: &Disorder,
        max_latency_ms: i64,
        too_long: u64,
    ) -> Option<Self> {
        let max_latency_ms = latencies.advice_ms(max_latency_ms);
        // A call may come no earlier than it ends: the longest that is kept must not be late for that.
        let suggestion = disorder.suggestion(max_latency_ms.unsigned_abs())?;
        Some(Self {
            max_latency_ms,
            max_out_of_order_ms: suggestion.max_out_of_order_ms,
            accepted: disorder.calls() - suggestion.late,
            late: suggestion.late,
            too_long,
        })
    }
}
