//! Sorts more entries than fit into memory.
//!
//! A [`Sorter`] takes entries in any order, a [`Merge`] gives them back in order.

mod merge;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

pub use merge::Merge;

const WRITE_BUFFER_BYTES: usize = 1 << 20;
/// Buffers of the runs that are merged share the memory of the sorter, within these bounds.
const MIN_READ_BUFFER_BYTES: usize = 16 << 10;
const MAX_READ_BUFFER_BYTES: usize = 1 << 20;
/// The two lengths before an entry.
const HEADER_BYTES: usize = 8;

/// A key and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    bytes: Vec<u8>,
    key_len: usize,
}

impl Entry {
    /// What entries are sorted by.
    pub fn key(&self) -> &[u8] {
        &self.bytes[..self.key_len]
    }

    /// What belongs to the key; entries of one key are sorted by it.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.key_len..]
    }

    /// Takes over the entry that begins in `memory` at `start`.
    fn copy_from(&mut self, memory: &[u8], start: usize) {
        let (key, body) = key_and_body(memory, start);
        self.bytes.clear();
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(body);
        self.key_len = key.len();
    }
}

/// Takes entries in any order. They stay in memory up to a limit; beyond it, sorted runs of them go
/// to one temporary file without a name, which ends with the process however that ends.
#[derive(Debug)]
pub struct Sorter {
    limit_bytes: usize,
    temp_dir: PathBuf,
    /// Entries one after the other: the lengths of key and body, key, body.
    memory: Vec<u8>,
    /// Where each begins, after the first bytes of its key, which mostly suffice to compare.
    order: Vec<(u64, usize)>,
    spilled: Option<Spilled>,
}

#[derive(Debug)]
struct Spilled {
    file: File,
    end: u64,
    runs: Vec<Range<u64>>,
}

impl Sorter {
    /// Holds up to `limit_bytes` in memory, and one entry more.
    pub fn new(limit_bytes: usize, temp_dir: &Path) -> Self {
        let temp_dir = temp_dir.to_owned();
        Self { limit_bytes, temp_dir, memory: Vec::new(), order: Vec::new(), spilled: None }
    }

    /// Adds an entry; neither of its parts may have 4 GiB.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub fn push(&mut self, key: &[u8], body: &[u8]) -> anyhow::Result<()> {
        let start = self.memory.len();
        self.memory.extend_from_slice(&(key.len() as u32).to_le_bytes());
        self.memory.extend_from_slice(&(body.len() as u32).to_le_bytes());
        self.memory.extend_from_slice(key);
        self.memory.extend_from_slice(body);
        self.order.push((first_bytes(key), start));
        let used = self.memory.len() + self.order.len() * size_of::<(u64, usize)>();
        if used > self.limit_bytes {
            self.spill()?;
        }
        Ok(())
    }

    /// Sorts what is there. Only entries that never exceeded the limit are still in memory then.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub fn finish(mut self) -> anyhow::Result<Sorted> {
        if self.spilled.is_some() && !self.order.is_empty() {
            self.spill()?;
        }
        let Some(Spilled { file, runs, .. }) = self.spilled else {
            self.sort();
            return Ok(Sorted::Memory { memory: self.memory, order: self.order });
        };
        let share = self.limit_bytes / runs.len();
        let buffer_bytes = share.clamp(MIN_READ_BUFFER_BYTES, MAX_READ_BUFFER_BYTES);
        Ok(Sorted::File { file, runs, buffer_bytes })
    }

    fn sort(&mut self) {
        let memory = &self.memory;
        self.order.sort_unstable_by(|&(a_first, a), &(b_first, b)| {
            a_first.cmp(&b_first).then_with(|| key_and_body(memory, a).cmp(&key_and_body(memory, b)))
        });
    }

    fn spill(&mut self) -> anyhow::Result<()> {
        self.sort();
        let failed = || {
            let folder = self.temp_dir.display();
            format!("cannot write a temporary file in {folder}; --temp-dir names another folder")
        };
        if self.spilled.is_none() {
            let file = tempfile::tempfile_in(&self.temp_dir).map_err(|error| {
                let folder = self.temp_dir.display();
                anyhow::anyhow!(
                    "cannot make a temporary file in {folder}: {error}; give another folder with --temp-dir"
                )
            })?;
            self.spilled = Some(Spilled { file, end: 0, runs: Vec::new() });
        }
        if let Some(spilled) = &mut self.spilled {
            spilled.write_run(&self.memory, &self.order).with_context(failed)?;
        }
        self.memory.clear();
        self.order.clear();
        Ok(())
    }
}

