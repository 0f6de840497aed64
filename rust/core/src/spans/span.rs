//! The spans of a chain, in whatever format they are written.

use std::borrow::Cow;

use serde::Deserialize;

use super::ids::{Side, SpanIds};
use crate::address::{Address, Spelling};
use crate::chain::services::Services;
use crate::chain::tree::{Member, Tree};
use crate::confidence::Confidence;
use crate::json_text::unescape;

/// Which spans a call becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanStyle {
    /// One of the service that it went to, which names the one that it came from.
    Server,
    /// One of each service, that of the callee below that of the caller.
    Pair,
}

/// One end of a call.
#[derive(Debug, Clone)]
pub struct End<'a> {
    /// The name of its service, else what its address stands for.
    pub service: Cow<'a, str>,
    /// What its address stands for; `None` where a damaged block holds one that is none.
    pub address: Option<Address>,
}

impl End<'_> {
    /// The text of its address.
    pub fn host(&self) -> String {
        match &self.address {
            Some(Address::V4(ip)) => ip.to_string(),
            Some(Address::V6(ip)) => ip.to_string(),
            Some(Address::Name(name)) => name.to_string(),
            None => String::new(),
        }
    }
}

/// A value of an attribute.
#[derive(Debug, Clone)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Integer(i64),
    /// A probability.
    Confidence(Confidence),
}

/// A span.
#[derive(Debug, Clone)]
pub struct Span<'a> {
    /// Its id, never 0.
    pub id: u64,
    /// The span above it; `None` for the first of the chain.
    pub parent: Option<u64>,
    /// Which end of the call it is about.
    pub side: Side,
    /// That end.
    pub own: End<'a>,
    /// The other end.
    pub peer: End<'a>,
    /// What it is called: the service that is called, of which there are few.
    pub name: Cow<'a, str>,
    /// Start, µs of the epoch.
    pub start_us: u64,
    /// Duration, µs.
    pub duration_us: u64,
    /// What else is known of it.
    pub attributes: Vec<(&'static str, Value)>,
}

/// The spans of a chain, in its order of calls, in a pair the client's first. Every parent is one of them.
pub fn spans_of<'a>(tree: &Tree<'_>, services: &'a Services, style: SpanStyle) -> Vec<Span<'a>> {
    let mut ids = SpanIds::default();
    let mut server_ids = vec![0; tree.members.len()];
    let mut client_ids = vec![None; tree.members.len()];
    for place in tree.order.iter().map(|&place| place as usize) {
        let member = &tree.members[place];
        if style == SpanStyle::Pair {
            client_ids[place] = Some(ids.give(member, Side::Client));
        }
        server_ids[place] = ids.give(member, Side::Server);
    }
    let mut spans = Vec::with_capacity(2 * tree.members.len());
    for place in tree.order.iter().map(|&place| place as usize) {
        let member = &tree.members[place];
        let cause = member.parent.map(|parent| server_ids[parent as usize]);
        let server = span(tree, place, services);
        if let Some(id) = client_ids[place] {
            spans.push(Span { id, parent: cause, ..client_of(&server, member) });
        }
        spans.push(Span { id: server_ids[place], parent: client_ids[place].or(cause), ..server });
    }
    spans
}

/// The server span of a call, without its place in the tree.
fn span<'a>(tree: &Tree<'_>, place: usize, services: &'a Services) -> Span<'a> {
    let member = &tree.members[place];
    let own = end(member.written.dst, services);
    let peer = end(member.written.src, services);
    let mut attributes = addresses(member, &own, &peer, &peer.service);
    attributes.push(("callweave.confidence", Value::Confidence(member.call.confidence)));
    attributes.push(("callweave.candidates", Value::Integer(member.call.candidates.into())));
    for (name, ms) in [
        ("callweave.critical_ms", tree.figures.critical_ms[place]),
        ("callweave.self_ms", tree.figures.self_ms[place]),
    ] {
        attributes.push((name, Value::Integer(ms)));
    }
    if place == tree.root && tree.omitted > 0 {
        attributes.push(("callweave.calls_omitted", Value::Integer(tree.omitted as i64)));
    }
    Span {
        id: 0,
        parent: None,
        side: Side::Server,
        name: own.service.clone(),
        start_us: us(member.call.start_ms),
        duration_us: duration_us(member),
        own,
        peer,
        attributes,
    }
}

/// The client span of the same call. Figures stand once in a pair, in the server span.
fn client_of<'a>(server: &Span<'a>, member: &Member<'_>) -> Span<'a> {
    let (own, peer) = (server.peer.clone(), server.own.clone());
    let attributes = addresses(member, &peer, &own, &peer.service);
    Span { side: Side::Client, own, peer, attributes, ..server.clone() }
}

/// What both spans of a call have.
fn addresses(
    member: &Member<'_>,
    server: &End<'_>,
    client: &End<'_>,
    peer: &str,
) -> Vec<(&'static str, Value)> {
    let mut id = Vec::new();
    member.written.id.write_text(&mut id);
    let text = |text: &str| Value::Text(text.to_owned());
    vec![
        ("callweave.id", Value::Text(plain(&String::from_utf8_lossy(&id)).into_owned())),
        ("peer.service", text(peer)),
        ("service.peer.name", text(peer)),
        ("server.address", Value::Text(server.host())),
        ("client.address", Value::Text(client.host())),
    ]
}

fn end<'a>(spelling: Spelling<'_>, services: &'a Services) -> End<'a> {
    let mut end = End { service: Cow::Borrowed(""), address: spelling.address().ok() };
    end.service = match services.name(spelling) {
        Some(name) => plain(name),
        None => end.host().into(),
    };
    end
}

/// What the inside of a JSON string stands for.
fn plain(inside: &str) -> Cow<'_, str> {
    // All texts were read as JSON; of a damaged one it is what stands there.
    unescape(inside).unwrap_or(Cow::Borrowed(inside))
}

/// No call starts before the epoch.
fn us(ms: i64) -> u64 {
    ms.max(0) as u64 * 1_000
}

/// The latency as it came where it has fractions, else end less start; by rounding that can be -1 ms.
fn duration_us(member: &Member<'_>) -> u64 {
    let whole_us = us(member.call.end_ms - member.call.start_ms);
    let written = member.written.latency.and_then(|latency| latency.parse::<f64>().ok());
    match written {
        // Bounded, so that a damaged block makes no odd span: they differ by rounding alone.
        Some(ms) => ((ms * 1_000.0).round() as u64).clamp(whole_us.saturating_sub(2_000), whole_us + 2_000),
        None => whole_us,
    }
}
