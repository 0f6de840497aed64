//! A change against a Flink of a few lines, with every failure at every step.

use std::collections::BTreeMap;

use super::*;
use crate::job::outcome::Words;

const OLD: &str = "old";
const NEW: &str = "new";
const AGAIN: &str = "again";
const SAVEPOINT: &str = "file:/savepoint";
const CHECKPOINT: &str = "file:/checkpoint-of-new";
/// More than any change takes.
const MAX_ACTIONS: usize = 10_000;
const TICK: Duration = Duration::from_secs(1);

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
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

const FAULTS: [Fault; 12] = [
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

struct Flink {
    jobs: BTreeMap<String, Sight>,
    fault: Option<Fault>,
    is_away: bool,
    most_live: usize,
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
    fn new(plan: &Plan) -> Self {
        let jobs = plan.stops.iter().map(|id| (id.clone(), job(Phase::Live, true))).collect();
        Self { jobs, fault: None, is_away: false, most_live: 0 }
    }

    fn live(&self) -> Vec<&str> {
        let live = self.jobs.iter().filter(|(_, job)| job.phase == Phase::Live);
        live.map(|(id, _)| id.as_str()).collect()
    }

    /// Does what is asked; the fault strikes at this action if `strikes`.
    fn take(&mut self, action: &Action, fault: Fault, strikes: bool) -> Event {
        if strikes {
            self.strike(fault);
        }
        let event = if self.is_away || (strikes && matches!(fault, Fault::Lost)) {
            away(action)
        } else if strikes && fault == Fault::Refused {
            refused(action)
        } else {
            self.work(action)
        };
        self.most_live = self.most_live.max(self.live().len());
        if strikes && fault == Fault::AnswerLost {
            away(action)
        } else {
            event
        }
    }

    fn strike(&mut self, fault: Fault) {
        self.fault = Some(fault);
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
                let fails = match self.fault {
                    Some(Fault::NothingStarts) => true,
                    Some(Fault::FailsAtStart) => *side == Side::New,
                    _ => false,
                };
                let waits = self.fault == Some(Fault::NoSlots) && *side == Side::New;
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
        let fault = self.fault;
        let job = self.jobs.get_mut(id).ok_or_else(|| Trouble::Refused("not found".to_owned()))?;
        match fault {
            Some(Fault::SavepointFails) => {}
            Some(Fault::SavepointHangs) => job.is_saving = true,
            Some(Fault::SavepointKills) => job.phase = Phase::Lost,
            _ => {
                job.phase = Phase::Finished;
                job.savepoint = Some(SAVEPOINT.to_owned());
            }
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
        let later = self.fault == Some(Fault::FailsLater) && id == NEW;
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

fn plan(stops: bool, starts: bool) -> Plan {
    let limits = Limits {
        away: Duration::from_secs(20),
        savepoint: Duration::from_secs(60),
        start: Duration::from_secs(60),
    };
    let stops = stops.then(|| OLD.to_owned());
    Plan { stops, starts, from: None, ids: [NEW.to_owned(), AGAIN.to_owned()], limits }
}

/// The actions before the end, and the end; the fault strikes at the action of this number.
fn run(plan: &Plan, fault: Fault, at: usize) -> (Vec<Action>, Outcome, Flink) {
    let mut flink = Flink::new(plan);
    let mut change = Change::new(plan.clone());
    let mut actions = Vec::new();
    let mut now = Duration::ZERO;
    let mut next = change.step(Event::Begin, now);
    loop {
        if let Action::End(outcome) = next {
            return (actions, outcome, flink);
        }
        assert!(actions.len() < MAX_ACTIONS, "{fault:?} at {at}: no end");
        now += TICK;
        let event = flink.take(&next, fault, actions.len() == at);
        actions.push(next);
        next = change.step(event, now);
    }
}

fn words(verb: &'static str) -> Words<'static> {
    Words { name: "shop", verb, arguments: "shop.yaml", job: "shop.yaml" }
}

/// What is said is so, whatever fails at whichever step.
fn assert_true(verb: &'static str, plan: &Plan, fault: Fault, at: usize) {
    let (actions, outcome, flink) = run(plan, fault, at);
    let what = format!("{verb}, {fault:?} at {at}: {outcome:?} after {actions:?}");
    assert!(flink.most_live <= 1, "two jobs at once: {what}");
    let live = flink.live();
    match &outcome {
        Outcome::Started { .. } => assert_eq!(live, [NEW], "{what}"),
        Outcome::Stopped { savepoint } => {
            assert_eq!((&*live, savepoint.as_str()), (&[][..], SAVEPOINT), "{what}")
        }
        Outcome::Untouched { .. } => assert_eq!(live, [OLD], "{what}"),
        Outcome::WentBack { from, .. } => {
            assert_eq!(live, [AGAIN], "{what}");
            let expected = if fault == Fault::FailsLater { CHECKPOINT } else { SAVEPOINT };
            assert!(from.as_deref() == Some(expected) || from.as_deref() == Some(CHECKPOINT), "{what}");
        }
        Outcome::StillStarting { job, .. } => assert_eq!(live, [job.as_str()], "{what}"),
        Outcome::NotRunning { from, .. } => {
            assert_eq!(live, [""; 0], "{what}");
            let has_savepoint = flink.jobs.get(OLD).is_some_and(|old| old.savepoint.is_some());
            assert!(!has_savepoint || from.is_some(), "the savepoint is not told: {what}");
        }
        Outcome::Unknown { savepoint, .. } => {
            let knew = actions.iter().any(|action| matches!(action, Action::Run(..)));
            assert!(
                !knew || plan.stops.is_none() || savepoint.is_some(),
                "the savepoint is not told: {what}"
            );
        }
    }
    let line = outcome.line(words(verb));
    assert!(!line.contains('\n') && line.contains("shop"), "{line}");
    assert!(outcome.exit_code() == 0 || line.contains("type: callweave job "), "{line}");
}

#[test]
fn what_is_said_at_the_end_is_so_whatever_fails_at_whichever_step() {
    for (verb, plan) in
        [("upgrade", plan(true, true)), ("submit", plan(false, true)), ("stop", plan(true, false))]
    {
        for fault in FAULTS {
            for at in 0..14 {
                assert_true(verb, &plan, fault, at);
            }
        }
    }
}

#[test]
fn an_upgrade_tries_the_jar_stops_starts_from_the_savepoint_and_waits_for_a_checkpoint() {
    let (actions, outcome, _) = run(&plan(true, true), Fault::Lost, usize::MAX);
    let from = Some(SAVEPOINT.to_owned());
    let expected = [
        Action::Try,
        Action::Stop(OLD.to_owned()),
        Action::AskSavepoint(OLD.to_owned(), "trigger".to_owned()),
        Action::Look(OLD.to_owned()),
        Action::Run(Side::New, NEW.to_owned(), from.clone()),
        Action::Look(NEW.to_owned()),
    ];
    assert_eq!(actions, expected);
    assert_eq!(outcome, Outcome::Started { job: NEW.to_owned(), from });
}

#[test]
fn a_jar_that_is_refused_before_the_stop_leaves_the_job_alone() {
    let (actions, outcome, _) = run(&plan(true, true), Fault::Refused, 0);
    assert_eq!(actions, [Action::Try]);
    assert_eq!(outcome, Outcome::Untouched { why: "refused".to_owned() });
}

#[test]
fn a_failed_savepoint_leaves_a_job_that_runs_on() {
    let (_, outcome, _) = run(&plan(true, true), Fault::SavepointFails, 1);
    assert_eq!(outcome, Outcome::Untouched { why: "the savepoint fails".to_owned() });
}

#[test]
fn without_slots_a_jar_that_is_refused_or_a_job_that_fails_the_old_job_runs_again_from_the_savepoint() {
    for fault in [Fault::NoSlots, Fault::Refused, Fault::FailsAtStart] {
        let (actions, outcome, _) = run(&plan(true, true), fault, 4);
        let again = Action::Run(Side::Old, AGAIN.to_owned(), Some(SAVEPOINT.to_owned()));
        assert!(actions.contains(&again), "{fault:?}: {actions:?}");
        assert!(matches!(outcome, Outcome::WentBack { .. }), "{fault:?}: {outcome:?}");
    }
}

#[test]
fn what_the_new_job_has_written_is_not_written_again() {
    let (actions, _, _) = run(&plan(true, true), Fault::FailsLater, 4);
    let again = Action::Run(Side::Old, AGAIN.to_owned(), Some(CHECKPOINT.to_owned()));
    assert!(actions.contains(&again), "{actions:?}");
}

#[test]
fn a_lost_answer_to_a_start_is_found_again_by_the_id() {
    let (actions, outcome, _) = run(&plan(true, true), Fault::AnswerLost, 4);
    let starts = actions.iter().filter(|action| matches!(action, Action::Run(..))).count();
    assert_eq!(starts, 1);
    assert!(matches!(outcome, Outcome::Started { .. }), "{outcome:?}");
}

#[test]
fn a_lost_answer_to_a_stop_is_found_again_by_the_savepoint_of_the_ended_job() {
    let (_, outcome, _) = run(&plan(true, false), Fault::AnswerLost, 0);
    assert_eq!(outcome, Outcome::Stopped { savepoint: SAVEPOINT.to_owned() });
}

#[test]
fn where_nothing_starts_again_the_line_names_the_savepoint_and_what_to_type() {
    let (_, outcome, _) = run(&plan(true, true), Fault::NothingStarts, 4);
    let line = outcome.line(words("upgrade"));
    assert!(line.ends_with("callweave job submit shop.yaml --from file:/savepoint"), "{line}");
    assert!(line.contains("the old job did not start again"), "{line}");
}
