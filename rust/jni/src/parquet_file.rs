//! The kernel that writes a Parquet file: its blocks are lines, its records pieces of the file.

use callweave_core::counters::Counters;
use callweave_core::error::{Error, Result};
use callweave_core::kernel::{CellKernel, Outbox, Pulled};
use callweave_parquet::{Table, Writer};
use serde::Deserialize;

/// Bytes of a frame before its record: the lengths of its key, which is none, and of its value.
const HEADER_BYTES: usize = 8;
const COUNTERS: &[&str] = &["writtenBytes"];
const WRITTEN_BYTES: usize = 0;

/// What it is opened with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The output whose records the file has.
    output: String,
}

/// Lines are pushed, the file is pulled as it is made; to fire ends it, whatever the bucket.
pub struct ParquetFile {
    writer: Writer,
    /// What was made, and how much of it was pulled.
    made: Vec<u8>,
    pulled: usize,
    counters: Counters,
}

impl ParquetFile {
    /// Begins a file.
    ///
    /// # Errors
    /// When the output has no rows.
    pub fn new(settings: Settings) -> Result<Self> {
        let output = settings.output;
        let table = Table::of_output(&output)
            .ok_or_else(|| Error::Config(format!("the output '{output}' has no columns of Parquet")))?;
        let writer = Writer::new(table).map_err(|error| Error::Config(error.to_string()))?;
        Ok(Self { writer, made: Vec::new(), pulled: 0, counters: Counters::new(COUNTERS) })
    }
}

impl CellKernel for ParquetFile {
    fn push(&mut self, lines: &[u8]) -> Result<()> {
        self.writer.push(lines).map_err(|error| Error::corrupt(error.to_string()))
    }

    fn fire(&mut self, _bucket: i64) -> Result<()> {
        self.writer.finish().map_err(|error| Error::corrupt(error.to_string()))
    }
}

impl Outbox for ParquetFile {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        if self.pulled == self.made.len() {
            (self.made, self.pulled) = (self.writer.take(), 0);
        }
        let left = &self.made[self.pulled..];
        if left.is_empty() {
            return Ok(Pulled::Filled(0));
        }
        let Some((header, value)) =
            out.split_at_mut_checked(HEADER_BYTES).filter(|(_, value)| !value.is_empty())
        else {
            return Ok(Pulled::Needs(HEADER_BYTES + 1));
        };
        let bytes = left.len().min(value.len());
        header[..4].fill(0);
        header[4..].copy_from_slice(&(bytes as u32).to_le_bytes());
        value[..bytes].copy_from_slice(&left[..bytes]);
        self.pulled += bytes;
        self.counters.add(WRITTEN_BYTES, bytes as u64);
        Ok(Pulled::Filled(HEADER_BYTES + bytes))
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    fn memory_bytes(&self) -> usize {
        self.writer.memory_bytes() + self.made.capacity()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use callweave_core::wire::frames::records;
    use callweave_parquet::Rows;

    use super::*;

    fn open(output: &str) -> Result<ParquetFile> {
        ParquetFile::new(Settings { output: output.to_owned() })
    }

    fn pull_all(kernel: &mut ParquetFile, room: usize, file: &mut impl Write) {
        let mut out = vec![0; room];
        loop {
            let Pulled::Filled(filled) = kernel.pull(&mut out).unwrap() else { panic!("no room") };
            if filled == 0 {
                return;
            }
            for record in records(&out[..filled]) {
                let record = record.unwrap();
                assert!(record.key.is_empty());
                file.write_all(record.value).unwrap();
            }
        }
    }

    #[test]
    fn what_is_pulled_is_the_file_whatever_the_buffer() {
        for room in [HEADER_BYTES + 1, 100, 1 << 20] {
            let mut kernel = open("links").unwrap();
            let mut file = tempfile::tempfile().unwrap();
            for id in 0..3 {
                kernel.push(format!("{{\"id\":\"{id}\"}}\n").as_bytes()).unwrap();
                pull_all(&mut kernel, room, &mut file);
            }
            kernel.fire(0).unwrap();
            pull_all(&mut kernel, room, &mut file);
            let lines = Rows::open(file).unwrap().next().unwrap().unwrap();
            assert_eq!(lines, b"{\"id\":\"0\"}\n{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
        }
    }

    #[test]
    fn a_buffer_without_room_for_a_byte_is_too_small() {
        let mut kernel = open("links").unwrap();
        kernel.fire(0).unwrap();
        for room in [0, HEADER_BYTES] {
            assert_eq!(kernel.pull(&mut vec![0; room]), Ok(Pulled::Needs(HEADER_BYTES + 1)));
        }
    }

    #[test]
    fn an_output_without_rows_and_a_line_that_is_no_row_are_refused() {
        let error = open("spans").err().unwrap().to_string();
        assert_eq!(error, "the output 'spans' has no columns of Parquet");
        let mut kernel = open("edges").unwrap();
        let wrong = kernel.push(b"{\"count\":\"many\"}\n").and_then(|()| kernel.fire(0));
        assert!(wrong.unwrap_err().to_string().contains("'count'"));
    }
}
