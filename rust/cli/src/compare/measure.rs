//! One result and the truth: how good its links are, or its chains.

use callweave_core::protobuf::RecordFormat;

use super::args::Args;
use super::bytes::put;
use super::chains::{measure_chains, ChainFigures, Hop};
use super::examples::Examples;
use super::figures::Figures;
use super::groups::{for_each_group, Group};
use super::linked::{IdList, Linked, Links};
use super::reading::Reading;
use super::truth::TrueCall;
use crate::format::Names;
use crate::kafka::Cluster;
use crate::progress::Progress;
use crate::sorting::{Sorted, Sorter};
use crate::source::Source;

/// What a result is worth.
#[derive(Debug)]
pub enum Outcome {
    /// One of links.
    Links(Figures),
    /// One of chains.
    Chains(ChainFigures),
}

impl Outcome {
    /// For a person.
    pub fn table(&self) -> String {
        match self {
            Self::Links(figures) => figures.table(),
            Self::Chains(figures) => figures.table(),
        }
    }

    /// For a program.
    pub fn json(&self) -> String {
        match self {
            Self::Links(figures) => figures.json(),
            Self::Chains(figures) => figures.json(),
        }
    }
}

/// Measures the links or the chains of a result against the true ones.
///
/// # Errors
/// When one of the two cannot be read, a line of the truth is none, or a temporary file cannot be
/// written.
pub fn measure(args: &Args, truth: &Source, result: &Source) -> anyhow::Result<Outcome> {
    let quarter = args.memory_bytes() / 4;
    let sorter = |limit_bytes| Sorter::new(limit_bytes, &args.temp_dir);
    let two_sorters = || [sorter(quarter / 2), sorter(quarter / 2)];
    let (truth, result, show) = (truth.clone(), result.clone(), args.shown());
    let format = args.format(&result);
    let (truth_sorter, result_sorter) = (sorter(quarter), sorter(quarter));
    let (truth, found) = Reading::new(Cluster::new(&args.kafka)?).both(
        move |reading| read_truth(reading, &truth, truth_sorter),
        move |reading| read_result(reading, &result, format, result_sorter, show),
    )?;
    let Found { kind, sorted: result, unreadable } = found;
    if kind == Some(Kind::Chains) {
        return Ok(Outcome::Chains(measure_chains(truth, result, unreadable, two_sorters())?));
    }
    let mut progress = Progress::start("calls measured", None);
    let mut measured = Measured {
        figures: Figures::new(unreadable),
        traces: two_sorters(),
        pairs: two_sorters(),
        scratch: Vec::new(),
    };
    for_each_group([truth, result], |group| {
        measured.add(group)?;
        progress.set(measured.figures.calls_in_truth + measured.figures.only_in_result);
        Ok(())
    })?;
    progress.finish();
    measured.finish().map(Outcome::Links)
}

/// Sorts the calls of the truth by id.
fn read_truth(reading: &Reading, source: &Source, mut sorter: Sorter) -> anyhow::Result<Sorted> {
    let mut body = Vec::new();
    reading.records(source, Names::BuiltIn, |record| {
        let call = TrueCall::read(record.value).map_err(|wrong| {
            anyhow::anyhow!(
                "{source}, {}: {wrong}; a line of a truth is {{\"id\":…,\"trace\":…,\"parents\":[…]}}",
                record.place
            )
        })?;
        body.clear();
        call.encode(record.place, &mut body);
        sorter.push(call.id.as_bytes(), &body)
    })?;
    sorter.finish()
}

/// What the records of a result are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Links,
    Chains,
}

enum Record<'a> {
    Link(Linked<'a>),
    Chain(Vec<Hop<'a>>),
}

/// A record of either kind; the error is that of a call with links, which most are meant to be.
fn read_any(value: Option<&[u8]>) -> Result<Record<'_>, String> {
    Linked::read(value)
        .map(Record::Link)
        .or_else(|wrong| Hop::read_all(value).map(Record::Chain).map_err(|_| wrong))
}

/// A result, sorted by the ids of its calls.
struct Found {
    /// That of the first record that is a result.
    kind: Option<Kind>,
    sorted: Sorted,
    /// Records that are no result, or one of another kind.
    unreadable: Examples,
}

