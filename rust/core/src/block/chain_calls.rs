//! The columns of calls on their way to their chain.
//!
//! ```text
//! count
//! starts: column   ends less starts plus 1: column   confidences, ten-thousandths: column   candidates: column
//! keys: 16 bytes each
//! whether there is a parent, 0 or 1: column   their keys: 16 bytes each
//! lengths of what is carried as written: column   all of it, one after the other
//! ```

use super::bits::{self, Column};
use super::bytes::{put, Reader};
use super::rows::{FAR_MS, MAX_ROWS};
use crate::call_key::{self, CallKey};
use crate::confidence::Confidence;
use crate::error::{Error, Result};
use crate::memory;

/// A call on its way to its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainCall {
    /// Start, ms since the epoch.
    pub start_ms: i64,
    /// End, ms since the epoch. 1 ms before the start at the earliest, by rounding.
    pub end_ms: i64,
    /// What it is known by.
    pub key: CallKey,
    /// The call that most likely caused it.
    pub parent: Option<CallKey>,
    /// How sure that is.
    pub confidence: Confidence,
    /// How many calls could have caused it by their times.
    pub candidates: u32,
    /// Where its texts lie among those of all calls.
    pub written: Span,
}

/// A piece of a longer piece of memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub begin: u32,
    /// How long it is.
    pub length: u32,
}

/// Calls, and the texts of all of them in one piece of memory.
#[derive(Debug, Default)]
pub struct ChainCalls {
    /// The calls.
    pub rows: Vec<ChainCall>,
    /// Their texts, as the module `as_written` says.
    pub written: Vec<u8>,
}

impl ChainCalls {
    /// Adds a call whose texts `write` appends.
    pub fn push(&mut self, call: ChainCall, write: impl FnOnce(&mut Vec<u8>)) {
        let begin = self.written.len();
        write(&mut self.written);
        let written = Span { begin: begin as u32, length: (self.written.len() - begin) as u32 };
        self.rows.push(ChainCall { written, ..call });
    }

    /// The texts of a call.
    pub fn written(&self, call: &ChainCall) -> &[u8] {
        let begin = call.written.begin as usize;
        &self.written[begin..begin + call.written.length as usize]
    }

    /// An error if no more calls may be added.
    pub fn check_room(&self) -> Result<()> {
        // Offsets have 32 bits. Far above what memory allows.
        const MAX_BYTES: usize = 1 << 31;
        if self.written.len() > MAX_BYTES {
            return Err(Error::corrupt(
                "more than 2 GiB of calls are worked at once: use a smaller bucket-ms",
            ));
        }
        Ok(())
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.written.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_vec(&self.rows) + memory::of_vec(&self.written)
    }
}

/// Appends the columns of some of the calls.
pub fn write(out: &mut Vec<u8>, calls: &ChainCalls, rows: &[ChainCall], scratch: &mut Vec<u32>) {
    put(out, rows.len() as u64);
    bits::write(out, rows.iter().map(|call| call.start_ms as u64), scratch);
    bits::write(out, rows.iter().map(|call| (call.end_ms - call.start_ms + 1) as u64), scratch);
    bits::write(out, rows.iter().map(|call| call.confidence.parts().into()), scratch);
    bits::write(out, rows.iter().map(|call| call.candidates.into()), scratch);
    put_keys(out, rows.iter().map(|call| call.key));
    bits::write(out, rows.iter().map(|call| call.parent.is_some().into()), scratch);
    put_keys(out, rows.iter().filter_map(|call| call.parent));
    bits::write(out, rows.iter().map(|call| call.written.length.into()), scratch);
    for call in rows {
        out.extend_from_slice(calls.written(call));
    }
}

/// Adds what [`write`] wrote to `calls`.
pub fn read(reader: &mut Reader<'_>, calls: &mut ChainCalls) -> Result<()> {
    calls.check_room()?;
    let count = reader.unsigned()?;
    if count > MAX_ROWS {
        return Err(Error::corrupt(format!("a block claims {count} calls; {MAX_ROWS} are the most")));
    }
    let count = count as usize;
    let starts = Column::read(reader, count)?;
    let durations = Column::read(reader, count)?;
    if starts.most() > FAR_MS || durations.most() > FAR_MS {
        return Err(Error::corrupt("a block holds a time that no valid call has"));
    }
    let confidences = Column::read(reader, count)?;
    let candidates = Column::read(reader, count)?;
    let keys = Keys::read(reader, count)?;
    let has_parent = Column::read(reader, count)?;
    let with_parent = has_parent.values().filter(|&has| has != 0).count();
    let mut parents = Keys::read(reader, with_parent)?.iter();
    let lengths = Column::read(reader, count)?;
    let first = calls.rows.len();
    let (mut begin, mut bytes) = (calls.written.len() as u64, 0);
    let times = starts.values().zip(durations.values());
    let choices = confidences.values().zip(candidates.values());
    let others = keys.iter().zip(has_parent.values()).zip(lengths.values());
    for (((start, duration), (confidence, candidates)), ((key, has_parent), length)) in
        times.zip(choices).zip(others)
    {
        let (start_ms, length) = (start as i64, length.min(MAX_WRITTEN_BYTES));
        calls.rows.push(ChainCall {
            start_ms,
            end_ms: start_ms + duration as i64 - 1,
            key,
            parent: if has_parent == 0 { None } else { parents.next() },
            confidence: Confidence::of_parts(confidence).unwrap_or(Confidence::CERTAIN),
            candidates: candidates.min(u32::MAX.into()) as u32,
            written: Span { begin: begin as u32, length: length as u32 },
        });
        begin += length;
        bytes += length;
    }
    let written = reader.take(bytes as usize).inspect_err(|_| calls.rows.truncate(first))?;
    calls.written.extend_from_slice(written);
    Ok(())
}

/// More than the texts of any call have, so that sums of them do not overflow.
const MAX_WRITTEN_BYTES: u64 = 1 << 20;

/// Appends keys.
pub fn put_keys(out: &mut Vec<u8>, keys: impl Iterator<Item = CallKey>) {
    for key in keys {
        out.extend_from_slice(&key.value().to_le_bytes());
    }
}

/// Keys that are read in place.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a>(&'a [[u8; call_key::BYTES]]);

impl<'a> Keys<'a> {
    /// Takes `count` keys off the reader.
    pub fn read(reader: &mut Reader<'a>, count: usize) -> Result<Self> {
        Ok(Self(reader.take(count * call_key::BYTES)?.as_chunks().0))
    }

    /// The keys in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = CallKey> + 'a {
        self.0.iter().map(|&bytes| CallKey::of(u128::from_le_bytes(bytes)))
    }

    /// The key at a place.
    pub fn get(self, place: u64) -> Option<CallKey> {
        let bytes = self.0.get(usize::try_from(place).ok()?)?;
        Some(CallKey::of(u128::from_le_bytes(*bytes)))
    }
}
