//! Reads a file as lines.

use std::fs::File;

use arrow_json::LineDelimitedWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::ParquetMetaData;

use crate::{Error, Result};

/// Bytes of rows, not encoded, that are read at once, about.
const BATCH_BYTES: u64 = 4 << 20;
const MAX_BATCH_ROWS: u64 = 8192;

/// The rows of a Parquet file as lines of JSON, with the names of its columns. What is null is left out.
pub struct Rows {
    batches: ParquetRecordBatchReader,
    rows: u64,
    read: u64,
}

impl Rows {
    /// Opens a file of any schema.
    ///
    /// # Errors
    /// When it is no Parquet file, or one that is not whole.
    pub fn open(file: File) -> Result<Self> {
        let failed = |error| Error(format!("it is no whole Parquet file: {error}"));
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
        let batch_rows = batch_rows(builder.metadata());
        let batches = builder.with_batch_size(batch_rows).build().map_err(failed)?;
        Ok(Self { batches, rows, read: 0 })
    }

    /// The next rows as lines, each with its end; `None` behind the last one.
    ///
    /// # Errors
    /// When the file is damaged, or is compressed or encoded in a way that is not read.
    #[allow(clippy::should_implement_trait)] // As an iterator it would go on after an error.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let read = self.read;
        let failed = |error| Error(format!("its rows behind the first {read} cannot be read: {error}"));
        let Some(batch) = self.batches.next().transpose().map_err(failed)? else {
            return Ok(None);
        };
        let mut lines = LineDelimitedWriter::new(Vec::new());
        lines.write(&batch).and_then(|()| lines.finish()).map_err(failed)?;
        self.read += batch.num_rows() as u64;
        Ok(Some(lines.into_inner()))
    }

    /// How many rows the file has.
    pub fn count(&self) -> u64 {
        self.rows
    }

    /// How many of them were read.
    pub fn read(&self) -> u64 {
        self.read
    }
}

/// Few where rows are long, as chains may be.
fn batch_rows(metadata: &ParquetMetaData) -> usize {
    let of_group = |bytes: i64, rows: i64| {
        let (bytes, rows) =
            (u64::try_from(bytes).unwrap_or_default(), u64::try_from(rows).unwrap_or_default());
        bytes / rows.max(1)
    };
    let groups = metadata.row_groups().iter();
    let longest = groups.map(|group| of_group(group.total_byte_size(), group.num_rows())).max();
    let rows = BATCH_BYTES / longest.unwrap_or_default().max(1);
    usize::try_from(rows.clamp(1, MAX_BATCH_ROWS)).unwrap_or(1)
}
