//! What the command `callweave` is made of: one module per subcommand, and what they share.
//!
//! A subcommand is a module with an `Args` struct and a function
//! `run(Args) -> anyhow::Result<ExitCode>`; a new one is a new module and a line in [`Command`].

pub mod check;
pub mod clock;
pub mod compare;
mod decompress;
pub mod files;
mod format;
pub mod interrupt;
pub mod job_options;
pub mod kafka;
pub mod link;
pub mod progress;
pub mod simulate;
pub mod sorting;
pub mod source;
pub mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The exit code of an error: bad usage, an unreachable broker, a missing topic.
pub const EXIT_ERROR: u8 = 2;

/// The exit code of a run that was ended by Ctrl-C before it was done.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Links the calls of a distributed system to traces: traffic for the job, and checks on its work.
#[derive(Debug, Parser)]
#[command(name = "callweave", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell what the job would reject of an input, and which options and load to expect
    Check(Box<check::Args>),
    /// Make traffic with a known truth, into Kafka or a file
    #[command(long_about = simulate::LONG_ABOUT)]
    Simulate(Box<simulate::Args>),
    /// Link calls in files, without Flink or Kafka
    Link(Box<link::Args>),
    /// Recompute from the input topic what the job must have written, and compare
    Verify(Box<verify::Args>),
    /// Compare two results of the job, or measure one against the known truth
    Compare(Box<compare::Args>),
}

/// Runs the command. An error becomes one line on stderr and exit code [`EXIT_ERROR`].
pub fn run(cli: Cli) -> ExitCode {
    let result = match cli.command {
        Command::Check(args) => check::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Link(args) => link::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Compare(args) => compare::run(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(EXIT_ERROR)
    })
}
