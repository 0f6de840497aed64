//! The slowest chains with their calls.

use super::super::names::Names;
use super::data::{thousandths, Hop, Waterfall};
use super::PageNames;
use crate::printable::printable;
use crate::show::{id_text, Chain, Tree};

/// Calls on the page, of all chains together and of one chain, at most.
const MAX_HOPS: usize = 10_000;
const MAX_HOPS_OF_CHAIN: usize = 500;
/// Characters of an id.
const ID_CHARS: usize = 72;

/// The chains of these records. Of a long chain those calls are shown that are on its critical path, then the
/// longest.
///
/// # Errors
/// When a record is no chain.
pub fn waterfalls(
    records: Vec<Vec<u8>>,
    names: &mut Names,
    page_names: &mut PageNames,
) -> anyhow::Result<Vec<Waterfall>> {
    let most = (MAX_HOPS / records.len().max(1)).min(MAX_HOPS_OF_CHAIN);
    let mut waterfalls = Vec::with_capacity(records.len());
    for record in records {
        let chain = Chain::read(Some(&record)).map_err(anyhow::Error::msg)?;
        let hops = hops(&chain, most, names, page_names);
        waterfalls.push(Waterfall {
            id: shown_id(chain.id),
            start: chain.start_ms,
            total: chain.total_ms,
            calls: chain.calls.saturating_add(chain.omitted),
            depth: chain.depth,
            width: chain.width,
            confidence: thousandths(chain.confidence),
            hidden: chain.omitted.saturating_add((chain.hops.len() - hops.len()) as u64),
            hops,
        });
    }
    Ok(waterfalls)
}

fn hops(chain: &Chain<'_>, most: usize, names: &mut Names, page_names: &mut PageNames) -> Vec<Hop> {
    let tree = Tree::of(chain);
    let is_shown = shown(chain, most);
    let mut depths = vec![0; chain.hops.len()];
    let mut hops = Vec::new();
    for &place in &tree.order {
        let hop = &chain.hops[place];
        depths[place] = hop.parent.map_or(0, |parent| depths[parent] + 1);
        if !is_shown[place] {
            continue;
        }
        let mut name = |name: &str, address: Option<&str>| {
            let number = names.of_hop(name, address);
            page_names.place(names.shown(number), names)
        };
        hops.push(Hop {
            depth: depths[place],
            src: name(&hop.src, hop.src_ip.as_deref()),
            dst: name(&hop.dst, hop.dst_ip.as_deref()),
            id: shown_id(hop.id),
            offset: hop.start_ms.saturating_sub(chain.start_ms),
            latency: hop.latency_ms(),
            own: hop.self_ms,
            critical: hop.critical_ms,
            confidence: thousandths(hop.confidence),
        });
    }
    hops
}

/// By place, whether a call is shown.
fn shown(chain: &Chain<'_>, most: usize) -> Vec<bool> {
    let mut places: Vec<usize> = (0..chain.hops.len()).collect();
    let is_root = |place: usize| place == chain.root;
    places.sort_by_key(|&place| {
        let hop = &chain.hops[place];
        std::cmp::Reverse((is_root(place), hop.is_critical(), hop.latency_ms()))
    });
    let mut is_shown = vec![false; chain.hops.len()];
    places.into_iter().take(most).for_each(|place| is_shown[place] = true);
    is_shown
}

fn shown_id(id: &str) -> String {
    printable(id_text(id).as_bytes(), ID_CHARS)
}
