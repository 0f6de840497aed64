//! What the comparison has found, for a person and for a program.

use std::fmt::Write;

use callweave_reference::{ChainReport, Report};
use serde_json::json;

/// A report as a table, with up to `show` examples of each difference.
pub fn table(report: &Report, show: usize) -> String {
    let mut text = String::new();
    let mut row = |name: &str, count: u64| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<24}{count:>14}");
    };
    row("read", report.read);
    row("written", report.written);
    row("duplicates", report.duplicates);
    if let Some(merged) = report.merged {
        row("merged", merged);
    }
    row("rejected", report.rejected);
    for (reason, &count) in &report.rejected_by_reason {
        row(&format!("  {reason}"), count);
    }
    if let Some(links) = report.links {
        row("links", links);
    }
    if let Some(chains) = report.chains {
        row("chains", chains.chains);
        row("  calls", chains.calls);
        row("  calls omitted", chains.omitted);
        row("  not recomputable", chains.not_recomputable);
    }
    if let Some(series) = report.series {
        row("series of windows", series);
    }
    if let Some(calls) = report.span_calls {
        row("calls in spans", calls);
    }
    if let Some(alerts) = report.alerts {
        row("alerts", alerts);
    }
    row("differences", report.differences.total());
    for kind in report.kinds() {
        row(&format!("  {}", kind.name()), report.differences.of(kind));
    }
    let sign = if report.is_conserved() { "=" } else { "is not" };
    let merged = report.merged.map(|merged| format!(" + merged {merged}")).unwrap_or_default();
    let _ = writeln!(
        text,
        "read {} {sign} written {} + rejected {} + duplicates {}{merged}",
        report.read, report.written, report.rejected, report.duplicates
    );
    if let Some(chains) = report.chains {
        let sign = if chains.is_conserved() { "=" } else { "is not" };
        let ChainReport { calls, omitted, due, .. } = chains;
        let _ =
            writeln!(text, "calls in chains {calls} + omitted {omitted} {sign} calls to be written {due}");
    }
    for kind in report.kinds() {
        for example in report.differences.examples(kind).iter().take(show) {
            let _ = writeln!(text, "{}: {example}", kind.name());
        }
    }
    let verdict = if report.is_same() { "same" } else { "different" };
    text.push_str(verdict);
    text
}

/// A report as one JSON object, with up to `show` examples of each difference.
pub fn json(report: &Report, show: usize) -> String {
    let mut differences = serde_json::Map::new();
    for kind in report.kinds() {
        let examples = report.differences.examples(kind);
        let examples = &examples[..examples.len().min(show)];
        let entry = json!({ "count": report.differences.of(kind), "examples": examples });
        differences.insert(kind.name().replace(' ', "_"), entry);
    }
    let chains = report.chains.map(|chains| {
        json!({
            "chains": chains.chains,
            "calls": chains.calls,
            "calls_omitted": chains.omitted,
            "calls_to_be_written": chains.due,
            "not_recomputable": chains.not_recomputable,
        })
    });
    json!({
        "same": report.is_same(),
        "read": report.read,
        "written": report.written,
        "duplicates": report.duplicates,
        "merged": report.merged,
        "rejected": report.rejected,
        "rejected_by_reason": report.rejected_by_reason,
        "links": report.links,
        "chains": chains,
        "series": report.series,
        "calls_in_spans": report.span_calls,
        "alerts": report.alerts,
        "differences": differences,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use callweave_reference::{Difference, Differences};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_report_is_a_table_and_json() {
        let mut differences = Differences::default();
        for call in ["call 1", "call 2"] {
            differences.add(Difference::Missing, || call.to_owned());
        }
        let by_reason = [("late".to_owned(), 2)].into();
        let report = Report {
            read: 9,
            written: 3,
            rejected: 2,
            rejected_by_reason: by_reason,
            duplicates: 1,
            merged: Some(1),
            links: Some(2),
            chains: None,
            series: None,
            span_calls: None,
            alerts: None,
            differences,
        };
        let shown = table(&report, 1);
        assert!(
            shown.contains("read 9 is not written 3 + rejected 2 + duplicates 1 + merged 1\n"),
            "{shown}"
        );
        assert!(shown.contains("missing: call 1\n") && !shown.contains("call 2"), "{shown}");
        assert!(shown.contains("  late ") && shown.ends_with("different"), "{shown}");
        let shown: Value = serde_json::from_str(&json(&report, 2)).unwrap();
        assert_eq!((&shown["same"], &shown["read"]), (&false.into(), &9.into()));
        assert_eq!(shown["differences"]["missing"]["count"], 2);
        assert_eq!(shown["differences"]["missing"]["examples"][1], "call 2");
        assert_eq!(shown["differences"]["wrong_parents"]["count"], 0);
        assert_eq!((&shown["chains"], &shown["differences"]["in_no_chain"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn chains_are_told_where_they_were_compared() {
        let mut differences = Differences::default();
        differences.add(Difference::InNoChain, || "call 1".to_owned());
        let chains = ChainReport { chains: 2, calls: 7, omitted: 1, due: 9, not_recomputable: 1 };
        let report = Report {
            read: 8,
            written: 8,
            rejected: 0,
            rejected_by_reason: [].into(),
            duplicates: 0,
            merged: None,
            links: None,
            chains: Some(chains),
            series: None,
            span_calls: None,
            alerts: None,
            differences,
        };
        let shown = table(&report, 1);
        assert!(shown.contains("calls in chains 7 + omitted 1 is not calls to be written 9\n"), "{shown}");
        assert!(shown.contains("\nin no chain: call 1\n") && !shown.contains("links"), "{shown}");
        assert!(!shown.contains("wrong parents") && shown.contains("wrong figures"), "{shown}");
        let shown: Value = serde_json::from_str(&json(&report, 1)).unwrap();
        assert_eq!((&shown["chains"]["calls_omitted"], &shown["links"]), (&1.into(), &Value::Null));
        assert_eq!(shown["differences"]["in_no_chain"]["examples"][0], "call 1");
    }
}
