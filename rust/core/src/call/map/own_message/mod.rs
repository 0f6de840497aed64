//! Records in protobuf by a message of the user's own, as JSON that a map reads: of each record only what is read.
//!
//! `wanted` looks up what that is, `json` writes it.

mod json;
#[cfg(test)]
mod tests;
mod wanted;

use base64::prelude::{Engine, BASE64_STANDARD};
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use serde::{Deserialize, Serialize};

use super::super::protobuf::no_message;
use super::super::{check_length, malformed, Limits, Rejection};
use super::tree::Tree;
use wanted::Wanted;

/// What prost says before what is wrong.
const PREFIX: &str = "failed to decode Protobuf message: ";
/// So many names are told where another is wanted.
const MOST_NAMED: usize = 20;

/// A message and the descriptor set that it is in, as settings carry them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnMessageConfig {
    /// A `FileDescriptorSet`, as `protoc --include_imports --descriptor_set_out` writes it, in Base64.
    pub set: String,
    /// The full name of the message, with its package.
    pub name: String,
}

/// A message that records are.
#[derive(Debug, Clone)]
pub struct OwnMessage(MessageDescriptor);

impl OwnMessageConfig {
    /// With the bytes of a descriptor set.
    pub fn new(set: &[u8], name: &str) -> Self {
        Self { set: BASE64_STANDARD.encode(set), name: name.to_owned() }
    }
}

impl OwnMessage {
    /// Looks a message up.
    ///
    /// # Errors
    /// When it is no descriptor set, lacks a file that another imports, or has no such message; to follow the name
    /// of the option.
    pub fn read(config: &OwnMessageConfig) -> Result<Self, String> {
        let set =
            BASE64_STANDARD.decode(&config.set).map_err(|error| format!("is not in Base64: {error}"))?;
        let pool = DescriptorPool::decode(set.as_slice()).map_err(|error| {
            format!("has no whole descriptor set, as protoc --include_imports --descriptor_set_out writes it: {error}")
        })?;
        pool.get_message_by_name(&config.name).map(Self).ok_or_else(|| {
            let all = pool.all_messages().map(|known| known.full_name().to_owned());
            let own = names(all.filter(|name| !name.starts_with("google.protobuf.")));
            format!("names the message {}, which is not in the set; it has {own}", config.name)
        })
    }

    /// What reads the places of a map.
    ///
    /// # Errors
    /// When the message does not have one of them; to follow the name of the option.
    pub(super) fn reader(&self, tree: &Tree) -> Result<Reader, String> {
        let fields = wanted::of_tree(&self.0, tree)?;
        Ok(Reader { message: self.0.clone(), fields })
    }
}

/// Reads of a message what a map reads of it.
#[derive(Debug, Clone)]
pub struct Reader {
    message: MessageDescriptor,
    fields: Vec<Wanted>,
}

impl Reader {
    /// Writes what is read of a record as JSON into `out`, which is cleared: fields by their names in the `.proto`
    /// file, those that cannot be missing with 0 or `""`, enums by name, bytes as hexadecimal digits, timestamps and
    /// durations in nanoseconds.
    ///
    /// # Errors
    /// When the record is longer than `limits` allow, or no such message.
    pub fn to_json(&self, record: &[u8], limits: &Limits, out: &mut Vec<u8>) -> Result<(), Rejection> {
        check_length(record, limits)?;
        let message = DynamicMessage::decode(self.message.clone(), record).map_err(|error| {
            let what = error.to_string();
            let what = what.strip_prefix(PREFIX).unwrap_or(&what);
            no_message(record, format_args!("as {}: {what}", self.message.full_name()))
        })?;
        out.clear();
        json::write_fields(&message, &self.fields, out).map_err(|error| malformed(error.to_string()))
    }
}

/// Some of these names in order, and how many more there are.
fn names(all: impl Iterator<Item = String>) -> String {
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    let more = all.len().saturating_sub(MOST_NAMED);
    all.truncate(MOST_NAMED);
    match (all.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (false, 0) => all.join(", "),
        (false, more) => format!("{} and {more} more", all.join(", ")),
    }
}
