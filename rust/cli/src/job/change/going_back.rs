//! From a new job that is given up to the old one: never two at once.

use std::time::Duration;

use super::{job_checkpoint, Action, Change, Phase, Side, Sight, Step, Trouble};

impl Change {
    /// Also one that seems not to be there: its start may have been on its way.
    pub(super) fn cancel(&mut self, from: Option<String>, why: String, now: Duration) -> Action {
        let cancel = Action::Cancel(self.id(Side::New));
        self.enter(Step::Cancelling { from, why }, cancel, now)
    }

    pub(super) fn cancelled(
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

    pub(super) fn leaving(
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
}
