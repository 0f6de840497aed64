//! Blocks from Link and Chain to Windows: sums of series.
//!
//! ```text
//! count of names   of each its length and text, in order
//! count of series
//! of each, in order of kinds and names:
//!   kind: u8   its names by number: that of the source in an edge alone, and that of the destination
//!   count of calls   least latency, ms   greatest latency less that
//!   sum of latencies, sum of their squares: low and high half
//!   two sums and two maxima of its own (see `edges::Kind`)
//!   count of bins   of each its number less that of the one before, and its calls
//!   count of exemplars   of each its latency   four times the length of its id plus its kind, and the id
//! ```
//!
//! The same sums are the same bytes.

use super::as_written::{put_id, read_id};
use super::bytes::{put, Reader};
use super::{begin, open, seal, Kind};
use crate::edges::panes::Panes;
use crate::edges::series::{Series, SeriesTable};
use crate::edges::sums::Sums;
use crate::edges::{bins, exemplars, Kind as SeriesKind};
use crate::error::{Error, Result};
use crate::id::Id;

/// The versions that are read; the last is written.
pub const VERSIONS: [u8; 1] = [1];

/// Most series of a block.
pub const MAX_SERIES: usize = 4096;

/// Most calls of a series in a block: far more than there can be, so few that sums of many blocks fit.
const MAX_CALLS: u64 = 1 << 40;
/// The largest of the sums of its own: of calls, or of ms that calls took.
const MAX_OWN: u64 = 1 << 56;

/// Appends the series with these places, at most [`MAX_SERIES`], as a block. The names have been ranked.
pub fn encode(out: &mut Vec<u8>, table: &SeriesTable, places: &[u32]) {
    let start = begin(out, Kind::Sums);
    let names = table.names();
    let all = places.iter().map(|&place| table.get(place).0);
    let mut used: Vec<u32> = all.flat_map(|series| [series.src, series.dst]).collect();
    used.sort_unstable_by_key(|&name| names.rank_of(name));
    used.dedup();
    put(out, used.len() as u64);
    for &name in &used {
        put(out, names.text(name).len() as u64);
        out.extend_from_slice(names.text(name).as_bytes());
    }
    let number = |name| used.partition_point(|&other| names.rank_of(other) < names.rank_of(name)) as u64;
    put(out, places.len() as u64);
    for &place in places {
        let (series, sums) = table.get(place);
        out.push(series.kind as u8);
        if series.kind == SeriesKind::Edge {
            put(out, number(series.src));
        }
        put(out, number(series.dst));
        write_sums(out, sums, table.texts());
    }
    seal(out, start);
}

fn write_sums(out: &mut Vec<u8>, sums: &Sums, texts: &[u8]) {
    put(out, sums.count);
    put(out, sums.min_ms.into());
    put(out, (sums.max_ms - sums.min_ms).into());
    for sum in [sums.sum_ms, sums.squares] {
        put(out, sum as u64);
        put(out, (sum >> 64) as u64);
    }
    sums.own.iter().chain(&sums.own_most).for_each(|&own| put(out, own));
    put(out, sums.bins.len() as u64);
    let mut last = 0;
    for &(bin, calls) in &sums.bins {
        put(out, (bin - last).into());
        put(out, calls);
        last = bin;
    }
    put(out, sums.exemplars.iter().len() as u64);
    for exemplar in sums.exemplars.iter() {
        put(out, exemplar.latency_ms.into());
        put_id(out, Id::of_json(exemplar.id(texts)));
    }
}

/// Hands the sums of a table on as blocks, to each of the windows that this pane lies in, and forgets them.
pub fn take_blocks(table: &mut SeriesTable, panes: Panes, pane: i64, mut give: impl FnMut(i64, &[u8])) {
    let order = table.in_order();
    let mut block = Vec::new();
    for places in order.chunks(MAX_SERIES) {
        block.clear();
        encode(&mut block, table, places);
        panes.windows(pane).for_each(|window| give(window, &block));
    }
    table.clear();
}

