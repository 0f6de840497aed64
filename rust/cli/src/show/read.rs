//! The record of a chain: its figures, and its calls as a tree.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::compare::linked::{read_id, read_object};
use crate::printable::printable;

/// Characters of what is wrong with a record.
const WRONG_CHARS: usize = 200;

#[derive(Deserialize)]
struct ChainFields<'a> {
    #[serde(borrow)]
    chain: &'a RawValue,
    start_at_ms: i64,
    total_msec: i64,
    calls: u64,
    depth: u64,
    width: u64,
    confidence: f64,
    #[serde(default)]
    calls_omitted: u64,
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
    #[serde(borrow)]
    src: Cow<'a, str>,
    #[serde(borrow)]
    dst: Cow<'a, str>,
    /// Empty where the record does not have it.
    #[serde(borrow, default)]
    src_ip: Cow<'a, str>,
    #[serde(borrow, default)]
    dst_ip: Cow<'a, str>,
    start_at_ms: i64,
    end_at_ms: i64,
    depth: u32,
    self_msec: i64,
    critical_msec: i64,
}

/// A chain.
#[derive(Debug)]
pub struct Chain<'a> {
    /// The id of its root as it is written in the JSON.
    pub id: &'a str,
    /// When its root starts, ms of the epoch.
    pub start_ms: i64,
    /// From there to the last end, ms.
    pub total_ms: i64,
    /// Calls that are in it.
    pub calls: u64,
    /// Calls that were left out of it.
    pub omitted: u64,
    /// The depth of its deepest call; the root's is 1.
    pub depth: u64,
    /// The most calls at work at once.
    pub width: u64,
    /// The probability that all its links are right.
    pub confidence: f64,
    /// Its calls, in order of start.
    pub hops: Vec<Hop<'a>>,
    /// Which of them is the root.
    pub root: usize,
}

/// A call of a chain.
#[derive(Debug)]
pub struct Hop<'a> {
    /// Its id as it is written in the JSON.
    pub id: &'a str,
    /// The place of the call that caused it; `None` for the root alone.
    pub parent: Option<usize>,
    /// The probability that this is so.
    pub confidence: f64,
    /// Who called: a name or an address.
    pub src: Cow<'a, str>,
    /// Who was called.
    pub dst: Cow<'a, str>,
    /// The address of who called, where the record has it.
    pub src_ip: Option<Cow<'a, str>>,
    /// The address of who was called, likewise.
    pub dst_ip: Option<Cow<'a, str>>,
    /// Start, ms of the epoch.
    pub start_ms: i64,
    /// End, ms of the epoch. May lie 1 ms before the start, by rounding.
    pub end_ms: i64,
    /// Its time without a call of its own, ms.
    pub self_ms: i64,
    /// Its share in the chain's time, ms: not 0 on the critical path.
    pub critical_ms: i64,
}

impl Hop<'_> {
    /// How long it took, ms.
    pub fn latency_ms(&self) -> i64 {
        self.end_ms.saturating_sub(self.start_ms).max(0)
    }

    /// Whether it is on the critical path.
    pub fn is_critical(&self) -> bool {
        self.critical_ms > 0
    }
}

impl<'a> Chain<'a> {
    /// Reads a record value, or tells what is wrong with it, in characters that may be printed. Costs one
    /// pass over the text and a table of the calls.
    pub fn read(value: Option<&'a [u8]>) -> Result<Self, String> {
        read_object(value).and_then(Self::of).map_err(|wrong| printable(wrong.as_bytes(), WRONG_CHARS))
    }

    fn of(fields: ChainFields<'a>) -> Result<Self, String> {
        let parents = parents(&fields.hops)?;
        let mut roots = (0..).zip(&parents).filter(|(_, parent)| parent.is_none()).map(|(place, _)| place);
        let (Some(root), None) = (roots.next(), roots.next()) else {
            return Err("not one hop without a parent; a chain has one root".to_owned());
        };
        let hops = fields.hops.into_iter().zip(parents).map(|(hop, parent)| hop.with(parent));
        Ok(Self {
            id: read_id(fields.chain)?,
            start_ms: fields.start_at_ms,
            total_ms: fields.total_msec,
            calls: fields.calls,
            omitted: fields.calls_omitted,
            depth: fields.depth,
            width: fields.width,
            confidence: fields.confidence,
            hops: hops.collect::<Result<_, _>>()?,
            root,
        })
    }
}

