//! A change against a Flink of a few lines, with every failure at every step, and two of them.

mod flink;

use flink::{Fault, Flink, FAULTS};

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

fn plan(stops: bool, starts: bool) -> Plan {
    let limits = Limits {
        away: Duration::from_secs(20),
        savepoint: Duration::from_secs(60),
        start: Duration::from_secs(60),
    };
    let stops = stops.then(|| OLD.to_owned());
    Plan { stops, starts, from: None, ids: [NEW.to_owned(), AGAIN.to_owned()], limits }
}

/// The actions before the end, and the end; each fault strikes at the action of its number.
fn run_with(plan: &Plan, faults: &[(Fault, usize)]) -> (Vec<Action>, Outcome, Flink) {
    let mut flink = Flink::new(plan);
    let mut change = Change::new(plan.clone());
    let mut actions = Vec::new();
    let mut now = Duration::ZERO;
    let mut next = change.step(Event::Begin, now);
    loop {
        if let Action::End(outcome) = next {
            return (actions, outcome, flink);
        }
        assert!(actions.len() < MAX_ACTIONS, "{faults:?}: no end");
        now += TICK;
        let strikes = faults.iter().find(|(_, at)| *at == actions.len());
        let event = flink.take(&next, strikes.map(|(fault, _)| *fault));
        actions.push(next);
        next = change.step(event, now);
    }
}

fn run(plan: &Plan, fault: Fault, at: usize) -> (Vec<Action>, Outcome, Flink) {
    run_with(plan, &[(fault, at)])
}

fn words(verb: &'static str) -> Words<'static> {
    Words { name: "shop", verb, arguments: "shop.yaml", job: "shop.yaml" }
}

/// What is said at the end is so.
fn assert_true(verb: &'static str, plan: &Plan, faults: &[(Fault, usize)]) {
    let (actions, outcome, flink) = run_with(plan, faults);
    let what = format!("{verb}, {faults:?}: {outcome:?} after {actions:?}");
    assert!(flink.max_live <= 1, "two jobs at once: {what}");
    let live = flink.live();
    match &outcome {
        Outcome::Started { .. } => assert_eq!(live, [NEW], "{what}"),
        Outcome::Stopped { savepoint } => {
            assert_eq!((&*live, savepoint.as_str()), (&[][..], SAVEPOINT), "{what}")
        }
        Outcome::Untouched { .. } => assert_eq!(live, [OLD], "{what}"),
        Outcome::WentBack { from, .. } => {
            assert_eq!(live, [AGAIN], "{what}");
            let completed = flink.jobs.get(NEW).is_some_and(|new| new.checkpoints > 0);
            let from = from.as_deref();
            assert!(from == Some(CHECKPOINT) || from == Some(SAVEPOINT) && !completed, "{what}");
        }
        Outcome::StillStarting { job, .. } => assert_eq!(live, [job.as_str()], "{what}"),
        Outcome::NotRunning { from, .. } => {
            assert_eq!(live, [""; 0], "{what}");
            let has_savepoint = flink.jobs.get(OLD).is_some_and(|old| old.savepoint.is_some());
            assert!(!has_savepoint || from.is_some(), "the savepoint is not told: {what}");
        }
        Outcome::Unknown { savepoint, .. } => {
            let knew = actions.iter().any(|action| matches!(action, Action::Run(..)));
            let is_told = !knew || plan.stops.is_none() || savepoint.is_some();
            assert!(is_told, "the savepoint is not told: {what}");
        }
    }
    let line = outcome.line(words(verb));
    assert!(!line.contains('\n') && line.contains("shop"), "{line}");
    assert!(outcome.exit_code() == 0 || line.contains("type: callweave job "), "{line}");
}

fn verbs() -> [(&'static str, Plan); 3] {
    [("upgrade", plan(true, true)), ("submit", plan(false, true)), ("stop", plan(true, false))]
}

#[test]
fn what_is_said_at_the_end_is_so_whatever_fails_at_whichever_step() {
    for (verb, plan) in verbs() {
        for fault in FAULTS {
            for at in 0..14 {
                assert_true(verb, &plan, &[(fault, at)]);
            }
        }
    }
}

#[test]
fn what_is_said_at_the_end_is_so_whatever_else_fails_after_that() {
    for (verb, plan) in verbs() {
        for (first, second) in FAULTS.into_iter().flat_map(|first| FAULTS.map(|second| (first, second))) {
            for at in 0..6 {
                for later in at + 1..at + 9 {
                    assert_true(verb, &plan, &[(first, at), (second, later)]);
                }
            }
        }
    }
}

/// In which state an upgrade or a rescale leaves things, by what fails and at which step.
const FAILURES: &str = "\
failure        try       stop      savepoint end       start     watch
Lost           runs on   runs on   done      done      went back done
AnswerLost     runs on   done      done      done      done      done
Away           runs on   unknown   unknown   unknown   unknown   unknown
Refused        runs on   runs on   done      done      went back done
SavepointFails runs on   runs on   done      done      done      done
SavepointKills ended     ended     done      done      done      done
SavepointHangs unknown   unknown   done      done      done      done
NoSlots        went back went back went back went back went back done
FailsAtStart   went back went back went back went back went back done
FailsLater     went back went back went back went back went back went back
NothingStarts  ended     ended     ended     ended     ended     done
Forgotten      unknown   unknown   unknown   unknown   done      unknown
";

#[test]
fn each_failure_at_each_step_leaves_the_state_of_the_table() {
    let steps = ["try", "stop", "savepoint", "end", "start", "watch"];
    let row = |name: &str, cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!(" {cell:<9}")).collect();
        format!("{name:<14}{cells}").trim_end().to_owned()
    };
    let mut rows = vec![row("failure", &steps)];
    rows.extend(FAULTS.map(|fault| {
        let cells = [0, 1, 2, 3, 4, 5].map(|at| match run(&plan(true, true), fault, at).1 {
            Outcome::Started { .. } => "done",
            Outcome::Stopped { .. } => "stopped",
            Outcome::Untouched { .. } => "runs on",
            Outcome::WentBack { .. } => "went back",
            Outcome::StillStarting { .. } => "starting",
            Outcome::NotRunning { .. } => "ended",
            Outcome::Unknown { .. } => "unknown",
        });
        row(&format!("{fault:?}"), &cells)
    }));
    assert_eq!(rows.join("\n"), FAILURES.trim_end());
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
