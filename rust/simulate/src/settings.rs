//! What is simulated, and at which pace.

use crate::addresses::AddressKind;
use crate::call::IdKind;
use crate::dice::{Delay, Dice, ARRIVAL_LIMIT_MS};
use crate::faults::Shares;
use crate::incidents::Incidents;
use crate::topology::Topology;
use crate::TENTHS_PER_MS;

/// The latest start that a valid call can have.
pub const MAX_TIME_MS: i64 = 1 << 53;

/// When a simulation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// After this many valid calls.
    Calls(u64),
    /// After this many traces.
    Traces(u64),
    /// Never.
    Endless,
}

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The same seed gives the same records, apart from the time they are shifted by.
    pub seed: u64,
    /// How many.
    pub limit: Limit,
    /// Mean time between the starts of two traces.
    pub interval_ms: f64,
    /// Standard deviation of that time.
    pub std_dev_ms: f64,
    /// When the simulation ends, or begins if `begin_at_anchor`; ms of the epoch.
    pub anchor_ms: i64,
    /// Begin at the anchor rather than end there.
    pub begin_at_anchor: bool,
    /// Addresses of a service whose topology does not say how many.
    pub ip_pool_size: u32,
    /// What addresses look like.
    pub address: AddressKind,
    /// The clocks of the hosts are off by up to this.
    pub clock_skew_ms: u32,
    /// What ids look like.
    pub ids: IdKind,
    /// From the end of a call to its delivery.
    pub delay: Delay,
    /// Records beside the valid calls.
    pub shares: Shares,
    /// What goes wrong in the simulated system.
    pub incidents: Incidents,
}

impl Settings {
    /// Valid calls alone, at `calls_per_s` of simulated time if the topology is the built-in one, as the
    /// command makes them where nothing else is asked for. They end at 2023-11-14T22:13:20Z.
    ///
    /// # Errors
    /// None: the delay is right.
    pub fn new(seed: u64, limit: Limit, calls_per_s: f64) -> anyhow::Result<Self> {
        let interval_ms = 1000.0 * Topology::built_in()?.mean_calls() / calls_per_s;
        Ok(Self {
            seed,
            limit,
            interval_ms,
            std_dev_ms: interval_ms / 4.0,
            anchor_ms: 1_700_000_000_000,
            begin_at_anchor: false,
            ip_pool_size: 4,
            address: AddressKind::Mixed,
            clock_skew_ms: 0,
            ids: IdKind::Uuid,
            delay: Delay::new(2.0, 1000.0, 30_000.0)?,
            shares: Shares::default(),
            incidents: Incidents::default(),
        })
    }

    /// The longest time from the true start of a valid call to its delivery. Of two clocks, one may
    /// be behind and one ahead; what they can differ by, a call must come earlier.
    pub fn arrival_limit_ms(&self) -> i64 {
        ARRIVAL_LIMIT_MS - 2 * i64::from(self.clock_skew_ms)
    }
}

/// The starts of the traces: steady, each with an offset of its own. Tenths of a ms of the epoch.
///
/// The offsets do not add up, so a bounded run has a known length before it begins.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    base: i64,
    /// From one trace to the next, or from one call to the next if calls are limited.
    step: f64,
    /// Standard deviation of a trace's offset.
    wobble: f64,
    by_calls: bool,
}

impl Pace {
    /// The pace of these settings for traces of `mean_calls` calls.
    ///
    /// # Errors
    /// When the simulation would begin or end outside of the times that a valid call can have.
    pub fn new(settings: &Settings, mean_calls: f64) -> anyhow::Result<Self> {
        let interval = settings.interval_ms * TENTHS_PER_MS as f64;
        let (by_calls, step, steps) = match settings.limit {
            Limit::Calls(calls) => (true, interval / mean_calls, calls),
            Limit::Traces(traces) => (false, interval, traces),
            Limit::Endless => (false, interval, 0),
        };
        // The difference of two independent offsets deviates by √2 times as much as one.
        let wobble = settings.std_dev_ms * TENTHS_PER_MS as f64 / std::f64::consts::SQRT_2;
        let length = ((step * steps as f64 + 3.0 * wobble) as i64)
            .saturating_add(settings.arrival_limit_ms() * TENTHS_PER_MS);
        let anchor = settings.anchor_ms * TENTHS_PER_MS;
        let base = if settings.begin_at_anchor { anchor } else { anchor.saturating_sub(length) };
        anyhow::ensure!(
            base >= 0 && base.saturating_add(length) <= MAX_TIME_MS * TENTHS_PER_MS,
            "the simulated time would be {:.0} days, and begin before 1970 or end in far future: \
             fewer --calls or --count, a shorter --interval or a higher --rate is wanted",
            length as f64 / (TENTHS_PER_MS * 86_400_000) as f64
        );
        Ok(Self { base, step, wobble, by_calls })
    }

    /// Where the next trace starts, without its offset.
    pub fn nominal(&self, traces: u64, calls: u64) -> i64 {
        let steps = if self.by_calls { calls } else { traces };
        self.base + (self.step * steps as f64) as i64
    }

    /// The earliest start that the next trace can have.
    pub fn earliest(&self, traces: u64, calls: u64) -> i64 {
        self.nominal(traces, calls) - (3.0 * self.wobble).ceil() as i64
    }

    /// Draws the start of the next trace.
    pub fn draw(&self, traces: u64, calls: u64, dice: &mut Dice) -> i64 {
        self.nominal(traces, calls) + dice.jitter(self.wobble) as i64
    }

    /// Moves all later traces on.
    pub fn delay(&mut self, tenths: i64) {
        self.base += tenths;
    }
}
