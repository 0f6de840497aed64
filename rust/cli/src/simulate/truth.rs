//! The file of --truth.

use std::path::Path;

use callweave_simulate::{Call, CallWriter, Service, TruthWriter};

use crate::output::OutputFile;

/// A file with the truth of each valid call.
pub struct TruthFile {
    file: OutputFile,
    truth: TruthWriter,
    line: Vec<u8>,
}

impl TruthFile {
    /// Begins a new file; one of the same name is replaced.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path, services: &[Service]) -> anyhow::Result<Self> {
        let truth = TruthWriter::new(services);
        Ok(Self { file: OutputFile::create(path)?, truth, line: Vec::new() })
    }

    /// Adds a call.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, call: &Call, writer: &CallWriter) -> anyhow::Result<()> {
        self.line.clear();
        self.truth.write(call, writer, &mut self.line);
        self.file.write(&self.line)
    }

    /// Completes the file. One of which something is missing is removed.
    ///
    /// # Errors
    /// When that fails.
    pub fn finish(self, is_whole: bool) -> anyhow::Result<()> {
        if is_whole {
            self.file.finish()
        } else {
            self.file.abandon()
        }
    }
}
