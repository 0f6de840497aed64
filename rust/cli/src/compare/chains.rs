//! Chains and the truth: how often the most likely parent is the true one, and how true its confidence is.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::bytes::{put, Reader};
use super::examples::Examples;
use super::figures::share;
use super::groups::{for_each_group, Group};
use super::linked::{read_id, read_object, IdList};
use super::truth::TrueCall;
use crate::sorting::{Sorted, Sorter};

/// Groups of calls by confidence.
const BINS: usize = 10;
/// What stands for a parent where there is none: no id is empty.
const NO_PARENT: &str = "";

#[derive(Deserialize)]
struct ChainFields<'a> {
    #[serde(borrow)]
    hops: Vec<HopFields<'a>>,
}

#[derive(Deserialize)]
struct HopFields<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    parent: Option<&'a RawValue>,
    confidence: f64,
}

/// A call of a chain: what was decided for it.
#[derive(Debug, PartialEq)]
pub struct Hop<'a> {
    /// Its id as it is written in the JSON.
    pub id: &'a str,
    /// Its parent's, likewise.
    parent: Option<&'a str>,
    confidence: f64,
}

impl<'a> Hop<'a> {
    /// The calls of a record of a chain, or what is wrong with it.
    pub fn read_all(value: Option<&'a [u8]>) -> Result<Vec<Self>, String> {
        let chain: ChainFields<'a> = read_object(value)?;
        chain.hops.into_iter().map(Self::read).collect()
    }

    fn read(fields: HopFields<'a>) -> Result<Self, String> {
        let HopFields { id, parent, confidence } = fields;
        if !(0.0..=1.0).contains(&confidence) {
            return Err(format!("a confidence is {confidence}; a number from 0 to 1 is wanted"));
        }
        Ok(Self { id: read_id(id)?, parent: parent.map(read_id).transpose()?, confidence })
    }

    /// Appends what was decided.
    pub fn encode(&self, body: &mut Vec<u8>) {
        body.extend_from_slice(&self.confidence.to_le_bytes());
        put(body, self.parent.unwrap_or(NO_PARENT).as_bytes());
    }
}

/// Chains measured against the truth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChainFigures {
    /// Records that are no chain.
    pub unreadable: Examples,
    /// Calls of the truth.
    pub calls: u64,
    /// Those that are in no chain.
    pub not_in_chains: u64,
    /// Calls of the chains that the truth lacks.
    pub not_in_truth: u64,
    /// Calls that are in more than one place of the chains.
    pub repeated: u64,
    /// Calls of the truth that have a parent.
    pub with_parent: u64,
    /// Those that got it, or one of them.
    pub links_right: u64,
    /// Traces of the truth.
    pub traces: u64,
    /// Those in which every call got its parent, and none where it has none.
    pub traces_right: u64,
    /// The calls of both by their confidence.
    pub bins: [Bin; BINS],
}

/// Calls of about the same confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// How many.
    pub calls: u64,
    /// Those that are right.
    pub right: u64,
    /// The sum of their confidences.
    pub confidence: f64,
}

impl Bin {
    /// The mean confidence and the share that is right; `None` without calls.
    fn means(&self) -> Option<(f64, f64)> {
        let calls = self.calls as f64;
        (self.calls > 0).then(|| (self.confidence / calls, self.right as f64 / calls))
    }
}

/// Measures the decisions of chains, sorted by id.
///
/// # Errors
/// When a temporary file cannot be read or written.
pub fn measure_chains(
    truth: Sorted,
    chains: Sorted,
    unreadable: Examples,
    traces: [Sorter; 2],
) -> anyhow::Result<ChainFigures> {
    let mut figures = ChainFigures { unreadable, ..ChainFigures::default() };
    let [mut right, mut wrong] = traces;
    for_each_group([truth, chains], |group| {
        if let Some((trace, is_right)) = figures.add(group)? {
            let sorter = if is_right { &mut right } else { &mut wrong };
            sorter.push(trace, &[])?;
        }
        Ok(())
    })?;
    for_each_group([right.finish()?, wrong.finish()?], |trace| {
        let [_, wrong] = &trace.sides;
        figures.traces += 1;
        figures.traces_right += u64::from(wrong.count == 0);
        Ok(())
    })?;
    Ok(figures)
}

