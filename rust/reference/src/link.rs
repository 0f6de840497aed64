//! The link rule, as plainly as it can be said.

use std::collections::HashMap;

use crate::address::Address;
use crate::call::{bare_id, Call};

/// The relatives of one call, as positions in the list of calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Its parents in order of start and id; the latest, if there are too many.
    pub parents: Vec<usize>,
    /// Parents that are left out.
    pub parents_omitted: usize,
    /// Its children in order of start and id; the earliest, if there are too many.
    pub children: Vec<usize>,
    /// Children that are left out.
    pub children_omitted: usize,
}

/// Whether `parent` is a parent of `child`. They must be two different calls.
pub fn is_parent(parent: &Call, child: &Call) -> bool {
    parent.dst == child.src && parent.start_ms <= child.start_ms && parent.end_ms >= child.end_ms
}

/// The order of calls in a list: by start, then by the bytes of the id, `7` before `"7"`.
fn list_order(call: &Call) -> (i64, &[u8], bool) {
    (call.start_ms, bare_id(&call.id).as_bytes(), call.id.starts_with('"'))
}

/// Links the calls. No call may be longer than `max_latency_ms` by more than 1 ms, nor end more than 1 ms
/// before its start.
///
/// For every child it looks at all calls to its source that start up to the longest latency before
/// it: `O(n · m)` for `m` of these.
pub fn link(calls: &[&Call], max_latency_ms: i64, max_links: usize) -> Vec<Links> {
    let mut in_order: Vec<usize> = (0..calls.len()).collect();
    in_order.sort_by_key(|&index| list_order(calls[index]));
    let mut by_destination: HashMap<&Address, Vec<usize>> = HashMap::new();
    for &index in &in_order {
        let starts = by_destination.entry(&calls[index].dst).or_default();
        starts.push(index);
    }
    let mut links = vec![Links::default(); calls.len()];
    for &child in &in_order {
        let call = calls[child];
        let Some(candidates) = by_destination.get(&call.src) else {
            continue;
        };
        // By rounding the parent is 1 ms longer than allowed, and the child ends 1 ms before its start.
        let earliest = call.start_ms - max_latency_ms - 2;
        let from = candidates.partition_point(|&index| calls[index].start_ms < earliest);
        let to = candidates.partition_point(|&index| calls[index].start_ms <= call.start_ms);
        let mut parents: Vec<usize> = candidates[from..to]
            .iter()
            .copied()
            .filter(|&parent| parent != child && is_parent(calls[parent], call))
            .collect();
        // Children are visited in list order, so the first ones are those that stay.
        for &parent in &parents {
            let of_parent = &mut links[parent];
            if of_parent.children.len() < max_links {
                of_parent.children.push(child);
            } else {
                of_parent.children_omitted += 1;
            }
        }
        links[child].parents_omitted = parents.len().saturating_sub(max_links);
        keep_latest(&mut parents, calls, max_links);
        links[child].parents = parents;
    }
    links
}

/// Keeps the `max_links` latest; of those that start together, the first by id.
fn keep_latest(parents: &mut Vec<usize>, calls: &[&Call], max_links: usize) {
    if parents.len() <= max_links {
        return;
    }
    parents.sort_by(|&a, &b| {
        let by_start = calls[b].start_ms.cmp(&calls[a].start_ms);
        by_start.then_with(|| list_order(calls[a]).cmp(&list_order(calls[b])))
    });
    parents.truncate(max_links);
    parents.sort_by_key(|&index| list_order(calls[index]));
}
