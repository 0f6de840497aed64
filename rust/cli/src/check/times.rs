//! How times are distributed.

use hdrhistogram::{CreationError, Histogram};
use serde::Serialize;

/// Exact up to 32,767 ms, within 0.01 % above.
const SIGNIFICANT_DIGITS: u8 = 4;
/// The longest time that is told from longer ones, ms. No time of a valid call is longer.
const LONGEST_MS: u64 = 1 << 54;

/// Times in ms by how often they occur. Takes 6 MB, whatever is added.
#[derive(Clone, Debug)]
pub struct Times {
    histogram: Histogram<u64>,
    longest_ms: u64,
}

/// Some percentiles: so many of a hundred times are not above the value, ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Percentiles {
    /// The median.
    pub p50_ms: u64,
    /// 90 %
    pub p90_ms: u64,
    /// 99 %
    pub p99_ms: u64,
    /// 99.9 %
    pub p99_9_ms: u64,
    /// The longest.
    pub max_ms: u64,
}

impl Times {
    /// None yet.
    ///
    /// # Errors
    /// None that the constants above can cause.
    pub fn new() -> Result<Self, CreationError> {
        let histogram = Histogram::new_with_bounds(1, LONGEST_MS, SIGNIFICANT_DIGITS)?;
        Ok(Self { histogram, longest_ms: 0 })
    }

    /// Adds one.
    pub fn add(&mut self, time_ms: u64) {
        self.histogram.saturating_record(time_ms);
        self.longest_ms = self.longest_ms.max(time_ms);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// `None` of no times.
    pub fn percentiles(&self) -> Option<Percentiles> {
        // A value that stands for several is the largest of them, but never above the longest.
        let at = |quantile| self.histogram.value_at_quantile(quantile).min(self.longest_ms);
        (self.count() > 0).then(|| Percentiles {
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            p99_9_ms: at(0.999),
            max_ms: self.longest_ms,
        })
    }
}
