//! Makes what is embedded of what was found.

use std::collections::HashMap;

use callweave_core::edges::bins::value_of;
use callweave_core::edges::sums::Sums;

use super::super::args::Args;
use super::super::chains::Chains;
use super::super::figures::{Figures, Kinds};
use super::super::names::Names;
use super::super::rejects::Rejects;
use super::super::timeline::Scale;
use super::super::traffic::{Edge, Links, Mean, Summary, Traffic};
use super::data::{self, tenths, thousandths, Data, Latency};
use super::waterfall::waterfalls;
use super::PageNames;
use crate::printable::printable;

/// Services at which chains begin, on the page.
const MAX_ENTRIES: usize = 200;
/// Details of a reason, on the page.
const MAX_DETAILS: usize = 10;
/// Characters of the name of an input.
const INPUT_CHARS: usize = 200;
/// The last bound of histograms is above the longest call that is usual, ms.
const LAST_BOUND_MS: u32 = 200_000;

/// What the page shows of `figures`.
///
/// # Errors
/// When a chain that was read before cannot be read again.
pub fn shape(args: &Args, figures: Figures, inputs: &[(String, Kinds)]) -> anyhow::Result<Data> {
    let Figures { mut names, linked, chained, windowed, blame, parents, chains, rejects, summed_edges } =
        figures;
    let mut page_names = PageNames::default();
    let has_linked = !linked.is_empty();
    let has_chains = chains.totals.count > 0;
    let is_rough = !has_linked && !has_chains;
    let chains = chains_of(chains, &mut names, &mut page_names)?;
    let (source, mut summary) = summary_of(linked, chained, windowed, &names);
    let blame = blame_of(&summary, blame, &names);
    let calls = (summary.all.count > 0).then(|| calls(source, is_rough, args, &mut summary, summed_edges));
    let services = services(&summary, &blame, args.edges, &names, &mut page_names);
    let shown = summary.edges.iter_mut().take(args.edges);
    let (scale, rate) = (summary.scale, Rate::of(summary.span_ms));
    let edges = shown.map(|((src, dst), edge)| {
        data_edge(page_names.place(*src, &names), page_names.place(*dst, &names), edge, scale, rate)
    });
    let edges = edges.collect();
    Ok(Data {
        version: env!("CARGO_PKG_VERSION"),
        calls,
        edges,
        services,
        chains: has_chains.then_some(chains),
        parents: has_linked.then_some(parents),
        rejects: inputs.iter().any(|(_, kinds)| kinds.rejects > 0).then(|| rejects.total()),
        reasons: reasons(&rejects),
        inputs: inputs.iter().map(|(name, kinds)| input(name, *kinds)).collect(),
        names: page_names.texts,
    })
}

fn input(name: &str, kinds: Kinds) -> data::Input {
    let Kinds { linked, chains, windows, rejects } = kinds;
    data::Input { name: printable(name.as_bytes(), INPUT_CHARS), linked, chains, windows, rejects }
}

/// The calls of the kind that tells most of them, and what it is called. What chains know of links and blame is
/// added to calls of either kind.
fn summary_of(
    linked: Traffic,
    chained: Traffic,
    windowed: Traffic,
    names: &Names,
) -> (&'static str, Summary) {
    if linked.is_empty() && chained.is_empty() {
        return ("windows", windowed.into_summary(names));
    }
    let chained = chained.into_summary(names);
    if linked.is_empty() {
        return ("calls of chains", chained);
    }
    let mut summary = linked.into_summary(names);
    let known: HashMap<(u32, u32), Edge> = chained.edges.into_iter().collect();
    for (key, edge) in &mut summary.edges {
        if let Some(known) = known.get(key) {
            edge.links.add(known.links);
            edge.sums.own = known.sums.own;
        }
    }
    ("linked calls", summary)
}

/// By service, the time that its calls are to blame for, and their own time, ms; empty where that is not known.
fn blame_of(summary: &Summary, of_windows: HashMap<u32, [u64; 2]>, names: &Names) -> HashMap<u32, [u64; 2]> {
    let mut blame = HashMap::<u32, [u64; 2]>::new();
    let mut add = |service, own: [u64; 2]| {
        let sum = blame.entry(service).or_default();
        sum[0] = sum[0].saturating_add(own[0]);
        sum[1] = sum[1].saturating_add(own[1]);
    };
    let is_known = summary.edges.iter().any(|(_, edge)| edge.sums.own != [0, 0]);
    if is_known {
        summary.edges.iter().for_each(|((_, dst), edge)| add(*dst, edge.sums.own));
    } else {
        of_windows.into_iter().for_each(|(service, own)| add(names.shown(service), own));
    }
    blame
}

/// How numbers become numbers a second.
#[derive(Clone, Copy)]
struct Rate {
    seconds: f64,
}

impl Rate {
    /// Over a time from and to; a shorter one than a second counts as one.
    fn of((from_ms, to_ms): (i64, i64)) -> Self {
        Self { seconds: (to_ms.saturating_sub(from_ms)).max(1000) as f64 / 1000.0 }
    }

    fn of_count(self, count: u64) -> f64 {
        thousandths(count as f64 / self.seconds)
    }
}

