//! A Flink of a few lines, and what can go wrong with it.

use std::collections::BTreeMap;

use super::{CHECKPOINT, NEW, OLD, SAVEPOINT};
use crate::job::change::{Action, Event, Phase, Plan, Saving, Side, Sight, Trouble};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request does not arrive.
    Lost,
    /// It does its work, and the answer does not arrive.
    AnswerLost,
    /// Nothing answers from now on, and the request does not arrive.
    Away,
    /// The answer is an error.
    Refused,
    /// The savepoint fails, and the job goes on.
    SavepointFails,
    /// The savepoint fails, and so does the job.
    SavepointKills,
    /// It never becomes complete.
    SavepointHangs,
    /// A job that is started never gets its slots.
    NoSlots,
    /// A job that is started fails before its first checkpoint.
    FailsAtStart,
    /// A job that is started fails after its first checkpoint.
    FailsLater,
    /// Neither the new nor the old job starts again.
    NothingStarts,
    /// Flink has forgotten all jobs.
    Forgotten,
}

/// All of them.
pub const FAULTS: [Fault; 12] = [
    Fault::Lost,
    Fault::AnswerLost,
    Fault::Away,
    Fault::Refused,
    Fault::SavepointFails,
    Fault::SavepointKills,
    Fault::SavepointHangs,
    Fault::NoSlots,
    Fault::FailsAtStart,
    Fault::FailsLater,
    Fault::NothingStarts,
    Fault::Forgotten,
];

/// A cluster with its jobs.
pub struct Flink {
    /// By their ids.
    pub jobs: BTreeMap<String, Sight>,
    /// How many have run at once.
    pub max_live: usize,
    faults: Vec<Fault>,
    is_away: bool,
}

fn job(phase: Phase, runs: bool) -> Sight {
    let empty = None::<String>;
    Sight {
        phase,
        runs,
        checkpoints: 0,
        last_checkpoint: empty.clone(),
        savepoint: empty.clone(),
        is_saving: false,
        failure: empty,
    }
}

impl Flink {
    /// One where the job runs that is to be stopped.
    pub fn new(plan: &Plan) -> Self {
        let jobs = plan.stops.iter().map(|id| (id.clone(), job(Phase::Live, true))).collect();
        Self { jobs, max_live: 0, faults: Vec::new(), is_away: false }
    }

    /// The ids of the jobs that run.
    pub fn live(&self) -> Vec<&str> {
        let live = self.jobs.iter().filter(|(_, job)| job.phase == Phase::Live);
        live.map(|(id, _)| id.as_str()).collect()
    }

    /// Does what is asked, where the fault strikes if there is one.
    pub fn take(&mut self, action: &Action, fault: Option<Fault>) -> Event {
        if let Some(fault) = fault {
            self.strike(fault);
        }
        let event = if self.is_away || fault == Some(Fault::Lost) {
            away(action)
        } else if fault == Some(Fault::Refused) {
            refused(action)
        } else {
            self.work(action)
        };
        self.max_live = self.max_live.max(self.live().len());
        if fault == Some(Fault::AnswerLost) {
            away(action)
        } else {
            event
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn strike(&mut self, fault: Fault) {
        self.faults.push(fault);
        match fault {
            Fault::Away => self.is_away = true,
            Fault::Forgotten => self.jobs.clear(),
            _ => {}
        }
    }

    fn work(&mut self, action: &Action) -> Event {
        match action {
            Action::Try => Event::Done(Ok(())),
            Action::Stop(id) => Event::Stopping(self.stop(id)),
            Action::AskSavepoint(id, _) => Event::Savepoint(self.savepoint(id)),
            Action::Look(id) => Event::Seen(Ok(self.look(id))),
            Action::Run(side, id, _) => {
                let is_new = *side == Side::New;
                let fails = self.has(Fault::NothingStarts) || self.has(Fault::FailsAtStart) && is_new;
                let waits = self.has(Fault::NoSlots) && is_new;
                let mut started = job(if fails { Phase::Lost } else { Phase::Live }, !waits && !fails);
                started.failure = fails.then(|| "it fails at once".to_owned());
                self.jobs.insert(id.clone(), started);
                Event::Done(Ok(()))
            }
            Action::Cancel(id) => {
                let Some(job) = self.jobs.get_mut(id) else {
                    return Event::Done(Err(Trouble::Refused("not found".to_owned())));
                };
                job.phase = if job.phase == Phase::Live { Phase::Lost } else { job.phase };
                Event::Done(Ok(()))
            }
            Action::End(_) => Event::Begin,
        }
    }

    fn stop(&mut self, id: &str) -> Result<String, Trouble> {
        let faults = [Fault::SavepointFails, Fault::SavepointHangs, Fault::SavepointKills];
        let fault = faults.into_iter().find(|fault| self.has(*fault));
        let job = self.jobs.get_mut(id).ok_or_else(|| Trouble::Refused("not found".to_owned()))?;
        match fault {
            None => {
                job.phase = Phase::Finished;
                job.savepoint = Some(SAVEPOINT.to_owned());
            }
            Some(Fault::SavepointHangs) => job.is_saving = true,
            Some(Fault::SavepointKills) => job.phase = Phase::Lost,
            Some(_) => {}
        }
        Ok("trigger".to_owned())
    }

    fn savepoint(&self, id: &str) -> Result<Saving, Trouble> {
        let job = self.jobs.get(id).ok_or_else(|| Trouble::Refused("not found".to_owned()))?;
        Ok(match &job.savepoint {
            Some(savepoint) => Saving::At(savepoint.clone()),
            None if job.is_saving => Saving::UnderWay,
            None => Saving::Failed("the savepoint fails".to_owned()),
        })
    }

    fn look(&mut self, id: &str) -> Option<Sight> {
        let later = self.has(Fault::FailsLater) && id == NEW;
        let job = self.jobs.get_mut(id)?;
        if job.phase == Phase::Live && job.runs && id != OLD {
            job.checkpoints += 1;
            job.last_checkpoint = (id == NEW).then(|| CHECKPOINT.to_owned());
            if later {
                job.phase = Phase::Lost;
            }
        }
        Some(job.clone())
    }
}

fn away(action: &Action) -> Event {
    failed(action, Trouble::Away("REST does not answer".to_owned()))
}

fn refused(action: &Action) -> Event {
    failed(action, Trouble::Refused("refused".to_owned()))
}

fn failed(action: &Action, trouble: Trouble) -> Event {
    match action {
        Action::Try | Action::Run(..) | Action::Cancel(_) => Event::Done(Err(trouble)),
        Action::Stop(_) => Event::Stopping(Err(trouble)),
        Action::AskSavepoint(..) => Event::Savepoint(Err(trouble)),
        Action::Look(_) | Action::End(_) => Event::Seen(Err(trouble)),
    }
}
