//! A change of a job as a pure machine: what has happened goes in, what is to be done next comes out.
//!
//! The order of an upgrade: try the jar, stop with a savepoint, start from it, wait for a checkpoint. What fails
//! before the stop leaves the job as it is; what fails later leads back to the old jar and parallelism, from the
//! same savepoint. The old job is started again only once the new one is known to be over.

mod going_back;
mod model;
mod starting;
mod stopping;

use std::time::Duration;

pub use model::{Action, Event, Limits, Phase, Plan, Saving, Side, Sight, Trouble};

use super::outcome::Outcome;

#[derive(Clone, Debug)]
enum Step {
    Begin,
    Trying,
    Stopping,
    Saving {
        trigger: String,
    },
    /// The savepoint has failed for this reason, or (`None`) an answer about it was lost.
    LookingForSavepoint {
        failed: Option<String>,
    },
    Ending {
        savepoint: String,
    },
    Starting {
        side: Side,
        from: Option<String>,
    },
    Confirming {
        side: Side,
        from: Option<String>,
        trouble: Trouble,
    },
    Watching {
        side: Side,
        from: Option<String>,
    },
    Cancelling {
        from: Option<String>,
        why: String,
    },
    Leaving {
        from: Option<String>,
        why: String,
    },
}

/// A change under way.
#[derive(Debug)]
pub struct Change {
    plan: Plan,
    step: Step,
    /// When the step began.
    since: Duration,
    /// When REST was first away or did not know the job, without an answer since.
    away_since: Option<Duration>,
    /// Why the new job was given up.
    given_up: Option<String>,
}

impl Change {
    /// Before the beginning.
    pub fn new(plan: Plan) -> Self {
        Self { plan, step: Step::Begin, since: Duration::ZERO, away_since: None, given_up: None }
    }

    /// What is under way, for a line of progress.
    pub fn doing(&self) -> &'static str {
        match self.step {
            Step::Begin | Step::Trying => "trying the jar and its options",
            Step::Stopping | Step::Saving { .. } | Step::LookingForSavepoint { .. } => {
                "stopping with a savepoint"
            }
            Step::Ending { .. } => "waiting for the end of the stopped job",
            Step::Starting { side: Side::New, .. } | Step::Confirming { side: Side::New, .. } => "starting",
            Step::Watching { side: Side::New, .. } => "waiting for all tasks and a checkpoint",
            Step::Cancelling { .. } | Step::Leaving { .. } => "taking the new job away",
            Step::Starting { .. } | Step::Confirming { .. } | Step::Watching { .. } => {
                "going back to the old job"
            }
        }
    }

    /// Takes an event in at a time since the beginning; says what is next.
    pub fn step(&mut self, event: Event, now: Duration) -> Action {
        match (self.step.clone(), event) {
            (Step::Begin, _) if self.plan.starts => self.enter(Step::Trying, Action::Try, now),
            (Step::Begin, _) => self.stop(now),
            (Step::Trying, Event::Done(tried)) => self.tried(tried, now),
            (Step::Stopping, Event::Stopping(stopping)) => self.stopping(stopping, now),
            (Step::Saving { trigger }, Event::Savepoint(saving)) => self.saving(trigger, saving, now),
            (Step::LookingForSavepoint { failed }, Event::Seen(seen)) => {
                self.look_for_savepoint(failed, seen, now)
            }
            (Step::Ending { savepoint }, Event::Seen(seen)) => self.ending(savepoint, seen, now),
            (Step::Starting { side, from }, Event::Done(Ok(()))) => self.watch(side, from, now),
            (Step::Starting { side, from }, Event::Done(Err(trouble))) => {
                let look = self.look(side);
                self.enter(Step::Confirming { side, from, trouble }, look, now)
            }
            (Step::Confirming { side, from, trouble }, Event::Seen(seen)) => {
                self.confirm(side, from, trouble, seen, now)
            }
            (Step::Watching { side, from }, Event::Seen(seen)) => self.watching(side, from, seen, now),
            (Step::Cancelling { from, why }, Event::Done(cancelled)) => {
                self.cancelled(from, why, cancelled, now)
            }
            (Step::Leaving { from, why }, Event::Seen(seen)) => self.leaving(from, why, seen, now),
            (step, event) => self.unknown(format!("{event:?} is no answer at {step:?}"), None),
        }
    }

    fn enter(&mut self, step: Step, action: Action, now: Duration) -> Action {
        (self.step, self.since, self.away_since) = (step, now, None);
        action
    }

    fn old(&self) -> String {
        self.plan.stops.clone().unwrap_or_default()
    }

    fn id(&self, side: Side) -> String {
        self.plan.ids[usize::from(side == Side::Old)].clone()
    }

    fn look(&self, side: Side) -> Action {
        Action::Look(self.id(side))
    }

    /// What was seen; `None` while it may yet come; an error once it is too late for that.
    fn sight(
        &mut self,
        seen: Result<Option<Sight>, Trouble>,
        now: Duration,
    ) -> Result<Option<Sight>, String> {
        let why = match seen {
            Ok(Some(job)) => {
                self.away_since = None;
                return Ok(Some(job));
            }
            Ok(None) => "Flink does not know the job any more".to_owned(),
            Err(trouble) => trouble.into_text(),
        };
        if self.is_away_too_long(now) {
            Err(why)
        } else {
            Ok(None)
        }
    }

    fn is_away_too_long(&mut self, now: Duration) -> bool {
        now - *self.away_since.get_or_insert(now) > self.plan.limits.away
    }

    fn again(&mut self, action: Action) -> Action {
        self.away_since = None;
        action
    }

    fn untouched(&self, why: String) -> Action {
        Action::End(match self.plan.stops {
            Some(_) => Outcome::Untouched { why },
            None => Outcome::NotRunning { why, from: self.plan.from.clone() },
        })
    }

    fn unknown(&self, why: String, savepoint: Option<String>) -> Action {
        Action::End(Outcome::Unknown { doing: self.doing(), why, savepoint })
    }

    fn too_long(&self, what: &str, limit: Duration) -> String {
        format!("{what} after {} s", limit.as_secs())
    }
}

/// The last checkpoint of a job that has completed one since its start.
fn job_checkpoint(job: &Sight) -> Option<String> {
    job.last_checkpoint.clone().filter(|_| job.checkpoints > 0)
}

#[cfg(test)]
mod tests;
