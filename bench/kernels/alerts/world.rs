//! Windows of edges with a known truth: the figures of each minute, without the calls.
//!
//! Calls come by Poisson's law around a rate that follows the time of day and the day of the week, each edge with a
//! wave of its own, and drifts. Latencies are lognormal around a median that drifts, and rises with the load; the 95th
//! percentile is that of as many draws as there are calls. Some edges have a batch at the same hour each night.

use callweave_core::alerts::Figures;

use crate::random::Random;

pub const DAY: i64 = 24 * 60;
/// Instances that share the calls of a service.
pub const INSTANCES: usize = 4;

/// An edge of the world.
struct Edge {
    calls_a_minute: f64,
    wave: f64,
    phase: f64,
    weekend: f64,
    median_ms: f64,
    sigma: f64,
    /// Drifts of the logarithms.
    rate_drift: f64,
    latency_drift: f64,
    /// The minute of the day at which a batch of 40 minutes begins.
    batch: Option<i64>,
    without_parent: f64,
}

/// What happens to an edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    /// Its calls take so many times as long.
    Slower(f64),
    /// It has no calls; those of the other instances have them.
    Gone,
    /// It is there from now on.
    New,
    /// It has so many times the calls.
    Burst(f64),
}

/// Something that happens.
#[derive(Debug, Clone, Copy)]
pub struct Incident {
    pub what: What,
    pub edge: usize,
    /// The first minute, and the first one after it.
    pub from: i64,
    pub to: i64,
}

pub struct World {
    random: Random,
    edges: Vec<Edge>,
    pub incidents: Vec<Incident>,
}

impl World {
    pub fn new(seed: u64, edges: usize, incidents: Vec<Incident>) -> Self {
        let mut random = Random::new(seed);
        let mut made: Vec<Edge> = Vec::with_capacity(edges);
        for at in 0..edges {
            let first = at - at % INSTANCES;
            let calls_a_minute = match made.get(first) {
                Some(first) => first.calls_a_minute,
                None => random.log_between(20.0, 3_000.0),
            };
            made.push(Edge {
                calls_a_minute,
                wave: random.between(0.2, 0.7),
                phase: random.between(-1.5, 1.5),
                weekend: random.between(0.5, 1.0),
                median_ms: random.log_between(3.0, 300.0),
                sigma: random.between(0.3, 1.0),
                rate_drift: 0.0,
                latency_drift: 0.0,
                batch: (at % 250 == 7).then(|| random.below(DAY as usize) as i64),
                without_parent: if at % 10 == 0 { random.between(0.0, 1.0) } else { 0.002 },
            });
        }
        Self { random, edges: made, incidents }
    }

    /// The figures of each edge in a minute; `None` where there is no call.
    pub fn minute(&mut self, minute: i64) -> Vec<Option<Figures>> {
        let now: Vec<Incident> = self.incidents.iter().copied().filter(|one| one.from <= minute).collect();
        (0..self.edges.len()).map(|edge| self.figures(edge, minute, &now)).collect()
    }

    fn figures(&mut self, at: usize, minute: i64, incidents: &[Incident]) -> Option<Figures> {
        let (edge, random) = (&mut self.edges[at], &mut self.random);
        let hour = minute as f64 / 60.0 + edge.phase;
        let weekend = 1.0 - (1.0 - edge.weekend) * weekend(minute);
        edge.rate_drift = 0.98 * edge.rate_drift + 0.01 * random.normal();
        edge.latency_drift = 0.98 * edge.latency_drift + 0.01 * random.normal();
        let load =
            (1.0 - edge.wave * (std::f64::consts::TAU * hour / 24.0).cos()) * weekend * edge.rate_drift.exp();
        let (mut rate, mut median_ms) =
            (edge.calls_a_minute * load, edge.median_ms * edge.latency_drift.exp() * load.powf(0.1));
        if edge.batch.is_some_and(|from| (from..from + 40).contains(&minute.rem_euclid(DAY))) {
            (rate, median_ms) = (rate * 4.0, median_ms * 1.8);
        }
        let is_new = |incident: &&Incident| incident.edge == at && incident.what == What::New;
        if self.incidents.iter().find(is_new).is_some_and(|incident| minute < incident.from) {
            return None;
        }
        for incident in incidents.iter().filter(|incident| minute < incident.to) {
            let is_sibling = incident.edge / INSTANCES == at / INSTANCES;
            match incident.what {
                What::Slower(factor) if incident.edge == at => median_ms *= factor,
                What::Burst(factor) if incident.edge == at => rate *= factor,
                What::Gone if incident.edge == at => return None,
                What::Gone if is_sibling => rate *= INSTANCES as f64 / (INSTANCES - 1) as f64,
                _ => {}
            }
        }
        let count = random.poisson(rate);
        (count > 0).then(|| Figures {
            count,
            p95_ms: random.p95(median_ms, edge.sigma, count).clamp(0.0, 20_000.0) as u32,
            without_parent: random.poisson(rate * edge.without_parent).min(count),
            at_latency_limit: 0,
        })
    }
}

/// How much of the weekend it is: it comes and goes in six hours.
fn weekend(minute: i64) -> f64 {
    let since_friday_20h = (minute - 5 * DAY + 240).rem_euclid(7 * DAY);
    let share = |minutes: i64| (minutes as f64 / 360.0).clamp(0.0, 1.0);
    share(since_friday_20h) - share(since_friday_20h - 2 * DAY)
}

/// Incidents one after the other, of all kinds in turn, each on an edge of its own where there are enough.
pub fn incidents(seed: u64, count: usize, edges: usize, first: i64, every: i64) -> Vec<Incident> {
    let mut random = Random::new(!seed);
    (0..count)
        .map(|number| {
            let what = match number % 4 {
                0 => What::Slower(random.log_between(1.5, 5.0)),
                1 => What::Gone,
                2 => What::New,
                _ => What::Burst(random.log_between(2.0, 8.0)),
            };
            // A service each, so that no incident hides another.
            let services = edges / INSTANCES;
            let service = (number * 97 + seed as usize) % services;
            let edge = service * INSTANCES + random.below(INSTANCES);
            let from = first + number as i64 * every + random.below(every as usize) as i64;
            let minutes = random.between(20.0, 60.0) as i64;
            Incident { what, edge, from, to: if what == What::New { i64::MAX } else { from + minutes } }
        })
        .collect()
}
