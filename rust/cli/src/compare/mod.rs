//! `callweave compare`: holds two results of the job against each other, or one against the truth.
//!
//! Both sources are read once, at the same time; every record becomes a compact entry ([`linked`],
//! [`identity`]). A [`Sorter`](crate::sorting::Sorter) sorts the entries of a source, [`groups`] brings together what has
//! one key, and [`results`] or [`measure`] looks at one group after the other. Equality is always
//! that of all bytes, never that of a hash.
//!
//! Memory: `--memory-mib` bounds what all sorters hold together, be the results ever so large and
//! one call in them ever so often. On top come the buffers of the sources and of the temporary
//! files (1 to 2 MiB each), one record of each source, and the examples. Only with so many sorted
//! runs that 16 KiB for each exceed the limit (at 1 GiB: some ten TiB of entries) is more used.
//!
//! Cost: one pass over the sources, in two threads, and one over the sorted entries; `n log n`
//! comparisons, mostly of one machine word. What does not fit into memory is written once and read
//! once, sequentially.

mod args;
mod bytes;
mod chains;
mod examples;
mod figures;
pub mod groups;
pub mod identity;
pub mod linked;
pub mod measure;
mod reading;
mod report;
pub mod results;
mod truth;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use crate::console::{ensure_stdout, print};

pub use args::Args;
use args::Task;

const EXIT_DIFFERENT: u8 = 1;

/// Compares or measures, and prints the outcome on stdout.
///
/// # Errors
/// When the arguments do not fit together, a source cannot be read, or a temporary file cannot be
/// written.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ensure_stdout()?;
    let (text, is_same) = match args.task()? {
        Task::Compare(a, b) => {
            let report = results::compare(args, a, b)?;
            (if args.json { report.json() } else { report.table() }, report.is_same())
        }
        Task::Measure { truth, result } => {
            let outcome = measure::measure(args, truth, result)?;
            (if args.json { outcome.json() } else { outcome.table() }, true)
        }
    };
    print(text)?;
    Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::from(EXIT_DIFFERENT) })
}