impl<'a> HopFields<'a> {
    fn with(self, parent: Option<usize>) -> Result<Hop<'a>, String> {
        Ok(Hop {
            id: read_id(self.id)?,
            parent,
            confidence: self.confidence,
            src: self.src,
            dst: self.dst,
            src_ip: Some(self.src_ip).filter(|address| !address.is_empty()),
            dst_ip: Some(self.dst_ip).filter(|address| !address.is_empty()),
            start_ms: self.start_at_ms,
            end_ms: self.end_at_ms,
            self_ms: self.self_msec,
            critical_ms: self.critical_msec,
        })
    }
}

/// The places of the parents. A parent is a call of that id one step nearer to the root, so the links make
/// no cycle, and of calls that share an id it is the right one more often.
fn parents(hops: &[HopFields<'_>]) -> Result<Vec<Option<usize>>, String> {
    let mut places = HashMap::with_capacity(hops.len());
    for (place, hop) in hops.iter().enumerate() {
        places.entry((hop.id.get(), hop.depth)).or_insert(place);
    }
    let parent = |hop: &HopFields<'_>| {
        let Some(parent) = hop.parent else {
            return Ok(None);
        };
        let above = hop.depth.checked_sub(1).and_then(|depth| places.get(&(parent.get(), depth)));
        above.copied().map(Some).ok_or_else(|| {
            format!("the parent {} of call {} is no hop one step nearer to the root", parent, hop.id)
        })
    };
    hops.iter().map(parent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::tests::record::{call, chain};

    fn wrong(record: &str) -> String {
        Chain::read(Some(record.as_bytes())).unwrap_err()
    }

    #[test]
    fn a_record_that_is_no_chain_says_what_is_wrong() {
        assert_eq!(Chain::read(None).unwrap_err(), "a null record");
        assert_eq!(wrong("7"), "not a JSON object");
        assert!(wrong(r#"{"id":7}"#).starts_with("missing field `chain`"), "{}", wrong(r#"{"id":7}"#));
        assert_eq!(wrong(&chain(&[])), "not one hop without a parent; a chain has one root");
        let two_roots = chain(&[call("a", None, 0, 9), call("b", None, 0, 9)]);
        assert_eq!(wrong(&two_roots), "not one hop without a parent; a chain has one root");
        let lost = chain(&[call("a", None, 0, 9), call("c", Some(("b", 1)), 0, 9)]);
        assert_eq!(wrong(&lost), "the parent \"b\" of call \"c\" is no hop one step nearer to the root");
        let circle = chain(&[call("a", Some(("b", 2)), 0, 9), call("b", Some(("a", 1)), 0, 9)]);
        assert!(wrong(&circle).starts_with("the parent"), "{}", wrong(&circle));
    }

    #[test]
    fn what_is_wrong_can_be_printed_whatever_the_ids_are() {
        let wrong = wrong(&chain(&[call("a", None, 0, 9), call("\u{9b}2J", Some(("\u{202e}", 1)), 0, 9)]));
        assert!(wrong.contains("\\u{202e}") && wrong.contains("\\u{9b}2J"), "{wrong}");
    }

    #[test]
    fn of_calls_with_one_id_the_one_above_is_the_parent() {
        let record = chain(&[
            call("a", None, 0, 9),
            call("x", Some(("a", 1)), 1, 8),
            call("x", Some(("x", 2)), 2, 7),
            call("y", Some(("x", 3)), 3, 6),
        ]);
        let chain = Chain::read(Some(record.as_bytes())).unwrap();
        let parents: Vec<_> = chain.hops.iter().map(|hop| hop.parent).collect();
        assert_eq!(parents, [None, Some(0), Some(1), Some(2)]);
    }
}
