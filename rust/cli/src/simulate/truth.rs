//! The truth beside the traffic: which trace and which parent a call has.

use std::path::Path;

use super::call::{Call, CallWriter};
use super::topology::Service;
use crate::output::OutputFile;

/// Writes one line per valid call:
/// `{"id":…,"trace":"0","parents":[…],"src":"Client","dst":"Main"}`, with one parent or none.
pub struct TruthFile {
    file: OutputFile,
    /// Their names as JSON.
    services: Vec<String>,
    line: Vec<u8>,
}

impl TruthFile {
    /// Begins a new file; one of the same name is replaced.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path, services: &[Service]) -> anyhow::Result<Self> {
        let services =
            services.iter().map(|service| serde_json::Value::from(service.name.as_str()).to_string());
        let services = services.collect();
        Ok(Self { file: OutputFile::create(path)?, services, line: Vec::new() })
    }

    /// Adds a call.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, call: &Call, writer: &CallWriter) -> anyhow::Result<()> {
        let line = &mut self.line;
        line.clear();
        line.extend_from_slice(b"{\"id\":");
        writer.write_id(call.id, line);
        line.extend_from_slice(b",\"trace\":\"");
        line.extend_from_slice(itoa::Buffer::new().format(call.trace).as_bytes());
        line.extend_from_slice(b"\",\"parents\":[");
        if call.parent != 0 {
            writer.write_id(call.parent, line);
        }
        line.extend_from_slice(b"],\"src\":");
        line.extend_from_slice(self.services[writer.addresses.service(call.src)].as_bytes());
        line.extend_from_slice(b",\"dst\":");
        line.extend_from_slice(self.services[writer.addresses.service(call.dst)].as_bytes());
        line.extend_from_slice(b"}\n");
        self.file.write(line)
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
