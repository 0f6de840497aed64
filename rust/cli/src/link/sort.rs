//! Lines in order of the start of their calls, however many there are.
//!
//! Lines are collected up to a limit, sorted, and written to a temporary file as one run; at the end
//! the runs are merged. Memory: the limit, and a buffer for each run. Cost: each line is parsed once
//! more, written and read once.

use std::cmp::Reverse;
use std::collections::binary_heap::{BinaryHeap, PeekMut};
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, Write};
use std::path::PathBuf;

use anyhow::Context;
use callweave_core::call::{parse, Limits};
use rayon::prelude::*;

use super::round::{lines, Origin, Origins, Round, ROUND_BYTES};

/// Bytes of the header of a line in a run: its key, file, number and length.
const HEADER_BYTES: usize = 24;

/// Collects lines.
pub struct Sorter {
    limit: usize,
    folder: PathBuf,
    text: Vec<u8>,
    entries: Vec<Entry>,
    runs: Vec<File>,
    lines: u64,
}

/// A line in memory. Ordered by its start, then by where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    start_ms: i64,
    origin: Origin,
    begin: usize,
    length: usize,
}

impl Sorter {
    /// Holds at most about `limit` bytes in memory, and the rest in files in `folder`.
    pub fn new(limit: usize, folder: PathBuf) -> Self {
        Self { limit, folder, text: Vec::new(), entries: Vec::new(), runs: Vec::new(), lines: 0 }
    }

    /// Takes lines in.
    ///
    /// # Errors
    /// When a temporary file cannot be written.
    pub fn add(&mut self, round: &Round) -> anyhow::Result<()> {
        let values: Vec<&[u8]> = lines(&round.text).collect();
        self.lines += values.len() as u64;
        let starts: Vec<i64> = values.par_iter().map(|line| start_of(line)).collect();
        for ((position, line), start_ms) in values.iter().enumerate().zip(starts) {
            let (begin, length) = (self.text.len(), line.len());
            let origin = round.origins.of(position);
            self.text.extend_from_slice(line);
            self.entries.push(Entry { start_ms, origin, begin, length });
        }
        if self.text.len() + self.entries.len() * std::mem::size_of::<Entry>() > self.limit {
            let spilled = self.spill();
            spilled.with_context(|| format!("cannot write a temporary file in {}", self.folder.display()))?;
        }
        Ok(())
    }

    fn spill(&mut self) -> std::io::Result<()> {
        self.entries.par_sort_unstable();
        let mut run = BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(&self.folder)?);
        for entry in &self.entries {
            run.write_all(&entry.start_ms.to_le_bytes())?;
            run.write_all(&entry.origin.file.to_le_bytes())?;
            run.write_all(&entry.origin.line.to_le_bytes())?;
            run.write_all(&(entry.length as u32).to_le_bytes())?;
            run.write_all(&self.text[entry.begin..entry.begin + entry.length])?;
        }
        let mut file = run.into_inner()?;
        file.rewind()?;
        self.runs.push(file);
        self.text.clear();
        self.entries.clear();
        Ok(())
    }

    /// All lines in order.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub fn finish(mut self) -> anyhow::Result<Sorted> {
        self.entries.par_sort_unstable();
        let rest = Run::Memory { text: self.text, entries: self.entries.into_iter() };
        let files = self.runs.into_iter().map(|file| Run::File(BufReader::with_capacity(256 << 10, file)));
        let mut sorted = Sorted { heads: BinaryHeap::new(), lines: self.lines };
        for run in files.chain([rest]) {
            if let Some(head) = Head::of(run)? {
                sorted.heads.push(Reverse(head));
            }
        }
        Ok(sorted)
    }
}

/// The start of the call in a line. A line that is no call comes first: it needs no place in time.
fn start_of(line: &[u8]) -> i64 {
    let anything = Limits {
        max_record_bytes: usize::MAX,
        max_latency_ms: i64::MAX,
        latest_start_ms: i64::MAX,
        pass_through: false,
    };
    parse(line, &anything).map_or(i64::MIN, |call| call.start_ms)
}

/// Lines in order, merged from the runs.
pub struct Sorted {
    heads: BinaryHeap<Reverse<Head>>,
    lines: u64,
}

impl Sorted {
    /// How many lines there are in all.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The next lines; `None` at the end.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub fn next(&mut self) -> anyhow::Result<Option<Round>> {
        let mut text = Vec::with_capacity(ROUND_BYTES);
        let mut origins = Vec::new();
        while text.len() < ROUND_BYTES {
            let Some(mut first) = self.heads.peek_mut() else {
                break;
            };
            text.extend_from_slice(&first.0.line);
            text.push(b'\n');
            origins.push(first.0.origin);
            if !first.0.advance()? {
                PeekMut::pop(first);
            }
        }
        Ok((!origins.is_empty()).then_some(Round { text, origins: Origins::Each(origins) }))
    }
}

enum Run {
    Memory { text: Vec<u8>, entries: std::vec::IntoIter<Entry> },
    File(BufReader<File>),
}

/// A run and its first line. Ordered as lines are.
struct Head {
    start_ms: i64,
    origin: Origin,
    line: Vec<u8>,
    run: Run,
}

impl Head {
    fn of(run: Run) -> anyhow::Result<Option<Self>> {
        let origin = Origin { file: 0, line: 0 };
        let mut head = Self { start_ms: 0, origin, line: Vec::new(), run };
        Ok(head.advance()?.then_some(head))
    }

    /// Goes on to the next line of the run; false at its end.
    fn advance(&mut self) -> anyhow::Result<bool> {
        match &mut self.run {
            Run::Memory { text, entries } => {
                let Some(entry) = entries.next() else {
                    return Ok(false);
                };
                (self.start_ms, self.origin) = (entry.start_ms, entry.origin);
                self.line.clear();
                self.line.extend_from_slice(&text[entry.begin..entry.begin + entry.length]);
                Ok(true)
            }
            Run::File(file) => {
                let Some(header) = read_header(file).context("cannot read a temporary file")? else {
                    return Ok(false);
                };
                self.line.resize(header.length, 0);
                (self.start_ms, self.origin) = (header.start_ms, header.origin);
                file.read_exact(&mut self.line).context("cannot read a temporary file")?;
                Ok(true)
            }
        }
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        (self.start_ms, self.origin) == (other.start_ms, other.origin)
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.start_ms, self.origin).cmp(&(other.start_ms, other.origin))
    }
}

fn read_header(file: &mut impl Read) -> std::io::Result<Option<Entry>> {
    let mut header = [0; HEADER_BYTES];
    match file.read_exact(&mut header) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let (start, rest) = header.split_at(8);
    let (file_number, rest) = rest.split_at(4);
    let (line, length) = rest.split_at(8);
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |number, &byte| number << 8 | u64::from(byte));
    Ok(Some(Entry {
        start_ms: number(start) as i64,
        origin: Origin { file: number(file_number) as u32, line: number(line) },
        begin: 0,
        length: number(length) as usize,
    }))
}
