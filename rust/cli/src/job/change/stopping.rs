//! From a running job to its savepoint.

use std::time::Duration;

use super::{Action, Change, Outcome, Phase, Saving, Side, Sight, Step, Trouble};

impl Change {
    pub(super) fn tried(&mut self, tried: Result<(), Trouble>, now: Duration) -> Action {
        match (tried, &self.plan.stops) {
            (Ok(()), Some(_)) => self.stop(now),
            (Ok(()), None) => self.start(Side::New, self.plan.from.clone(), now),
            (Err(trouble), _) => self.untouched(trouble.into_text()),
        }
    }

    pub(super) fn stop(&mut self, now: Duration) -> Action {
        let stop = Action::Stop(self.old());
        self.enter(Step::Stopping, stop, now)
    }

    pub(super) fn stopping(&mut self, stopping: Result<String, Trouble>, now: Duration) -> Action {
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

    pub(super) fn saving(
        &mut self,
        trigger: String,
        saving: Result<Saving, Trouble>,
        now: Duration,
    ) -> Action {
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

    pub(super) fn look_for_savepoint(
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

    pub(super) fn ending(
        &mut self,
        savepoint: String,
        seen: Result<Option<Sight>, Trouble>,
        now: Duration,
    ) -> Action {
        match self.sight(seen, now) {
            Ok(Some(job)) if job.phase != Phase::Live => self.stopped(savepoint, now),
            // It may yet end, so it must not be said to run on.
            Ok(Some(_)) if now - self.since > self.plan.limits.savepoint => {
                let why = self.too_long("the job has not ended", self.plan.limits.savepoint);
                self.unknown(why, Some(savepoint))
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
}
