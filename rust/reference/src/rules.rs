//! The job's options that decide what it must write.

use crate::spans::SpanRules;
use crate::windows::WindowRules;

/// The options of the job, as far as they change its output.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The watermark's distance from the highest start.
    pub max_out_of_order_ms: i64,
    /// Calls that take longer are rejected.
    pub max_latency_ms: i64,
    /// Calls that start further ahead of the clock are rejected.
    pub max_future_skew_ms: i64,
    /// The longest list of parents or children.
    pub max_links: usize,
    /// Records that are longer are rejected.
    pub max_record_bytes: usize,
    /// The length of a time bucket.
    pub bucket_ms: i64,
    /// Unknown fields are in the output.
    pub pass_through: bool,
    /// `late` is a right answer for every valid call.
    pub idle_flush_possible: bool,
    /// What both ends of a call tell of it is one call.
    pub merge_reports: bool,
    /// How calls are summed up by windows.
    pub windows: WindowRules,
    /// How spans are written.
    pub spans: SpanRules,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            max_out_of_order_ms: 30_000,
            max_latency_ms: 20_000,
            max_future_skew_ms: 10_000,
            max_links: 1000,
            max_record_bytes: 65_536,
            bucket_ms: 1000,
            pass_through: false,
            idle_flush_possible: false,
            merge_reports: false,
            windows: WindowRules::default(),
            spans: SpanRules::default(),
        }
    }
}
