//! What the comparison has found.

use std::collections::BTreeMap;

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
    /// A record of the chains topic is no chain.
    UnreadableChain,
    /// A call is in no chain.
    InNoChain,
    /// A call is in the chains more than once.
    InTwoChains,
    /// A call of a chain is no call of the input, or was rejected as well.
    UnknownInChain,
    /// The calls of a chain are not one tree, of links that can be.
    WrongTree,
    /// A number of a chain or of its calls is not what the rules say.
    WrongFigures,
    /// A text of a chain is wrong, its record key, or the order of its calls.
    WrongChainFields,
    /// A record of the edges topic is no series of a window.
    UnreadableSeries,
    /// A series of a window was not written.
    MissingSeries,
    /// A series has no calls in its window, or should be written together with others.
    UnexpectedSeries,
    /// A series of a window was written more than once.
    SeriesTwice,
    /// A figure of a series is not that of its calls.
    WrongSeries,
    /// A record of the spans topic is none of spans.
    UnreadableSpans,
    /// A chain was not written as a trace.
    MissingSpans,
    /// A trace is of no chain.
    UnexpectedSpans,
    /// A trace was written more than once.
    SpansTwice,
    /// The spans of a trace are not those of the calls of its chain.
    WrongSpans,
    /// A record of the alerts topic is no alert.
    UnreadableAlert,
    /// A change of an alert was not written.
    MissingAlert,
    /// A change of an alert is none that the windows give rise to.
    UnexpectedAlert,
    /// A change of an alert was written more than once.
    AlertTwice,
    /// What an alert says is not what the windows say.
    WrongAlert,
}

/// What of the job's output a difference is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The result topic.
    Results,
    /// The rejects topic.
    Rejects,
    /// The chains topic.
    Chains,
    /// The edges topic.
    Edges,
    /// The spans topic.
    Spans,
    /// The alerts topic.
    Alerts,
}

impl Difference {
    /// All of them, in the order of the report.
    pub const ALL: [Difference; 30] = [
        Difference::Missing,
        Difference::Unexpected,
        Difference::Twice,
        Difference::WrongParents,
        Difference::WrongChildren,
        Difference::WrongFields,
        Difference::MissingReject,
        Difference::WrongReject,
        Difference::UnreadableChain,
        Difference::InNoChain,
        Difference::InTwoChains,
        Difference::UnknownInChain,
        Difference::WrongTree,
        Difference::WrongFigures,
        Difference::WrongChainFields,
        Difference::UnreadableSeries,
        Difference::MissingSeries,
        Difference::UnexpectedSeries,
        Difference::SeriesTwice,
        Difference::WrongSeries,
        Difference::UnreadableSpans,
        Difference::MissingSpans,
        Difference::UnexpectedSpans,
        Difference::SpansTwice,
        Difference::WrongSpans,
        Difference::UnreadableAlert,
        Difference::MissingAlert,
        Difference::UnexpectedAlert,
        Difference::AlertTwice,
        Difference::WrongAlert,
    ];

