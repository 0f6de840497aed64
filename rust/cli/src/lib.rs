//! What the command `callweave` is made of: one module per subcommand, and what they share.
//!
//! A subcommand is a module with an `Args` struct and a function
//! `run(Args) -> anyhow::Result<ExitCode>`; a new one is a new module and a line in [`Command`].

pub mod files;
pub mod interrupt;
pub mod job_options;
pub mod kafka;
pub mod progress;
pub mod simulate;
pub mod source;
pub mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The exit code of an error: bad usage, an unreachable broker, a missing topic.
pub const EXIT_ERROR: u8 = 2;

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
    /// Make traffic with a known truth, into Kafka or a file
    #[command(long_about = simulate::LONG_ABOUT)]
    Simulate(Box<simulate::Args>),
    /// Recompute from the input topic what the job must have written, and compare
    Verify(Box<verify::Args>),
}

/// Runs the command. An error becomes one line on stderr and exit code [`EXIT_ERROR`].
pub fn run(cli: Cli) -> ExitCode {
    let result = match cli.command {
        Command::Simulate(args) => simulate::run(&args),
        Command::Verify(args) => verify::run(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(EXIT_ERROR)
    })
}
