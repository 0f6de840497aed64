//! Batches of records: `partition: u32, length: u32, value` for each, a length of `u32::MAX` for null.

use super::{entries, take, take_u32};
use crate::error::Result;

/// The length of a value that is null.
const NULL: u32 = u32::MAX;
const WHAT: &str = "a batch of records";

/// A record of the input, as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The partition that it was read from.
    pub partition: u32,
    /// Its value.
    pub value: Option<&'a [u8]>,
}

/// Appends a record to a batch.
///
/// ```
/// use callweave_core::wire::batch::{records, write, Record};
/// let mut batch = Vec::new();
/// write(&mut batch, Record { partition: 3, value: Some(b"{}") });
/// write(&mut batch, Record { partition: 4, value: None });
/// let read: Vec<Record> = records(&batch).collect::<Result<_, _>>().unwrap();
/// assert_eq!(read[0], Record { partition: 3, value: Some(b"{}") });
/// assert_eq!(read[1].value, None);
/// ```
pub fn write(batch: &mut Vec<u8>, record: Record<'_>) {
    batch.extend_from_slice(&record.partition.to_le_bytes());
    batch.extend_from_slice(&record.value.map_or(NULL, |value| value.len() as u32).to_le_bytes());
    batch.extend_from_slice(record.value.unwrap_or_default());
}

/// The records of a batch. After an error there are none.
pub fn records(batch: &[u8]) -> impl Iterator<Item = Result<Record<'_>>> {
    entries(batch, next)
}

#[inline]
fn next<'a>(rest: &mut &'a [u8]) -> Result<Record<'a>> {
    let partition = take_u32(rest, WHAT)?;
    let value = match take_u32(rest, WHAT)? {
        NULL => None,
        length => Some(take(rest, length as usize, WHAT)?),
    };
    Ok(Record { partition, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_is_cut_anywhere_is_refused() {
        let mut batch = Vec::new();
        write(&mut batch, Record { partition: 1, value: Some(b"value") });
        for length in 1..batch.len() {
            let error = records(&batch[..length]).next().unwrap().unwrap_err();
            assert!(error.to_string().contains("a batch of records ends in the middle"), "{error}");
        }
        assert_eq!(records(&batch[..5]).count(), 1);
    }
}