fn calls(
    source: &'static str,
    is_rough: bool,
    args: &Args,
    summary: &mut Summary,
    summed_edges: u64,
) -> data::Calls {
    let hidden = summary.edges.iter().skip(args.edges);
    let (start, _) = summary.scale.extent();
    let mut over_time = data::OverTime::default();
    for sums in summary.over_time.buckets(summary.scale) {
        let percentiles = sums.filter(|sums| sums.count > 0).map(|sums| sums.spread().percentiles_ms);
        over_time.count.push(sums.map_or(0, |sums| sums.count));
        over_time.p50.push(percentiles.map(|[p50, ..]| p50));
        over_time.p95.push(percentiles.map(|[_, _, p95, _]| p95));
    }
    data::Calls {
        source,
        is_rough,
        from: summary.span_ms.0,
        to: summary.span_ms.1,
        rate: Rate::of(summary.span_ms).of_count(summary.all.count),
        edges: (summary.edges.len() as u64).saturating_add(summed_edges),
        calls_omitted: summary.rest.count + hidden.map(|(_, edge)| edge.sums.count).sum::<u64>(),
        latency: Latency::of(&summary.all),
        bounds: bounds(),
        histogram: histogram(&summary.all),
        start,
        step: summary.scale.width_ms(),
        over_time,
    }
}

fn data_edge(src: usize, dst: usize, edge: &mut Edge, scale: Scale, rate: Rate) -> data::Edge {
    let spark = edge.latency.buckets(scale).map(|mean| mean.and_then(mean_ms));
    data::Edge {
        src,
        dst,
        rate: rate.of_count(edge.sums.count),
        latency: Latency::of(&edge.sums),
        spark: spark.collect(),
        histogram: histogram(&edge.sums),
        links: Links { expected_wrong: thousandths(edge.links.expected_wrong), ..edge.links },
    }
}

fn mean_ms(mean: &Mean) -> Option<f64> {
    (mean.count > 0).then(|| tenths(mean.sum_ms as f64 / mean.count as f64))
}

/// The services of the edges that are shown. Their figures are of all edges.
fn services(
    summary: &Summary,
    blame: &HashMap<u32, [u64; 2]>,
    edges: usize,
    names: &Names,
    page_names: &mut PageNames,
) -> Vec<data::Service> {
    let mut of_all = HashMap::<u32, (Sums, u64)>::new();
    for ((src, dst), edge) in &summary.edges {
        of_all.entry(*dst).or_default().0.merge(&edge.sums);
        of_all.entry(*src).or_default().1 += edge.sums.count;
    }
    let total_ms: u64 = blame.values().fold(0, |sum, [critical_ms, _]| sum.saturating_add(*critical_ms));
    let rate = Rate::of(summary.span_ms);
    let mut services = Vec::new();
    for ((src, dst), _) in summary.edges.iter().take(edges) {
        for number in [src, dst] {
            let Some((sums, out)) = of_all.remove(number) else {
                continue;
            };
            let own = blame.get(number).copied().unwrap_or_default();
            services.push(data::Service {
                name: page_names.place(*number, names),
                out_rate: rate.of_count(out),
                rate: rate.of_count(sums.count),
                latency: Latency::of(&sums),
                blame: (total_ms > 0).then(|| own[0] as f64 / total_ms as f64).map(thousandths),
                own: (total_ms > 0).then_some(own[1]),
            });
        }
    }
    services
}

fn chains_of(chains: Chains, names: &mut Names, page_names: &mut PageNames) -> anyhow::Result<data::Chains> {
    let entries = chains.entries(names).into_iter().take(MAX_ENTRIES).map(|(entry, sums)| data::Entry {
        name: page_names.place(entry, names),
        latency: Latency::of(&sums),
        mean_calls: tenths(sums.own[0] as f64 / sums.count.max(1) as f64),
    });
    Ok(data::Chains {
        latency: Latency::of(&chains.totals),
        expected_right: tenths(chains.expected_right),
        confidence: chains.confidence,
        entries: entries.collect(),
        slowest: waterfalls(chains.slowest.into_records(), names, page_names)?,
    })
}

fn reasons(rejects: &Rejects) -> Vec<data::Reason> {
    let reasons = rejects.by_reason().into_iter().map(|(reason, found)| {
        let mut details: Vec<_> =
            found.details.iter().map(|(detail, count)| (detail.clone(), *count)).collect();
        details.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        details.truncate(MAX_DETAILS);
        let examples = found.examples.iter().map(|example| (example.place.clone(), example.record.clone()));
        data::Reason { reason: reason.to_owned(), count: found.count, details, examples: examples.collect() }
    });
    reasons.collect()
}

/// The first latencies of the ranges of histograms, ms: 0, 1, 2, 3, 4, 6, 8, 12 and so on, two for each doubling.
pub fn bounds() -> Vec<u32> {
    let mut bounds = vec![0, 1];
    let mut power = 2;
    while power <= LAST_BOUND_MS {
        bounds.extend([power, power + power / 2]);
        power *= 2;
    }
    bounds
}

/// Calls by range of latency, where there are any. At most 1 % off at the bounds.
pub fn histogram(sums: &Sums) -> Vec<(usize, u64)> {
    let bounds = bounds();
    let mut ranges = Vec::<(usize, u64)>::new();
    for &(bin, calls) in &sums.bins {
        let range = bounds.partition_point(|bound| *bound <= value_of(bin)) - 1;
        match ranges.last_mut() {
            Some((last, count)) if *last == range => *count += calls,
            _ => ranges.push((range, calls)),
        }
    }
    ranges
}
