//! The calls of a chain in the order in which a tree is drawn.

use super::read::Chain;

/// What stands in one level of the indentation before a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// More children of the call of that level follow further down.
    Through,
    /// None do.
    Open,
    /// The call is a child, and others follow.
    Fork,
    /// The call is the last child.
    Last,
}

/// The order of the calls, each before its children, and these in order of start. No recursion: a chain may
/// be as deep as it has calls.
#[derive(Debug)]
pub struct Tree<'a> {
    chain: &'a Chain<'a>,
    /// The places of the calls, in order.
    pub order: Vec<usize>,
    /// By place, whether it is the last child of its parent.
    is_last: Vec<bool>,
}

impl<'a> Tree<'a> {
    /// The tree of a chain. Costs some words a call.
    pub fn of(chain: &'a Chain<'a>) -> Self {
        let count = chain.hops.len();
        let mut children = vec![Vec::new(); count];
        for (place, hop) in chain.hops.iter().enumerate() {
            if let Some(parent) = hop.parent {
                children[parent].push(place);
            }
        }
        let mut is_last = vec![false; count];
        let mut order = Vec::with_capacity(count);
        let mut waiting = vec![chain.root];
        while let Some(place) = waiting.pop() {
            order.push(place);
            if let Some(&last) = children[place].last() {
                is_last[last] = true;
            }
            waiting.extend(children[place].iter().rev());
        }
        Self { chain, order, is_last }
    }

    /// What stands before a call, from the root's children inwards; of more than `most` levels the innermost.
    /// The second value says whether levels are missing.
    pub fn branches(&self, place: usize, most: usize) -> (Vec<Branch>, bool) {
        let mut branches = Vec::new();
        let mut at = place;
        while let Some(parent) = self.chain.hops[at].parent {
            if branches.len() == most {
                branches.reverse();
                return (branches, true);
            }
            branches.push(match (at == place, self.is_last[at]) {
                (true, true) => Branch::Last,
                (true, false) => Branch::Fork,
                (false, true) => Branch::Open,
                (false, false) => Branch::Through,
            });
            at = parent;
        }
        branches.reverse();
        (branches, false)
    }
}
