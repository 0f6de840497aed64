//! `callweave report`: what was found in records of calls, as one page of HTML.
//!
//! `record` tells what a record is. `figures` sums it up: `traffic` the calls by edge, with `timeline` over time
//! and `names` for services; `chains` the chains, `rejects` what became no result. `page` makes the page of it:
//! `page/data` what is embedded as JSON, `page/html` the frame with style, scripts and licences.
//!
//! Memory: sums of each edge, which are bounded in number, the records of the slowest chains, and one that is read.

mod args;
mod chains;
mod figures;
mod names;
mod page;
mod record;
mod rejects;
mod run;
mod timeline;
mod traffic;

#[cfg(test)]
mod tests;

pub use args::Args;
pub use run::run;
