//! `callweave verify`: an independent check of what the job has made of its input.
//!
//! What the job had to write is worked out by the crate `callweave-reference`, which shares no code with
//! the kernels. Here is the command around it: `outputs` says which topics there are, `records` reads them,
//! `run` waits for the job, `report` prints the differences. Alerts alone are worked out by the kernel's own rules, from
//! windows that were checked.

mod alerts;
mod args;
mod outputs;
mod records;
mod report;
mod run;

pub use args::Args;
pub use run::run;
