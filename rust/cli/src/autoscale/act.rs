//! What the autoscaler does: rescales the job, and has TaskManagers added and taken away.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{bail, Context};

use super::args::Args;
use super::metrics::{Deed, Metrics};
use super::rules::Rules;
use super::taskmanagers::{is_idle, missing, Idle};
use super::user_command;
use crate::clock::now_ms;
use crate::console::tell;
use crate::date::utc;
use crate::job::flink::Flink;
use crate::job::metrics::TaskManager;
use crate::job::typed::words;

/// The file that this process runs, also where another one has its name since.
const THIS_PROGRAM: &str = "/proc/self/exe";
/// How often Flink is asked whether a TaskManager has come or gone.
const POLL: Duration = Duration::from_millis(500);

/// Acts on one cluster.
pub struct Actor<'a> {
    args: &'a Args,
    rules: Rules,
    flink: &'a Flink,
    metrics: &'a Metrics,
    idle: Idle,
    remove_failed_at_s: Option<u64>,
}

impl<'a> Actor<'a> {
    /// Has done nothing yet.
    pub fn new(args: &'a Args, rules: Rules, flink: &'a Flink, metrics: &'a Metrics) -> Self {
        Self { args, rules, flink, metrics, idle: Idle::default(), remove_failed_at_s: None }
    }

    /// Brings the job from one parallelism to another, with TaskManagers for it first; whether that is done. Where
    /// it is not, the job runs as before, or the rescale has said how things are.
    ///
    /// # Errors
    /// When the program of this process cannot be started again.
    pub fn rescale(&self, from: u32, to: u32) -> anyhow::Result<bool> {
        let direction = if to > from { Deed::Up } else { Deed::Down };
        if let Some(line) = self.args.add_taskmanager.as_deref().filter(|_| to > from) {
            if let Err(error) = self.add(line, from, to) {
                self.say(format_args!("error: the job stays at {from}: {error:#}"));
                self.metrics.count(direction, false);
                return Ok(false);
            }
        }
        let is_done = self.rescale_job(to)?;
        self.metrics.count(direction, is_done);
        Ok(is_done)
    }

    /// By `callweave job rescale`, as a process of its own: where this one is ended, the job is not lost.
    fn rescale_job(&self, parallelism: u32) -> anyhow::Result<bool> {
        let mut command = Command::new(THIS_PROGRAM);
        command.args(["job", "rescale", &parallelism.to_string()]).args(words(&self.args.common));
        let status = command.status().context("cannot start callweave job rescale")?;
        Ok(status.success())
    }

    fn add(&self, line: &str, from: u32, to: u32) -> anyhow::Result<()> {
        let all = self.flink.taskmanagers()?;
        let count = missing(&all, to, self.slots(from)?).map_err(anyhow::Error::msg)?;
        for number in 1..=count as usize {
            let wanted = all.len() + number;
            self.say(format_args!("adds a TaskManager, the {wanted}. of them: {line}"));
            let added =
                user_command::run(line, &[("CALLWEAVE_TASKMANAGERS", wanted.to_string())], self.limit());
            self.metrics.count(Deed::Add, added.is_ok());
            added?;
        }
        if self.comes_true(|| Ok(self.slots(from)? >= to)) {
            return Ok(());
        }
        bail!(
            "{} s after '{line}' has added {count} TaskManagers the cluster does not have {to} slots for it; see their logs",
            self.args.taskmanager_timeout_s
        )
    }

    /// The job's own, and those that are free.
    fn slots(&self, held: u32) -> anyhow::Result<u32> {
        Ok(u32::try_from(self.flink.slots()?.available)?.saturating_add(held))
    }

    /// Takes TaskManagers away that no job has had a task in for a while.
    pub fn remove_idle(&mut self, at_s: u64) {
        let Some(line) = self.args.remove_taskmanager.as_deref() else { return };
        // Where Flink does not answer nothing is known to be idle, and the next look is soon.
        let Ok(all) = self.flink.taskmanagers() else { return };
        self.idle.observe(at_s, &all);
        let failed_s = self.remove_failed_at_s.map(|failed| at_s.saturating_sub(failed));
        if failed_s.is_some_and(|ago| ago < self.rules.failed_pause_s) {
            return;
        }
        let left = self.idle.left(at_s, self.rules.settle_s, &all, self.args.spare_taskmanagers);
        for (number, taskmanager) in left.iter().enumerate() {
            let removed = self.remove(line, taskmanager, all.len() - number - 1);
            self.metrics.count(Deed::Remove, removed.is_ok());
            if let Err(error) = removed {
                let pause_s = self.rules.failed_pause_s;
                self.say(format_args!("error: {error:#}; none is taken away for {pause_s} s"));
                self.remove_failed_at_s = Some(at_s);
                return;
            }
        }
    }

    fn remove(&self, line: &str, taskmanager: &TaskManager, remaining: usize) -> anyhow::Result<()> {
        let id = &taskmanager.id;
        let find = || anyhow::Ok(self.flink.taskmanagers()?.into_iter().find(|other| other.id == *id));
        // Others may use the cluster, too.
        if !find()?.is_some_and(|now| is_idle(&now)) {
            return Ok(());
        }
        self.say(format_args!("takes the TaskManager {id} away, which no job is in: {line}"));
        let (host, port) = taskmanager.address().unwrap_or_default();
        let variables = [
            ("CALLWEAVE_TASKMANAGER", id.clone()),
            ("CALLWEAVE_TASKMANAGER_HOST", host.to_owned()),
            ("CALLWEAVE_TASKMANAGER_PORT", port.to_owned()),
            ("CALLWEAVE_TASKMANAGERS", remaining.to_string()),
        ];
        user_command::run(line, &variables, self.limit())?;
        // Until Flink has missed it, its slots would be counted on.
        if self.comes_true(|| Ok(find()?.is_none())) {
            return Ok(());
        }
        bail!(
            "{} s after '{line}' the TaskManager {id} is still there, or Flink has not missed it",
            self.args.taskmanager_timeout_s
        )
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(self.args.taskmanager_timeout_s)
    }

    /// Whether it comes to hold in time. An answer that does not come is asked for again.
    fn comes_true(&self, holds: impl Fn() -> anyhow::Result<bool>) -> bool {
        let end = Instant::now() + self.limit();
        loop {
            if holds().unwrap_or(false) {
                return true;
            }
            if Instant::now() >= end {
                return false;
            }
            std::thread::sleep(POLL);
        }
    }

    fn say(&self, what: std::fmt::Arguments<'_>) {
        tell(format_args!("{}  {what}", utc(now_ms())));
    }
}
