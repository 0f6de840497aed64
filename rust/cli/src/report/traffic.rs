//! Calls, summed by edge.

use std::cmp::Reverse;
use std::collections::HashMap;

use callweave_core::edges::bins::bin_of;
use callweave_core::edges::sums::Sums;
use serde::Serialize;

use super::names::Names;
use super::record::Window;
use super::timeline::{Merge, Scale, Timeline};

/// Edges that are told apart; calls of others are summed as one.
const MAX_EDGES: usize = 20_000;
/// A link that is less likely right than this is doubtful.
pub const SURE: f64 = 0.9;

/// The calls of one kind of records.
#[derive(Debug, Default)]
pub struct Traffic {
    edges: HashMap<(u32, u32), Edge>,
    /// Calls of edges above the limit.
    rest: Sums,
    scale: Scale,
    over_time: Timeline<Sums>,
    first_ms: Option<i64>,
    last_ms: i64,
}

/// A call as it is counted.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The number of the name of the caller.
    pub src: u32,
    /// That of the called.
    pub dst: u32,
    /// Start, ms of the epoch.
    pub start_ms: i64,
    /// How long it took, ms.
    pub latency_ms: u32,
    /// What is known of its links.
    pub links: Links,
}

/// The calls from one service to another.
#[derive(Debug, Default)]
pub struct Edge {
    /// Latencies; `own` is critical time and own time, ms.
    pub sums: Sums,
    /// Mean latency over time.
    pub latency: Timeline<Mean>,
    /// How sure its links are.
    pub links: Links,
}

/// How sure links are; also as it stands in the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Links {
    /// Calls that no call can have caused.
    pub without_parent: u64,
    /// Calls that several calls can have caused.
    pub several_parents: u64,
    /// Calls with more links than their lists hold.
    pub cut: u64,
    /// Calls whose parent was chosen.
    pub chosen: u64,
    /// How many of these are wrong by their confidence.
    pub expected_wrong: f64,
    /// How many of them are doubtful.
    pub doubtful: u64,
}

/// A number and a sum of latencies, ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mean {
    /// Number.
    pub count: u64,
    /// Sum.
    pub sum_ms: u64,
}

/// Calls that are summed up, with names that are shown.
#[derive(Debug)]
pub struct Summary {
    /// By names, those with the most calls first.
    pub edges: Vec<((u32, u32), Edge)>,
    /// Calls of edges that were not told apart.
    pub rest: Sums,
    /// All calls.
    pub all: Sums,
    /// All calls over time.
    pub over_time: Timeline<Sums>,
    /// The buckets of all timelines.
    pub scale: Scale,
    /// The first start and the last, ms of the epoch; of windows, their bounds.
    pub span_ms: (i64, i64),
}

impl Links {
    /// Adds what is known of other links.
    pub fn add(&mut self, other: Self) {
        self.without_parent += other.without_parent;
        self.several_parents += other.several_parents;
        self.cut += other.cut;
        self.chosen += other.chosen;
        self.expected_wrong += other.expected_wrong;
        self.doubtful += other.doubtful;
    }

    /// Those of a call that so many others can have caused.
    pub fn of_parents(parents: u64, is_cut: bool) -> Self {
        Self {
            without_parent: u64::from(parents == 0),
            several_parents: u64::from(parents > 1),
            cut: u64::from(is_cut),
            ..Self::default()
        }
    }

    /// Those of a call whose parent, or that it has none, is right with this probability.
    pub fn of_confidence(confidence: f64) -> Self {
        let doubtful = u64::from(confidence < SURE);
        Self { chosen: 1, expected_wrong: 1.0 - confidence.clamp(0.0, 1.0), doubtful, ..Self::default() }
    }
}

impl Merge for Mean {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.sum_ms += other.sum_ms;
    }
}

impl Merge for Sums {
    fn merge(&mut self, other: Self) {
        Sums::merge(self, &other);
    }
}

