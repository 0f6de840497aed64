//! Inputs that are not one JSON object a line or record: what they are, and what makes them so.
//!
//! `table` holds all formats that are recognised, with the words for them. `file` recognises a file
//! by its beginning, `record` a line or the value of a record, `seen` counts those among the rejects.

mod file;
mod record;
mod seen;
mod table;

#[cfg(test)]
mod tests;

pub use file::HEAD_BYTES;
pub use seen::{Seen, SeenFormat};
pub use table::Format;

/// The fields of a call.
const FIELDS: [&str; 6] = ["id", "src_ip", "dst_ip", "start_at_ms", "latency_msec", "end_at_ms"];
/// Those without which an object is no call.
const NEEDED_FIELDS: [&str; 3] = ["src_ip", "dst_ip", "start_at_ms"];

/// The field that `name` stands for if only case, underscores and hyphens are left out of account.
fn meant_field(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.replace(['_', '-', ' '], "").to_ascii_lowercase();
    let name = plain(name);
    FIELDS.into_iter().find(|field| plain(field) == name)
}
