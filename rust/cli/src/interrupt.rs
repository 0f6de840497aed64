//! SIGINT, SIGTERM and SIGHUP end the process at once, whatever it waits for, and leave no unfinished file.
//!
//! The signals are blocked in all threads, and one thread takes them. So it may do what a signal
//! handler must not, and what the others wait for (input, a reader, a broker) does not matter.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context;
use nix::sys::signal::{SigSet, Signal};

use crate::console::tell;
use crate::unfinished;

/// How long an orderly end may take.
const GRACE: Duration = Duration::from_secs(5);
/// The exit code of a process that a signal has ended is its number and this.
const EXIT_SIGNAL: i32 = 128;

/// The signal that has asked for the end; 0 before.
static ASKED: AtomicI32 = AtomicI32::new(0);
static ENDS_ITSELF: AtomicBool = AtomicBool::new(false);
/// What the first signal is answered with, where it does not end the process.
static HELD: OnceLock<&str> = OnceLock::new();

/// Takes the signals of this process from now on. To be called before there is a second thread.
///
/// # Errors
/// When the system refuses it.
pub fn take_signals() -> anyhow::Result<()> {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGINT);
    signals.add(Signal::SIGTERM);
    if !is_hangup_ignored() {
        signals.add(Signal::SIGHUP);
    }
    signals.thread_block().context("cannot block signals")?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || end_on(&signals))
        .context("cannot start the thread for signals")?;
    Ok(())
}

/// From now on the first signal only sets [`asked`], and the process has 5 s to end by itself.
pub fn end_by_yourself() {
    ENDS_ITSELF.store(true, Ordering::Relaxed);
}

/// From now on the first signal only tells `why`; the second one ends the process.
pub fn hold(why: &'static str) {
    // A second call says nothing new.
    let _ = HELD.set(why);
}

/// Whether the end was asked for. Cheap enough for every record.
pub fn is_asked() -> bool {
    ASKED.load(Ordering::Relaxed) != 0
}

/// The exit code after the signal that has asked for the end; `None` if none has.
pub fn exit_code() -> Option<u8> {
    let signal = ASKED.load(Ordering::Relaxed);
    (signal != 0).then_some((EXIT_SIGNAL + signal) as u8)
}

fn end_on(signals: &SigSet) {
    loop {
        let Ok(signal) = signals.wait() else {
            continue;
        };
        let is_first = ASKED.swap(signal as i32, Ordering::Relaxed) == 0;
        if let (true, Some(why)) = (is_first, HELD.get()) {
            tell(format_args!("{signal}: {why}"));
            continue;
        }
        if !(is_first && ENDS_ITSELF.load(Ordering::Relaxed) && start_grace(signal)) {
            end(signal);
        }
    }
}

fn start_grace(signal: Signal) -> bool {
    let grace = move || {
        std::thread::sleep(GRACE);
        tell(format_args!("error: {signal}: ended before all records were taken; the output is incomplete"));
        end(signal);
    };
    std::thread::Builder::new().spawn(grace).is_ok()
}

fn end(signal: Signal) -> ! {
    unfinished::remove_all();
    std::process::exit(EXIT_SIGNAL + signal as i32)
}

/// Whether the process was started to outlive its terminal, as `nohup` does.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (Signal::SIGHUP as u32 - 1) & 1 == 1)
}
