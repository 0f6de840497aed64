//! What the spans of a chain must be.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::record::Span;
use crate::address::Address;
use crate::call::bare_id;
use crate::chains::record::{Chain, Hop, Spelled};
use crate::rules::{SpanRules, SpansFormat};

/// Differences of a trace that are named, at most.
const SHOWN: usize = 5;
const SPAN_ID_BYTES: usize = 8;

/// The spans of a chain, a line each that tells all of them but the ids, which hang on the order of calls that
/// differ in their end alone.
pub struct Due {
    trace_id: String,
    lines: Vec<String>,
    /// The ids that a span can have.
    ids: HashSet<String>,
}

impl Due {
    /// Those of this chain.
    pub fn of(chain: &Chain<'_>, rules: SpanRules) -> Self {
        let mut due = Self { trace_id: chain.trace_id.clone(), lines: Vec::new(), ids: HashSet::new() };
        for hop in &chain.hops {
            due.add(chain, hop, rules);
        }
        due
    }

    fn add(&mut self, chain: &Chain<'_>, hop: &Hop<'_>, rules: SpanRules) {
        let id = plain(hop.id);
        let cause = hop.parent.map(|parent| format!("server {}", plain(parent)));
        let caller = hop.src_ip.service(hop.src);
        let callee = hop.dst_ip.service(hop.dst);
        // 0 is no time to Zipkin.
        let least_us = u64::from(rules.format == SpansFormat::Zipkin);
        let start_us = (hop.start_at_ms as u64 * 1_000).max(least_us);
        let duration_us = duration_us(hop).max(least_us);
        let mut add = |side: &str, parent: Option<&str>, service: &str, peer: &str, more: &str| {
            let parent = parent.unwrap_or("nothing");
            self.lines.push(format!(
                "{side} {id} below {parent}, of {service} with {peer}, {start_us} + {duration_us} µs{more}"
            ));
            self.ids.extend(span_ids(hop, side));
        };
        let mut more = format!(
            ", confidence {:?}, critical {}, self {}",
            hop.confidence, hop.critical_msec, hop.self_msec
        );
        if hop.parent.is_none() && chain.calls_omitted > 0 {
            // Writing to a string cannot fail.
            let _ = write!(more, ", omitted {}", chain.calls_omitted);
        }
        if rules.is_pair {
            add("client", cause.as_deref(), &caller, &callee, "");
            add("server", Some(&format!("client {id}")), &callee, &caller, &more);
        } else {
            add("server", cause.as_deref(), &callee, &caller, &more);
        }
    }
}

/// What is wrong with the spans of a trace, the first of it.
pub fn find_wrong(due: &Due, spans: &[Span], rules: SpanRules) -> Vec<String> {
    let mut wrong = Vec::new();
    let names: HashMap<&str, String> = spans.iter().map(|span| (&*span.id, name(span))).collect();
    if names.len() < spans.len() {
        wrong.push("two of its spans have one id".to_owned());
    }
    for span in spans {
        if span.trace_id != due.trace_id {
            wrong.push(format!("{} is of the trace {}", name(span), span.trace_id));
        }
        if !due.ids.contains(&span.id) {
            wrong.push(format!("{} has the id {}, which is that of no call", name(span), span.id));
        }
    }
    let mut left: HashMap<&str, usize> = HashMap::new();
    due.lines.iter().for_each(|line| *left.entry(line).or_default() += 1);
    for span in spans {
        let line = line(span, &names, rules);
        match left.get_mut(&*line).filter(|times| **times > 0) {
            Some(times) => *times -= 1,
            None => wrong.push(format!("there is {line}")),
        }
    }
    let missing = left.into_iter().filter(|(_, times)| *times > 0);
    wrong.extend(missing.map(|(line, _)| format!("there is no {line}")));
    wrong.truncate(SHOWN);
    wrong
}

fn name(span: &Span) -> String {
    let side = if span.is_client { "client" } else { "server" };
    format!("{side} {}", text(span, "callweave.id"))
}

fn line(span: &Span, names: &HashMap<&str, String>, rules: SpanRules) -> String {
    let parent = match &span.parent {
        None => "nothing",
        Some(id) => names.get(&**id).map_or("a span that is not there", String::as_str),
    };
    let peer = text(span, "peer.service");
    let Span { service, start_us, duration_us, .. } = span;
    let mut line =
        format!("{} below {parent}, of {service} with {peer}, {start_us} + {duration_us} µs", name(span));
    if !(rules.is_pair && span.is_client) {
        let [confidence, critical, own] =
            ["callweave.confidence", "callweave.critical_ms", "callweave.self_ms"].map(|key| text(span, key));
        let _ = write!(line, ", confidence {confidence}, critical {critical}, self {own}");
        if let Some(omitted) = span.attributes.get("callweave.calls_omitted") {
            let _ = write!(line, ", omitted {omitted}");
        }
    }
    line
}

fn text<'a>(span: &'a Span, key: &str) -> &'a str {
    span.attributes.get(key).map_or("nothing", String::as_str)
}

/// What a JSON text or integer stands for.
fn plain(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_else(|_| bare_id(json).to_owned())
}

impl Spelled<'_> {
    /// The name of its service: its own where it has none, and then what it stands for.
    fn service(&self, name: &str) -> String {
        match &self.address {
            _ if name != self.text => plain(name),
            Address::Ip(ip) => ip.to_string(),
            Address::Host(host) => host.clone(),
        }
    }
}

/// The latency with its fractions, where it has some that rounding explains; else end less start.
fn duration_us(hop: &Hop<'_>) -> u64 {
    let whole_us = (hop.end_at_ms - hop.start_at_ms).max(0) as u64 * 1_000;
    if hop.latency_msec.fract() == 0.0 {
        return whole_us;
    }
    ((hop.latency_msec * 1_000.0).round() as u64).clamp(whole_us.saturating_sub(2_000), whole_us + 2_000)
}

/// The first bytes of SHA-256 over `span`, what tells the call and the side, each behind its length; of calls that
/// differ in their end alone with the end, too.
fn span_ids(hop: &Hop<'_>, side: &str) -> [String; 2] {
    let (start, end) = (hop.start_at_ms.to_string(), hop.end_at_ms.to_string());
    let (src, dst) = (bare_id(hop.src_ip.text), bare_id(hop.dst_ip.text));
    let texts = ["span", bare_id(hop.id), &start, src, dst, side, &end];
    [&texts[..6], &texts[..]].map(|texts| {
        let mut hash = Sha256::new();
        for text in texts {
            hash.update((text.len() as u32).to_be_bytes());
            hash.update(text);
        }
        hash.finalize()[..SPAN_ID_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    })
}
