//! `callweave job`: starts, watches, stops, upgrades and rescales the job by Flink's REST interface alone.
//!
//! [`change`] decides, [`drive`] does, [`outcome`] says how it has ended.

pub(crate) mod args;
mod change;
pub(crate) mod commands;
mod drive;
pub(crate) mod file;
pub(crate) mod flink;
mod list;
pub(crate) mod lock;
pub(crate) mod metrics;
mod outcome;
mod record;
pub(crate) mod rest;
pub(crate) mod typed;

pub use args::{Args, Verb};
pub use commands::run;

/// The exit code where what was asked for is not done, and the job runs as before.
const EXIT_NOT_DONE: u8 = 1;
