//! Where the records go: a file of JSON lines, or a Kafka topic.

use std::path::Path;

use crate::kafka::TopicWriter;
use crate::output::OutputFile;

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
    fn finish(self: Box<Self>) -> anyhow::Result<u64>;
}

/// A file with one record per line. Empty and null records are empty lines.
pub struct FileSink {
    file: OutputFile,
    records: u64,
}

impl FileSink {
    /// Begins a new file; one of the same name is replaced.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { file: OutputFile::create_in_place(path)?, records: 0 })
    }
}

impl Sink for FileSink {
    fn send(&mut self, value: Option<&[u8]>) -> anyhow::Result<()> {
        self.records += 1;
        self.file.write(value.unwrap_or_default())?;
        self.file.write(b"\n")
    }

    fn before_pause(&mut self) -> anyhow::Result<()> {
        self.file.flush()
    }

    fn finish(self: Box<Self>) -> anyhow::Result<u64> {
        self.file.finish()?;
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

    fn finish(mut self: Box<Self>) -> anyhow::Result<u64> {
        TopicWriter::finish(&mut self)
    }
}
