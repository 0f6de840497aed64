//! The job's options that decide what it must write.

use crate::services::Services;

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

/// The options of the job that decide what is in its windows.
#[derive(Clone, Debug)]
pub struct WindowRules {
    /// The width of a window, ms.
    pub window_ms: i64,
    /// How much later the next one begins, ms.
    pub slide_ms: i64,
    /// Series of each kind that a window has at most.
    pub max_series: usize,
    /// Names of services.
    pub services: Services,
}

impl Default for WindowRules {
    fn default() -> Self {
        Self { window_ms: 60_000, slide_ms: 60_000, max_series: 10_000, services: Services::default() }
    }
}

impl WindowRules {
    /// In how many windows each moment lies.
    pub fn overlap(&self) -> u64 {
        (self.window_ms / self.slide_ms) as u64
    }

    /// The starts of the windows that a moment lies in.
    pub(crate) fn starts_ms(&self, time_ms: i64) -> Vec<i64> {
        let last_ms = time_ms.div_euclid(self.slide_ms) * self.slide_ms;
        let starts = (0..self.window_ms / self.slide_ms).map(|back| last_ms - back * self.slide_ms);
        starts.filter(|start_ms| time_ms < start_ms + self.window_ms).collect()
    }
}

/// How the job writes spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpansFormat {
    /// A `TracesData` of OTLP in protobuf.
    #[default]
    Otlp,
    /// A list of spans in Zipkin's JSON.
    Zipkin,
}

/// The options of the job that decide what spans it writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanRules {
    /// How they are written.
    pub format: SpansFormat,
    /// Whether a call is a client span with the server span below it.
    pub is_pair: bool,
}
