//! What a chain cost, by the rules as they are written. Slow on purpose.

use std::cmp::Reverse;

use super::record::Hop;
use crate::call::bare_id;

/// The figures of a chain that depend on who is whose parent; call by call in the order of the hops.
#[derive(Debug, PartialEq, Eq)]
pub struct Figures {
    /// The most calls at work at once.
    pub width: usize,
    /// Time of each call during which none of its children is under way, ms.
    pub self_ms: Vec<i64>,
    /// The part of the root's time that each call is to blame for, ms.
    pub critical_ms: Vec<i64>,
}

impl Figures {
    /// Computes them; `parents` has the place of the parent of each call, but of the root.
    pub fn of(hops: &[Hop<'_>], root: usize, parents: &[Option<usize>]) -> Self {
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); hops.len()];
        for (child, parent) in parents.iter().enumerate() {
            if let Some(parent) = *parent {
                children[parent].push(child);
            }
        }
        Self {
            width: width(hops, parents),
            self_ms: (0..hops.len()).map(|call| self_ms(hops, call, &children[call])).collect(),
            critical_ms: critical_ms(hops, root, &children),
        }
    }
}

/// Looks at every moment at which the number of calls at work can be another than just before.
fn width(hops: &[Hop<'_>], parents: &[Option<usize>]) -> usize {
    let mut moments: Vec<i64> = hops
        .iter()
        // A call without length is under way in its moment, and no more in the next one.
        .flat_map(|hop| [hop.start_at_ms, hop.start_at_ms + 1, hop.end_at_ms])
        .collect();
    moments.sort_unstable();
    moments.dedup();
    let mut by_start: Vec<usize> = (0..hops.len()).collect();
    by_start.sort_by_key(|&call| Reverse(hops[call].start_at_ms));
    let mut started: Vec<usize> = Vec::new();
    let mut most = 0;
    for at_ms in moments {
        while let Some(&next) = by_start.last().filter(|&&call| hops[call].start_at_ms <= at_ms) {
            started.push(next);
            by_start.pop();
        }
        started.retain(|&call| is_under_way(&hops[call], at_ms));
        let mut waits = vec![false; hops.len()];
        started.iter().filter_map(|&call| parents[call]).for_each(|parent| waits[parent] = true);
        most = most.max(started.iter().filter(|&&call| !waits[call]).count());
    }
    most
}

fn is_under_way(hop: &Hop<'_>, at_ms: i64) -> bool {
    let (start_ms, end_ms) = (hop.start_at_ms, hop.end_at_ms);
    (start_ms <= at_ms && at_ms < end_ms) || (start_ms == at_ms && end_ms == at_ms)
}

fn self_ms(hops: &[Hop<'_>], call: usize, children: &[usize]) -> i64 {
    let (start_ms, end_ms) = (hops[call].start_at_ms, hops[call].end_at_ms);
    let mut spans: Vec<(i64, i64)> = children
        .iter()
        .map(|&child| (hops[child].start_at_ms.max(start_ms), hops[child].end_at_ms.min(end_ms)))
        .filter(|(from_ms, to_ms)| from_ms < to_ms)
        .collect();
    spans.sort_unstable();
    let (mut alone_ms, mut reached_ms) = (0, start_ms);
    for (from_ms, to_ms) in spans {
        alone_ms += (from_ms - reached_ms).max(0);
        reached_ms = reached_ms.max(to_ms);
    }
    alone_ms + (end_ms - reached_ms).max(0)
}

/// Walks each call that is to blame back from its end. What a child takes over is known when its parent is
/// walked, so the order of the walks does not matter.
fn critical_ms(hops: &[Hop<'_>], root: usize, children: &[Vec<usize>]) -> Vec<i64> {
    let mut critical_ms = vec![0; hops.len()];
    let root_ms = hops[root].start_at_ms;
    let mut walks = vec![(root, root_ms, hops[root].end_at_ms.max(root_ms))];
    while let Some((call, begin_ms, end_ms)) = walks.pop() {
        let mut moment_ms = end_ms;
        let mut left = children[call].clone();
        loop {
            left.retain(|&child| (begin_ms..=moment_ms).contains(&hops[child].end_at_ms));
            let last = left.iter().copied().max_by_key(|&child| {
                let hop = &hops[child];
                (
                    hop.end_at_ms,
                    hop.start_at_ms,
                    Reverse((bare_id(hop.id).as_bytes(), hop.id.starts_with('"'))),
                )
            });
            let Some(child) = last else {
                break;
            };
            left.retain(|&other| other != child);
            let child_end_ms = hops[child].end_at_ms;
            critical_ms[call] += moment_ms - child_end_ms;
            // By rounding a call can end 1 ms before its start.
            moment_ms = hops[child].start_at_ms.max(begin_ms).min(child_end_ms);
            walks.push((child, moment_ms, child_end_ms));
        }
        critical_ms[call] += moment_ms - begin_ms;
    }
    critical_ms
}
