//! What is said on stdout and stderr. Nothing else prints: `println!` panics where nobody reads.

use std::fmt::Display;
use std::io::{self, Stderr, Stdin, Stdout, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

/// The name that stands for stdin or stdout.
pub const STANDARD: &str = "-";

/// Which of stdin, stdout and stderr were closed when the process was started.
static CLOSED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

/// Before `main` Rust opens `/dev/null` in the place of a stream that is closed, and everything written
/// there would seem to be taken. What stands in this section runs earlier.
#[used]
#[link_section = ".init_array"]
static AT_START: extern "C" fn() = note_closed;

extern "C" fn note_closed() {
    let descriptors = Path::new("/proc/self/fd");
    for (number, closed) in CLOSED.iter().enumerate() {
        let is_open = descriptors.join(number.to_string()).symlink_metadata().is_ok();
        closed.store(!is_open && descriptors.is_dir(), Ordering::Relaxed);
    }
}

/// Stdin, to read from.
///
/// # Errors
/// When the process was started without.
pub fn stdin() -> io::Result<Stdin> {
    ensure_open(0, "stdin is closed: redirect a file or a pipe to it").map(|()| io::stdin())
}

/// Stdout, to write to.
///
/// # Errors
/// When the process was started without.
pub fn stdout() -> io::Result<Stdout> {
    ensure_open(1, "stdout is closed: redirect it to a file, a pipe or /dev/null").map(|()| io::stdout())
}

/// Stderr, to write what an option asks for there.
///
/// # Errors
/// When the process was started without.
pub fn stderr() -> io::Result<Stderr> {
    ensure_open(2, "stderr is closed: redirect it to a file, a pipe or /dev/null").map(|()| io::stderr())
}

fn ensure_open(number: usize, message: &'static str) -> io::Result<()> {
    if CLOSED[number].load(Ordering::Relaxed) {
        return Err(io::Error::new(io::ErrorKind::Unsupported, message));
    }
    Ok(())
}

/// Makes sure that there is a stdout, before work is done for a report on it.
///
/// # Errors
/// When the process was started without.
pub fn ensure_stdout() -> anyhow::Result<()> {
    stdout().map(drop).context("cannot print to stdout")
}

/// Prints a text and the end of its line on stdout.
///
/// # Errors
/// When stdout does not take it.
pub fn print(text: impl Display) -> anyhow::Result<()> {
    stdout().and_then(|mut stdout| writeln!(stdout, "{text}")).context("cannot print to stdout")
}

/// Tells a line on stderr. Where nobody reads it, there is nobody to tell.
pub fn tell(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}
