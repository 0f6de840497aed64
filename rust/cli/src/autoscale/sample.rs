//! What is measured.

use serde::Serialize;

/// One look at the job while all its tasks run. What could not be measured is `None`, never zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// When, s since the epoch.
    pub at_s: u64,
    /// Subtasks per operator.
    pub parallelism: u32,
    /// Records written to the input topic, per second since the look before.
    pub input_per_s: Option<f64>,
    /// Records read from it, likewise.
    pub read_per_s: Option<f64>,
    /// Records written and not read.
    pub lag: Option<f64>,
    /// How far the job's time is behind the clock. A silent partition holds it back, too, which more subtasks do
    /// not help: so it keeps subtasks from being taken away, and never adds one.
    pub wall_clock_lag_ms: Option<f64>,
    /// The share of its time in which the source waits for the operators behind it.
    pub back_pressure: Option<f64>,
    /// The share of time in garbage collection, of the worst TaskManager.
    pub gc_share: Option<f64>,
    /// How long the last checkpoint took, by the interval between two.
    pub checkpoint_share: Option<f64>,
    /// Partitions of the input topic.
    pub partitions: Option<u32>,
    /// Slots that the job can have: its own, free ones, and those that can be added.
    pub slots: Option<u32>,
}

/// What every decision needs of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow {
    /// Records written, per second.
    pub input_per_s: f64,
    /// Records read, per second.
    pub read_per_s: f64,
    /// Records written and not read.
    pub lag: f64,
}

impl Sample {
    /// Input, what is read of it and what is not.
    ///
    /// # Errors
    /// The name of what is missing.
    pub fn flow(&self) -> Result<Flow, &'static str> {
        Ok(Flow {
            input_per_s: self.input_per_s.ok_or("the rate of the input")?,
            read_per_s: self.read_per_s.ok_or("the rate of reading")?,
            lag: self.lag.ok_or("the lag")?,
        })
    }
}

impl Flow {
    /// How long the input took to write what is not read, s.
    pub fn behind_s(&self) -> f64 {
        match self.lag {
            lag if lag <= 0.0 => 0.0,
            lag => lag / self.input_per_s.max(self.read_per_s).max(1.0),
        }
    }
}
