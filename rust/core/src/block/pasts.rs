//! What Alerts knows of series, from window to window.
//!
//! ```text
//! whether a window was judged: u8   the first and the last one
//! by kind, edges and entries: whether all together is known: u8, and that   count of series   each, in order
//! a series:
//!   lengths and texts of its names   its first window, and how many are from there to its last one
//!   of counts, percentiles, calls without parent, calls at the limit:
//!     count of windows   their bins
//!     the open hour   its levels: 2 bytes   the bin of the window before plus 1, or 0
//!     count of hours with levels   of each its number in the week and 2 bytes
//!   of each rule: 0, or 1 (waits) or 2 (has begun): u8   then streak, since, silent until
//! ```

use std::collections::VecDeque;

use super::bytes::{put, put_signed, Reader};
use super::{begin, open, seal, Kind};
use crate::alerts::board::{State, KINDS};
use crate::alerts::hours::{Hours, WEEK_HOURS};
use crate::alerts::known::Known;
use crate::alerts::past::Past;
use crate::alerts::status::Status;
use crate::alerts::{Rule, MAX_HISTORY};
use crate::edges::bins;
use crate::error::{Error, Result};

/// The versions that are read; the last is written.
pub const VERSIONS: [u8; 1] = [1];

/// Windows are at least 1 ms wide, and times of calls are below that.
const MAX_MOMENT: i64 = 1 << 54;

/// The least that is written of a series: names, windows, four pasts, and the rules.
const LEAST_BYTES: usize = 4 + 4 * 6 + Rule::ALL.len();

/// Appends what is known as a block.
pub(crate) fn encode(out: &mut Vec<u8>, state: &State) {
    let start = begin(out, Kind::Pasts);
    out.push(u8::from(state.span.is_some()));
    if let Some((first, last)) = state.span {
        put_signed(out, first);
        put_signed(out, last);
    }
    for (all, each) in state.all.iter().zip(&state.each) {
        out.push(u8::from(all.is_some()));
        all.iter().for_each(|known| write(out, known));
        put(out, each.len() as u64);
        each.iter().for_each(|known| write(out, known));
    }
    seal(out, start);
}

fn write(out: &mut Vec<u8>, known: &Known) {
    for name in [&known.src, &known.dst] {
        put(out, name.len() as u64);
        out.extend_from_slice(name.as_bytes());
    }
    put_signed(out, known.first);
    put(out, known.last.abs_diff(known.first));
    for Past { recent, hours } in known.pasts() {
        put(out, recent.len() as u64);
        recent.iter().for_each(|&bin| put(out, bin.into()));
        put_signed(out, hours.now);
        out.extend_from_slice(&hours.open);
        put(out, hours.last.map_or(0, |bin| u64::from(bin) + 1));
        let slots = || (0u8..).zip(&hours.slots).filter(|(_, levels)| **levels != [0; 2]);
        put(out, slots().count() as u64);
        for (slot, levels) in slots() {
            out.push(slot);
            out.extend_from_slice(levels);
        }
    }
    for status in &known.alerts {
        if *status == Status::default() {
            out.push(0);
            continue;
        }
        out.push(1 + u8::from(status.firing));
        put(out, status.streak.into());
        put_signed(out, status.since);
        put_signed(out, status.silent_until);
    }
}

/// What a block says is known.
pub(crate) fn decode(block: &[u8]) -> Result<State> {
    match open(block, Kind::Pasts)? {
        (1, reader) => decode_1(reader),
        (version, _) => Err(Kind::Pasts.unknown_version(version)),
    }
}

fn decode_1(mut reader: Reader<'_>) -> Result<State> {
    let mut state = State::default();
    if reader.below(2)? == 1 {
        state.span = Some((moment(&mut reader)?, moment(&mut reader)?));
    }
    for kind in 0..KINDS.len() {
        if reader.below(2)? == 1 {
            state.all[kind] = Some(read(&mut reader)?);
        }
        let count = reader.count(LEAST_BYTES)?;
        let each = (0..count).map(|_| read(&mut reader)).collect::<Result<Vec<_>>>()?;
        let is_in_order = each.is_sorted_by(|one, next| one.key() < next.key());
        let is_named = each.iter().all(|known| !known.dst.is_empty());
        if !is_in_order || !is_named || state.all[kind].as_ref().is_some_and(|all| !all.dst.is_empty()) {
            return Err(Error::corrupt("a block holds series that are not in order of their names"));
        }
        state.each[kind] = each;
    }
    reader.end()?;
    Ok(state)
}

fn read(reader: &mut Reader<'_>) -> Result<Known> {
    let mut known = Known::default();
    for name in [&mut known.src, &mut known.dst] {
        let bytes = reader.count(1)?;
        *name = reader.text(bytes)?.into();
    }
    known.first = moment(reader)?;
    known.last = known.first.saturating_add_unsigned(reader.unsigned()?).min(MAX_MOMENT);
    for past in [&mut known.count, &mut known.p95, &mut known.without_parent, &mut known.at_latency_limit] {
        *past = Past { recent: read_recent(reader)?, hours: read_hours(reader)? };
    }
    for status in &mut known.alerts {
        let mark = reader.below(3)?;
        if mark > 0 {
            let streak = u32::try_from(reader.unsigned()?).unwrap_or(u32::MAX);
            let (since, silent_until) = (moment(reader)?, moment(reader)?);
            *status = Status { firing: mark == 2, streak, since, silent_until };
        }
    }
    Ok(known)
}

/// The number of a window or an hour.
fn moment(reader: &mut Reader<'_>) -> Result<i64> {
    let moment = reader.signed()?;
    let is_possible = moment.unsigned_abs() <= MAX_MOMENT as u64;
    is_possible.then_some(moment).ok_or_else(|| Error::corrupt("a block holds a window that no time is in"))
}

fn read_recent(reader: &mut Reader<'_>) -> Result<VecDeque<u16>> {
    let count = reader.below(MAX_HISTORY as usize + 1)?;
    (0..count).map(|_| Ok(reader.below(bins::COUNT)? as u16)).collect()
}

fn read_hours(reader: &mut Reader<'_>) -> Result<Hours> {
    let (now, open) = (moment(reader)?, reader.fixed()?);
    let last = reader.below(bins::COUNT + 1)?.checked_sub(1).map(|bin| bin as u16);
    let mut hours = Hours { now, open, last, slots: Vec::new() };
    for _ in 0..reader.below(WEEK_HOURS as usize + 1)? {
        let slot = reader.byte()?;
        if i64::from(slot) >= WEEK_HOURS {
            return Err(Error::corrupt(format!("a block holds an hour {slot} of {WEEK_HOURS} of a week")));
        }
        hours.slots.resize(WEEK_HOURS as usize, [0; 2]);
        hours.slots[slot as usize] = reader.fixed()?;
    }
    Ok(hours)
}
