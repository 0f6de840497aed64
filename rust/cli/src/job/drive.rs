//! Does what a change asks for, and tells it what came of it.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::change::{Action, Change, Event, Side, Trouble};
use super::flink::{Flink, Start};
use super::outcome::Outcome;
use crate::console::tell;

/// What a job is started with, and the id of its jar on the cluster.
#[derive(Clone, Debug)]
pub struct Version {
    /// The id of its jar on the cluster.
    pub jar: String,
    /// What its main class is given.
    pub arguments: Vec<String>,
    /// Subtasks per operator; `None` for the cluster's.
    pub parallelism: Option<u32>,
}

impl Version {
    fn start(&self) -> Start<'_> {
        Start { jar: &self.jar, arguments: &self.arguments, parallelism: self.parallelism }
    }
}

/// The hands of a change.
pub struct Driver<'a> {
    /// The cluster.
    pub flink: &'a Flink,
    /// The job as it is to be; `None` where it is only stopped.
    pub new: Option<&'a Version>,
    /// The job as it was; `None` at a first start.
    pub old: Option<&'a Version>,
    /// The folder of savepoints.
    pub savepoints: Option<&'a str>,
    /// How often to look.
    pub poll: Duration,
}

impl Driver<'_> {
    /// Goes through a change to its end. `before_start` is told what a job is about to go on from.
    pub fn run(&self, mut change: Change, mut before_start: impl FnMut(Side, &str, Option<&str>)) -> Outcome {
        let began = Instant::now();
        let mut progress = Steps::new();
        let mut action = change.step(Event::Begin, Duration::ZERO);
        let mut last = None;
        loop {
            if let Action::End(outcome) = action {
                progress.finish();
                return outcome;
            }
            progress.show(change.doing());
            if last.as_ref() == Some(&action) {
                std::thread::sleep(self.poll);
            }
            if let Action::Run(side, job, from) = &action {
                before_start(*side, job, from.as_deref());
            }
            let event = self.act(&action);
            last = Some(action);
            action = change.step(event, began.elapsed());
        }
    }

    fn act(&self, action: &Action) -> Event {
        match action {
            Action::Try => Event::Done(self.with(Side::New, |start| Ok(self.flink.try_start(start)?))),
            Action::Stop(job) => {
                Event::Stopping(self.flink.stop(job, self.savepoints).map_err(Trouble::from))
            }
            Action::AskSavepoint(job, trigger) => {
                Event::Savepoint(self.flink.savepoint(job, trigger).map_err(Trouble::from))
            }
            Action::Look(job) => Event::Seen(self.flink.sight(job)),
            Action::Run(side, job, from) => {
                Event::Done(self.with(*side, |start| Ok(self.flink.start(start, job, from.as_deref())?)))
            }
            Action::Cancel(job) => Event::Done(self.flink.cancel(job).map_err(Trouble::from)),
            Action::End(_) => Event::Begin,
        }
    }

    fn with(&self, side: Side, act: impl FnOnce(&Start<'_>) -> Result<(), Trouble>) -> Result<(), Trouble> {
        let version = if side == Side::New { self.new } else { self.old };
        let missing = || Trouble::Refused("there is no jar to start".to_owned());
        act(&version.ok_or_else(missing)?.start())
    }
}

/// A spinner on a terminal, a line for each step elsewhere.
pub struct Steps {
    spinner: Option<ProgressBar>,
    shown: String,
}

impl Steps {
    /// Shows nothing yet.
    pub fn new() -> Self {
        let spinner = std::io::stderr().is_terminal().then(ProgressBar::new_spinner);
        if let Some(spinner) = &spinner {
            spinner.enable_steady_tick(Duration::from_millis(200));
        }
        Self { spinner, shown: String::new() }
    }

    /// Shows what is under way.
    pub fn show(&mut self, doing: &str) {
        if self.shown == doing {
            return;
        }
        doing.clone_into(&mut self.shown);
        match &self.spinner {
            Some(spinner) => spinner.set_message(doing.to_owned()),
            None => tell(doing),
        }
    }

    /// Makes room for what follows.
    pub fn finish(self) {
        if let Some(spinner) = self.spinner {
            spinner.finish_and_clear();
        }
    }
}
