//! Lines in order of the start of their calls, however many there are.

use std::path::Path;

use callweave_core::call::map::Mapping;
use callweave_core::call::{parse, protobuf, Limits};
use rayon::prelude::*;

use super::round::{Origin, Origins, Round, ROUND_BYTES};
use crate::framing::Framing;
use crate::sorting::{Entry, Merge, Sorter};

/// Collects lines. Each is parsed once more for it; one that does not fit into memory is written and
/// read once.
pub struct LineSorter {
    sorter: Sorter,
    map: Option<Mapping>,
    framing: Framing,
    lines: u64,
}

impl LineSorter {
    /// Holds at most about `limit_bytes` in memory, and the rest in a file in `temp_dir`. Lines are of the
    /// built-in form, or of that of a map; or they are messages.
    pub fn new(limit_bytes: usize, temp_dir: &Path, map: Option<Mapping>, framing: Framing) -> Self {
        Self { sorter: Sorter::new(limit_bytes, temp_dir), map, framing, lines: 0 }
    }

    /// Takes lines in.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub fn add(&mut self, round: &Round) -> anyhow::Result<()> {
        let lines: Vec<&[u8]> = self.framing.records(&round.text).collect();
        let starts: Vec<i64> = lines.par_iter().map(|line| self.start_of(line)).collect();
        for ((position, line), start_ms) in lines.iter().enumerate().zip(starts) {
            self.sorter.push(&key(start_ms, round.origins.of(position)), line)?;
        }
        self.lines += lines.len() as u64;
        Ok(())
    }

    /// All lines in order.
    ///
    /// # Errors
    /// When the temporary file cannot be written or read.
    pub fn finish(self) -> anyhow::Result<SortedLines> {
        let merge = Merge::of([self.sorter.finish()?])?;
        Ok(SortedLines { merge, framing: self.framing, lines: self.lines })
    }

    /// The start of the call in a line, ms of the epoch. A line that is no call is 0: it needs no place
    /// in time.
    fn start_of(&self, line: &[u8]) -> i64 {
        let anything = Limits {
            max_record_bytes: usize::MAX,
            max_latency_ms: i64::MAX,
            latest_start_ms: i64::MAX,
            pass_through: false,
        };
        let start_ms = |line: &[u8]| parse(line, &anything).map(|call| call.start_ms);
        let start_ms = match (&self.map, self.framing) {
            (Some(map), _) => {
                let mut call = Vec::new();
                map.rewrite(line, &anything, &mut call).and_then(|()| start_ms(&call))
            }
            (None, Framing::Delimited) => {
                protobuf::Reader::default().parse(line, &anything).map(|call| call.start_ms)
            }
            (None, Framing::Lines) => start_ms(line),
        };
        start_ms.unwrap_or(0)
    }
}

/// Lines in order of start, and of where they come from.
pub struct SortedLines {
    merge: Merge,
    framing: Framing,
    lines: u64,
}

impl SortedLines {
    /// How many there are in all.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The next ones; `None` at the end.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn next(&mut self) -> anyhow::Result<Option<Round>> {
        let mut text = Vec::with_capacity(ROUND_BYTES);
        let mut origins = Vec::new();
        let mut entry = Entry::default();
        while text.len() < ROUND_BYTES && self.merge.next(&mut entry)?.is_some() {
            self.framing.append(entry.body(), &mut text);
            origins.push(origin_of(entry.key()));
        }
        Ok((!origins.is_empty()).then_some(Round { text, origins: Origins::Each(origins) }))
    }
}

/// Bytes in the order of the start and the origin; no valid start is negative.
fn key(start_ms: i64, origin: Origin) -> [u8; 20] {
    let mut key = [0; 20];
    key[..8].copy_from_slice(&start_ms.to_be_bytes());
    key[8..12].copy_from_slice(&origin.file.to_be_bytes());
    key[12..].copy_from_slice(&origin.line.to_be_bytes());
    key
}

fn origin_of(key: &[u8]) -> Origin {
    let number = |bytes: &[u8]| bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
    Origin { file: number(&key[8..12]) as u32, line: number(&key[12..]) }
}