impl Spilled {
    fn write_run(&mut self, memory: &[u8], order: &[(u64, usize)]) -> io::Result<()> {
        let mut writer = BufWriter::with_capacity(WRITE_BUFFER_BYTES, &self.file);
        for &(_, start) in order {
            let (key, body) = key_and_body(memory, start);
            writer.write_all(&memory[start..start + HEADER_BYTES + key.len() + body.len()])?;
        }
        writer.flush()?;
        let end = self.end + memory.len() as u64;
        self.runs.push(self.end..end);
        self.end = end;
        Ok(())
    }
}

/// All entries of a [`Sorter`], in sorted runs.
#[derive(Debug)]
pub enum Sorted {
    /// One run.
    Memory {
        /// As in the sorter.
        memory: Vec<u8>,
        /// As in the sorter.
        order: Vec<(u64, usize)>,
    },
    /// Some runs.
    File {
        /// A file without a name.
        file: File,
        /// Where in the file they are.
        runs: Vec<Range<u64>>,
        /// The buffer that reads a run.
        buffer_bytes: usize,
    },
}

impl Sorted {
    /// The runs, to be read side by side.
    pub fn runs(self) -> Vec<Run> {
        match self {
            Sorted::Memory { memory, order } => vec![Run::Memory { memory, order: order.into_iter() }],
            Sorted::File { file, runs, buffer_bytes } => {
                let file = Arc::new(file);
                let section = |range| Section { file: Arc::clone(&file), range };
                let open = |range| Run::File(BufReader::with_capacity(buffer_bytes, section(range)));
                runs.into_iter().map(open).collect()
            }
        }
    }
}

/// Entries in order.
#[derive(Debug)]
pub enum Run {
    /// In memory.
    Memory {
        /// As in the sorter.
        memory: Vec<u8>,
        /// What is left of the sorter's.
        order: std::vec::IntoIter<(u64, usize)>,
    },
    /// In a part of a file.
    File(BufReader<Section>),
}

impl Run {
    /// Reads the next entry into `entry`; `false` at the end.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn next(&mut self, entry: &mut Entry) -> anyhow::Result<bool> {
        match self {
            Run::Memory { memory, order } => {
                let next = order.next();
                if let Some((_, start)) = next {
                    entry.copy_from(memory, start);
                }
                Ok(next.is_some())
            }
            Run::File(file) => read_entry(file, entry).context("cannot read a temporary file"),
        }
    }
}

fn read_entry(file: &mut BufReader<Section>, entry: &mut Entry) -> io::Result<bool> {
    if file.get_ref().range.is_empty() && file.buffer().is_empty() {
        return Ok(false);
    }
    let mut header = [0; HEADER_BYTES];
    file.read_exact(&mut header)?;
    let (key_len, body_len) = lengths(header);
    entry.key_len = key_len;
    entry.bytes.resize(key_len + body_len, 0);
    file.read_exact(&mut entry.bytes)?;
    Ok(true)
}

/// A part of a file that other parts are read from at the same time.
#[derive(Debug)]
pub struct Section {
    file: Arc<File>,
    range: Range<u64>,
}

impl Read for Section {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.range.end - self.range.start;
        let wanted = out.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.range.start))?;
        let read = file.read(&mut out[..wanted])?;
        self.range.start += read as u64;
        Ok(read)
    }
}

fn lengths(header: [u8; HEADER_BYTES]) -> (usize, usize) {
    let [a, b, c, d, e, f, g, h] = header;
    (u32::from_le_bytes([a, b, c, d]) as usize, u32::from_le_bytes([e, f, g, h]) as usize)
}

fn key_and_body(memory: &[u8], start: usize) -> (&[u8], &[u8]) {
    let mut header = [0; HEADER_BYTES];
    header.copy_from_slice(&memory[start..start + HEADER_BYTES]);
    let (key_len, body_len) = lengths(header);
    memory[start + HEADER_BYTES..][..key_len + body_len].split_at(key_len)
}

/// In the order of the keys, as far as they reach.
fn first_bytes(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    let len = key.len().min(first.len());
    first[..len].copy_from_slice(&key[..len]);
    u64::from_be_bytes(first)
}
