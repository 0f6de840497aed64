//! Reads a file as lines.

use std::fs::File;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, RecordBatch, StringArray};
use arrow_json::LineDelimitedWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::LogicalType;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::{Error, Result};

/// Bytes of rows, not encoded, that are read at once, about.
const BATCH_BYTES: u64 = 4 << 20;
const MAX_BATCH_ROWS: u64 = 8192;

/// The rows of a Parquet file as lines of JSON, with the names of its columns. What is null is left out.
pub struct Rows {
    batches: ParquetRecordBatchReader,
    /// Numbers of the columns of UUIDs.
    uuids: Vec<usize>,
    rows: u64,
    read: u64,
}

impl Rows {
    /// Opens a file of any schema.
    ///
    /// # Errors
    /// When it is no Parquet file, or one that is not whole.
    pub fn open(file: File) -> Result<Self> {
        Self::open_behind(file, 0, MAX_BATCH_ROWS)
    }

    /// Opens a file behind so many rows, of which whole pages are left out where that is possible. At most so many
    /// are read at once.
    ///
    /// # Errors
    /// When it is no Parquet file, or one that is not whole, or has fewer rows.
    pub fn open_behind(file: File, skipped: u64, most_at_once: u64) -> Result<Self> {
        let failed = |error| Error::of_reading(format!("it is no whole Parquet file: {error}"));
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(failed)?;
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, in_utc(metadata).map_err(failed)?);
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
        let batch_rows = batch_rows(builder.metadata(), most_at_once);
        let uuids = uuid_columns(builder.metadata());
        let offset = usize::try_from(skipped)
            .ok()
            .filter(|_| skipped <= rows)
            .ok_or_else(|| Error::new(format!("it has {rows} rows, and {skipped} were read of it")))?;
        let batches = builder.with_batch_size(batch_rows).with_offset(offset).build().map_err(failed)?;
        Ok(Self { batches, uuids, rows, read: skipped })
    }

    /// The next rows as lines, each with its end; `None` behind the last one.
    ///
    /// # Errors
    /// When the file is damaged, or is compressed or encoded in a way that is not read.
    #[allow(clippy::should_implement_trait)] // As an iterator it would go on after an error.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let read = self.read;
        let failed =
            |error| Error::of_reading(format!("its rows behind the first {read} cannot be read: {error}"));
        let Some(batch) = self.batches.next().transpose().map_err(failed)? else {
            return Ok(None);
        };
        let batch = with_texts(batch, &self.uuids).map_err(failed)?;
        let mut lines = LineDelimitedWriter::new(Vec::new());
        lines.write(&batch).and_then(|()| lines.finish()).map_err(failed)?;
        self.read += batch.num_rows() as u64;
        Ok(Some(lines.into_inner()))
    }

    /// How many rows the file has.
    pub fn count(&self) -> u64 {
        self.rows
    }

    /// How many of them were read or left out.
    pub fn read(&self) -> u64 {
        self.read
    }
}

/// With times that have the name of a zone given by its offset: in the file they are in UTC anyway, and names would
/// want a table of all zones.
fn in_utc(metadata: ArrowReaderMetadata) -> std::result::Result<ArrowReaderMetadata, ParquetError> {
    let has_name = |field: &Field| matches!(field.data_type(), DataType::Timestamp(_, Some(_)));
    let schema = metadata.schema();
    if !schema.fields().iter().any(|field| has_name(field)) {
        return Ok(metadata);
    }
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            let in_utc = DataType::Timestamp(*unit, Some("+00:00".into()));
            Arc::new(field.as_ref().clone().with_data_type(in_utc))
        }
        _ => Arc::clone(field),
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    ArrowReaderMetadata::try_new(
        Arc::clone(metadata.metadata()),
        ArrowReaderOptions::new().with_schema(schema),
    )
}

