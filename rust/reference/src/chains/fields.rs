//! What the record of a chain says, held against the calls that it lists.

use std::collections::{HashMap, HashSet};
use std::fmt::{Display, Write};

use sha2::{Digest, Sha256};

use super::figures::Figures;
use super::record::{Chain, Hop};
use super::tree::Tree;
use crate::address::Address;
use crate::call::bare_id;
use crate::record::Record;

/// By how much a confidence can be rounded.
const ROUNDING: f64 = 1e-4;
/// Bytes of a trace id.
const TRACE_ID_BYTES: usize = 16;

/// Collects what is not as it should be.
struct Wrong(Vec<String>);

impl Wrong {
    fn hold<T: PartialEq + Display>(&mut self, what: impl Display, written: T, right: T) {
        if written != right {
            self.0.push(format!("{what} is {written}, not {right}"));
        }
    }
}

/// What is wrong with how the chain is named, with its addresses and names, and with the order of its lists.
pub fn wrong_fields(chain: &Chain<'_>, tree: &Tree, record: &Record) -> Vec<String> {
    let mut wrong = Wrong(Vec::new());
    let root = &chain.hops[tree.root];
    wrong.hold("its id", chain.chain, root.id);
    let key = record.key.as_deref().map(String::from_utf8_lossy);
    wrong.hold("the record key", key.as_deref().unwrap_or("null"), bare_id(root.id));
    wrong.hold("trace_id", chain.trace_id.as_str(), &trace_id(root));
    wrong.hold("entry", chain.entry, root.dst_ip.text);
    let order = |hop: &Hop<'_>| (hop.start_at_ms, hop.depth, bare_id(hop.id).as_bytes().to_vec());
    if let Some(at) = chain.hops.windows(2).position(|two| order(&two[0]) > order(&two[1])) {
        wrong.0.push(format!("hop {} stands behind a later one", chain.hops[at + 1].id));
    }
    match names(&chain.hops) {
        Ok(called) => wrong.hold("services", chain.services, called),
        Err(two_names) => wrong.0.push(two_names),
    }
    wrong.0
}

/// What is wrong with the numbers. Those that depend on who is whose parent are left out where that is
/// ambiguous.
pub fn wrong_figures(chain: &Chain<'_>, tree: &Tree) -> Vec<String> {
    let mut wrong = Wrong(Vec::new());
    let hops = &chain.hops;
    let root = &hops[tree.root];
    wrong.hold("start_at_ms", chain.start_at_ms, root.start_at_ms);
    wrong.hold("end_at_ms", chain.end_at_ms, root.end_at_ms);
    let last_ms = hops.iter().map(|hop| hop.end_at_ms).fold(root.end_at_ms, i64::max);
    wrong.hold("total_msec", chain.total_msec, last_ms - root.start_at_ms);
    wrong.hold("calls", chain.calls, hops.len());
    wrong.hold("depth", chain.depth, hops.iter().map(|hop| hop.depth).fold(0, usize::max));
    let links = hops.iter().filter(|hop| hop.parent.is_some());
    let product: f64 = links.clone().map(|link| link.confidence).product();
    if (chain.confidence - product).abs() > ROUNDING * (1 + links.count()) as f64 {
        wrong.0.push(format!("confidence is {}, not {product:.4}", chain.confidence));
    }
    for (hop, parents) in hops.iter().zip(&tree.candidates) {
        let offset_ms = hop.start_at_ms - root.start_at_ms;
        wrong.hold(format_args!("offset_msec of {}", hop.id), hop.offset_msec, offset_ms);
        let depths = parents.iter().map(|&parent| hops[parent].depth.saturating_add(1));
        if !depths.clone().chain(parents.is_empty().then_some(1)).any(|depth| depth == hop.depth) {
            wrong.hold(format_args!("depth of {}", hop.id), hop.depth, depths.min().unwrap_or(1));
        }
    }
    let blamed_ms: i64 = hops.iter().fold(0, |sum: i64, hop| sum.saturating_add(hop.critical_msec));
    let root_ms = (root.end_at_ms - root.start_at_ms).max(0);
    wrong.hold("the sum of critical_msec", blamed_ms, root_ms);
    let blamed = hops.iter().filter(|hop| hop.critical_msec > 0).map(|hop| hop.id);
    if !blamed.eq(chain.critical_path.iter().copied()) {
        wrong.0.push("critical_path does not name the calls with critical_msec, in order".to_owned());
    }
    if !tree.is_ambiguous {
        hold_tree_figures(&mut wrong, chain, &Figures::of(hops, tree.root, &tree.parents()));
    }
    wrong.0
}

fn hold_tree_figures(wrong: &mut Wrong, chain: &Chain<'_>, figures: &Figures) {
    wrong.hold("width", chain.width, figures.width);
    for ((hop, self_ms), critical_ms) in chain.hops.iter().zip(&figures.self_ms).zip(&figures.critical_ms) {
        wrong.hold(format_args!("self_msec of {}", hop.id), &hop.self_msec, self_ms);
        wrong.hold(format_args!("critical_msec of {}", hop.id), &hop.critical_msec, critical_ms);
    }
}

/// How many services were called: an address without a name counts as itself. Fails where an address is called
/// by two names.
fn names(hops: &[Hop<'_>]) -> Result<usize, String> {
    let sides = || hops.iter().flat_map(|hop| [(hop.src, &hop.src_ip), (hop.dst, &hop.dst_ip)]);
    let named = sides().filter(|(name, ip)| *name != ip.text);
    let names: HashMap<&Address, &str> = named.map(|(name, ip)| (&ip.address, name)).collect();
    for (name, ip) in sides() {
        if let Some(other) = names.get(&ip.address).filter(|other| **other != name) {
            return Err(format!("{} is called {name} and {other}", ip.text));
        }
    }
    let called = hops.iter().map(|hop| {
        let address = &hop.dst_ip.address;
        names.get(address).copied().ok_or(address)
    });
    Ok(called.collect::<HashSet<Result<&str, &Address>>>().len())
}

/// Half a SHA-256 over `trace` and id, start, src and dst of the root, each behind its length in four bytes, the
/// highest first.
fn trace_id(root: &Hop<'_>) -> String {
    let start = root.start_at_ms.to_string();
    let mut hash = Sha256::new();
    for text in ["trace", bare_id(root.id), &start, bare_id(root.src_ip.text), bare_id(root.dst_ip.text)] {
        hash.update((text.len() as u32).to_be_bytes());
        hash.update(text);
    }
    let mut digits = String::new();
    for byte in &hash.finalize()[..TRACE_ID_BYTES] {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
