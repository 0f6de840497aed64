//! How long the calls take.

use callweave_core::call::Call;
use hdrhistogram::CreationError;
use memchr::memmem;
use serde::Serialize;

use super::times::{Percentiles, Times};

/// The requirement's bound for a usual call, ms.
const USUAL_MS: f64 = 300.0;

/// Few services take longer, ms. Where no end confirms it, the unit may be another.
const LONG_MS: f64 = 10_000.0;

/// What an advised `max-latency-ms` is a multiple of.
const STEP_MS: u64 = 1000;

/// Latencies of calls, whatever their length.
#[derive(Clone, Debug)]
pub struct Latencies {
    times: Times,
    below_usual: u64,
    long_without_end: u64,
    cap_ms: i64,
    longest_kept_ms: i64,
}

/// What the latencies say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LatencyFacts {
    /// Calls that were looked at: the accepted, the late and the too long ones.
    pub calls: u64,
    /// Each latency rounded up to whole ms: so it is also the `max-latency-ms` that keeps that many.
    #[serde(flatten)]
    pub percentiles: Percentiles,
    /// The share below 300 ms, 0 to 1.
    pub below_300_ms: f64,
    /// Calls above 10 s whose record has no end.
    pub long_without_end: u64,
}

impl LatencyFacts {
    /// Whether most latencies are longer than services take, and no end says in which unit they are.
    pub fn unit_is_in_doubt(&self) -> bool {
        self.long_without_end * 2 > self.calls
    }
}

impl Latencies {
    /// None yet. No `max-latency-ms` above `cap_ms` is advised.
    ///
    /// # Errors
    /// As [`Times::new`].
    pub fn new(cap_ms: i64) -> Result<Self, CreationError> {
        Ok(Self { times: Times::new()?, below_usual: 0, long_without_end: 0, cap_ms, longest_kept_ms: 0 })
    }

    /// Whether the advised `max-latency-ms` keeps the call.
    pub fn keeps(&self, call: &Call<'_>) -> bool {
        latency_ms(call) <= self.cap_ms as f64
    }

    /// The `max-latency-ms` to set instead of `max_latency_ms`, if that does not keep all calls up to
    /// the cap: the longest of those, rounded up to whole seconds.
    pub fn advice_ms(&self, max_latency_ms: i64) -> i64 {
        if self.longest_kept_ms <= max_latency_ms {
            return max_latency_ms;
        }
        let seconds = self.longest_kept_ms.unsigned_abs().div_ceil(STEP_MS);
        ((seconds * STEP_MS) as i64).min(self.cap_ms)
    }

    /// Adds that of a call, whose record this is.
    pub fn add(&mut self, call: &Call<'_>, record: &[u8]) {
        let latency_ms = latency_ms(call);
        let is_long = latency_ms > LONG_MS;
        self.long_without_end += u64::from(is_long && memmem::find(record, b"end_at_ms").is_none());
        self.below_usual += u64::from(latency_ms < USUAL_MS);
        if self.keeps(call) {
            self.longest_kept_ms = self.longest_kept_ms.max(latency_ms.ceil() as i64);
        }
        // The cast saturates, far above any limit.
        self.times.add(latency_ms.ceil() as u64);
    }

    /// `None` without calls.
    pub fn facts(&self) -> Option<LatencyFacts> {
        let calls = self.times.count();
        let below_300_ms = self.below_usual as f64 / calls as f64;
        let long_without_end = self.long_without_end;
        let facts = |percentiles| LatencyFacts { calls, percentiles, below_300_ms, long_without_end };
        self.times.percentiles().map(facts)
    }
}

fn latency_ms(call: &Call<'_>) -> f64 {
    let difference_ms = (call.end_ms - call.start_ms) as f64;
    call.latency.as_deref().and_then(|text| text.parse().ok()).unwrap_or(difference_ms)
}
