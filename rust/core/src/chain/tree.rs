//! The calls of one chain as a tree.

use super::figures::{Figures, Hop};
use crate::block::chain_calls::{ChainCall, ChainCalls};
use crate::block::AsWritten;
use crate::call_key::CallKey;
use crate::error::{Error, Result};

/// A chain: the calls of it that are written, and what they cost.
#[derive(Debug)]
pub struct Tree<'a> {
    /// Its calls; of those equal in start and end the one with the smaller id first.
    pub members: Vec<Member<'a>>,
    /// The place of the root. By clocks that differ, a child may stand before it.
    pub root: usize,
    /// What there is to say of them, by their places.
    pub figures: Figures,
    /// Their places in order of start, depth and id.
    pub order: Vec<u32>,
    /// How many calls were left out.
    pub omitted: usize,
}

/// A call of a chain.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// The call.
    pub call: ChainCall,
    /// How its texts were written.
    pub written: AsWritten<'a>,
    /// The place of its parent; `None` for the root.
    pub parent: Option<u32>,
}

impl<'a> Tree<'a> {
    /// The chain with this root of these calls, by their numbers: at most `max_calls`, those nearest to the
    /// root. Costs n log n.
    ///
    /// # Errors
    /// When they are not one tree.
    pub fn of(root: CallKey, numbers: &[u32], calls: &'a ChainCalls, max_calls: usize) -> Result<Self> {
        let mut members = numbers
            .iter()
            .map(|&number| {
                let call = calls.rows[number as usize];
                Ok(Member { call, written: AsWritten::read(calls.written(&call))?, parent: None })
            })
            .collect::<Result<Vec<_>>>()?;
        members.sort_by(|a, b| {
            (a.call.start_ms, a.call.end_ms, a.written.id, a.call.key).cmp(&(
                b.call.start_ms,
                b.call.end_ms,
                b.written.id,
                b.call.key,
            ))
        });
        find_parents(root, &mut members)?;
        let omitted = members.len().saturating_sub(max_calls);
        if omitted > 0 {
            keep_nearest(&mut members, max_calls);
            find_parents(root, &mut members)?;
        }
        let figures = Figures::of(&hops(&members));
        let place = members.iter().position(|member| member.parent.is_none());
        let place = place.filter(|_| !figures.depth.contains(&0)).ok_or_else(|| broken(root))?;
        let order = in_order(&members, &figures.depth);
        Ok(Tree { members, root: place, figures, order, omitted })
    }
}

fn hops(members: &[Member<'_>]) -> Vec<Hop> {
    let hop = |member: &Member<'_>| Hop {
        start_ms: member.call.start_ms,
        end_ms: member.call.end_ms,
        parent: member.parent,
    };
    members.iter().map(hop).collect()
}

/// Leaves the first members in order of depth, then start and id.
fn keep_nearest(members: &mut Vec<Member<'_>>, count: usize) {
    let depth = Figures::of(&hops(members)).depth;
    let mut order = in_order(members, &depth);
    order.sort_by_key(|&place| depth[place as usize]);
    order.truncate(count);
    order.sort_unstable();
    *members = order.iter().map(|&place| members[place as usize]).collect();
}

fn in_order(members: &[Member<'_>], depth: &[u32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..members.len() as u32).collect();
    order.sort_by_key(|&place| {
        let Member { call, written, .. } = members[place as usize];
        (call.start_ms, depth[place as usize], written.id, call.key)
    });
    order
}

/// Finds the places of the parents by their keys.
fn find_parents(root: CallKey, members: &mut [Member<'_>]) -> Result<()> {
    let mut places: Vec<(CallKey, u32)> =
        (0..).zip(members.iter()).map(|(place, member)| (member.call.key, place)).collect();
    places.sort_unstable();
    let place = |key| places.binary_search_by_key(&key, |&(key, _)| key).map(|at| places[at].1);
    for member in members {
        member.parent = match member.call.parent {
            None if member.call.key == root => None,
            None => return Err(broken(root)),
            Some(parent) => Some(place(parent).map_err(|_| broken(root))?),
        };
    }
    Ok(())
}

fn broken(root: CallKey) -> Error {
    Error::corrupt(format!(
        "the calls of the chain {:032x} are not one tree: some of them are lost",
        root.value()
    ))
}
