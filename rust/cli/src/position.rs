//! How far a file was read.

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

/// How much of a file has been read, as it lies on the disk. Clones tell the same.
#[derive(Clone, Debug, Default)]
pub struct Position {
    read: Arc<AtomicU64>,
    length: Option<u64>,
}

impl Position {
    /// The begin of a file of this length.
    pub fn of(length: Option<u64>) -> Self {
        Self { length, ..Self::default() }
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The length of the file; `None` if it has none, as a pipe.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// So many of its parts were read.
    pub fn set_share(&self, read: u64, parts: u64) {
        let bytes = u128::from(self.length.unwrap_or_default()) * u128::from(read) / u128::from(parts.max(1));
        self.read.store(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// A reader that tells its position.
pub struct Counted<R> {
    inner: R,
    position: Position,
}

impl<R> Counted<R> {
    /// Counts what is read on at this position.
    pub fn new(inner: R, position: Position) -> Self {
        Self { inner, position }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.position.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}
