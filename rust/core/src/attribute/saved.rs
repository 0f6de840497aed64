//! The form in which an address lies in a savepoint.
//!
//! ```text
//! version: u8  body: bincode 2 (standard: varint, little endian)  checksum: u32 (low half of XXH3-64 of all before)
//! ```
//!
//! A change of [`Saved`] is a new version, and every version that was ever released stays readable.

use std::borrow::Cow;

use bincode::config::{self, Configuration, Limit, LittleEndian, Varint};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::bins::BINS;
use super::kept::{Kept, KeptChild, KeptParent};
use super::layout::{Kinds, Layout, MAX_CALLEES, MAX_CALLERS};
use super::model::{Histogram, Model, NextRow, Sparse, END, GAP, TABLES};
use super::Address;
use crate::error::{Error, Result};

const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 4;
const MAX_BYTES: usize = 64 << 20;
const FORMAT: Configuration<LittleEndian, Varint, Limit<MAX_BYTES>> =
    config::standard().with_limit::<MAX_BYTES>();
/// Anything or nothing, where a kind may stand.
const NO_KIND: u8 = u8::MAX;

/// Version 1. Times are ms since the end of the last window.
#[derive(Serialize, Deserialize)]
struct Saved<'a> {
    until_ms: Option<i64>,
    callers: Vec<u64>,
    callees: Vec<u64>,
    learned: u64,
    inflation: f64,
    next: Cow<'a, [NextRow]>,
    tables: [Cow<'a, [Histogram]>; TABLES],
    order: Cow<'a, [(u8, u8, u8)]>,
    children: Cow<'a, [[u64; 3]]>,
    idle_ms: u64,
    total_ms: u64,
    /// Start, duration, kind, key, whether it is learned, number of children.
    parents: Vec<(i64, i64, u8, u128, bool, u32)>,
    /// Start, duration, kind.
    kept_children: Vec<(i64, i64, u8)>,
}

/// Appends an address.
pub fn write(address: &Address, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    out.push(VERSION);
    let body = bincode::serde::encode_to_vec(Saved::of(address), FORMAT)
        .map_err(|error| Error::corrupt(format!("the state of an address cannot be written: {error}")))?;
    if body.len() > MAX_BYTES {
        return Err(Error::corrupt(format!(
            "the state of an address has {} bytes, more than the {MAX_BYTES} that are read: keep fewer parents",
            body.len()
        )));
    }
    out.extend_from_slice(&body);
    let checksum = checksum(&out[start..]);
    out.extend_from_slice(&checksum);
    Ok(())
}

/// The end of the last window of an address, without reading the rest: its first field in every version.
pub fn until_ms(state: &[u8]) -> Result<Option<i64>> {
    if state.is_empty() {
        return Ok(None);
    }
    check_version(state[0])?;
    let until_ms = bincode::serde::decode_from_slice(&state[1..], FORMAT);
    until_ms.map(|(until_ms, _)| until_ms).map_err(unreadable)
}

fn check_version(version: u8) -> Result<()> {
    if version != VERSION {
        return Err(Error::corrupt(format!(
            "the state of an address has version {version}; this build reads version {VERSION}: use the release that wrote it, or a later one"
        )));
    }
    Ok(())
}

fn unreadable(error: bincode::error::DecodeError) -> Error {
    Error::corrupt(format!("the state of an address cannot be read: {error}"))
}

