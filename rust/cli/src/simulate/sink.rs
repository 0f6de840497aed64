//! Where the records go: a file of JSON lines or messages, or a Kafka topic.

use std::path::Path;

use callweave_parquet::Table;

use crate::framing::Framing;
use crate::kafka::TopicWriter;
use crate::output::{has_rows, OutputFile};

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

    /// Called when the records begin that are to stay however the run ends.
    ///
    /// # Errors
    /// When that is not possible.
    fn keep(&mut self) -> anyhow::Result<()>;

    /// Waits until everything is where it belongs; returns how many records are. A file of which
    /// something is missing is removed.
    ///
    /// # Errors
    /// When that cannot be told.
    fn finish(self: Box<Self>, is_whole: bool) -> anyhow::Result<u64>;
}

/// A file of records: lines, messages, or rows of Parquet or CSV, as its name says. Empty and null records are empty
/// lines, or messages without fields.
pub struct FileSink {
    file: OutputFile,
    framing: Framing,
    framed: Vec<u8>,
    records: u64,
}

impl FileSink {
    /// Begins a new file; one of the same name is replaced, at once if this one `can_be_followed`
    /// while it grows, which rows cannot.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path, framing: Framing, can_be_followed: bool) -> anyhow::Result<Self> {
        let file = match can_be_followed {
            _ if has_rows(path) => OutputFile::create_table(path, Table::Calls)?,
            true => OutputFile::create_in_place(path)?,
            false => OutputFile::create(path)?,
        };
        Ok(Self { file, framing, framed: Vec::new(), records: 0 })
    }
}

impl Sink for FileSink {
    fn send(&mut self, value: Option<&[u8]>) -> anyhow::Result<()> {
        self.records += 1;
        self.framed.clear();
        self.framing.append(value.unwrap_or_default(), &mut self.framed);
        self.file.write(&self.framed)
    }

    fn before_pause(&mut self) -> anyhow::Result<()> {
        self.file.flush()
    }

    fn keep(&mut self) -> anyhow::Result<()> {
        self.file.keep()
    }

    fn finish(self: Box<Self>, is_whole: bool) -> anyhow::Result<u64> {
        if is_whole { self.file.finish() } else { self.file.abandon() }?;
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

    /// The topic keeps what it has.
    fn keep(&mut self) -> anyhow::Result<()> {
        Ok(())
    }

    fn finish(mut self: Box<Self>, _: bool) -> anyhow::Result<u64> {
        TopicWriter::finish(&mut self)
    }
}
