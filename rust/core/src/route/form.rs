//! The form of the records that Route reads: the built-in one in JSON or in protobuf, or one that a map describes.

use crate::call::map::Mapping;
use crate::call::{protobuf, Call, Limits, Parser, Rejection};

/// How a record is read. One is chosen for all records of a batch, so that those of one form cost nothing for
/// the others.
pub trait Form {
    /// The call of a record, or why it is none. Its addresses are not looked at.
    fn call<'a>(&'a mut self, record: &'a [u8], limits: &Limits) -> Result<Call<'a>, Rejection>;
}

/// The form of all records of a Route.
#[derive(Debug)]
pub enum Records {
    /// JSON with the built-in names.
    Json(Parser),
    /// JSON that is read by a map.
    Mapped(Box<Mapped>),
    /// Messages.
    Protobuf(protobuf::Reader),
}

impl Default for Records {
    fn default() -> Self {
        Records::Json(Parser::default())
    }
}

impl Records {
    /// Bytes that the last records have left behind.
    pub fn memory_bytes(&self) -> usize {
        match self {
            Records::Json(_) => 0,
            Records::Mapped(mapped) => mapped.record.capacity(),
            Records::Protobuf(reader) => reader.memory_bytes(),
        }
    }
}

impl Form for Parser {
    fn call<'a>(&'a mut self, record: &'a [u8], limits: &Limits) -> Result<Call<'a>, Rejection> {
        self.parse(record, limits)
    }
}

impl Form for protobuf::Reader {
    fn call<'a>(&'a mut self, record: &'a [u8], limits: &Limits) -> Result<Call<'a>, Rejection> {
        self.parse(record, limits)
    }
}

/// Records are read by a map.
#[derive(Debug)]
pub struct Mapped {
    mapping: Mapping,
    parser: Parser,
    /// The last record in the built-in form.
    record: Vec<u8>,
}

impl Mapped {
    /// By this map.
    pub fn new(mapping: Mapping) -> Self {
        Mapped { mapping, parser: Parser::default(), record: Vec::new() }
    }
}

impl Form for Mapped {
    fn call<'a>(&'a mut self, record: &'a [u8], limits: &Limits) -> Result<Call<'a>, Rejection> {
        self.mapping.rewrite(record, limits, &mut self.record)?;
        self.parser.parse(&self.record, &limits.of_rewritten())
    }
}
