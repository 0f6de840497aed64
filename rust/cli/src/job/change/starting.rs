//! From a start to the first checkpoint, of the new job or again of the old one.

use std::time::Duration;

use super::{job_checkpoint, Action, Change, Outcome, Phase, Side, Sight, Step, Trouble};

impl Change {
    pub(super) fn start(&mut self, side: Side, from: Option<String>, now: Duration) -> Action {
        let run = Action::Run(side, self.id(side), from.clone());
        self.enter(Step::Starting { side, from }, run, now)
    }

    pub(super) fn confirm(
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

    pub(super) fn watch(&mut self, side: Side, from: Option<String>, now: Duration) -> Action {
        let look = self.look(side);
        self.enter(Step::Watching { side, from }, look, now)
    }

    pub(super) fn watching(
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
}
