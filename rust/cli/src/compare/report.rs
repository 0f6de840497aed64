//! What the comparison of two results has found, for a person and for a program.

use std::fmt::{Display, Write};

use serde_json::json;

use super::examples::Examples;

/// The names of the two results.
pub const NAMES: [&str; 2] = ["A", "B"];

/// What was found in one result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneResult {
    /// Records that are calls, each time that they are there.
    pub records: u64,
    /// Different calls.
    pub calls: u64,
    /// Records that are no result.
    pub unreadable: Examples,
    /// Records of a call beyond its first.
    pub repeated: Examples,
    /// Calls that the other result does not have.
    pub only_here: Examples,
}

/// The outcome of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// A and B.
    pub results: [OneResult; 2],
    /// Calls that both have.
    pub in_both: u64,
    /// Those of them with other parents.
    pub other_parents: Examples,
    /// Those of them with other children.
    pub other_children: Examples,
}

impl Report {
    /// Nothing compared yet; keeps up to `show` examples of each difference.
    pub fn new(show: usize) -> Self {
        let none = || Examples::new(show);
        let result =
            || OneResult { records: 0, calls: 0, unreadable: none(), repeated: none(), only_here: none() };
        Self { results: [result(), result()], in_both: 0, other_parents: none(), other_children: none() }
    }

    /// Whether there is no difference.
    pub fn is_same(&self) -> bool {
        self.differences().iter().all(|(_, examples)| examples.count() == 0)
    }

    /// All kinds of differences, with their names.
    fn differences(&self) -> [(&'static str, &Examples); 8] {
        let [a, b] = &self.results;
        [
            ("only in A", &a.only_here),
            ("only in B", &b.only_here),
            ("other parents", &self.other_parents),
            ("other children", &self.other_children),
            ("twice in A", &a.repeated),
            ("twice in B", &b.repeated),
            ("no result in A", &a.unreadable),
            ("no result in B", &b.unreadable),
        ]
    }

    /// A table, and the examples.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let [a, b] = &self.results;
        let mut row = |name: &str, a: &dyn Display, b: &dyn Display| {
            let line = format!("{name:<24}{a:>14}{b:>14}");
            text.push_str(line.trim_end());
            text.push('\n');
        };
        row("", &NAMES[0], &NAMES[1]);
        row("records", &(a.records + a.unreadable.count()), &(b.records + b.unreadable.count()));
        row("  no result", &a.unreadable.count(), &b.unreadable.count());
        row("  twice", &a.repeated.count(), &b.repeated.count());
        row("calls", &a.calls, &b.calls);
        row("  only here", &a.only_here.count(), &b.only_here.count());
        row("  in both", &self.in_both, &"");
        row("    other parents", &self.other_parents.count(), &"");
        row("    other children", &self.other_children.count(), &"");
        for (name, examples) in self.differences() {
            for example in examples.texts() {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{name}: {example}");
            }
        }
        text.push_str(if self.is_same() { "same" } else { "different" });
        text
    }

    /// The same as one JSON object.
    pub fn json(&self) -> String {
        let result = |result: &OneResult| {
            json!({
                "records": result.records + result.unreadable.count(),
                "calls": result.calls,
            })
        };
        let [a, b] = &self.results;
        let differences: serde_json::Map<_, _> = self
            .differences()
            .into_iter()
            .map(|(name, examples)| (name.to_lowercase().replace(' ', "_"), examples.json()))
            .collect();
        json!({
            "same": self.is_same(),
            "a": result(a),
            "b": result(b),
            "in_both": self.in_both,
            "differences": differences,
        })
        .to_string()
    }
}
