//! Reads two sources at once.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Mutex;

use crate::progress::Progress;
use crate::source::{Source, SourceRecord};

/// Records between two looks at the progress.
const PROGRESS_EVERY: u64 = 1024;

/// What the two threads share.
pub struct Reading<'a> {
    bootstrap: &'a str,
    read: AtomicU64,
    progress: Mutex<Progress>,
    one_has_failed: AtomicBool,
}

impl<'a> Reading<'a> {
    /// Reads topics from these brokers.
    pub fn new(bootstrap: &'a str) -> Self {
        Self {
            bootstrap,
            read: AtomicU64::new(0),
            progress: Mutex::new(Progress::start("records read", None)),
            one_has_failed: AtomicBool::new(false),
        }
    }

    /// Hands all records of a source to `take`.
    ///
    /// # Errors
    /// When it cannot be read, what `take` returns, or [`Stopped`] when the other one has failed.
    pub fn records(
        &self,
        source: &Source,
        mut take: impl FnMut(SourceRecord<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        source.read(self.bootstrap, |record| {
            anyhow::ensure!(!self.one_has_failed.load(Ordering::Relaxed), Stopped);
            let read = self.read.fetch_add(1, Ordering::Relaxed) + 1;
            if read.is_multiple_of(PROGRESS_EVERY) {
                // Who does not get hold of it can leave it to the other.
                if let Ok(mut progress) = self.progress.try_lock() {
                    progress.set(read);
                }
            }
            take(record)
        })
    }

    /// Runs both at the same time. When one fails, the other stops at its next record.
    ///
    /// # Errors
    /// The first of the two errors.
    pub fn both<A: Send, B: Send>(
        self,
        a: impl FnOnce(&Self) -> anyhow::Result<A> + Send,
        b: impl FnOnce(&Self) -> anyhow::Result<B> + Send,
    ) -> anyhow::Result<(A, B)> {
        let (a, b) = std::thread::scope(|scope| {
            let b = scope.spawn(|| self.watched(b(&self)));
            let a = self.watched(a(&self));
            (a, b.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        if let Ok(progress) = self.progress.into_inner() {
            progress.finish();
        }
        match (a, b) {
            (Ok(a), Ok(b)) => Ok((a, b)),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
            (Err(a), Err(b)) => Err(if a.is::<Stopped>() { b } else { a }),
        }
    }

    fn watched<T>(&self, result: anyhow::Result<T>) -> anyhow::Result<T> {
        if result.is_err() {
            self.one_has_failed.store(true, Ordering::Relaxed);
        }
        result
    }
}

/// One source was not read to its end because the other one cannot be read.
#[derive(Clone, Copy, Debug)]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped, because the other source cannot be read")
    }
}

impl std::error::Error for Stopped {}
