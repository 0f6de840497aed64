//! Outputs of callweave as Parquet files: lines of JSON become rows, rows lines of JSON.
//!
//! [`Table`] has the columns of each output, [`Writer`] makes a file of lines, [`Rows`] reads any
//! Parquet file as lines.
//!
//! ```
//! use callweave_parquet::{Rows, Table, Writer};
//! let mut writer = Writer::new(Table::Links)?;
//! writer.push(b"{\"id\":7,\"parents\":[\"a\"],\"not a column\":true}\n")?;
//! writer.finish()?;
//! let mut file = tempfile::tempfile()?;
//! std::io::Write::write_all(&mut file, &writer.take())?;
//! let mut rows = Rows::open(file)?;
//! assert_eq!(rows.next()?, Some(b"{\"id\":\"7\",\"parents\":[\"a\"]}\n".to_vec()));
//! assert_eq!(rows.next()?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
mod reader;
mod writer;

use std::fmt;

pub use columns::Table;
pub use reader::Rows;
pub use writer::Writer;

/// What a Parquet file begins and ends with.
pub const MAGIC: [u8; 4] = *b"PAR1";

/// Why lines become no file, or a file no lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    text: String,
    is_io: bool,
}

impl Error {
    pub(crate) fn new(text: String) -> Self {
        Self { text, is_io: false }
    }

    /// Of the system or of the file, which is told by its text alone: Arrow makes one of what Parquet says.
    pub(crate) fn of_reading(text: String) -> Self {
        Self { is_io: text.contains("(os error "), text }
    }

    /// Whether the system could not read, and the file may be right.
    pub fn is_io(&self) -> bool {
        self.is_io
    }
}

/// The result of a function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}
