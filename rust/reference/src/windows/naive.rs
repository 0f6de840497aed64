//! The series of windows, with all calls in memory.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::record::{Key, Written};
use crate::chains::record::Chain;
use crate::expect::Expected;
use crate::rules::{Rules, WindowRules};

/// How far a percentile may be off.
const PERCENTILE_ERROR: f64 = 0.01;
/// Half a unit of the last digit that is written, and what two ways to compute it may differ by.
const ROUNDING: f64 = 0.0005 + 1e-6;
/// Most ids of slow calls.
const MAX_EXEMPLARS: usize = 3;

/// A series in one window.
#[derive(Debug, Default)]
pub struct Series {
    /// Latency of each call, ms, and the id that it is shown by.
    pub calls: Vec<(i64, String)>,
    /// Two numbers of each call that are summed, or of which the most is looked for.
    pub own: Vec<[i64; 2]>,
    /// Of a service: what all services of its window are to blame for, ms.
    pub critical_ms: i64,
    /// How many series it stands for, where these are above the limit.
    pub omitted: usize,
}

/// The edges of these calls.
pub fn series_of_calls(expected: &Expected<'_>, rules: &Rules) -> BTreeMap<Key, Series> {
    let mut all: BTreeMap<Key, Series> = BTreeMap::new();
    for (records, links) in expected.calls.iter().zip(&expected.links) {
        let call = records[0];
        let names = vec![rules.windows.services.name(&call.src), rules.windows.services.name(&call.dst)];
        let has_parent = !links.parents.is_empty() || links.parents_omitted > 0;
        let latency_ms = (call.end_ms - call.start_ms).max(0);
        for start_ms in rules.windows.starts_ms(call.start_ms) {
            let series = all.entry((start_ms, "edge", names.clone())).or_default();
            series.calls.push((latency_ms, call.id.clone()));
            series.own.push([i64::from(!has_parent), i64::from(latency_ms >= rules.max_latency_ms)]);
        }
    }
    all
}

