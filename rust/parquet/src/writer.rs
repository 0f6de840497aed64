//! Makes a file of lines.

use arrow_json::reader::{Decoder, ReaderBuilder};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::{Error, Result, Table};

/// Encoded bytes that make a row group: what a file in the making holds in memory, and what a reader of it has to
/// read at once at most.
const ROW_GROUP_BYTES: usize = 32 << 20;
/// Text that is held before it is encoded, column by column.
const BATCH_BYTES: usize = 1 << 20;
const BATCH_ROWS: usize = 4096;

/// Makes a Parquet file of lines of JSON, each an object with fields of the columns of its [`Table`]. What
/// has no column is left out.
///
/// Bytes of the file come out as they are made, a row group at a time. It holds a row group and a batch of text,
/// whatever the file's length.
pub struct Writer {
    table: Table,
    decoder: Decoder,
    /// Bytes of lines that the decoder has.
    decoded: usize,
    writer: ArrowWriter<Vec<u8>>,
    row_group_bytes: usize,
}

impl Writer {
    /// Begins a file.
    ///
    /// # Errors
    /// Never for these tables.
    pub fn new(table: Table) -> Result<Self> {
        Self::with_row_groups(table, ROW_GROUP_BYTES)
    }

    fn with_row_groups(table: Table, row_group_bytes: usize) -> Result<Self> {
        let failed =
            |error: &dyn std::fmt::Display| Error::new(format!("no file of {table:?} can begin: {error}"));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("callweave ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        // The schema of Arrow says nothing here that Parquet's does not.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), table.schema(), options);
        let decoder = ReaderBuilder::new(table.schema())
            .with_coerce_primitive(true)
            .with_batch_size(BATCH_ROWS)
            .build_decoder();
        Ok(Self {
            table,
            decoder: decoder.map_err(|error| failed(&error))?,
            decoded: 0,
            writer: writer.map_err(|error| failed(&error))?,
            row_group_bytes,
        })
    }

    /// Adds lines, of which the last one may end in what is pushed next.
    ///
    /// # Errors
    /// When one is no JSON, or a field is not what its column holds. Nothing can be written any more then.
    pub fn push(&mut self, lines: &[u8]) -> Result<()> {
        let mut rest = lines;
        while !rest.is_empty() {
            let piece = &rest[..rest.len().min(BATCH_BYTES)];
            let taken = self.decoder.decode(piece).map_err(|error| self.wrong(&error))?;
            rest = &rest[taken..];
            self.decoded += taken;
            let is_full = self.decoded >= BATCH_BYTES || self.decoder.len() >= BATCH_ROWS;
            if is_full && !self.decoder.has_partial_record() {
                self.encode()?;
            }
        }
        Ok(())
    }

    /// Writes what is left, and the end of the file.
    ///
    /// # Errors
    /// When the last line has no end of its object.
    pub fn finish(&mut self) -> Result<()> {
        self.encode()?;
        self.writer.finish().map_err(|error| self.wrong(&error))?;
        Ok(())
    }

    /// The bytes of the file that were made since the last call of this method.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.writer.inner_mut())
    }

    /// Bytes that it holds, about.
    pub fn memory_bytes(&self) -> usize {
        // What was decoded stands in memory a second time, as offsets into the text.
        self.writer.memory_size() + 2 * self.decoded + self.writer.inner().capacity()
    }

    fn encode(&mut self) -> Result<()> {
        self.decoded = 0;
        let Some(batch) = self.decoder.flush().map_err(|error| self.wrong(&error))? else {
            return Ok(());
        };
        self.writer.write(&batch).map_err(|error| self.wrong(&error))?;
        if self.writer.memory_size() >= self.row_group_bytes {
            self.writer.flush().map_err(|error| self.wrong(&error))?;
        }
        Ok(())
    }

    fn wrong(&self, error: &dyn std::fmt::Display) -> Error {
        Error::new(format!("a record of {:?} is no row of its columns: {error}", self.table))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::Rows;

    /// Calls whose ids compress badly.
    fn lines(from: u64, to: u64) -> Vec<u8> {
        let id = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (from..to).flat_map(|n| format!("{{\"id\":\"{:x}{:x}\"}}\n", id(n), id(n + 1)).into_bytes()).collect()
    }

    #[test]
    fn bytes_come_out_as_they_are_made_and_memory_follows_the_row_group_not_the_file() {
        const GROUP: usize = 200 << 10;
        let mut writer = Writer::with_row_groups(Table::Links, GROUP).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        let (mut most_held, mut written_early) = (0, 0);
        for n in 0..100 {
            writer.push(&lines(n * 1000, (n + 1) * 1000)).unwrap();
            most_held = most_held.max(writer.memory_bytes());
            let bytes = writer.take();
            written_early += bytes.len();
            file.write_all(&bytes).unwrap();
        }
        // A row group, the batch that ends it, and the text of another.
        assert!(most_held < 4 * GROUP + 2 * BATCH_BYTES, "{most_held}");
        writer.finish().unwrap();
        let end = writer.take();
        assert!(written_early > end.len(), "{written_early} before the end, {}", end.len());
        file.write_all(&end).unwrap();
        let mut rows = Rows::open(file).unwrap();
        let mut read = Vec::new();
        while let Some(more) = rows.next().unwrap() {
            read.extend_from_slice(&more);
        }
        assert_eq!(rows.count(), 100_000);
        assert!(read == lines(0, 100_000));
    }
}
