//! What a linker hands on.

use callweave_core::error::Result;
use callweave_core::wire::frames::records;

use crate::framing::Framing;

/// Lines of JSON for one of the outputs.
#[derive(Debug)]
pub enum Lines {
    /// Calls with their links.
    Links(Vec<u8>),
    /// Chains.
    Chains(Vec<u8>),
    /// Series by windows.
    Edges(Vec<u8>),
    /// Alerts over windows.
    Alerts(Vec<u8>),
    /// Spans of chains.
    Spans(Vec<u8>),
}

/// The values in frames of records, each framed.
pub fn write_records(frames: &[u8], framing: Framing, out: &mut Vec<u8>) -> Result<()> {
    for record in records(frames) {
        framing.append(record?.value, out);
    }
    Ok(())
}
