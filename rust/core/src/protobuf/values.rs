//! Values of fields.

use super::v1;
use super::write::integer_of;
use crate::address::Spelling;
use crate::id::{uuid_text, Id};
use crate::json_text::unescape;

/// An id.
pub fn call_id(id: Id<'_>) -> v1::CallId {
    use v1::call_id::CallId;
    let id = match id {
        Id::Integer(json) => match integer_of(json) {
            Some(integer) => CallId::IdInteger(integer),
            None => CallId::IdNumber(plain(json)),
        },
        Id::Text(inside) => CallId::Id(plain(inside)),
        Id::Uuid(bytes) => CallId::Id(plain(&uuid_text(&bytes))),
    };
    v1::CallId { call_id: Some(id) }
}

/// The text that the inside of a JSON string, UTF-8, stands for.
pub fn plain(inside: &[u8]) -> String {
    let inside = String::from_utf8_lossy(inside);
    unescape(&inside).map_or_else(|| inside.clone().into_owned(), |plain| plain.into_owned())
}

/// An address as it was written.
pub fn spelling(spelling: Spelling<'_>) -> String {
    let mut inside = Vec::new();
    spelling.write(&mut inside);
    plain(&inside)
}