impl Traffic {
    /// Adds a call, which is to blame for `critical_ms` of its chain's time, and waited for none of its own calls for
    /// `self_ms`. Costs a look-up, and no memory but for a new edge or bin.
    pub fn add(&mut self, call: Call, critical_ms: u32, self_ms: u32) {
        self.span(call.start_ms, call.start_ms);
        let bucket = self.scale.bucket(call.start_ms);
        self.over_time.at(self.scale, bucket).add(call.latency_ms);
        let scale = self.scale;
        let Some(edge) = self.edge(call.src, call.dst) else {
            self.rest.add(call.latency_ms);
            return;
        };
        edge.sums.add(call.latency_ms);
        edge.sums.own[0] += u64::from(critical_ms);
        edge.sums.own[1] += u64::from(self_ms);
        edge.links.add(call.links);
        let mean = Mean { count: 1, sum_ms: call.latency_ms.into() };
        edge.latency.at(scale, bucket).merge(mean);
    }

    /// Adds what a window says of an edge.
    pub fn add_window(&mut self, src: u32, dst: u32, window: &Window<'_>) {
        self.span(window.window_start_ms, window.window_end_ms);
        let sums = sums_of(window);
        let bucket = self.scale.bucket(window.window_start_ms);
        self.over_time.at(self.scale, bucket).merge(&sums);
        let scale = self.scale;
        let Some(edge) = self.edge(src, dst) else {
            self.rest.merge(&sums);
            return;
        };
        edge.sums.merge(&sums);
        edge.links.without_parent = edge.links.without_parent.saturating_add(window.without_parent);
        let mean = Mean { count: window.count, sum_ms: window.sum_msec };
        edge.latency.at(scale, bucket).merge(mean);
    }

    fn span(&mut self, from_ms: i64, to_ms: i64) {
        self.last_ms = self.first_ms.map_or(to_ms, |_| self.last_ms.max(to_ms));
        self.first_ms = Some(self.first_ms.map_or(from_ms, |first_ms| first_ms.min(from_ms)));
    }

    /// The edge; `None` for a new one above the limit.
    fn edge(&mut self, src: u32, dst: u32) -> Option<&mut Edge> {
        let is_full = self.edges.len() >= MAX_EDGES;
        match self.edges.entry((src, dst)) {
            std::collections::hash_map::Entry::Vacant(_) if is_full => None,
            entry => Some(entry.or_default()),
        }
    }

    /// Whether there is no call.
    pub fn is_empty(&self) -> bool {
        self.first_ms.is_none()
    }

    /// Sums up by the names that are shown.
    pub fn into_summary(self, names: &Names) -> Summary {
        let mut edges = HashMap::<(u32, u32), Edge>::new();
        for ((src, dst), edge) in self.edges {
            let shown = edges.entry((names.shown(src), names.shown(dst))).or_default();
            shown.sums.merge(&edge.sums);
            shown.links.add(edge.links);
            shown.latency.merge(edge.latency, self.scale);
        }
        let mut all = self.rest.clone();
        edges.values().for_each(|edge| all.merge(&edge.sums));
        let mut edges: Vec<_> = edges.into_iter().collect();
        edges.sort_unstable_by_key(|((src, dst), edge)| {
            (Reverse(edge.sums.count), names.text(*src), names.text(*dst))
        });
        let span_ms = (self.first_ms.unwrap_or_default(), self.last_ms);
        Summary { edges, rest: self.rest, all, over_time: self.over_time, scale: self.scale, span_ms }
    }
}

/// The sums that a window was made of, as far as it tells. Between two percentiles all calls are taken to have the
/// latency of the upper one, and all of them to have the mean as far as squares go.
fn sums_of(window: &Window<'_>) -> Sums {
    let mut bins = Vec::<(u16, u64)>::new();
    let mut below = 0;
    let bounds = [
        (50, window.p50_msec),
        (90, window.p90_msec),
        (95, window.p95_msec),
        (99, window.p99_msec),
        (100, window.max_msec),
    ];
    for (percent, latency_ms) in bounds {
        let upto = (u128::from(window.count) * percent).div_ceil(100) as u64;
        let (bin, calls) = (bin_of(latency_ms), upto - below);
        below = upto;
        match bins.last_mut() {
            Some((last, count)) if *last >= bin => *count += calls,
            _ => bins.push((bin, calls)),
        }
    }
    let sum_ms = u128::from(window.sum_msec);
    Sums {
        count: window.count,
        sum_ms,
        squares: (sum_ms * sum_ms).div_ceil(window.count.max(1).into()),
        min_ms: window.min_msec,
        max_ms: window.max_msec,
        bins,
        ..Sums::default()
    }
}
