//! Progress on stderr: a bar on a terminal, a plain line now and then in a pipe.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use crate::console::tell;

const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// What is counted.
#[derive(Clone, Copy)]
enum Unit {
    /// Things of this name.
    Things(&'static str),
    /// Bytes of what is done to them.
    Bytes(&'static str),
}

/// How far a run has come, with its rate, and the time that remains if the total is known.
pub struct Progress {
    bar: Option<ProgressBar>,
    total: Option<u64>,
    unit: Unit,
    started: Instant,
    last_line: Instant,
    done_at_last_line: u64,
}

impl Progress {
    /// Starts the clock. `what` names the things that are counted, in the plural.
    pub fn start(what: &'static str, total: Option<u64>) -> Self {
        Self::of(Unit::Things(what), total)
    }

    /// Starts the clock. `doing` says what is done to the bytes that are counted.
    pub fn of_bytes(doing: &'static str, total: Option<u64>) -> Self {
        Self::of(Unit::Bytes(doing), total)
    }

    fn of(unit: Unit, total: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar(unit, total));
        let started = Instant::now();
        Self { bar, total, unit, started, last_line: started, done_at_last_line: 0 }
    }

    /// Tells how much is done so far. Costs a look at the clock.
    pub fn set(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            return;
        }
        let since = self.last_line.elapsed();
        if since >= PLAIN_EVERY {
            let rate = done.saturating_sub(self.done_at_last_line) as f64 / since.as_secs_f64();
            tell(plain(self.unit, done, self.total, rate));
            self.last_line = Instant::now();
            self.done_at_last_line = done;
        }
    }

    /// Removes the bar, so that a summary can follow.
    pub fn finish(self) -> Duration {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        self.started.elapsed()
    }
}

fn plain(unit: Unit, done: u64, total: Option<u64>, rate: f64) -> String {
    let of = |total: Option<String>| total.map(|total| format!(" of {total}")).unwrap_or_default();
    match unit {
        Unit::Things(what) => {
            format!("{done}{} {what}, {rate:.0} a second", of(total.map(|total| total.to_string())))
        }
        Unit::Bytes(doing) => {
            let of = of(total.map(|total| HumanBytes(total).to_string()));
            format!("{doing}: {}{of}, {} a second", HumanBytes(done), HumanBytes(rate as u64))
        }
    }
}

fn bar(unit: Unit, total: Option<u64>) -> ProgressBar {
    let template = match (unit, total) {
        (Unit::Things(what), Some(_)) => {
            format!("{{bar:40}} {{human_pos}} of {{human_len}} {what}, {{per_sec}}, {{eta}} left")
        }
        (Unit::Things(what), None) => format!("{{spinner}} {{human_pos}} {what}, {{per_sec}}, {{elapsed}}"),
        (Unit::Bytes(doing), Some(_)) => {
            format!("{{bar:40}} {doing}: {{bytes}} of {{total_bytes}}, {{bytes_per_sec}}, {{eta}} left")
        }
        (Unit::Bytes(doing), None) => {
            format!("{{spinner}} {doing}: {{bytes}}, {{bytes_per_sec}}, {{elapsed}}")
        }
    };
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style),
        // A template that does not parse costs the looks of the bar, not the run.
        Err(_) => bar,
    }
}
