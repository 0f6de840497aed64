//! The whole comparison, on records in memory.

use crate::chains::{check_chains, ChainCheck};
use crate::expect::Expected;
use crate::judge::Judged;
use crate::record::Record;
use crate::rejects::check_rejects;
use crate::report::Report;
use crate::results::check_results;
use crate::rules::Rules;
use crate::spans::{check_spans, count_span_calls};
use crate::windows::{check_windows, WindowCounts};

/// What the job has written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Output<'a> {
    /// Its results; `None` where it writes no links, or nobody asks.
    pub results: Option<&'a [Record]>,
    /// Its chains; likewise.
    pub chains: Option<&'a [Record]>,
    /// Its windows; likewise. Without chains they hold edges alone.
    pub edges: Option<&'a [Record]>,
    /// Its spans, which are held against the chains; likewise.
    pub spans: Option<&'a [Record]>,
    /// Its rejects.
    pub rejects: &'a [Record],
}

/// Compares what the job has written with what it had to. `judged` belongs to `input`, record by
/// record.
pub fn compare(
    input_topic: &str,
    input: &[Record],
    judged: &[Judged],
    output: Output<'_>,
    rules: &Rules,
) -> Report {
    let rejects_check = check_rejects(input_topic, input, judged, output.rejects);
    let expected = Expected::new(judged, &rejects_check.rejected_late, rules);
    let valid = judged.iter().filter(|judged| judged.verdict.is_ok());
    let late = rejects_check.rejected_late.iter().filter(|&&late| late);
    let duplicates = valid.count() - late.count() - expected.merged - expected.calls.len();
    let mut differences = rejects_check.differences;
    if let Some(results) = output.results {
        differences.append(check_results(&expected, results, rules));
    }
    let chains = output.chains.map(|chains| {
        let ChainCheck { report, differences: found } = check_chains(&expected, chains);
        differences.append(found);
        report
    });
    if let Some(edges) = output.edges {
        differences.append(check_windows(&expected, output.chains, edges, rules));
    }
    let span_calls = output.spans.map(|spans| {
        differences.append(check_spans(output.chains.unwrap_or_default(), spans, rules.spans));
        spans.iter().map(|record| count_span_calls(record, rules.spans.format)).sum()
    });
    let in_chains = chains.map(|chains| chains.calls + chains.omitted);
    let in_windows = || {
        let mut counts = WindowCounts::default();
        output.edges.unwrap_or_default().iter().for_each(|record| counts.add(record));
        counts.calls / rules.windows.overlap()
    };
    Report {
        read: input.len() as u64,
        written: output.results.map(|results| results.len() as u64).or(in_chains).unwrap_or_else(in_windows),
        rejected: output.rejects.len() as u64,
        rejected_by_reason: rejects_check.by_reason,
        duplicates: duplicates as u64,
        merged: rules.merge_reports.then_some(expected.merged as u64),
        links: output.results.map(|_| expected.link_count()),
        chains,
        series: output.edges.map(|edges| edges.len() as u64),
        span_calls,
        alerts: None,
        differences,
    }
}
