//! The protobuf of a result.

use super::join::Found;
use super::json::Linked;
use crate::block::halves::List;
use crate::json_ids::{Entry, JsonIds};
use crate::protobuf::fields::{
    CHILDREN, CHILDREN_OMITTED, DST_IP, END_AT_MS, LATENCY_MSEC, PARENTS, PARENTS_OMITTED, SRC_IP,
    START_AT_MS,
};
use crate::protobuf::write;
use crate::tables::Tables;
use crate::wire::frames::{write_record_header, RECORD_HEADER_BYTES};

impl Linked<'_> {
    /// Appends the frame with a message as value: otherwise it is that of the JSON. Returns whether ids were left
    /// out of a list.
    pub fn write_protobuf(&self, out: &mut Vec<u8>, tables: &Tables, ids: &JsonIds) -> bool {
        let call = self.call;
        let begin = out.len();
        out.resize(begin + RECORD_HEADER_BYTES, 0);
        let id = ids.entry(call.id);
        out.extend_from_slice(ids.text(id));
        let value = out.len();
        write::id(out, ids.text(id), is_string(id));
        tables.addresses.text(call.src, |text, length| write::json_text(out, SRC_IP, &text[..length]));
        tables.addresses.text(call.dst, |text, length| write::json_text(out, DST_IP, &text[..length]));
        write::integer(out, START_AT_MS, call.start_ms);
        let length_ms = (call.end_ms - call.start_ms) as f64;
        // The text was read as a number when the call was judged.
        let latency_ms = call.latency.and_then(|text| tables.texts.get(text).parse().ok());
        write::double(out, LATENCY_MSEC, latency_ms.unwrap_or(length_ms));
        write::integer(out, END_AT_MS, call.end_ms);
        let parents_omitted = self.write_ids(out, PARENTS, std::iter::once(self.parents), ids);
        let children = self.children.iter().map(|Found { list, .. }| *list);
        let children_omitted = self.write_ids(out, CHILDREN, children, ids);
        for (field, omitted) in [(PARENTS_OMITTED, parents_omitted), (CHILDREN_OMITTED, children_omitted)] {
            if omitted > 0 {
                write::integer(out, field, omitted as i64);
            }
        }
        let (key_bytes, value_bytes) = (value - begin - RECORD_HEADER_BYTES, out.len() - value);
        write_record_header(&mut out[begin..], key_bytes, value_bytes);
        parents_omitted + children_omitted > 0
    }

    /// Appends the pieces of a list up to the limit; returns how many ids are left out.
    fn write_ids(
        &self,
        out: &mut Vec<u8>,
        field: u32,
        pieces: impl Iterator<Item = List>,
        ids: &JsonIds,
    ) -> u64 {
        let (mut room, mut omitted) = (self.max_links, 0);
        for list in pieces {
            let all = &self.listed[list.range()];
            let taken = all.len().min(room);
            for &id in &all[..taken] {
                let id = ids.entry(id);
                write::id_message(out, field, ids.text(id), is_string(id));
            }
            room -= taken;
            omitted += u64::from(list.omitted) + (all.len() - taken) as u64;
        }
        omitted
    }
}

fn is_string(id: Entry) -> bool {
    id.quotes() > 0
}
