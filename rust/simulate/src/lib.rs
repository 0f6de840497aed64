//! Traffic of calls with a known truth: the same records from the same seed, on every machine.
//!
//! [`Topology`] says who calls whom. From it `trace` draws one trace, a tree of calls, `schedule` puts the
//! calls of all traces in the order of their delivery, as the `clocks` of their hosts stamp them, and adds
//! `faults`, the records that a job must reject; `incidents` change what is drawn for a while. What comes out is [`Delivered`] by [`Simulation`], and
//! [`TruthWriter`] tells which call truly caused which.
//!
//! Errors name the options of `callweave simulate` that set what is wrong.
//!
//! ```
//! use callweave_simulate::{Kind, Limit, Settings, Shares, Simulation, Topology};
//!
//! let shares = Shares::default().with(Kind::Malformed, 0.1);
//! let settings = Settings { shares, ..Settings::new(1, Limit::Calls(100), 1000.0)? };
//! let records: Vec<_> = Simulation::new(settings, Topology::built_in()?)?.into_records().collect();
//! let valid = records.iter().filter(|(record, _)| record.kind == Kind::Valid);
//! assert_eq!(valid.count(), 100);
//! assert!(records.len() > 100);
//! # Ok::<(), anyhow::Error>(())
//! ```

#![forbid(unsafe_code)]

mod addresses;
mod call;
mod clocks;
mod dice;
mod faults;
mod incidents;
mod schedule;
mod settings;
mod topology;
mod trace;
mod truth;
mod waiting;

#[cfg(test)]
mod tests;

pub use addresses::AddressKind;
pub use call::{Call, CallWriter, IdKind};
pub use clocks::MAX_SKEW_MS;
pub use dice::Delay;
pub use faults::{Kind, Shares};
pub use incidents::Incidents;
pub use schedule::{Delivered, Simulation};
pub use settings::{Limit, Settings, MAX_TIME_MS};
pub use topology::{Service, Topology, BUILT_IN, MAX_INSTANCES};
pub use truth::TruthWriter;

/// The resolution of simulated times. Whole ms would lose the latencies like 39.7.
const TENTHS_PER_MS: i64 = 10;
