//! `callweave check`: what the job would make of an input, before it runs.
//!
//! `run` reads the inputs. `tally` judges each record with the job's own parser and rules, and hands
//! it to what counts: `reasons` the rejects, `units` the times in other units, `latency`, `disorder` and
//! `partition` the valid calls, `load` the same with `addresses`, `starts`, `seconds` and `sample`. Each
//! of them gives its part of the `facts`, which are the JSON object; `advice` and `findings` are made of
//! the other facts; `report` puts all of them into words.

mod addresses;
mod advice;
mod args;
mod count_links;
mod disorder;
mod effort;
mod facts;
mod findings;
mod latency;
mod load;
mod mutual;
mod partition;
mod reasons;
mod report;
mod row;
mod run;
mod sample;
mod seconds;
mod shared_ids;
mod starts;
mod tally;
mod times;
mod units;

#[cfg(test)]
mod tests;

pub use args::Args;
pub use run::run;
