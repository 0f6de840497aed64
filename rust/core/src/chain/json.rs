//! The JSON of a chain.

use super::services::Services;
use super::tree::{Member, Tree};
use crate::confidence::Confidence;
use crate::spans::ids::{hex, trace_id};
use crate::wire::frames::{write_record_header, RECORD_HEADER_BYTES};

/// Appends the frame of a chain: its key is the id of its root.
pub fn write(out: &mut Vec<u8>, tree: &Tree<'_>, services: &Services) {
    let root = &tree.members[tree.root];
    let begin = out.len();
    out.resize(begin + RECORD_HEADER_BYTES, 0);
    root.written.id.write_text(out);
    let value = out.len();
    let names = Names::of(tree, services);
    write_chain(out, tree, root, &names);
    out.extend_from_slice(b",\"hops\":[");
    for (at, &place) in tree.order.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_hop(out, tree, place as usize, root, &names);
    }
    out.extend_from_slice(b"],\"critical_path\":[");
    write_critical_path(out, tree);
    out.extend_from_slice(b"]}");
    let (key_bytes, value_bytes) = (value - begin - RECORD_HEADER_BYTES, out.len() - value);
    write_record_header(&mut out[begin..], key_bytes, value_bytes);
}

/// Names of services by the places of calls.
pub struct Names<'a> {
    /// Of where they came from; `None` where the address has none.
    pub src: Vec<Option<&'a str>>,
    /// Of where they went, likewise.
    pub dst: Vec<Option<&'a str>>,
}

impl<'a> Names<'a> {
    /// Those of all calls of a chain.
    pub fn of(tree: &Tree<'_>, services: &'a Services) -> Self {
        let members = || tree.members.iter();
        Names {
            src: members().map(|member| services.name(member.written.src)).collect(),
            dst: members().map(|member| services.name(member.written.dst)).collect(),
        }
    }

    /// How many services were called: by name, those without one by address.
    pub fn count(&self, members: &[Member<'_>]) -> usize {
        let mut called: Vec<(Option<&str>, u64)> = self
            .dst
            .iter()
            .zip(members)
            .map(|(name, member)| match name {
                Some(name) => (Some(*name), 0),
                None => (None, member.written.dst.address().map_or(0, |address| address.hash64())),
            })
            .collect();
        called.sort_unstable();
        called.dedup();
        called.len()
    }
}

/// All fields before the hops.
fn write_chain(out: &mut Vec<u8>, tree: &Tree<'_>, root: &Member<'_>, names: &Names<'_>) {
    let Tree { members, figures, omitted, .. } = tree;
    out.extend_from_slice(b"{\"chain\":");
    root.written.id.write(out);
    out.extend_from_slice(b",\"trace_id\":\"");
    out.extend_from_slice(hex(&trace_id(root)).as_bytes());
    out.extend_from_slice(b"\",\"start_at_ms\":");
    integer(out, root.call.start_ms);
    out.extend_from_slice(b",\"end_at_ms\":");
    integer(out, root.call.end_ms);
    out.extend_from_slice(b",\"total_msec\":");
    integer(out, figures.total_ms);
    out.extend_from_slice(b",\"calls\":");
    integer(out, members.len());
    out.extend_from_slice(b",\"depth\":");
    integer(out, figures.depth.iter().max().copied().unwrap_or(0));
    out.extend_from_slice(b",\"width\":");
    integer(out, figures.width);
    out.extend_from_slice(b",\"confidence\":");
    confidence(members).write(out);
    out.extend_from_slice(b",\"entry\":\"");
    root.written.dst.write(out);
    out.extend_from_slice(b"\",\"services\":");
    integer(out, names.count(members));
    if *omitted > 0 {
        out.extend_from_slice(b",\"calls_omitted\":");
        integer(out, *omitted);
    }
}

fn write_hop(out: &mut Vec<u8>, tree: &Tree<'_>, place: usize, root: &Member<'_>, names: &Names<'_>) {
    let Tree { members, figures, .. } = tree;
    let Member { call, written, parent } = members[place];
    out.extend_from_slice(b"{\"id\":");
    written.id.write(out);
    out.extend_from_slice(b",\"parent\":");
    match parent {
        Some(parent) => members[parent as usize].written.id.write(out),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"confidence\":");
    call.confidence.write(out);
    out.extend_from_slice(b",\"src_ip\":\"");
    written.src.write(out);
    out.extend_from_slice(b"\",\"dst_ip\":\"");
    written.dst.write(out);
    for (field, name, address) in
        [(b"src", names.src[place], written.src), (b"dst", names.dst[place], written.dst)]
    {
        out.extend_from_slice(b"\",\"");
        out.extend_from_slice(field);
        out.extend_from_slice(b"\":\"");
        match name {
            Some(name) => out.extend_from_slice(name.as_bytes()),
            None => address.write(out),
        }
    }
    out.extend_from_slice(b"\",\"start_at_ms\":");
    integer(out, call.start_ms);
    out.extend_from_slice(b",\"latency_msec\":");
    match written.latency {
        Some(latency) => out.extend_from_slice(latency.as_bytes()),
        None => integer(out, call.end_ms - call.start_ms),
    }
    for (field, value) in [
        (b",\"end_at_ms\":".as_slice(), call.end_ms),
        (b",\"depth\":", figures.depth[place].into()),
        (b",\"offset_msec\":", call.start_ms - root.call.start_ms),
        (b",\"self_msec\":", figures.self_ms[place]),
        (b",\"critical_msec\":", figures.critical_ms[place]),
    ] {
        out.extend_from_slice(field);
        integer(out, value);
    }
    out.push(b'}');
}

/// The calls with a share in the root's time, in order of start, then depth.
pub fn on_critical_path<'t, 'a>(tree: &'t Tree<'a>) -> impl Iterator<Item = &'t Member<'a>> {
    let blamed = tree.order.iter().filter(|&&place| tree.figures.critical_ms[place as usize] > 0);
    blamed.map(|&place| &tree.members[place as usize])
}

fn write_critical_path(out: &mut Vec<u8>, tree: &Tree<'_>) {
    for (at, member) in on_critical_path(tree).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        member.written.id.write(out);
    }
}

/// The probability that all links of the chain are right, taken as independent.
pub fn confidence(members: &[Member<'_>]) -> Confidence {
    let links = members.iter().filter(|member| member.parent.is_some());
    Confidence::of(links.map(|link| link.call.confidence.probability()).product())
}

fn integer(out: &mut Vec<u8>, integer: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
}