/// The entries and services of these chains, in the windows in which their roots start.
pub fn series_of_chains(chains: &[Chain<'_>], rules: &WindowRules) -> BTreeMap<Key, Series> {
    let mut all: BTreeMap<Key, Series> = BTreeMap::new();
    let mut critical_ms: BTreeMap<i64, i64> = BTreeMap::new();
    for chain in chains {
        let id = || chain.chain.to_owned();
        for start_ms in rules.starts_ms(chain.start_at_ms) {
            for hop in &chain.hops {
                let names = vec![rules.services.name(&hop.dst_ip.address)];
                if hop.parent.is_none() {
                    let entry = all.entry((start_ms, "entry", names.clone())).or_default();
                    entry.calls.push(((chain.end_at_ms - chain.start_at_ms).max(0), id()));
                    entry.own.push([(chain.calls + chain.calls_omitted) as i64, chain.depth as i64]);
                }
                let service = all.entry((start_ms, "service", names)).or_default();
                service.calls.push(((hop.end_at_ms - hop.start_at_ms).max(0), id()));
                service.own.push([hop.critical_msec, hop.self_msec]);
                *critical_ms.entry(start_ms).or_default() += hop.critical_msec;
            }
        }
    }
    for ((start_ms, _, _), series) in &mut all {
        series.critical_ms = critical_ms.get(start_ms).copied().unwrap_or(0);
    }
    all
}

impl Series {
    /// Takes over the calls of another series of the window.
    pub fn append(&mut self, other: Series) {
        self.calls.extend(other.calls);
        self.own.extend(other.own);
        self.critical_ms = other.critical_ms;
    }

    /// The fields that are not what they must be.
    pub fn wrong(&self, written: &Written<'_>, rules: &WindowRules) -> Vec<String> {
        let mut sorted: Vec<i64> = self.calls.iter().map(|(latency_ms, _)| *latency_ms).collect();
        sorted.sort_unstable();
        let due = self.figures(&sorted, written, rules);
        let mut wrong = Vec::new();
        for (field, (right, off)) in &due {
            match written.numbers.get(*field) {
                Some(is) if (is - right).abs() <= *off => {}
                Some(is) => wrong.push(format!("{field} is {is}, {right} is right")),
                None => wrong.push(format!("{field} is missing, {right} is right")),
            }
        }
        let unknown = written.numbers.keys().filter(|field| !due.contains_key(field.as_str()));
        wrong.extend(unknown.map(|field| format!("{field} should not be there")));
        let exemplars = self.exemplars();
        if written.exemplars != exemplars {
            wrong.push(format!("exemplars are {:?}, {exemplars:?} is right", written.exemplars));
        }
        wrong
    }

    /// All numbers of the record, each with what it may be off by. They are computed with every call at hand.
    fn figures(
        &self,
        sorted: &[i64],
        written: &Written<'_>,
        rules: &WindowRules,
    ) -> BTreeMap<&'static str, (f64, f64)> {
        let (start_ms, kind, _) = written.key();
        let count = sorted.len() as f64;
        let sum = sorted.iter().map(|&ms| i128::from(ms)).sum::<i128>() as f64;
        let mean = sum / count;
        let variance = sorted.iter().map(|&ms| (ms as f64 - mean).powi(2)).sum::<f64>() / count;
        let mut due = BTreeMap::from([
            ("window_start_ms", (start_ms as f64, 0.0)),
            ("window_end_ms", ((start_ms + rules.window_ms) as f64, 0.0)),
            ("count", (count, 0.0)),
            ("rate_per_s", (count * 1000.0 / rules.window_ms as f64, ROUNDING)),
            ("sum_msec", (sum, 0.0)),
            ("mean_msec", (mean, ROUNDING)),
            ("sd_msec", (variance.sqrt(), ROUNDING)),
            ("min_msec", (sorted[0] as f64, 0.0)),
            ("max_msec", (sorted[sorted.len() - 1] as f64, 0.0)),
        ]);
        for (field, percent) in [("p50_msec", 50), ("p90_msec", 90), ("p95_msec", 95), ("p99_msec", 99)] {
            let exact = sorted[(sorted.len() * percent).div_ceil(100) - 1] as f64;
            due.insert(field, (exact, PERCENTILE_ERROR * exact));
        }
        due.extend(self.own_figures(kind));
        if self.omitted > 0 {
            due.insert("series_omitted", (self.omitted as f64, 0.0));
        }
        due
    }

    /// The slowest, ties by the bytes of the id as JSON; none twice.
    fn exemplars(&self) -> Vec<&str> {
        let mut slowest: Vec<&(i64, String)> = self.calls.iter().collect();
        slowest.sort_by_key(|(latency_ms, id)| (Reverse(*latency_ms), id));
        let mut ids: Vec<&str> = Vec::new();
        for (_, id) in slowest {
            if ids.len() < MAX_EXEMPLARS && !ids.contains(&id.as_str()) {
                ids.push(id);
            }
        }
        ids
    }

    /// What only this kind of series has.
    fn own_figures(&self, kind: &str) -> Vec<(&'static str, (f64, f64))> {
        let of = |at: usize| self.own.iter().map(move |own| own[at]);
        let (first, second) = (of(0).sum::<i64>() as f64, of(1).sum::<i64>() as f64);
        let most = |at: usize| of(at).max().unwrap_or(0) as f64;
        let count = self.own.len() as f64;
        match kind {
            "edge" => vec![("without_parent", (first, 0.0)), ("at_latency_limit", (second, 0.0))],
            "entry" => vec![
                ("mean_calls", (first / count, ROUNDING)),
                ("max_calls", (most(0), 0.0)),
                ("mean_depth", (second / count, ROUNDING)),
                ("max_depth", (most(1), 0.0)),
            ],
            _ => vec![
                ("critical_msec", (first, 0.0)),
                ("critical_share", (first / self.critical_ms.max(1) as f64, 1e-6)),
                ("self_msec", (second, 0.0)),
            ],
        }
    }
}
