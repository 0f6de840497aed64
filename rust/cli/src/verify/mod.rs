//! `callweave verify`: an independent check of what the job has made of its input.
//!
//! It shares no code with the kernels: `call` is a parser of its own, `link` is the link rule as one
//! would write it down. `judge` tells what must become of every input record, `rejects` holds the
//! rejects topic against that, `expect` links the calls that remain, `results` holds the result
//! topic against those, `report` tells the differences. Only `run` knows Kafka.

pub mod address;
mod args;
pub mod call;
pub mod compare;
mod expect;
mod integer;
pub mod judge;
mod link;
mod object;
pub mod records;
mod rejects;
pub mod report;
mod results;
pub mod rules;
mod run;
mod unicode;
mod written;

#[cfg(test)]
mod tests;

pub use args::Args;
pub use run::run;
