//! How good alerts are: precision, recall and delay over incidents of known truth, and false alerts of quiet days.
//!
//! `cargo run --release -p callweave-bench-kernels --bin callweave-bench-alerts -- [seeds=101,102] [edges=1000]
//! [incidents=200] [days=7] [rules=FILE] [show=on]`

mod random;
mod world;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context, Result};
use callweave_core::alerts::{Board, Change, Name, Rule, Rules, Seen};
use callweave_core::edges::panes::Panes;
use callweave_core::edges::Kind;
use world::{incidents, Incident, What, World, DAY, INSTANCES};

const MINUTE_MS: i64 = 60_000;
/// A Monday: the world's weeks begin there.
const BEGIN: i64 = 28_401_120;
/// Days without incidents before the first: all that is usual is known by then.
const LEARNING_DAYS: i64 = 2;
/// Minutes between the begins of incidents.
const EVERY: i64 = 30;

/// An alert that has begun.
struct Begun {
    minute: i64,
    since: i64,
    rule: Rule,
    /// `None` for all edges together.
    edge: Option<usize>,
    expected: f64,
    seen: f64,
}

struct Options {
    seeds: Vec<u64>,
    edges: usize,
    incidents: usize,
    days: i64,
    rules: Rules,
    show: bool,
}

fn main() -> Result<()> {
    let options = options()?;
    for &seed in &options.seeds {
        quiet(&options, seed)?;
        known(&options, seed)?;
    }
    Ok(())
}

fn options() -> Result<Options> {
    let rules = Rules::read("").map_err(anyhow::Error::msg)?;
    let mut options = Options { seeds: vec![101], edges: 1_000, incidents: 200, days: 7, rules, show: false };
    for argument in std::env::args().skip(1) {
        match argument.split_once('=').with_context(|| format!("{argument} is no NAME=VALUE"))? {
            ("seeds", value) => {
                options.seeds = value.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            ("edges", value) => options.edges = value.parse()?,
            ("incidents", value) => options.incidents = value.parse()?,
            ("days", value) => options.days = value.parse()?,
            ("rules", path) => {
                let text = std::fs::read_to_string(path)?;
                options.rules = Rules::read(&text).map_err(anyhow::Error::msg)?;
            }
            ("show", value) => options.show = value == "on",
            (name, _) => anyhow::bail!("there is no option {name}"),
        }
    }
    Ok(options)
}

/// What begins in so many minutes of a world.
fn run(world: &mut World, rules: &Rules, edges: usize, minutes: i64) -> Result<Vec<Begun>> {
    let panes = Panes::new(MINUTE_MS, MINUTE_MS).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut board = Board::new(rules.clone(), panes, 100_000);
    let names: Vec<String> = (0..edges).map(|edge| format!("{edge:06}")).collect();
    let mut begun = Vec::new();
    for minute in 0..minutes {
        let figures = world.minute(minute);
        let here = names.iter().zip(&figures).filter_map(|(name, figures)| {
            let name = Name { kind: Kind::Edge, src: name, dst: name };
            figures.map(|figures| Seen { name, figures })
        });
        let seen: Vec<Seen<'_>> = here.collect();
        let take = |alert: &callweave_core::alerts::Alert<'_>| {
            if alert.change == Change::Begins {
                begun.push(Begun {
                    minute,
                    since: alert.since - BEGIN,
                    rule: alert.rule,
                    edge: alert.name.src.parse().ok(),
                    expected: alert.expected,
                    seen: alert.seen,
                });
            }
        };
        board.judge(BEGIN + minute, &seen, take).map_err(|error| anyhow::anyhow!("{error}"))?;
    }
    Ok(begun)
}

fn quiet(options: &Options, seed: u64) -> Result<()> {
    let begin = Instant::now();
    let mut world = World::new(seed, options.edges, Vec::new());
    let begun = run(&mut world, &options.rules, options.edges, options.days * DAY)?;
    let mut by_day = vec![0; options.days as usize];
    let mut by_rule: BTreeMap<&str, u32> = BTreeMap::new();
    for alert in &begun {
        by_day[(alert.minute / DAY) as usize] += 1;
        *by_rule.entry(alert.rule.name()).or_default() += 1;
        show(options, alert, "false");
    }
    println!(
        "seed {seed}: {} quiet days of {} edges: {} false alerts, {:.2} a day; by day {by_day:?}, by rule {by_rule:?}; {:.0} s",
        options.days,
        options.edges,
        begun.len(),
        begun.len() as f64 / options.days as f64,
        begin.elapsed().as_secs_f64()
    );
    Ok(())
}

fn show(options: &Options, alert: &Begun, what: &str) {
    if options.show {
        let Begun { minute, since, rule, edge, expected, seen } = alert;
        let name = rule.name();
        println!("  {what}: {name} of {edge:?} at {minute} since {since}: {expected} expected, {seen} seen");
    }
}

/// Whether an alert tells of an incident.
fn tells(alert: &Begun, incident: &Incident) -> bool {
    // A window before it may by chance be the first in a row.
    let is_in_time = (incident.from..incident.to.saturating_add(2)).contains(&alert.minute)
        && alert.since >= incident.from - 2;
    let is_there = match (alert.edge, incident.what) {
        (None, _) => true,
        (Some(edge), What::Gone) => edge / INSTANCES == incident.edge / INSTANCES,
        (Some(edge), _) => edge == incident.edge,
    };
    is_in_time && is_there
}

fn known(options: &Options, seed: u64) -> Result<()> {
    let incidents = incidents(seed, options.incidents, options.edges, LEARNING_DAYS * DAY, EVERY);
    let minutes = LEARNING_DAYS * DAY + (options.incidents as i64 + 4) * EVERY;
    let mut world = World::new(seed + 1, options.edges, incidents.clone());
    let begun = run(&mut world, &options.rules, options.edges, minutes)?;
    let mut begun_then: Vec<&Begun> =
        begun.iter().filter(|alert| alert.minute >= LEARNING_DAYS * DAY).collect();
    begun_then.sort_by_key(|alert| alert.minute);
    let is_true = |alert: &&&Begun| incidents.iter().any(|incident| tells(alert, incident));
    let right = begun_then.iter().filter(is_true).count();
    begun_then.iter().filter(|alert| !is_true(alert)).for_each(|alert| show(options, alert, "false"));
    let mut delays = Vec::new();
    let mut by_kind: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for incident in &incidents {
        let kind = match incident.what {
            What::Slower(_) => "slower",
            What::Gone => "gone",
            What::New => "new",
            What::Burst(_) => "burst",
        };
        let (told, all) = by_kind.entry(kind).or_default();
        *all += 1;
        match begun_then.iter().find(|alert| tells(alert, incident)) {
            Some(alert) => {
                *told += 1;
                delays.push(alert.minute + 1 - incident.from);
            }
            None if options.show => println!("  missed: {incident:?}"),
            None => {}
        }
    }
    delays.sort_unstable();
    let delay = |share: usize| delays.get(delays.len() * share / 100).copied().unwrap_or_default();
    println!(
        "seed {seed}: {} incidents: precision {:.3} ({right} of {} alerts), recall {:.3}, delay {} min (median), {} min (90 %); told by kind {by_kind:?}",
        incidents.len(),
        right as f64 / begun_then.len().max(1) as f64,
        begun_then.len(),
        delays.len() as f64 / incidents.len().max(1) as f64,
        delay(50),
        delay(90),
    );
    Ok(())
}