    /// Where it is.
    pub fn part(self) -> Part {
        match self {
            Difference::Missing
            | Difference::Unexpected
            | Difference::Twice
            | Difference::WrongParents
            | Difference::WrongChildren
            | Difference::WrongFields => Part::Results,
            Difference::MissingReject | Difference::WrongReject => Part::Rejects,
            Difference::UnreadableChain
            | Difference::InNoChain
            | Difference::InTwoChains
            | Difference::UnknownInChain
            | Difference::WrongTree
            | Difference::WrongFigures
            | Difference::WrongChainFields => Part::Chains,
            Difference::UnreadableSeries
            | Difference::MissingSeries
            | Difference::UnexpectedSeries
            | Difference::SeriesTwice
            | Difference::WrongSeries => Part::Edges,
            Difference::UnreadableSpans
            | Difference::MissingSpans
            | Difference::UnexpectedSpans
            | Difference::SpansTwice
            | Difference::WrongSpans => Part::Spans,
            Difference::UnreadableAlert
            | Difference::MissingAlert
            | Difference::UnexpectedAlert
            | Difference::AlertTwice
            | Difference::WrongAlert => Part::Alerts,
        }
    }

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
            Difference::UnreadableChain => "unreadable chains",
            Difference::InNoChain => "in no chain",
            Difference::InTwoChains => "in two chains",
            Difference::UnknownInChain => "unknown in chains",
            Difference::WrongTree => "wrong trees",
            Difference::WrongFigures => "wrong figures",
            Difference::WrongChainFields => "wrong chain fields",
            Difference::UnreadableSeries => "unreadable series",
            Difference::MissingSeries => "missing series",
            Difference::UnexpectedSeries => "unexpected series",
            Difference::SeriesTwice => "series twice",
            Difference::WrongSeries => "wrong series",
            Difference::UnreadableSpans => "unreadable spans",
            Difference::MissingSpans => "missing spans",
            Difference::UnexpectedSpans => "unexpected spans",
            Difference::SpansTwice => "spans twice",
            Difference::WrongSpans => "wrong spans",
            Difference::UnreadableAlert => "unreadable alerts",
            Difference::MissingAlert => "missing alerts",
            Difference::UnexpectedAlert => "unexpected alerts",
            Difference::AlertTwice => "alerts twice",
            Difference::WrongAlert => "wrong alerts",
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

/// What is in the chains topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainReport {
    /// Records.
    pub chains: u64,
    /// Calls that they list.
    pub calls: u64,
    /// Calls that they omit, by what they say.
    pub omitted: u64,
    /// Calls that the job had to write, each once.
    pub due: u64,
    /// Chains whose calls share ids, so that not all of their figures can be recomputed.
    pub not_recomputable: u64,
}

impl ChainReport {
    /// Whether every call is accounted for by number.
    pub fn is_conserved(&self) -> bool {
        self.calls + self.omitted == self.due
    }
}

/// The outcome of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Records of the input topic.
    pub read: u64,
    /// Records of the result topic; without it, calls that the chains stand for, or else the
    /// windows.
    pub written: u64,
    /// Records of the rejects topic.
    pub rejected: u64,
    /// The same by the reason that they carry.
    pub rejected_by_reason: BTreeMap<String, u64>,
    /// Records of the input that repeat a call.
    pub duplicates: u64,
    /// Records that were another report of a call; `None` where such are calls of their own.
    pub merged: Option<u64>,
    /// Pairs of parent and child that the input has; `None` where results were not compared.
    pub links: Option<u64>,
    /// What is in the chains topic; `None` where it was not compared.
    pub chains: Option<ChainReport>,
    /// Records of the edges topic; `None` where it was not compared.
    pub series: Option<u64>,
    /// Calls that the spans topic has spans of; `None` where it was not compared.
    pub span_calls: Option<u64>,
    /// Records of the alerts topic; `None` where it was not compared.
    pub alerts: Option<u64>,
    /// What is wrong.
    pub differences: Differences,
}

impl Report {
    /// Whether every record of the input is accounted for by number.
    pub fn is_conserved(&self) -> bool {
        self.read == self.written + self.rejected + self.duplicates + self.merged.unwrap_or(0)
    }

    /// The kinds of differences that were looked for.
    pub fn kinds(&self) -> impl Iterator<Item = Difference> + use<'_> {
        Difference::ALL.into_iter().filter(move |kind| match kind.part() {
            Part::Results => self.links.is_some(),
            Part::Rejects => true,
            Part::Chains => self.chains.is_some(),
            Part::Edges => self.series.is_some(),
            Part::Spans => self.span_calls.is_some(),
            Part::Alerts => self.alerts.is_some(),
        })
    }

    /// Whether the job has written exactly what it had to.
    pub fn is_same(&self) -> bool {
        self.is_conserved()
            && self.chains.is_none_or(|chains| chains.is_conserved())
            && self.differences.total() == 0
    }
}