/// Sorts the calls of the result by id; also tells the records that are none.
fn read_result(
    reading: &Reading,
    source: &Source,
    format: RecordFormat,
    mut sorter: Sorter,
    show: usize,
) -> anyhow::Result<Found> {
    let mut unreadable = Examples::new(show);
    let mut kind = None;
    let mut body = Vec::new();
    reading.results(source, format, |place, value| {
        let read = value.and_then(|value| match kind {
            None => read_any(value),
            Some(Kind::Links) => Linked::read(value).map(Record::Link),
            Some(Kind::Chains) => Hop::read_all(value).map(Record::Chain),
        });
        match read {
            Ok(Record::Link(call)) => {
                kind = Some(Kind::Links);
                body.clear();
                call.encode_links(place, &mut body);
                sorter.push(call.identity.id.as_bytes(), &body)
            }
            Ok(Record::Chain(hops)) => {
                kind = Some(Kind::Chains);
                hops.iter().try_for_each(|hop| {
                    body.clear();
                    hop.encode(&mut body);
                    sorter.push(hop.id.as_bytes(), &body)
                })
            }
            Err(wrong) => unreadable.add(1, || Ok(format!("{place}: {wrong}"))),
        }
    })?;
    Ok(Found { kind, sorted: sorter.finish()?, unreadable })
}

struct Measured {
    figures: Figures,
    /// The trace of each call of the truth: of the right ones, and of the wrong ones.
    traces: [Sorter; 2],
    /// An entry per parent and child, from the lists of parents and from those of children.
    pairs: [Sorter; 2],
    scratch: Vec<u8>,
}

impl Measured {
    /// Takes in the records of one id.
    fn add(&mut self, group: &Group) -> anyhow::Result<()> {
        let figures = &mut self.figures;
        let [truth, result] = &group.sides;
        figures.repeated_in_truth += truth.count.saturating_sub(1);
        figures.repeated_in_result += result.count.saturating_sub(1);
        let truth = truth.first().map(TrueCall::decode).transpose()?;
        let found = match result.first() {
            Some(body) => Some(self.add_found(&group.key, Links::decode(body)?)?),
            None => None,
        };
        self.add_true(truth, found)
    }

    /// Notes the links of a call of the result; returns its parents.
    fn add_found<'a>(&mut self, id: &[u8], links: Links<'a>) -> anyhow::Result<IdList<'a>> {
        let parents = IdList::decode(links.parents)?.distinct();
        for parent in &parents.ids {
            self.add_pair(0, parent.as_bytes(), id)?;
        }
        for child in &IdList::decode(links.children)?.distinct().ids {
            self.add_pair(1, id, child.as_bytes())?;
        }
        Ok(parents)
    }

    fn add_pair(&mut self, side: usize, parent: &[u8], child: &[u8]) -> anyhow::Result<()> {
        self.scratch.clear();
        put(&mut self.scratch, parent);
        self.scratch.extend_from_slice(child);
        self.pairs[side].push(&self.scratch, &[])
    }

    /// Compares the parents of a call that at least one side has.
    fn add_true(
        &mut self,
        truth: Option<(&[u8], IdList<'_>)>,
        found: Option<IdList<'_>>,
    ) -> anyhow::Result<()> {
        let figures = &mut self.figures;
        let found_links = found.as_ref().map_or(0, |found| found.ids.len() as u64);
        figures.links_in_result += found_links;
        figures.parents_omitted += found.as_ref().map_or(0, |found| found.omitted);
        let Some((trace, truth)) = truth else {
            figures.only_in_result += 1;
            return Ok(());
        };
        figures.calls_in_truth += 1;
        figures.links_in_truth += truth.ids.len() as u64;
        let is_right = found.as_ref() == Some(&truth);
        figures.calls_right += u64::from(is_right);
        match &found {
            Some(found) => {
                let (only_found, _) = found.differences(&truth);
                figures.links_right += found_links - only_found.len() as u64;
            }
            None => figures.only_in_truth += 1,
        }
        let [right, wrong] = &mut self.traces;
        let sorter = if is_right { right } else { wrong };
        sorter.push(trace, &[])
    }

    /// Counts what concerns several calls.
    fn finish(self) -> anyhow::Result<Figures> {
        let mut figures = self.figures;
        let [right, wrong] = self.traces;
        for_each_group([right.finish()?, wrong.finish()?], |trace| {
            let [_, wrong] = &trace.sides;
            figures.traces += 1;
            figures.traces_right += u64::from(wrong.count == 0);
            Ok(())
        })?;
        let [from_parents, from_children] = self.pairs;
        for_each_group([from_parents.finish()?, from_children.finish()?], |pair| {
            figures.one_sided_links += u64::from(pair.sides.iter().any(|side| side.count == 0));
            Ok(())
        })?;
        Ok(figures)
    }
}
