//! The JSON of a result.

use super::join::Found;
use crate::arena::{copy_piece, CHUNK};
use crate::block::halves::List;
use crate::json_ids::{Entry, JsonIds};
use crate::tables::{CallRow, Tables};
use crate::wire::frames::{write_record_header, RECORD_HEADER_BYTES};

/// What is at most written beside ids, addresses and texts: names, punctuation, five integers.
const FIXED_BYTES: usize = 384;

/// A call with its two lists.
#[derive(Debug)]
pub struct Linked<'a> {
    /// The call in its role as a child, which has all of its fields.
    pub call: &'a CallRow,
    /// Its parents, as one cell of Link found them.
    pub parents: List,
    /// Its children, by the cells that found them.
    pub children: &'a [Found],
    /// The ids of all lists.
    pub listed: &'a [u32],
    /// Ids in one list at most.
    pub max_links: usize,
}

impl Linked<'_> {
    /// A bound of the bytes of the frame.
    pub fn most_bytes(&self, tables: &Tables, ids: &JsonIds) -> usize {
        let CallRow { src, dst, latency, extras, .. } = *self.call;
        let text = |text| tables.texts.get(text).len();
        let listed = self.children.iter().map(|found| found.list.len as usize);
        let listed = self.parents.len as usize + listed.sum::<usize>();
        let mut bytes = FIXED_BYTES + (listed + 2) * ids.longest() + CHUNK;
        bytes += latency.map_or(0, text) + extras.map_or(0, text);
        tables.addresses.text(src, |_, length| bytes += length);
        tables.addresses.text(dst, |_, length| bytes += length);
        bytes
    }

    /// Writes the frame into `out`, which has room for [`most_bytes`](Self::most_bytes): key length,
    /// value length, the id as key, the JSON object as value. Returns its length and whether ids were
    /// left out of a list.
    pub fn write(&self, out: &mut [u8], tables: &Tables, ids: &JsonIds) -> (usize, bool) {
        let call = self.call;
        let mut out = Cursor { out, at: RECORD_HEADER_BYTES };
        let id = ids.entry(call.id);
        out.piece(ids.text_from(id), id.length());
        let value = out.at;
        out.constant(b"{\"id\":");
        out.id(ids, id);
        out.constant(b"\"src_ip\":\"");
        tables.addresses.text(call.src, |text, length| out.piece(text, length));
        out.constant(b"\",\"dst_ip\":\"");
        tables.addresses.text(call.dst, |text, length| out.piece(text, length));
        out.constant(b"\",\"start_at_ms\":");
        out.integer(call.start_ms);
        out.constant(b",\"latency_msec\":");
        match call.latency {
            Some(text) => out.bytes(tables.texts.get(text).as_bytes()),
            None => out.integer(call.end_ms - call.start_ms),
        }
        out.constant(b",\"end_at_ms\":");
        out.integer(call.end_ms);
        out.constant(b",\"parents\":[");
        let parents_omitted = self.list(&mut out, std::iter::once(self.parents), ids);
        out.constant(b",\"children\":[");
        let children_omitted = self.list(&mut out, self.children.iter().map(|found| found.list), ids);
        if parents_omitted > 0 {
            out.constant(b",\"parents_omitted\":");
            out.integer(parents_omitted);
        }
        if children_omitted > 0 {
            out.constant(b",\"children_omitted\":");
            out.integer(children_omitted);
        }
        if let Some(extras) = call.extras {
            out.constant(b",");
            out.bytes(tables.texts.get(extras).as_bytes());
        }
        out.constant(b"}");
        let Cursor { out, at } = out;
        write_record_header(out, value - RECORD_HEADER_BYTES, at - value);
        (at, parents_omitted + children_omitted > 0)
    }

    /// Writes the pieces of a list up to the limit, and the bracket that ends it; returns how many
    /// ids are left out.
    fn list(&self, out: &mut Cursor<'_>, pieces: impl Iterator<Item = List>, ids: &JsonIds) -> u64 {
        let mut omitted = 0;
        let mut room = self.max_links;
        let begin = out.at;
        for list in pieces {
            let all = &self.listed[list.range()];
            let taken = all.len().min(room);
            for &id in &all[..taken] {
                out.id(ids, ids.entry(id));
            }
            room -= taken;
            omitted += u64::from(list.omitted) + (all.len() - taken) as u64;
        }
        // The comma behind the last id.
        out.at -= usize::from(out.at > begin);
        out.constant(b"]");
        omitted
    }
}

/// Where a frame is written.
struct Cursor<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl Cursor<'_> {
    #[inline]
    fn constant<const N: usize>(&mut self, text: &[u8; N]) {
        self.out[self.at..self.at + N].copy_from_slice(text);
        self.at += N;
    }

    /// Writes a text, one of up to 16 bytes as its two ends, which may overlap.
    #[inline]
    fn bytes(&mut self, text: &[u8]) {
        let to = &mut self.out[self.at..self.at + text.len()];
        if !(copy_ends::<8>(to, text) || copy_ends::<4>(to, text)) {
            to.copy_from_slice(text);
        }
        self.at += text.len();
    }

    /// Writes the first `length` bytes of `from`, the faster the more follow them there.
    #[inline(always)]
    fn piece(&mut self, from: &[u8], length: usize) {
        copy_piece(&mut self.out[self.at..], from, length);
        self.at += length;
    }

    /// Writes an id with a comma behind it.
    #[inline(always)]
    fn id(&mut self, ids: &JsonIds, id: Entry) {
        self.piece(ids.json_from(id), id.json_length());
    }

    fn integer(&mut self, integer: impl itoa::Integer) {
        self.bytes(itoa::Buffer::new().format(integer).as_bytes());
    }
}

/// Copies a text of `N` to twice as many bytes; returns whether it was one.
#[inline]
fn copy_ends<const N: usize>(to: &mut [u8], text: &[u8]) -> bool {
    if text.len() > 2 * N {
        return false;
    }
    let (Some(first), Some(last)) = (text.first_chunk::<N>(), text.last_chunk::<N>()) else {
        return false;
    };
    to[..N].copy_from_slice(first);
    let end = to.len();
    to[end - N..].copy_from_slice(last);
    true
}
