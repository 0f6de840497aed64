//! Records in protobuf, by `proto/callweave.proto`.

mod of_json;
mod to_json;
pub(crate) mod values;
pub(crate) mod write;

use serde::Deserialize;

pub use of_json::call_of_json;
pub use to_json::{call_to_json, linked_to_json};

/// The messages of `proto/callweave.proto`, which documents them.
#[allow(missing_docs)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/callweave.v1.rs"));
}

/// How records are written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordFormat {
    /// A JSON object.
    #[default]
    Json,
    /// A message of [`v1`].
    Protobuf,
}

/// The numbers of the fields that [`v1::Call`] and [`v1::LinkedCall`] have in common, and of an id those of
/// [`v1::CallId`].
pub(crate) mod fields {
    pub const ID: u32 = 1;
    pub const ID_INTEGER: u32 = 2;
    pub const ID_NUMBER: u32 = 3;
    pub const SRC_IP: u32 = 4;
    pub const DST_IP: u32 = 5;
    pub const START_AT_MS: u32 = 6;
    pub const LATENCY_MSEC: u32 = 7;
    pub const END_AT_MS: u32 = 8;
    pub const PARENTS: u32 = 9;
    pub const CHILDREN: u32 = 10;
    pub const PARENTS_OMITTED: u32 = 11;
    pub const CHILDREN_OMITTED: u32 = 12;

    /// By their numbers, from 1.
    pub const NAMES: [&str; 8] =
        ["id", "id_integer", "id_number", "src_ip", "dst_ip", "start_at_ms", "latency_msec", "end_at_ms"];
}
