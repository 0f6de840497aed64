//! The command `callweave`. Everything it does is in the library of the same name.

use std::process::ExitCode;

fn main() -> ExitCode {
    callweave::run()
}
