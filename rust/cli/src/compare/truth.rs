//! A line of a truth: a call with its trace and its true parents.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::bytes::{put, Reader};
use super::linked::{decode_place, encode_place, read_id, read_object, IdList};
use crate::source::Place;

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    trace: &'a RawValue,
    #[serde(borrow)]
    parents: Vec<&'a RawValue>,
}

/// A call as it truly was.
#[derive(Debug, PartialEq, Eq)]
pub struct TrueCall<'a> {
    /// Its id as it is written in the JSON.
    pub id: &'a str,
    /// What its trace is called, likewise.
    pub trace: &'a str,
    /// Its parents.
    pub parents: IdList<'a>,
}

impl<'a> TrueCall<'a> {
    /// Reads a line, or tells what is wrong with it.
    pub fn read(value: Option<&'a [u8]>) -> Result<Self, String> {
        let fields: Fields<'a> = read_object(value)?;
        Ok(Self {
            id: read_id(fields.id)?,
            trace: fields.trace.get(),
            parents: IdList::read(&fields.parents, 0)?,
        })
    }

    /// Appends what [`decode`](Self::decode) gives back: all but the id.
    pub fn encode(&self, place: Place, body: &mut Vec<u8>) {
        encode_place(place, body);
        put(body, self.trace.as_bytes());
        self.parents.encode(body);
    }

    /// The trace of an encoded call, and its parents, each once.
    pub fn decode(body: &[u8]) -> anyhow::Result<(&[u8], IdList<'_>)> {
        let mut body = Reader::new(body);
        decode_place(&mut body)?;
        Ok((body.bytes()?, IdList::decode(body.bytes()?)?.distinct()))
    }
}
