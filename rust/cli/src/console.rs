//! What is said on stdout and stderr. Nothing else prints: `println!` panics where nobody reads.

use std::fmt::Display;
use std::io::Write;

use anyhow::Context;

/// Prints a text and the end of its line on stdout.
///
/// # Errors
/// When stdout does not take it.
pub fn print(text: impl Display) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("cannot print to stdout")
}

/// Tells a line on stderr. Where nobody reads it, there is nobody to tell.
pub fn tell(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