impl ChainFigures {
    /// Takes in the records of one id; returns its trace and whether the decision is right.
    fn add<'a>(&mut self, group: &'a Group) -> anyhow::Result<Option<(&'a [u8], bool)>> {
        let [truth, decided] = &group.sides;
        self.repeated += decided.count.saturating_sub(1);
        let Some(truth) = truth.first() else {
            self.not_in_truth += 1;
            return Ok(None);
        };
        let (trace, parents) = TrueCall::decode(truth)?;
        self.calls += 1;
        self.with_parent += u64::from(!parents.ids.is_empty());
        let Some(decided) = decided.first() else {
            self.not_in_chains += 1;
            return Ok(Some((trace, false)));
        };
        let is_right = self.add_decision(&parents, decided)?;
        Ok(Some((trace, is_right)))
    }

    fn add_decision(&mut self, truth: &IdList<'_>, decided: &[u8]) -> anyhow::Result<bool> {
        let mut body = Reader::new(decided);
        let confidence = f64::from_le_bytes(body.array()?);
        let parent = body.text()?;
        let is_right = match (parent, truth.ids.as_slice()) {
            (NO_PARENT, parents) => parents.is_empty(),
            (parent, parents) => parents.contains(&parent),
        };
        self.links_right += u64::from(is_right && parent != NO_PARENT);
        let bin = &mut self.bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.calls += 1;
        bin.right += u64::from(is_right);
        bin.confidence += confidence;
        Ok(is_right)
    }

    /// The share of the calls with a parent that got it.
    pub fn link_accuracy(&self) -> Option<f64> {
        share(self.links_right, self.with_parent)
    }

    /// The share of the traces in which every call is right.
    pub fn trace_accuracy(&self) -> Option<f64> {
        share(self.traces_right, self.traces)
    }

    /// The mean distance of confidence and share right over the bins, weighted by their calls.
    pub fn confidence_gap(&self) -> Option<f64> {
        let calls: u64 = self.bins.iter().map(|bin| bin.calls).sum();
        let gap = |bin: &Bin| bin.means().map(|(mean, right)| bin.calls as f64 * (mean - right).abs());
        (calls > 0).then(|| self.bins.iter().filter_map(gap).sum::<f64>() / calls as f64)
    }

    /// A table, and examples of records that are no chain.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let mut row = |name: &str, count: u64, share: Option<f64>| {
            let share = share.map(|share| format!("{share:>10.4}")).unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<28}{count:>14}{share}");
        };
        row("calls in the truth", self.calls, None);
        row("  in no chain", self.not_in_chains, None);
        row("calls not in the truth", self.not_in_truth, None);
        row("repeated calls", self.repeated, None);
        row("no chain", self.unreadable.count(), None);
        row("calls with a true parent", self.with_parent, None);
        row("  that got it", self.links_right, self.link_accuracy());
        row("traces", self.traces, None);
        row("  fully right", self.traces_right, self.trace_accuracy());
        let gap = self.confidence_gap().map_or("-".to_owned(), |gap| format!("{gap:.4}"));
        let _ = writeln!(text, "{:<28}{gap:>24}", "confidence gap");
        let _ = writeln!(text, "{:<28}{:>14}{:>10}{:>10}", "by confidence", "calls", "mean", "right");
        for (number, bin) in self.bins.iter().enumerate() {
            let bounds = format!("  {:.1} to {:.1}", number as f64 / 10.0, (number + 1) as f64 / 10.0);
            if let Some((mean, right)) = bin.means() {
                let _ = writeln!(text, "{bounds:<28}{:>14}{mean:>10.4}{right:>10.4}", bin.calls);
            }
        }
        for example in self.unreadable.texts() {
            let _ = writeln!(text, "no chain: {example}");
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// The same as one JSON object.
    pub fn json(&self) -> String {
        let bins = self.bins.iter().map(|bin| {
            let (mean, right) = bin.means().unzip();
            json!({"calls": bin.calls, "mean_confidence": mean, "share_right": right})
        });
        json!({
            "link_accuracy": self.link_accuracy(),
            "trace_accuracy": self.trace_accuracy(),
            "confidence_gap": self.confidence_gap(),
            "calls_in_truth": self.calls,
            "calls_in_no_chain": self.not_in_chains,
            "calls_not_in_truth": self.not_in_truth,
            "repeated_calls": self.repeated,
            "no_chain": self.unreadable.json(),
            "calls_with_parent": self.with_parent,
            "right_links": self.links_right,
            "traces": self.traces,
            "traces_fully_right": self.traces_right,
            "by_confidence": bins.collect::<Vec<_>>(),
        })
        .to_string()
    }
}