/// Reads an address, a new one if there is nothing.
pub fn read(state: &[u8]) -> Result<Address> {
    if state.is_empty() {
        return Ok(Address::default());
    }
    // Before the checksum, which another version may make otherwise.
    check_version(state[0])?;
    let (content, sum) = state.split_at(state.len().saturating_sub(CHECKSUM_BYTES));
    if content.is_empty() || checksum(content) != sum {
        return Err(Error::corrupt(format!(
            "the checksum of the state of an address, {} bytes, does not match: it was changed or cut after it was written",
            state.len()
        )));
    }
    let body = &content[1..];
    let (saved, read): (Saved<'_>, usize) =
        bincode::serde::decode_from_slice(body, FORMAT).map_err(unreadable)?;
    if read != body.len() {
        return Err(Error::corrupt(format!(
            "the state of an address ends after {read} bytes of {}: it was not written by callweave",
            body.len()
        )));
    }
    saved.check()?;
    Ok(saved.into_address())
}

fn checksum(content: &[u8]) -> [u8; CHECKSUM_BYTES] {
    (xxh3_64(content) as u32).to_le_bytes()
}

impl<'a> Saved<'a> {
    fn of(Address { model, kept }: &'a Address) -> Self {
        let origin = model.until_ms.unwrap_or(0);
        let since = |ms: i64| ms.wrapping_sub(origin);
        Self {
            until_ms: model.until_ms,
            callers: model.callers.peers().to_vec(),
            callees: model.callees.peers().to_vec(),
            learned: model.learned,
            inflation: model.inflation,
            next: Cow::Borrowed(&model.next),
            tables: model.tables.each_ref().map(|table| Cow::Borrowed(&table[..])),
            order: Cow::Borrowed(&model.order),
            children: Cow::Borrowed(&model.children),
            idle_ms: model.idle_ms,
            total_ms: model.total_ms,
            parents: kept
                .parents
                .iter()
                .map(|of| {
                    let duration = of.end_ms.wrapping_sub(of.start_ms);
                    (since(of.start_ms), duration, of.kind, of.key, of.is_learned, of.children)
                })
                .collect(),
            kept_children: kept
                .children
                .iter()
                .map(|of| (since(of.start_ms), of.end_ms.wrapping_sub(of.start_ms), of.kind))
                .collect(),
        }
    }

    fn into_address(self) -> Address {
        let origin = self.until_ms.unwrap_or(0);
        let model = Model {
            callers: Kinds::of(&self.callers),
            callees: Kinds::of(&self.callees),
            learned: self.learned,
            inflation: self.inflation,
            next: self.next.into_owned(),
            tables: self.tables.map(Cow::into_owned),
            order: self.order.into_owned(),
            children: self.children.into_owned(),
            idle_ms: self.idle_ms,
            total_ms: self.total_ms,
            until_ms: self.until_ms,
        };
        let at = |since: i64, duration: i64| {
            let start_ms = origin.wrapping_add(since);
            (start_ms, start_ms.wrapping_add(duration))
        };
        let parents = self.parents.into_iter().map(|(since, duration, kind, key, is_learned, children)| {
            let (start_ms, end_ms) = at(since, duration);
            KeptParent { start_ms, end_ms, kind, key, is_learned, children }
        });
        let children = self.kept_children.into_iter().map(|(since, duration, kind)| {
            let (start_ms, end_ms) = at(since, duration);
            KeptChild { start_ms, end_ms, kind }
        });
        Address { model, kept: Kept { parents: parents.collect(), children: children.collect() } }
    }

    /// Holds what was read to what the rest relies on.
    fn check(&self) -> Result<()> {
        let layout = Layout { callers: self.callers.len(), callees: self.callees.len() };
        let caller = |kind: u8| (kind as usize) < layout.callers;
        let callee = |kind: u8| (kind as usize) < layout.callees;
        let callee_or_none = |kind: u8| kind == NO_KIND || callee(kind);
        let sets = |set: &[(u8, u8)]| {
            set.is_sorted_by(|a, b| a.0 < b.0) && set.iter().all(|&(kind, _)| callee(kind))
        };
        let key = |place: usize, (first, second, third): (u8, u8, u8)| match place {
            GAP => caller(first) && callee(second) && (third as usize) < layout.references(),
            END => caller(first) && callee_or_none(second) && third == 0,
            _ => caller(first) && callee(second) && third == 0,
        };
        let listed: u64 = self.parents.iter().map(|of| u64::from(of.5)).sum();
        for (is_right, what) in [
            (layout.callers <= MAX_CALLERS && layout.callees <= MAX_CALLEES, "kinds"),
            (self.inflation >= 1.0 && self.inflation <= 1e6, "weight of a count"),
            (
                self.next.iter().all(|row| {
                    caller(row.caller)
                        && callee_or_none(row.last)
                        && sets(&row.set)
                        && is_row(&row.counts, callee_or_none)
                }) && self.next.is_sorted_by(|a, b| (a.caller, a.last, &a.set) < (b.caller, b.last, &b.set)),
                "states",
            ),
            (
                self.tables.iter().enumerate().all(|(place, table)| {
                    table.is_sorted_by(|a, b| a.key < b.key)
                        && table
                            .iter()
                            .all(|of| key(place, of.key) && is_row(&of.counts, |bin| (bin as usize) < BINS))
                }),
                "histograms",
            ),
            (self.order.iter().all(|&(a, b, _)| caller(a) && callee(b)), "order"),
            (self.children.len() <= layout.callees, "counts of children"),
            (self.parents.iter().all(|of| caller(of.2)), "parents"),
            (
                listed == self.kept_children.len() as u64 && self.kept_children.iter().all(|of| callee(of.2)),
                "children",
            ),
        ] {
            if !is_right {
                return Err(Error::corrupt(format!(
                    "the {what} in the state of an address contradict one another: it was not written by callweave"
                )));
            }
        }
        Ok(())
    }
}

/// Whether counts are in order, each of a key that there is.
fn is_row(counts: &Sparse, is_key: impl Fn(u8) -> bool) -> bool {
    counts.is_sorted_by(|a, b| a.0 < b.0) && counts.iter().all(|&(key, _)| is_key(key))
}
