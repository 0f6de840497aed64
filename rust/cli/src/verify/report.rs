//! What the comparison has found, for a person and for a program.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::json;

/// A way in which the job's output can differ from what it had to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// A call is not in the result topic.
    Missing,
    /// A result is no call of the input, or was rejected as well.
    Unexpected,
    /// A call is in the result topic more than once.
    Twice,
    /// The list of parents is wrong, its order or the number of omitted ones.
    WrongParents,
    /// The list of children is wrong, its order or the number of omitted ones.
    WrongChildren,
    /// An address, the latency, another field or the record key is not the input's.
    WrongFields,
    /// A record that had to be rejected was not.
    MissingReject,
    /// A reject has the wrong reason, value or headers, or should not be there.
    WrongReject,
}

impl Difference {
    /// All of them, in the order of the report.
    pub const ALL: [Difference; 8] = [
        Difference::Missing,
        Difference::Unexpected,
        Difference::Twice,
        Difference::WrongParents,
        Difference::WrongChildren,
        Difference::WrongFields,
        Difference::MissingReject,
        Difference::WrongReject,
    ];

    /// The name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Difference::Missing => "missing",
            Difference::Unexpected => "unexpected",
            Difference::Twice => "twice",
            Difference::WrongParents => "wrong parents",
            Difference::WrongChildren => "wrong children",
            Difference::WrongFields => "wrong fields",
            Difference::MissingReject => "missing rejects",
            Difference::WrongReject => "wrong rejects",
        }
    }
}

/// Differences by kind. The first ones of each kind are kept as examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    found: BTreeMap<Difference, (u64, Vec<String>)>,
}

impl Differences {
    /// More examples than this are never kept.
    pub const MAX_EXAMPLES: usize = 1000;

    /// Counts one; `example` is only asked for if it is kept.
    pub fn add(&mut self, kind: Difference, example: impl FnOnce() -> String) {
        let (count, examples) = self.found.entry(kind).or_default();
        *count += 1;
        if examples.len() < Self::MAX_EXAMPLES {
            examples.push(example());
        }
    }

    /// Takes over those of another check. The two must not share a kind.
    pub fn append(&mut self, other: Differences) {
        self.found.extend(other.found);
    }

    /// How many there are of one kind.
    pub fn of(&self, kind: Difference) -> u64 {
        self.found.get(&kind).map_or(0, |(count, _)| *count)
    }

    /// The first ones of one kind.
    pub fn examples(&self, kind: Difference) -> &[String] {
        self.found.get(&kind).map_or(&[], |(_, examples)| examples)
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.found.values().map(|(count, _)| count).sum()
    }
}

/// The outcome of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Records of the input topic.
    pub read: u64,
    /// Records of the result topic.
    pub written: u64,
    /// Records of the rejects topic.
    pub rejected: u64,
    /// The same by the reason that they carry.
    pub rejected_by_reason: BTreeMap<String, u64>,
    /// Records of the input that repeat a call.
    pub duplicates: u64,
    /// Pairs of parent and child that the input has.
    pub links: u64,
    /// What is wrong.
    pub differences: Differences,
}

impl Report {
    /// Whether every record of the input is accounted for by number.
    pub fn is_conserved(&self) -> bool {
        self.read == self.written + self.rejected + self.duplicates
    }

    /// Whether the job has written exactly what it had to.
    pub fn is_same(&self) -> bool {
        self.is_conserved() && self.differences.total() == 0
    }

    /// A table with up to `show` examples of each difference.
    pub fn table(&self, show: usize) -> String {
        let mut text = String::new();
        let mut row = |name: &str, count: u64| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<24}{count:>14}");
        };
        row("read", self.read);
        row("written", self.written);
        row("duplicates", self.duplicates);
        row("rejected", self.rejected);
        for (reason, &count) in &self.rejected_by_reason {
            row(&format!("  {reason}"), count);
        }
        row("links", self.links);
        row("differences", self.differences.total());
        for kind in Difference::ALL {
            row(&format!("  {}", kind.name()), self.differences.of(kind));
        }
        let sign = if self.is_conserved() { "=" } else { "is not" };
        let _ = writeln!(
            text,
            "read {} {sign} written {} + rejected {} + duplicates {}",
            self.read, self.written, self.rejected, self.duplicates
        );
        for kind in Difference::ALL {
            for example in self.differences.examples(kind).iter().take(show) {
                let _ = writeln!(text, "{}: {example}", kind.name());
            }
        }
        let verdict = if self.is_same() { "same" } else { "different" };
        text.push_str(verdict);
        text
    }

    /// The same as one JSON object.
    pub fn json(&self, show: usize) -> String {
        let mut differences = serde_json::Map::new();
        for kind in Difference::ALL {
            let examples = self.differences.examples(kind);
            let examples = &examples[..examples.len().min(show)];
            let entry = json!({ "count": self.differences.of(kind), "examples": examples });
            differences.insert(kind.name().replace(' ', "_"), entry);
        }
        json!({
            "same": self.is_same(),
            "read": self.read,
            "written": self.written,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "rejected_by_reason": self.rejected_by_reason,
            "links": self.links,
            "differences": differences,
        })
        .to_string()
    }
}
