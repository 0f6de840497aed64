//! A change of a job as a pure machine: what has happened goes in, what is to be done next comes out.
//!
//! The order of an upgrade: try the jar, stop with a savepoint, start from it, wait for a checkpoint. What fails
//! before the stop leaves the job as it is; what fails later leads back to the old jar and parallelism, from the
//! same savepoint. The old job is started again only once the new one is known to be over.

mod model;

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

    fn stop(&mut self, now: Duration) -> Action {
        let stop = Action::Stop(self.old());
        self.enter(Step::Stopping, stop, now)
    }

    fn start(&mut self, side: Side, from: Option<String>, now: Duration) -> Action {
        let run = Action::Run(side, self.id(side), from.clone());
        self.enter(Step::Starting { side, from }, run, now)
    }

    fn watch(&mut self, side: Side, from: Option<String>, now: Duration) -> Action {
        let look = self.look(side);
        self.enter(Step::Watching { side, from }, look, now)
    }

    fn tried(&mut self, tried: Result<(), Trouble>, now: Duration) -> Action {
        match (tried, &self.plan.stops) {
            (Ok(()), Some(_)) => self.stop(now),
            (Ok(()), None) => self.start(Side::New, self.plan.from.clone(), now),
            (Err(trouble), _) => self.untouched(trouble.into_text()),
        }
    }

    fn stopping(&mut self, stopping: Result<String, Trouble>, now: Duration) -> Action {
        match stopping {
            Ok(trigger) => {
                let ask = Action::AskSavepoint(self.old(), trigger.clone());
                self.enter(Step::Saving { trigger }, ask, now)
            }
            // Also because the job is gone.
            Err(Trouble::Refused(why)) => self.look_instead(Some(why), now),
            Err(Trouble::Away(_)) => self.look_instead(None, now),
        }
    }

    fn look_instead(&mut self, failed: Option<String>, now: Duration) -> Action {
        let look = Action::Look(self.old());
        self.enter(Step::LookingForSavepoint { failed }, look, now)
    }

    fn saving(&mut self, trigger: String, saving: Result<Saving, Trouble>, now: Duration) -> Action {
        match saving {
            Ok(Saving::At(savepoint)) => {
                let look = Action::Look(self.old());
                self.enter(Step::Ending { savepoint }, look, now)
            }
            Ok(Saving::Failed(why)) => self.look_instead(Some(why), now),
            // A JobManager that was started again does not know the trigger.
            Err(Trouble::Refused(_)) => self.look_instead(None, now),
            Err(Trouble::Away(why)) if self.is_away_too_long(now) => self.unknown(why, None),
            Ok(Saving::UnderWay) if now - self.since > self.plan.limits.savepoint => {
                self.unknown(self.too_long("the savepoint is not complete", self.plan.limits.savepoint), None)
            }
            Ok(Saving::UnderWay) => self.again(Action::AskSavepoint(self.old(), trigger)),
            Err(Trouble::Away(_)) => Action::AskSavepoint(self.old(), trigger),
        }
    }

    fn look_for_savepoint(
        &mut self,
        failed: Option<String>,
        seen: Result<Option<Sight>, Trouble>,
        now: Duration,
    ) -> Action {
        let look = Action::Look(self.old());
        let job = match self.sight(seen, now) {
            Ok(Some(job)) => job,
            Ok(None) => return look,
            Err(why) => return self.unknown(failed.unwrap_or(why), None),
        };
        let why = |job: &Sight, otherwise: &str| {
            failed.clone().or(job.failure.clone()).unwrap_or_else(|| otherwise.to_owned())
        };
        match (job.phase, job.savepoint.clone()) {
            // Only a stop ends a job in this way, and its savepoint is the last one.
            (Phase::Finished, Some(savepoint)) => self.stopped(savepoint, now),
            (Phase::Finished | Phase::Lost, _) => {
                let why = why(&job, "the job ended without a savepoint");
                Action::End(Outcome::NotRunning { why, from: job.last_checkpoint })
            }
            (Phase::Live, _) if !job.is_saving && job.runs && failed.is_some() => {
                self.untouched(why(&job, "the savepoint failed"))
            }
            // The request may still be on its way.
            (Phase::Live, _) if !job.is_saving && job.runs && now - self.since > self.plan.limits.away => {
                self.untouched("the answer to the stop was lost, and no savepoint was taken".to_owned())
            }
            (Phase::Live, _) if now - self.since > self.plan.limits.savepoint => {
                let late = self.too_long("the job has neither ended nor gone on", self.plan.limits.savepoint);
                self.unknown(failed.unwrap_or(late), None)
            }
            (Phase::Live, _) => self.again(look),
        }
    }

    fn ending(&mut self, savepoint: String, seen: Result<Option<Sight>, Trouble>, now: Duration) -> Action {
        match self.sight(seen, now) {
            Ok(Some(job)) if job.phase != Phase::Live => self.stopped(savepoint, now),
            Ok(Some(job)) if now - self.since > self.plan.limits.savepoint => {
                let what = format!("the savepoint {savepoint} is complete, but the job has not ended");
                let why = self.too_long(&what, self.plan.limits.savepoint);
                if job.runs {
                    self.untouched(why)
                } else {
                    self.unknown(why, Some(savepoint))
                }
            }
            Ok(_) => Action::Look(self.old()),
            Err(why) => self.unknown(why, Some(savepoint)),
        }
    }

    fn stopped(&mut self, savepoint: String, now: Duration) -> Action {
        if self.plan.starts {
            self.start(Side::New, Some(savepoint), now)
        } else {
            Action::End(Outcome::Stopped { savepoint })
        }
    }

    fn confirm(
        &mut self,
        side: Side,
        from: Option<String>,
        trouble: Trouble,
        seen: Result<Option<Sight>, Trouble>,
        now: Duration,
    ) -> Action {
        match (seen, &trouble) {
            (Ok(Some(_)), _) => self.watch(side, from, now),
            (Ok(None), Trouble::Refused(why)) => self.failed(side, from, why.clone(), now),
            // What checks the options there may still be at work.
            (Ok(None), Trouble::Away(why)) if now - self.since > self.plan.limits.start => {
                self.failed(side, from, why.clone(), now)
            }
            (Ok(None), Trouble::Away(_)) => self.again(self.look(side)),
            (Err(away), _) if self.is_away_too_long(now) => self.unknown(away.into_text(), from),
            (Err(_), _) => self.look(side),
        }
    }

    fn watching(
        &mut self,
        side: Side,
        from: Option<String>,
        seen: Result<Option<Sight>, Trouble>,
        now: Duration,
    ) -> Action {
        let job = match self.sight(seen, now) {
            Ok(Some(job)) => job,
            Ok(None) => return self.look(side),
            Err(why) => return self.unknown(why, from),
        };
        let is_late = now - self.since > self.plan.limits.start;
        match job.phase {
            Phase::Live if job.runs && job.checkpoints > 0 => self.succeeded(side, from),
            Phase::Live if !is_late => self.again(self.look(side)),
            Phase::Live => {
                let what = if job.runs { "no checkpoint is complete" } else { "not all tasks run" };
                let late = self.too_long(what, self.plan.limits.start);
                let why = job.failure.map_or(late.clone(), |failure| format!("{late}: {failure}"));
                self.too_late(side, from, why, now)
            }
            Phase::Finished | Phase::Lost => {
                // Its results up to a checkpoint are written: what follows goes on from there.
                let from = job_checkpoint(&job).or(from);
                let why = job.failure.unwrap_or_else(|| "the job ended, and gives no reason".to_owned());
                self.failed(side, from, why, now)
            }
        }
    }

    fn succeeded(&mut self, side: Side, from: Option<String>) -> Action {
        let job = self.id(side);
        Action::End(match (side, self.given_up.take()) {
            (Side::Old, Some(why)) => Outcome::WentBack { why, job, from },
            _ => Outcome::Started { job, from },
        })
    }

    /// A job that is there, and has not got as far as a checkpoint in time.
    fn too_late(&mut self, side: Side, from: Option<String>, why: String, now: Duration) -> Action {
        if side == Side::New && self.plan.stops.is_some() {
            return self.cancel(from, why, now);
        }
        Action::End(Outcome::StillStarting { job: self.id(side), why: self.all_whys(why), from })
    }

    /// A job that is not there, or is over.
    fn failed(&mut self, side: Side, from: Option<String>, why: String, now: Duration) -> Action {
        if side == Side::New && self.plan.stops.is_some() {
            return self.cancel(from, why, now);
        }
        Action::End(Outcome::NotRunning { why: self.all_whys(why), from })
    }

    fn all_whys(&mut self, why: String) -> String {
        let given_up = self.given_up.take();
        given_up.map_or(why.clone(), |first| format!("{first}; and the old job did not start again: {why}"))
    }

    /// Also one that seems not to be there: its start may have been on its way.
    fn cancel(&mut self, from: Option<String>, why: String, now: Duration) -> Action {
        let cancel = Action::Cancel(self.id(Side::New));
        self.enter(Step::Cancelling { from, why }, cancel, now)
    }

    fn cancelled(
        &mut self,
        from: Option<String>,
        why: String,
        done: Result<(), Trouble>,
        now: Duration,
    ) -> Action {
        match done {
            Err(Trouble::Away(away)) if self.is_away_too_long(now) => {
                self.unknown(format!("{why}; {away}"), from)
            }
            Err(Trouble::Away(_)) => Action::Cancel(self.id(Side::New)),
            Ok(()) | Err(Trouble::Refused(_)) => {
                let look = self.look(Side::New);
                self.enter(Step::Leaving { from, why }, look, now)
            }
        }
    }

    fn leaving(
        &mut self,
        from: Option<String>,
        why: String,
        seen: Result<Option<Sight>, Trouble>,
        now: Duration,
    ) -> Action {
        match seen {
            Ok(Some(job)) if job.phase == Phase::Live => {
                if now - self.since > self.plan.limits.start {
                    let late = self.too_long("the new job does not end", self.plan.limits.start);
                    return self.unknown(format!("{why}; {late}"), from);
                }
                self.again(self.look(Side::New))
            }
            Ok(job) => {
                let from = job.as_ref().and_then(job_checkpoint).or(from);
                self.given_up = Some(why);
                self.start(Side::Old, from, now)
            }
            Err(away) if self.is_away_too_long(now) => {
                self.unknown(format!("{why}; {}", away.into_text()), from)
            }
            Err(_) => self.look(Side::New),
        }
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
