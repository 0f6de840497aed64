//! Ids of traces and spans: the same for the same calls, so that a replay writes the same bytes.

use sha2::{Digest, Sha256};

use crate::chain::tree::Member;
use crate::seeded::SeededMap;

/// Bytes of the id of a trace.
pub const TRACE_ID_BYTES: usize = 16;

/// Half a SHA-256 over `trace` and id, start, src and dst of the root.
pub fn trace_id(root: &Member<'_>) -> [u8; TRACE_ID_BYTES] {
    first_bytes(&digest(root, &["trace"]))
}

/// Which end of a call a span is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Where it came from.
    Client,
    /// Where it went.
    Server,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::Client => "client",
            Side::Server => "server",
        }
    }
}

/// Gives the ids of the spans of one chain, in its order of calls.
#[derive(Debug, Default)]
pub struct SpanIds {
    given: SeededMap<u64, ()>,
}

impl SpanIds {
    /// The first eight bytes of a SHA-256 over `span`, id, start, src and dst of the call, and the side. Where that
    /// is 0, which stands for none, or a call that differs in its end alone has it, the end is hashed, too.
    pub fn give(&mut self, call: &Member<'_>, side: Side) -> u64 {
        let id = u64::from_be_bytes(first_bytes(&digest(call, &["span", side.name()])));
        if id != 0 && self.given.insert(id, ()).is_none() {
            return id;
        }
        let end_ms = call.call.end_ms.to_string();
        self.next_free(u64::from_be_bytes(first_bytes(&digest(call, &["span", side.name(), &end_ms]))))
    }

    fn next_free(&mut self, mut id: u64) -> u64 {
        while id == 0 || self.given.insert(id, ()).is_some() {
            id = id.wrapping_add(1);
        }
        id
    }
}

/// A SHA-256 over texts, each with its length in four bytes, the highest first, before it: the first of these, what
/// tells the call, and the others.
fn digest(call: &Member<'_>, texts: &[&str]) -> [u8; 32] {
    let Member { call, written, .. } = call;
    let mut hash = Sha256::new();
    let mut text = Vec::new();
    let mut add = |write: &dyn Fn(&mut Vec<u8>)| {
        text.clear();
        write(&mut text);
        hash.update((text.len() as u32).to_be_bytes());
        hash.update(&text);
    };
    let (what, others) = texts.split_at(1);
    what.iter().for_each(|what| add(&|out| out.extend_from_slice(what.as_bytes())));
    add(&|out| written.id.write_text(out));
    add(&|out| out.extend_from_slice(itoa::Buffer::new().format(call.start_ms).as_bytes()));
    add(&|out| written.src.write(out));
    add(&|out| written.dst.write(out));
    others.iter().for_each(|other| add(&|out| out.extend_from_slice(other.as_bytes())));
    hash.finalize().into()
}

fn first_bytes<const N: usize>(digest: &[u8; 32]) -> [u8; N] {
    let mut first = [0; N];
    first.copy_from_slice(&digest[..N]);
    first
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_span_has_the_id_zero_nor_that_of_another() {
        let mut ids = SpanIds::default();
        let given = [0, 0, 7, 7, 8, u64::MAX, u64::MAX].map(|wanted| ids.next_free(wanted));
        assert_eq!(given, [1, 2, 7, 8, 9, u64::MAX, 3]);
    }

    #[test]
    fn an_id_is_written_in_lower_case_digits() {
        assert_eq!(hex(&[0x00, 0x9a, 0xff]), "009aff");
    }
}