/// Adds the sums of a block to those of the same series.
pub fn decode(block: &[u8], table: &mut SeriesTable) -> Result<()> {
    match open(block, Kind::Sums)? {
        (1, reader) => decode_1(reader, table),
        (version, _) => Err(Kind::Sums.unknown_version(version)),
    }
}

fn decode_1(mut reader: Reader<'_>, table: &mut SeriesTable) -> Result<()> {
    let names = (0..reader.count(1)?)
        .map(|_| {
            let bytes = reader.count(1)?;
            Ok(table.name(reader.text(bytes)?))
        })
        .collect::<Result<Vec<u32>>>()?;
    let (mut sums, mut texts) = (Sums::default(), Vec::new());
    // The least that is written of a series.
    for _ in 0..reader.count(13)? {
        let kind = read_kind(&mut reader)?;
        let src = match kind {
            SeriesKind::Edge => Some(names[reader.below(names.len())? as usize]),
            _ => None,
        };
        let dst = names[reader.below(names.len())? as usize];
        sums.clear();
        texts.clear();
        read_sums(&mut reader, &mut sums, &mut texts)?;
        table.merge(Series { kind, src: src.unwrap_or(dst), dst }, &sums, &texts);
    }
    reader.end()
}

fn read_kind(reader: &mut Reader<'_>) -> Result<SeriesKind> {
    let byte = reader.byte()?;
    let kind = SeriesKind::ALL.into_iter().find(|&kind| kind as u8 == byte);
    kind.ok_or_else(|| Error::corrupt(format!("a block holds a series of unknown kind {byte}")))
}

fn read_sums(reader: &mut Reader<'_>, sums: &mut Sums, texts: &mut Vec<u8>) -> Result<()> {
    sums.count = reader.unsigned()?;
    sums.min_ms = latency(reader.unsigned()?)?;
    sums.max_ms = latency(u64::from(sums.min_ms).saturating_add(reader.unsigned()?))?;
    for sum in [&mut sums.sum_ms, &mut sums.squares] {
        *sum = u128::from(reader.unsigned()?) | u128::from(reader.unsigned()?) << 64;
    }
    for own in sums.own.iter_mut().chain(&mut sums.own_most) {
        *own = reader.unsigned()?;
    }
    let (mut bin, mut calls_in_bins) = (0u64, 0u64);
    for at in 0..reader.count(2)? {
        let step = reader.unsigned()?;
        bin = bin.saturating_add(step);
        let calls = reader.unsigned()?;
        calls_in_bins = calls_in_bins.saturating_add(calls);
        if bin >= bins::COUNT as u64 || (step == 0 && at > 0) {
            return Err(Error::corrupt(format!("a block holds a bin {bin} out of order or range")));
        }
        sums.bins.push((bin as u16, calls));
    }
    check(sums, calls_in_bins)?;
    for _ in 0..reader.below(exemplars::MAX + 1)? {
        let latency_ms = latency(reader.unsigned()?)?;
        let id = read_id(reader)?;
        sums.exemplars.offer(latency_ms, texts, |out| id.write(out));
    }
    Ok(())
}

fn latency(value: u64) -> Result<u32> {
    u32::try_from(value)
        .map_err(|_| Error::corrupt(format!("a block holds a latency of {value} ms, which no call has")))
}

/// Whether there can be such sums: what is computed of them stays in range then.
fn check(sums: &Sums, calls_in_bins: u64) -> Result<()> {
    let most = u128::from(sums.count) * u128::from(sums.max_ms);
    let is_possible = sums.count <= MAX_CALLS
        && sums.count == calls_in_bins
        && sums.sum_ms <= most
        && sums.sum_ms >= u128::from(sums.count) * u128::from(sums.min_ms)
        && sums.squares <= most * u128::from(sums.max_ms)
        && sums.squares.saturating_mul(u128::from(sums.count)) >= sums.sum_ms.saturating_mul(sums.sum_ms)
        && sums.own.iter().chain(&sums.own_most).all(|&own| own <= MAX_OWN);
    is_possible.then_some(()).ok_or_else(|| Error::corrupt("a block holds sums that no calls have"))
}
