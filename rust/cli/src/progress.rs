//! Progress on stderr: a bar on a terminal, a plain line now and then in a pipe.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// How far a run has come, with its rate, and the time that remains if the total is known.
pub struct Progress {
    bar: Option<ProgressBar>,
    total: Option<u64>,
    what: &'static str,
    started: Instant,
    last_line: Instant,
    done_at_last_line: u64,
}

impl Progress {
    /// Starts the clock. `what` names the things that are counted, in the plural.
    pub fn start(what: &'static str, total: Option<u64>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar(what, total));
        let started = Instant::now();
        Self { bar, total, what, started, last_line: started, done_at_last_line: 0 }
    }

    /// Tells that `done` things are done so far. Costs a look at the clock.
    pub fn set(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            return;
        }
        let since = self.last_line.elapsed();
        if since >= PLAIN_EVERY {
            let rate = (done - self.done_at_last_line) as f64 / since.as_secs_f64();
            let of = self.total.map(|t| format!(" of {t}")).unwrap_or_default();
            eprintln!("{done}{of} {}, {rate:.0} a second", self.what);
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

fn bar(what: &str, total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            format!("{{bar:40}} {{human_pos}} of {{human_len}} {what}, {{per_sec}}, {{eta}} left"),
        ),
        None => (
            ProgressBar::new_spinner(),
            format!("{{spinner}} {{human_pos}} {what}, {{per_sec}}, {{elapsed}}"),
        ),
    };
    match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style),
        // A template that does not parse costs the looks of the bar, not the run.
        Err(_) => bar,
    }
}
