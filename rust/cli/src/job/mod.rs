//! `callweave job`: starts, watches, stops, upgrades and rescales the job by Flink's REST interface alone.
//!
//! [`change`] decides, [`drive`] does, [`outcome`] says how it has ended.

mod args;
mod change;
mod commands;
mod drive;
mod file;
mod flink;
mod list;
mod lock;
mod outcome;
mod record;
mod rest;

pub use args::{Args, Verb};
pub use commands::run;

/// The exit code where what was asked for is not done, and the job runs as before.
const EXIT_NOT_DONE: u8 = 1;
