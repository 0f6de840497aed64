//! One simulated call, and its JSON.

use crate::addresses::{AddressIndex, AddressTable};
use crate::dice::Dice;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// What the ids of calls look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdKind {
    /// Random UUIDs, version 4.
    Uuid,
    /// 1, 2, 3 …; even ones are JSON integers, odd ones strings like "c3".
    Counter,
}

/// How a call spells its latency and its end; all of these are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `"latency_msec":40`
    Whole,
    /// `"latency_msec":40.0`
    WholeAsFraction,
    /// `"latency_msec":39.7`, the latency before start and end were floored to a ms.
    Tenths,
    /// No `latency_msec`.
    NoLatency,
    /// No `end_at_ms`; the latency is then `end - start`, so that the end can be computed exactly.
    NoEnd,
}

impl Spelling {
    /// The usual mix.
    pub fn draw(dice: &mut Dice) -> Self {
        match dice.below(100) {
            0..=48 => Self::Whole,
            49..=73 => Self::WholeAsFraction,
            74..=97 => Self::Tenths,
            98 => Self::NoLatency,
            _ => Self::NoEnd,
        }
    }
}

/// One valid call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Its id: a UUID or a counter, never 0.
    pub id: u128,
    /// The id of the call that caused it; 0 for the first of a trace.
    pub parent: u128,
    /// The number of its trace, from 0.
    pub trace: u64,
    /// The caller's address.
    pub src: AddressIndex,
    /// The called service's address.
    pub dst: AddressIndex,
    /// Start, floored to ms of the epoch.
    pub start_ms: i64,
    /// End, floored to ms of the epoch.
    pub end_ms: i64,
    /// The latency before flooring; within 1 ms of `end_ms - start_ms`.
    pub latency_tenths: i64,
    /// How latency and end are written.
    pub spelling: Spelling,
    /// Whether source and destination are written in their other spelling.
    pub other_spelling: [bool; 2],
}

/// Writes ids and calls as JSON. Holds what they have in common.
#[derive(Debug)]
pub struct CallWriter {
    /// The addresses that calls refer to.
    pub addresses: AddressTable,
    /// What ids look like.
    pub ids: IdKind,
}

impl CallWriter {
    /// Appends the call as a JSON object.
    pub fn write(&self, call: &Call, out: &mut Vec<u8>) {
        let [src_other, dst_other] = call.other_spelling;
        out.extend_from_slice(b"{\"id\":");
        self.write_id(call.id, out);
        out.extend_from_slice(b",\"src_ip\":");
        out.extend_from_slice(self.addresses.json(call.src, src_other).as_bytes());
        out.extend_from_slice(b",\"dst_ip\":");
        out.extend_from_slice(self.addresses.json(call.dst, dst_other).as_bytes());
        out.extend_from_slice(b",\"start_at_ms\":");
        write_integer(call.start_ms, out);
        if call.spelling != Spelling::NoLatency {
            out.extend_from_slice(b",\"latency_msec\":");
            write_latency(call, out);
        }
        if call.spelling != Spelling::NoEnd {
            out.extend_from_slice(b",\"end_at_ms\":");
            write_integer(call.end_ms, out);
        }
        out.push(b'}');
    }

    /// Appends an id: a UUID as a string; a counter as a number if even, as a string if odd.
    pub fn write_id(&self, id: u128, out: &mut Vec<u8>) {
        match self.ids {
            IdKind::Uuid => write_uuid(id, out),
            IdKind::Counter if id.is_multiple_of(2) => write_integer(id as i64, out),
            IdKind::Counter => {
                out.extend_from_slice(b"\"c");
                write_integer(id as i64, out);
                out.push(b'"');
            }
        }
    }

    /// The id as JSON text.
    pub fn id_text(&self, id: u128) -> String {
        let mut text = Vec::with_capacity(40);
        self.write_id(id, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

fn write_latency(call: &Call, out: &mut Vec<u8>) {
    match call.spelling {
        Spelling::Tenths => {
            write_integer(call.latency_tenths / 10, out);
            out.extend_from_slice(&[b'.', b'0' + (call.latency_tenths % 10) as u8]);
        }
        Spelling::WholeAsFraction => {
            write_integer(call.end_ms - call.start_ms, out);
            out.extend_from_slice(b".0");
        }
        _ => write_integer(call.end_ms - call.start_ms, out),
    }
}

fn write_integer(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn write_uuid(id: u128, out: &mut Vec<u8>) {
    let mut text = *b"\"00000000-0000-0000-0000-000000000000\"";
    let mut at = 1;
    for (index, byte) in id.to_be_bytes().into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    out.extend_from_slice(&text);
}
