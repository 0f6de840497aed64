//! The kernel that reads a Parquet file: its records are the rows, as JSON.

use std::fs::File;

use callweave_core::counters::Counters;
use callweave_core::error::{Error, Result};
use callweave_core::kernel::{CellKernel, Outbox, Pulled};
use callweave_parquet::Rows;
use serde::Deserialize;

/// Bytes of a frame before its record: the lengths of its key, which is none, and of its value.
const HEADER_BYTES: usize = 8;
const COUNTERS: &[&str] = &["readRows"];
const READ_ROWS: usize = 0;

/// What it is opened with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The file, which may be deleted once the kernel is open.
    path: String,
    /// Rows that were read before.
    skip: u64,
    /// Bytes of a record, of which the rest is left out.
    most_bytes: usize,
    /// Rows that are read at once.
    rows_at_once: u64,
}

/// Nothing is pushed; to fire reads on, whatever the bucket, and the next rows are pulled, none at the end.
pub struct ParquetRows {
    rows: Rows,
    most_bytes: usize,
    /// Rows that were read, a line each, and how much of them was pulled.
    lines: Vec<u8>,
    pulled: usize,
    counters: Counters,
}

impl ParquetRows {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it is no whole Parquet file with that many rows, [`Error::Config`] when the system
    /// cannot read it.
    pub fn new(settings: Settings) -> Result<Self> {
        let Settings { path, skip, most_bytes, rows_at_once } = settings;
        let file = File::open(&path)
            .map_err(|error| Error::Config(format!("the file {path} cannot be opened: {error}")))?;
        let rows = Rows::open_behind(file, skip, rows_at_once).map_err(failed)?;
        Ok(Self { rows, most_bytes, lines: Vec::new(), pulled: 0, counters: Counters::new(COUNTERS) })
    }
}

fn failed(error: callweave_parquet::Error) -> Error {
    let text = error.to_string();
    match error.is_io() {
        true => Error::Config(text),
        false => Error::corrupt(text),
    }
}

impl CellKernel for ParquetRows {
    fn push(&mut self, _block: &[u8]) -> Result<()> {
        Err(Error::Config("a kernel that reads a file takes no blocks".to_owned()))
    }

    fn fire(&mut self, _bucket: i64) -> Result<()> {
        if self.pulled == self.lines.len() {
            let lines = self.rows.next().map_err(failed)?;
            (self.lines, self.pulled) = (lines.unwrap_or_default(), 0);
        }
        Ok(())
    }
}

impl Outbox for ParquetRows {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        let mut filled = 0;
        while let Some(end) = self.lines[self.pulled..].iter().position(|&byte| byte == b'\n') {
            let record = &self.lines[self.pulled..self.pulled + end.min(self.most_bytes)];
            let wanted = HEADER_BYTES + record.len();
            let Some(frame) = out.get_mut(filled..filled + wanted) else {
                return Ok(if filled == 0 { Pulled::Needs(wanted) } else { Pulled::Filled(filled) });
            };
            frame[..4].fill(0);
            frame[4..HEADER_BYTES].copy_from_slice(&(record.len() as u32).to_le_bytes());
            frame[HEADER_BYTES..].copy_from_slice(record);
            filled += wanted;
            self.pulled += end + 1;
            self.counters.add(READ_ROWS, 1);
        }
        Ok(Pulled::Filled(filled))
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    /// Without what the reader itself holds of a row group: some pages, which it does not tell.
    fn memory_bytes(&self) -> usize {
        self.lines.capacity()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use callweave_core::wire::frames::records;
    use callweave_parquet::{Table, Writer};

    use super::*;

    fn write(path: &Path, ids: std::ops::Range<u32>) {
        let mut writer = Writer::new(Table::Links).unwrap();
        for id in ids {
            writer.push(format!("{{\"id\":\"{id}\"}}\n").as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        File::create(path).unwrap().write_all(&writer.take()).unwrap();
    }

    fn open(path: &Path, skip: u64, most_bytes: usize) -> Result<ParquetRows> {
        ParquetRows::new(Settings {
            path: path.to_str().unwrap().to_owned(),
            skip,
            most_bytes,
            rows_at_once: 512,
        })
    }

    /// All rows by fires, and by how many of these.
    fn read(kernel: &mut ParquetRows, room: usize) -> (Vec<String>, usize) {
        let (mut rows, mut fires, mut out) = (Vec::new(), 0, vec![0; room]);
        loop {
            let before = rows.len();
            kernel.fire(0).unwrap();
            loop {
                match kernel.pull(&mut out).unwrap() {
                    Pulled::Filled(0) => break,
                    Pulled::Filled(filled) => rows.extend(
                        records(&out[..filled])
                            .map(|record| String::from_utf8(record.unwrap().value.to_vec()).unwrap()),
                    ),
                    Pulled::Needs(bytes) => out.resize(bytes, 0),
                }
            }
            if rows.len() == before {
                return (rows, fires);
            }
            fires += 1;
        }
    }

    #[test]
    fn every_row_is_a_record_whatever_the_buffer_and_wherever_reading_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.parquet");
        write(&path, 0..20_000);
        let all: Vec<String> = (0..20_000).map(|id| format!("{{\"id\":\"{id}\"}}")).collect();
        for (room, skip) in [(0, 0), (30, 1), (1 << 16, 19_999), (1 << 16, 20_000)] {
            let mut kernel = open(&path, skip as u64, 1000).unwrap();
            let (rows, fires) = read(&mut kernel, room);
            assert!(rows == all[skip..], "{skip}: {} rows", rows.len());
            assert_eq!(fires > 1, skip < 2);
            assert_eq!(kernel.counters().take()[0] as usize, rows.len());
        }
    }

    #[test]
    fn of_a_long_row_only_its_first_bytes_are_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.parquet");
        write(&path, 7..8);
        assert_eq!(read(&mut open(&path, 0, 5).unwrap(), 100).0, ["{\"id\""]);
    }

    #[test]
    fn a_file_that_may_be_deleted_once_it_is_open_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.parquet");
        write(&path, 0..3);
        let mut kernel = open(&path, 0, 100).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read(&mut kernel, 100).0.len(), 3);
        assert!(kernel.push(b"").is_err());
    }

    #[test]
    fn what_is_no_whole_file_or_has_fewer_rows_is_corrupt_and_a_missing_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.parquet");
        let refusal = |skip| open(&path, skip, 100).err().unwrap();
        assert!(refusal(0).to_string().contains("calls.parquet cannot be opened: "));
        write(&path, 0..3);
        assert_eq!(refusal(4), Error::corrupt("it has 3 rows, and 4 were read of it"));
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(matches!(refusal(0), Error::Corrupt(text) if text.contains("no whole Parquet file")));
    }
}
