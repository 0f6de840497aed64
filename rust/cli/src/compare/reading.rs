//! Reads two sources at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::Context;
use callweave_core::protobuf::{linked_to_json, RecordFormat};

use crate::format::Names;
use crate::kafka::Cluster;
use crate::progress::Progress;
use crate::source::{Place, Source, SourceRecord};

/// Records between two looks at the progress.
const PROGRESS_EVERY: u64 = 1024;

/// What the two threads share.
pub struct Reading {
    cluster: Cluster,
    read: AtomicU64,
    progress: Mutex<Progress>,
}

enum Done<A, B> {
    A(anyhow::Result<A>),
    B(anyhow::Result<B>),
}

impl Reading {
    /// Reads topics of this Kafka.
    pub fn new(cluster: Cluster) -> Self {
        let progress = Mutex::new(Progress::start("records read", None));
        Self { cluster, read: AtomicU64::new(0), progress }
    }

    /// Hands all records of a result to `take`, those in protobuf as JSON, with what is wrong with one that is none.
    ///
    /// # Errors
    /// When it cannot be read, or what `take` returns.
    pub fn results(
        &self,
        source: &Source,
        format: RecordFormat,
        mut take: impl FnMut(Place, Result<Option<&[u8]>, String>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let names = match format {
            RecordFormat::Json => Names::BuiltIn,
            RecordFormat::Protobuf => Names::Protobuf,
        };
        self.records(source, names, |SourceRecord { place, value, .. }| match (format, value) {
            (RecordFormat::Protobuf, Some(message)) => match linked_to_json(message) {
                Ok(json) => take(place, Ok(Some(json.as_bytes()))),
                Err(wrong) => take(place, Err(wrong)),
            },
            (_, value) => take(place, Ok(value)),
        })
    }

    /// Hands all records of a source to `take`.
    ///
    /// # Errors
    /// When it cannot be read, or what `take` returns.
    pub fn records(
        &self,
        source: &Source,
        names: Names,
        mut take: impl FnMut(SourceRecord<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        source.read(&self.cluster, names, |record| {
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

    /// Runs both at the same time.
    ///
    /// # Errors
    /// The first error, at once: the other source may be a pipe to which nothing comes, so its
    /// thread is not waited for. It ends with the process.
    pub fn both<A: Send + 'static, B: Send + 'static>(
        self,
        read_a: impl FnOnce(&Self) -> anyhow::Result<A> + Send + 'static,
        read_b: impl FnOnce(&Self) -> anyhow::Result<B> + Send + 'static,
    ) -> anyhow::Result<(A, B)> {
        let reading = Arc::new(self);
        let (done, results) = channel();
        let (for_a, done_a) = (Arc::clone(&reading), done.clone());
        // Nobody listens any more when the other one has failed.
        thread::spawn(move || drop(done_a.send(Done::A(read_a(&for_a)))));
        let for_b = Arc::clone(&reading);
        thread::spawn(move || drop(done.send(Done::B(read_b(&for_b)))));
        let (mut a, mut b) = (None, None);
        for result in results {
            match result {
                Done::A(result) => a = Some(result?),
                Done::B(result) => b = Some(result?),
            }
        }
        a.zip(b).context("a thread that reads has panicked")
    }
}
