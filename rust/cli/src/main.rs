//! The command `callweave`. Everything it does is in the library of the same name.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    callweave::run(callweave::Cli::parse())
}
