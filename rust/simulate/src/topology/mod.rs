//! Which service calls which: a table of services and the tree of calls of one trace.
//!
//! `file` is the form in which a user writes it, `check` makes a [`Topology`] of that or says what
//! is wrong with it.

mod check;
mod file;

#[cfg(test)]
mod tests;

use anyhow::Context;

pub use file::BUILT_IN;

/// No call may take longer, ms.
pub const MAX_LATENCY_MS: f64 = 20_000.0;

/// Instances per service at most; an address has at most 16 bits for the instance.
pub const MAX_INSTANCES: u32 = 65_536;

/// How long a service works on a usual call of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Usual {
    /// Always the same.
    Constant {
        /// The time.
        ms: f64,
    },
    /// Evenly between two times.
    Uniform {
        /// The shortest.
        from_ms: f64,
        /// The longest.
        to_ms: f64,
    },
    /// Many short, few long.
    Exponential {
        /// The mean.
        mean_ms: f64,
    },
    /// The logarithm is normal.
    Lognormal {
        /// Half of them are shorter.
        median_ms: f64,
        /// The standard deviation of their natural logarithm.
        sigma: f64,
    },
}

impl Usual {
    fn mean_ms(&self) -> f64 {
        match *self {
            Usual::Constant { ms } => ms,
            Usual::Uniform { from_ms, to_ms } => (from_ms + to_ms) / 2.0,
            Usual::Exponential { mean_ms } => mean_ms,
            Usual::Lognormal { median_ms, sigma } => median_ms * (sigma * sigma / 2.0).exp(),
        }
    }
}

/// The calls that take unusually long, evenly in the logarithm between two times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stuck {
    /// How many calls are stuck, 0 to 1.
    pub share: f64,
    /// The shortest, above 0.
    pub from_ms: f64,
    /// The longest.
    pub to_ms: f64,
}

impl Stuck {
    fn mean_ms(&self) -> f64 {
        let spread = (self.to_ms / self.from_ms).ln();
        if spread > 0.0 {
            (self.to_ms - self.from_ms) / spread
        } else {
            self.from_ms
        }
    }
}

/// How long a service works on a call of its own, the calls it makes not counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// The usual calls.
    pub usual: Usual,
    /// The others.
    pub stuck: Stuck,
}

impl Work {
    fn mean_ms(&self) -> f64 {
        let Stuck { share, .. } = self.stuck;
        (1.0 - share) * self.usual.mean_ms() + share * self.stuck.mean_ms()
    }
}

/// One call of a trace, and the calls that it causes.
#[derive(Clone, Debug)]
pub struct Step {
    /// The service that is called, an index into [`Topology::services`].
    pub to: usize,
    /// In how many traces the call is made when its parent is, 0 to 1.
    pub probability: f64,
    /// How often it is made then, one after the other, each time with that probability.
    pub repeat: u32,
    /// The called service's own work.
    pub work: Work,
    /// What the called service calls: one stage after the other, the calls of a stage side by side.
    pub stages: Vec<Vec<Step>>,
}

impl Step {
    fn times(&self) -> f64 {
        self.probability * f64::from(self.repeat)
    }

    /// Calls in this subtree, on average.
    fn mean_calls(&self) -> f64 {
        let below: f64 = self.stages.iter().flatten().map(Step::mean_calls).sum();
        self.times() * (1.0 + below)
    }

    /// Calls in this subtree, at most.
    fn most_calls(&self) -> u64 {
        let below = self.stages.iter().flatten().map(Step::most_calls).fold(0, u64::saturating_add);
        u64::from(self.repeat).saturating_mul(below.saturating_add(1))
    }

    /// How long all of it takes on average, or less: of calls side by side, the longest of the means
    /// counts, and the mean of the longest is not below it.
    fn least_mean_ms(&self) -> f64 {
        let stage = |calls: &Vec<Step>| calls.iter().map(Step::least_mean_ms).fold(0.0, f64::max);
        let below: f64 = self.stages.iter().map(stage).sum();
        self.times() * (self.work.mean_ms() + below)
    }
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// How many instances it has, each with an address; `None` if the topology leaves it open.
    pub instances: Option<u32>,
}

/// The services and the calls between them.
#[derive(Clone, Debug)]
pub struct Topology {
    /// The services.
    pub services: Vec<Service>,
    /// The service that starts every trace, an index into `services`.
    pub client: usize,
    /// The first call of a trace.
    pub root: Step,
}

impl Topology {
    /// The topology that a text describes: YAML, or JSON as a part of YAML.
    ///
    /// # Errors
    /// One line with the place in the text, what is wrong there, and what would be right.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        check::check(&file::parse(text)?)
    }

    /// The topology of [`BUILT_IN`].
    ///
    /// # Errors
    /// None: a test holds that the text is right.
    pub fn built_in() -> anyhow::Result<Self> {
        Self::parse(BUILT_IN).context("built-in topology")
    }

    /// Calls in a trace, on average.
    pub fn mean_calls(&self) -> f64 {
        self.root.mean_calls()
    }
}
