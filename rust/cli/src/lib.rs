//! What the command `callweave` is made of: one module per subcommand, and what they share.
//!
//! A subcommand is a module with an `Args` struct and a function
//! `run(&Args) -> anyhow::Result<ExitCode>`; a new one is a new module and a line in [`Command`].

#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

mod advice;
pub mod autoscale;
pub mod check;
pub mod clock;
pub mod compare;
mod compression;
pub mod console;
mod csv;
mod date;
mod decompress;
pub mod files;
mod format;
mod framing;
pub mod interrupt;
pub mod job;
pub mod job_options;
pub mod kafka;
mod lines;
pub mod link;
pub mod output;
mod parquet;
pub mod paths;
mod plain_lines;
mod position;
mod printable;
pub mod progress;
pub mod report;
pub mod same_file;
pub mod show;
pub mod simulate;
pub mod sorting;
pub mod source;
pub mod unfinished;
pub mod values;
pub mod verify;

use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use advice::advice;
use console::{ensure_stdout, tell};

/// The exit code of an error: bad usage, an unreachable broker, a missing topic.
pub const EXIT_ERROR: u8 = 2;

/// The exit code where the reader of stdout or of a pipe went away: that of a process that SIGPIPE ends.
pub const EXIT_BROKEN_PIPE: u8 = 141;

/// Links the calls of a distributed system to traces: traffic for the job, and checks on its work.
#[derive(Debug, Parser)]
#[command(name = "callweave", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes of all commands: 0 or 1 as the command says; 2 error; 130, 143 or 129 ended by SIGINT
(Ctrl-C), SIGTERM or SIGHUP; 141 nobody reads the output any more, as in `| head`.";

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
    /// Draw chains in the terminal: the tree of calls, when they ran, and what held the chain up
    Show(Box<show::Args>),
    /// Make a page of HTML about calls, chains and rejects: a map, edges, latencies, the slowest chains
    Report(Box<report::Args>),
    /// Submit, watch, stop, upgrade and rescale the job on a Flink cluster
    Job(Box<job::Args>),
    /// Watch the job, and rescale it to what its input needs
    Autoscale(Box<autoscale::Args>),
}

/// Runs the command that this process was called with. An error becomes one line on stderr and exit
/// code [`EXIT_ERROR`].
pub fn run() -> ExitCode {
    std::panic::set_hook(Box::new(end_on_panic));
    let result = interrupt::take_signals().and_then(|()| run_command());
    result.unwrap_or_else(|error| {
        // `callweave link calls.jsonl -o - | head` has got what it wanted.
        if is_broken_pipe(&error) {
            return ExitCode::from(EXIT_BROKEN_PIPE);
        }
        let advice = advice(&error).map(|advice| format!("; {advice}")).unwrap_or_default();
        tell(format_args!("error: {error:#}{advice}"));
        ExitCode::from(EXIT_ERROR)
    })
}

/// The command line as it is defined, but for variables of the environment that are set to nothing:
/// they count as not set, as in the job. A number may have a minus sign: it is out of range then, and not
/// an option that does not exist.
pub fn command_line() -> clap::Command {
    Cli::command().mut_subcommands(|command| {
        command.mut_args(|arg| {
            let arg = if values::is_number(&arg) { arg.allow_negative_numbers(true) } else { arg };
            let is_empty = arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
            if is_empty {
                arg.env(None::<&str>)
            } else {
                arg
            }
        })
    })
}

fn run_command() -> anyhow::Result<ExitCode> {
    let command_line = command_line();
    let matches = match command_line.clone().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return answer(&error),
    };
    if let Some((name, matches)) = matches.subcommand() {
        let subcommand = command_line.find_subcommand(name);
        subcommand.map_or(Ok(()), |subcommand| same_file::refuse(subcommand, matches))?;
    }
    match Cli::from_arg_matches(&matches).map(|cli| cli.command) {
        Ok(Command::Check(args)) => check::run(&args),
        Ok(Command::Simulate(args)) => simulate::run(&args),
        Ok(Command::Link(args)) => link::run(&args),
        Ok(Command::Verify(args)) => verify::run(&args),
        Ok(Command::Compare(args)) => compare::run(&args),
        Ok(Command::Show(args)) => show::run(&args),
        Ok(Command::Report(args)) => report::run(&args),
        Ok(Command::Job(args)) => job::run(&args),
        Ok(Command::Autoscale(args)) => autoscale::run(&args),
        Err(error) => answer(&error),
    }
}

/// Prints the help or the version that was asked for, or says what is wrong with the command line.
fn answer(error: &clap::Error) -> anyhow::Result<ExitCode> {
    if error.use_stderr() {
        // Where nobody reads it, there is nobody to tell.
        let _ = error.print();
        return Ok(ExitCode::from(EXIT_ERROR));
    }
    ensure_stdout()?;
    match error.print().and_then(|()| io::stdout().flush()) {
        // `callweave --help | head` has got what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        printed => printed.map(|()| ExitCode::SUCCESS).context("cannot print to stdout"),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// A panic in any thread is the end: what the others would still write is not to be trusted.
fn end_on_panic(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let what =
        payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    let what = what.unwrap_or("no reason given").replace('\n', " ");
    let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
    tell(format_args!(
        "error: a fault of callweave itself{}: {what}; please report it with the command line",
        place.unwrap_or_default()
    ));
    unfinished::remove_all();
    std::process::exit(EXIT_ERROR.into())
}
