//! What a result was found to be worth, for a person and for a program.

use std::fmt::Write;

use serde_json::json;

use super::examples::Examples;

/// A result measured against the truth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Records that are no result.
    pub unreadable: Examples,
    /// Records of the truth with an id that was there before.
    pub repeated_in_truth: u64,
    /// Records of the result with an id that was there before.
    pub repeated_in_result: u64,
    /// Different ids of the truth.
    pub calls_in_truth: u64,
    /// Those that the result lacks.
    pub only_in_truth: u64,
    /// Ids of the result that the truth lacks.
    pub only_in_result: u64,
    /// Pairs of parent and child that are true.
    pub links_in_truth: u64,
    /// Those that the result's lists of parents hold.
    pub links_in_result: u64,
    /// Those of them that are true.
    pub links_right: u64,
    /// Parents that the result says it does not list.
    pub parents_omitted: u64,
    /// Links that either only lists of parents or only lists of children have.
    pub one_sided_links: u64,
    /// Calls of the truth whose parents in the result are exactly the true ones.
    pub calls_right: u64,
    /// Traces of the truth.
    pub traces: u64,
    /// Those of them whose calls are all right.
    pub traces_right: u64,
}

impl Figures {
    /// Nothing measured yet.
    pub fn new(unreadable: Examples) -> Self {
        Self { unreadable, ..Self::default() }
    }

    /// The share of the result's links that are true; `None` if it has no links.
    pub fn precision(&self) -> Option<f64> {
        share(self.links_right, self.links_in_result)
    }

    /// The share of the true links that the result has; `None` if there are none.
    pub fn recall(&self) -> Option<f64> {
        share(self.links_right, self.links_in_truth)
    }

    /// A table, and examples of records that are no result.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let mut row = |name: &str, count: u64, share: Option<f64>| {
            let share = share.map(|share| format!("{share:>10.4}")).unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<28}{count:>14}{share}");
        };
        row("calls in the truth", self.calls_in_truth, None);
        row("  not in the result", self.only_in_truth, None);
        row("calls not in the truth", self.only_in_result, None);
        row("repeated ids in the truth", self.repeated_in_truth, None);
        row("repeated ids in the result", self.repeated_in_result, None);
        row("no result", self.unreadable.count(), None);
        row("links in the truth", self.links_in_truth, None);
        row("links in the result", self.links_in_result, None);
        row("  omitted", self.parents_omitted, None);
        row("  one-sided", self.one_sided_links, None);
        row("right links", self.links_right, None);
        row("calls with right parents", self.calls_right, share(self.calls_right, self.calls_in_truth));
        row("traces", self.traces, None);
        row("traces fully right", self.traces_right, share(self.traces_right, self.traces));
        for (name, share) in [("precision", self.precision()), ("recall", self.recall())] {
            let share = share.map_or("-".to_owned(), |share| format!("{share:.4}"));
            let _ = writeln!(text, "{name:<28}{share:>24}");
        }
        for example in self.unreadable.texts() {
            let _ = writeln!(text, "no result: {example}");
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// The same as one JSON object.
    pub fn json(&self) -> String {
        json!({
            "precision": self.precision(),
            "recall": self.recall(),
            "calls_with_right_parents": self.calls_right,
            "share_of_calls": share(self.calls_right, self.calls_in_truth),
            "traces": self.traces,
            "traces_fully_right": self.traces_right,
            "share_of_traces": share(self.traces_right, self.traces),
            "calls_in_truth": self.calls_in_truth,
            "calls_not_in_result": self.only_in_truth,
            "calls_not_in_truth": self.only_in_result,
            "repeated_ids_in_truth": self.repeated_in_truth,
            "repeated_ids_in_result": self.repeated_in_result,
            "no_result": self.unreadable.json(),
            "links_in_truth": self.links_in_truth,
            "links_in_result": self.links_in_result,
            "links_omitted": self.parents_omitted,
            "one_sided_links": self.one_sided_links,
            "right_links": self.links_right,
        })
        .to_string()
    }
}

/// A part of a whole; `None` if that is 0.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
