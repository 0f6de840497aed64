//! Days of load in a moment: the rules against those of Flink's operator, and against a fixed size.

mod load;
mod plot;
mod policies;

use load::{Load, Noise, LOADS};
use policies::{Fixed, Operator, Ours, Policy};

use super::sample::Sample;

const TICK_S: u64 = 15;
const DAY_S: u64 = 86_400;
/// What one subtask reads, if there is no other.
const SUBTASK_PER_S: f64 = 1_000.0;
/// Two do not quite read twice as much.
const EFFICIENCY: f64 = 0.95;
/// From the stop to the first checkpoint.
const RESCALE_S: u64 = 45;
const PARTITIONS: u32 = 24;
const SLOTS: u32 = 16;
/// Where the rules begin.
const FIRST_PARALLELISM: u32 = 4;
/// More input than this unread counts as being behind, s.
const BEHIND_S: f64 = 60.0;

/// What so many subtasks read in a second.
fn capacity(parallelism: u32) -> f64 {
    SUBTASK_PER_S * f64::from(parallelism).powf(EFFICIENCY)
}

/// What a policy has come to.
struct Result {
    rescales_a_day: f64,
    behind_share: f64,
    max_behind_min: f64,
    mean_slots: f64,
    /// At each look.
    course: Vec<Moment>,
}

/// How it is at one look.
#[derive(Clone, Copy, Debug)]
struct Moment {
    input_per_s: f64,
    parallelism: u32,
    behind_s: f64,
}

/// A job under a load, sized by a policy.
fn simulate(load: &Load, policy: &mut dyn Policy) -> Result {
    let mut noise = Noise::new(1);
    let (mut parallelism, mut lag, mut away_until_s) = (policy.first(), 0.0_f64, 0);
    let (mut rescales, mut behind, mut slots, mut max_behind_s) = (0, 0, 0.0, 0.0_f64);
    let ticks = load.days * DAY_S / TICK_S;
    let mut course = Vec::new();
    for at_s in (0..ticks).map(|tick| tick * TICK_S) {
        let tick_s = TICK_S as f64;
        let input = (load.per_s)(at_s) * noise.factor(load.noise);
        let reads = at_s >= away_until_s && !(load.is_down)(at_s);
        let read = if reads { capacity(parallelism).min(input + lag / tick_s) } else { 0.0 };
        lag = (lag + (input - read) * tick_s).max(0.0);
        let behind_s = lag / input.max(1.0);
        behind += u64::from(behind_s > BEHIND_S);
        max_behind_s = max_behind_s.max(behind_s);
        course.push(Moment { input_per_s: input, parallelism, behind_s });
        slots += f64::from(parallelism);
        if !reads {
            continue;
        }
        let sample = Sample {
            at_s,
            parallelism,
            input_per_s: Some(input),
            read_per_s: Some(read),
            lag: Some(lag),
            partitions: Some(PARTITIONS),
            slots: Some(SLOTS),
            ..Sample::default()
        };
        if let Some(next) = policy.look(sample) {
            assert!((1..=SLOTS).contains(&next) && next != parallelism, "{}: {next}", load.name);
            (parallelism, away_until_s) = (next, at_s + RESCALE_S);
            rescales += 1;
            policy.changed(away_until_s, next);
        }
    }
    Result {
        rescales_a_day: f64::from(rescales) / load.days as f64,
        behind_share: behind as f64 / ticks as f64,
        max_behind_min: max_behind_s / 60.0,
        mean_slots: slots / ticks as f64,
        course,
    }
}

/// The least fixed size that is never busier than the rules want it to be at the load's peak.
fn peak_size(load: &Load) -> u32 {
    let looks = (0..load.days * DAY_S / TICK_S).map(|tick| (load.per_s)(tick * TICK_S));
    let peak = looks.fold(0.0, f64::max);
    (1..SLOTS).find(|size| capacity(*size) * 0.85 >= peak).unwrap_or(SLOTS)
}

fn row(load: &Load, name: &str, result: &Result) -> String {
    format!(
        "| {} | {name} | {:.1} | {:.2} % | {:.1} | {:.1} |",
        load.name,
        result.rescales_a_day,
        result.behind_share * 100.0,
        result.max_behind_min,
        result.mean_slots
    )
}

fn table() -> String {
    let rows = LOADS.iter().flat_map(|load| {
        let size = peak_size(load);
        [
            row(load, "callweave", &simulate(load, &mut Ours::default())),
            row(load, "operator", &simulate(load, &mut Operator::default())),
            row(load, &format!("fixed, {size}"), &simulate(load, &mut Fixed(size))),
        ]
    });
    rows.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_table_in_the_docs_is_what_the_simulation_gives() {
    let docs = include_str!("../../../../docs/autoscale.md");
    let table = table();
    assert!(docs.contains(&table), "docs/autoscale.md wants this table:\n{table}");
}

#[test]
fn whatever_the_load_the_job_is_seldom_behind_and_seldom_rescaled() {
    for load in LOADS {
        let result = simulate(load, &mut Ours::default());
        let fixed = simulate(load, &mut Fixed(peak_size(load)));
        let row = row(load, "callweave", &result);
        assert!(result.rescales_a_day <= 12.0, "{row}");
        assert!(result.behind_share <= fixed.behind_share + 0.001, "{row}");
        // To read a backlog in ten minutes takes more than the load does.
        let spare = if load.name == "outage" { 2.0 } else { 0.0 };
        assert!(result.mean_slots <= fixed.mean_slots + spare, "{row}");
    }
}

#[test]
fn noise_alone_moves_nothing_once_the_size_is_found() {
    let steady = Load { days: 2, ..*LOADS.iter().find(|load| load.name == "noise").unwrap() };
    let long = Load { days: 7, ..steady };
    let rescales = |load: &Load| {
        let result = simulate(load, &mut Ours::default());
        (result.rescales_a_day * load.days as f64).round()
    };
    assert_eq!(rescales(&steady), rescales(&long));
}
