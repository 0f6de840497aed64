//! The form of the records that Route reads: the built-in one, or one that a map describes.

use crate::call::map::Mapping;
use crate::call::{Limits, Rejection};

/// How a record is brought into the built-in form. One is chosen for all records of a batch, so that those
/// of the built-in form cost nothing for it.
pub trait Form {
    /// The longest record in the built-in form, given that of records as they come, bytes.
    fn max_record_bytes(max_record_bytes: usize) -> usize;

    /// The record in the built-in form, or why it has none.
    fn built_in<'a>(&'a mut self, record: &'a [u8], limits: &Limits) -> Result<&'a [u8], Rejection>;
}

/// Records are of the built-in form.
pub struct BuiltIn;

impl Form for BuiltIn {
    fn max_record_bytes(max_record_bytes: usize) -> usize {
        max_record_bytes
    }

    fn built_in<'a>(&'a mut self, record: &'a [u8], _: &Limits) -> Result<&'a [u8], Rejection> {
        Ok(record)
    }
}

/// Records are read by a map.
#[derive(Debug)]
pub struct Mapped {
    mapping: Mapping,
    max_record_bytes: usize,
    /// The last record in the built-in form.
    record: Vec<u8>,
}

impl Mapped {
    /// By this map, of up to so many bytes as they come.
    pub fn new(mapping: Mapping, max_record_bytes: usize) -> Self {
        Mapped { mapping, max_record_bytes, record: Vec::new() }
    }

    /// Bytes that the last records have left behind.
    pub fn memory_bytes(&self) -> usize {
        self.record.capacity()
    }
}

impl Form for Mapped {
    fn max_record_bytes(_: usize) -> usize {
        usize::MAX
    }

    fn built_in<'a>(&'a mut self, record: &'a [u8], limits: &Limits) -> Result<&'a [u8], Rejection> {
        let limits = Limits { max_record_bytes: self.max_record_bytes, ..*limits };
        self.mapping.rewrite(record, &limits, &mut self.record)?;
        Ok(&self.record)
    }
}
