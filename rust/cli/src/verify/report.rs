//! What the comparison has found, for a person and for a program.

use std::fmt::Write;

use callweave_reference::{Difference, Report};
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
    row("rejected", report.rejected);
    for (reason, &count) in &report.rejected_by_reason {
        row(&format!("  {reason}"), count);
    }
    row("links", report.links);
    row("differences", report.differences.total());
    for kind in Difference::ALL {
        row(&format!("  {}", kind.name()), report.differences.of(kind));
    }
    let sign = if report.is_conserved() { "=" } else { "is not" };
    let _ = writeln!(
        text,
        "read {} {sign} written {} + rejected {} + duplicates {}",
        report.read, report.written, report.rejected, report.duplicates
    );
    for kind in Difference::ALL {
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
    for kind in Difference::ALL {
        let examples = report.differences.examples(kind);
        let examples = &examples[..examples.len().min(show)];
        let entry = json!({ "count": report.differences.of(kind), "examples": examples });
        differences.insert(kind.name().replace(' ', "_"), entry);
    }
    json!({
        "same": report.is_same(),
        "read": report.read,
        "written": report.written,
        "duplicates": report.duplicates,
        "rejected": report.rejected,
        "rejected_by_reason": report.rejected_by_reason,
        "links": report.links,
        "differences": differences,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use callweave_reference::Differences;

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
            links: 2,
            differences,
        };
        let shown = table(&report, 1);
        assert!(shown.contains("read 9 is not written 3 + rejected 2 + duplicates 1"), "{shown}");
        assert!(shown.contains("missing: call 1\n") && !shown.contains("call 2"), "{shown}");
        assert!(shown.contains("  late ") && shown.ends_with("different"), "{shown}");
        let shown: serde_json::Value = serde_json::from_str(&json(&report, 2)).unwrap();
        assert_eq!((&shown["same"], &shown["read"]), (&false.into(), &9.into()));
        assert_eq!(shown["differences"]["missing"]["count"], 2);
        assert_eq!(shown["differences"]["missing"]["examples"][1], "call 2");
        assert_eq!(shown["differences"]["wrong_parents"]["count"], 0);
    }
}
