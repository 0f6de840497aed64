//! Where the records go: a file of JSON lines, or a Kafka topic.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::kafka::TopicWriter;

/// Takes records in the order of their delivery.
pub trait Sink {
    /// Takes one record; `None` is a null value. May wait for room, but not for an answer.
    ///
    /// # Errors
    /// When it cannot be taken, or an earlier one was refused.
    fn send(&mut self, value: Option<&[u8]>) -> anyhow::Result<()>;

    /// Called before a pause: what was taken should be on its way.
    ///
    /// # Errors
    /// When it cannot be handed on.
    fn before_pause(&mut self) -> anyhow::Result<()>;

    /// Waits until everything is where it belongs; returns how many records are.
    ///
    /// # Errors
    /// When that cannot be told.
    fn finish(&mut self) -> anyhow::Result<u64>;
}

/// A file with one record per line. Empty and null records are empty lines.
pub struct FileSink {
    file: BufWriter<File>,
    path: PathBuf,
    records: u64,
}

impl FileSink {
    /// Begins a new file; one of the same name is replaced.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { file: BufWriter::with_capacity(1 << 20, file), path: path.to_owned(), records: 0 })
    }

    fn failed(&self) -> String {
        format!("cannot write {}", self.path.display())
    }
}

impl Sink for FileSink {
    fn send(&mut self, value: Option<&[u8]>) -> anyhow::Result<()> {
        self.records += 1;
        self.file
            .write_all(value.unwrap_or_default())
            .and_then(|()| self.file.write_all(b"\n"))
            .with_context(|| self.failed())
    }

    fn before_pause(&mut self) -> anyhow::Result<()> {
        self.file.flush().with_context(|| self.failed())
    }

    fn finish(&mut self) -> anyhow::Result<u64> {
        self.before_pause()?;
        Ok(self.records)
    }
}

impl Sink for TopicWriter {
    fn send(&mut self, value: Option<&[u8]>) -> anyhow::Result<()> {
        TopicWriter::send(self, value)
    }

    /// The producer sends on its own.
    fn before_pause(&mut self) -> anyhow::Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<u64> {
        TopicWriter::finish(self)
    }
}
