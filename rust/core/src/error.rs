//! What can go wrong in a kernel.

use std::fmt;

/// An error of a kernel. Its text says what was wrong, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A block or a batch that is not what its reader was promised.
    Corrupt(String),
    /// A setting outside its range.
    Config(String),
}

impl Error {
    /// A [`Error::Corrupt`] with this text.
    pub fn corrupt(text: impl Into<String>) -> Self {
        Error::Corrupt(text.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Corrupt(text) | Error::Config(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

/// The result of a kernel's function.
pub type Result<T> = std::result::Result<T, Error>;
