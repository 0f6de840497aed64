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

use crate::framing::Framing;

pub use seen::{Seen, SeenFormat};
pub use table::Format;

/// How much of a file or a record is looked at to recognise it, bytes.
pub const HEAD_BYTES: usize = 64 << 10;

/// How the fields of a record are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// As the job calls them.
    #[default]
    BuiltIn,
    /// Another way: a map says where they are, or who reads tells by them what a record is.
    Mapped,
    /// As fields of messages, which nothing else is recognised by.
    Protobuf,
}

impl Names {
    /// What stands between records with these names in a file.
    pub fn framing(self) -> Framing {
        match self {
            Self::BuiltIn | Self::Mapped => Framing::Lines,
            Self::Protobuf => Framing::Delimited,
        }
    }

    /// Whether a record of a format that was recognised may still be one with these names.
    pub fn fit(self, format: &Format) -> bool {
        if self == Self::Protobuf {
            return true;
        }
        let is_known_by_names = matches!(
            format,
            Format::Payload
                | Format::JsonInField(_)
                | Format::ObjectInField(_)
                | Format::ArrayInField(_)
                | Format::OtherNames(_)
                | Format::Ready(_)
        );
        self == Self::Mapped && is_known_by_names
    }
}

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