/// The columns that a program has made of texts which are UUIDs, as DuckDB does by itself.
fn uuid_columns(metadata: &ParquetMetaData) -> Vec<usize> {
    let root = metadata.file_metadata().schema_descr().root_schema();
    let columns = root.get_fields().iter().enumerate();
    columns
        .filter(|(_, column)| column.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid))
        .map(|(number, _)| number)
        .collect()
}

/// With texts in place of the 16 bytes of each UUID in these columns.
fn with_texts(batch: RecordBatch, uuids: &[usize]) -> std::result::Result<RecordBatch, ArrowError> {
    if uuids.is_empty() {
        return Ok(batch);
    }
    let (mut columns, mut fields) = (batch.columns().to_vec(), batch.schema().fields().to_vec());
    for &number in uuids {
        if let Some(values) = columns[number].as_any().downcast_ref::<FixedSizeBinaryArray>() {
            let texts: StringArray = values.iter().map(|value| value.and_then(uuid_text)).collect();
            columns[number] = Arc::new(texts) as ArrayRef;
            fields[number] = Arc::new(fields[number].as_ref().clone().with_data_type(DataType::Utf8));
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn uuid_text(bytes: &[u8]) -> Option<String> {
    let hex = format!("{:032x}", u128::from_be_bytes(bytes.try_into().ok()?));
    Some([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

/// Few where rows are long, as chains may be.
fn batch_rows(metadata: &ParquetMetaData, most: u64) -> usize {
    let of_group = |bytes: i64, rows: i64| {
        let (bytes, rows) =
            (u64::try_from(bytes).unwrap_or_default(), u64::try_from(rows).unwrap_or_default());
        bytes / rows.max(1)
    };
    let groups = metadata.row_groups().iter();
    let longest = groups.map(|group| of_group(group.total_byte_size(), group.num_rows())).max();
    let rows = BATCH_BYTES / longest.unwrap_or_default().max(1);
    usize::try_from(rows.clamp(1, most.max(1))).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use arrow_array::TimestampMillisecondArray;
    use parquet::arrow::ArrowWriter;
    use parquet::data_type::{FixedLenByteArray, FixedLenByteArrayType};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    #[test]
    fn times_are_texts_by_iso_8601_in_utc_where_they_have_a_zone() {
        let times = || TimestampMillisecondArray::from(vec![1_795_841_009_694]);
        let columns: [(&str, ArrayRef); 3] = [
            ("plain", Arc::new(times())),
            ("utc", Arc::new(times().with_timezone("UTC"))),
            ("zone", Arc::new(times().with_timezone("Europe/Berlin"))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let file = tempfile::tempfile().unwrap();
        let mut writer = ArrowWriter::try_new(file.try_clone().unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let lines = String::from_utf8(Rows::open(file).unwrap().next().unwrap().unwrap()).unwrap();
        let wanted = r#"{"plain":"2026-11-28T04:43:29.694","utc":"2026-11-28T04:43:29.694Z","zone":"2026-11-28T04:43:29.694Z"}"#;
        assert_eq!(lines.trim_end(), wanted);
    }

    #[test]
    fn uuids_are_texts_with_hyphens() {
        let schema = "message row { optional fixed_len_byte_array(16) id (UUID); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let file = tempfile::tempfile().unwrap();
        let mut writer =
            SerializedFileWriter::new(file.try_clone().unwrap(), schema, Default::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let uuid =
            FixedLenByteArray::from(0x0f8f_ad5b_d9cb_469f_a165_7086_7728_950e_u128.to_be_bytes().to_vec());
        column.typed::<FixedLenByteArrayType>().write_batch(&[uuid], Some(&[1, 0]), None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        let lines = String::from_utf8(Rows::open(file).unwrap().next().unwrap().unwrap()).unwrap();
        assert_eq!(lines, "{\"id\":\"0f8fad5b-d9cb-469f-a165-70867728950e\"}\n{}\n");
    }
}
