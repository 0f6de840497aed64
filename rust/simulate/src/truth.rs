//! The truth beside the traffic: which trace and which parent a call has.

use crate::call::{Call, CallWriter};
use crate::topology::Service;

/// Writes one line per valid call:
/// `{"id":…,"trace":"0","parents":[…],"src":"Client","dst":"Main"}`, with one parent or none.
pub struct TruthWriter {
    /// Their names as JSON.
    services: Vec<String>,
}

impl TruthWriter {
    /// For calls between these services.
    pub fn new(services: &[Service]) -> Self {
        let name = |service: &Service| serde_json::Value::from(service.name.as_str()).to_string();
        Self { services: services.iter().map(name).collect() }
    }

    /// Appends the line of a call, whose id and addresses `writer` knows, with its end.
    pub fn write(&self, call: &Call, writer: &CallWriter, line: &mut Vec<u8>) {
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
    }
}
