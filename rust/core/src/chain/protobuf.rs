//! The protobuf of a chain.

use prost::Message;

use super::json::{confidence, on_critical_path, Names};
use super::services::Services;
use super::tree::Tree;
use crate::protobuf::v1;
use crate::protobuf::values::{call_id, plain, spelling};
use crate::spans::ids::trace_id;
use crate::wire::frames::{write_record_header, RECORD_HEADER_BYTES};

/// Appends the frame of a chain: its key is the id of its root. Costs some allocations per call.
pub fn write(out: &mut Vec<u8>, tree: &Tree<'_>, services: &Services) {
    let begin = out.len();
    out.resize(begin + RECORD_HEADER_BYTES, 0);
    tree.members[tree.root].written.id.write_text(out);
    let value = out.len();
    // Room in a `Vec` does not run out.
    _ = chain(tree, services).encode(out);
    let (key_bytes, value_bytes) = (value - begin - RECORD_HEADER_BYTES, out.len() - value);
    write_record_header(&mut out[begin..], key_bytes, value_bytes);
}

fn chain(tree: &Tree<'_>, services: &Services) -> v1::Chain {
    let Tree { members, figures, omitted, .. } = tree;
    let root = &members[tree.root];
    let names = Names::of(tree, services);
    v1::Chain {
        chain: Some(call_id(root.written.id)),
        trace_id: trace_id(root).to_vec(),
        start_at_ms: root.call.start_ms,
        end_at_ms: root.call.end_ms,
        total_msec: figures.total_ms,
        calls: members.len() as u64,
        depth: figures.depth.iter().max().copied().unwrap_or(0).into(),
        width: figures.width.into(),
        confidence: confidence(members).probability(),
        entry: spelling(root.written.dst),
        services: names.count(members) as u64,
        calls_omitted: *omitted as u64,
        hops: tree.order.iter().map(|&place| hop(tree, place as usize, &names)).collect(),
        critical_path: on_critical_path(tree).map(|member| call_id(member.written.id)).collect(),
    }
}

fn hop(tree: &Tree<'_>, place: usize, names: &Names<'_>) -> v1::Hop {
    let Tree { members, figures, .. } = tree;
    let member = &members[place];
    let (call, written) = (member.call, member.written);
    let length_ms = (call.end_ms - call.start_ms) as f64;
    let name =
        |name: Option<&str>, address| name.map_or_else(|| spelling(address), |name| plain(name.as_bytes()));
    v1::Hop {
        id: Some(call_id(written.id)),
        parent: member.parent.map(|parent| call_id(members[parent as usize].written.id)),
        confidence: call.confidence.probability(),
        src_ip: spelling(written.src),
        dst_ip: spelling(written.dst),
        src: name(names.src[place], written.src),
        dst: name(names.dst[place], written.dst),
        start_at_ms: call.start_ms,
        // The text was read as a number when the call was judged.
        latency_msec: written.latency.and_then(|text| text.parse().ok()).unwrap_or(length_ms),
        end_at_ms: call.end_ms,
        depth: figures.depth[place].into(),
        offset_msec: call.start_ms - members[tree.root].call.start_ms,
        self_msec: figures.self_ms[place],
        critical_msec: figures.critical_ms[place],
    }
}
