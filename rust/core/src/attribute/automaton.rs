//! The states that a parent passes while it emits its children.

use super::layout::Layout;
use crate::memory::{of_map, of_vec};
use crate::seeded::SeededMap;

/// How often a kind is counted in a state.
const MAX_COUNT: u8 = 8;
/// States at most; beyond them a state tells its caller and its last kind alone.
const MAX_NODES: usize = 1 << 16;
const UNKNOWN: u32 = u32::MAX;

/// A state: the caller, the multiset of the kinds emitted so far and the last of them.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    pub caller: u8,
    /// The last kind, or `no_more` before the first.
    pub last: u8,
    /// Stands for the multiset.
    set: u64,
}

/// States by number, found from one another by the kind that comes next. The first ones are those of the
/// callers, before the first child.
#[derive(Debug, Default)]
pub struct Automaton {
    layout: Layout,
    nodes: Vec<Node>,
    /// How often each kind was emitted, for each node.
    sets: Vec<u8>,
    /// The node behind each kind, for each node; filled at the first step.
    steps: Vec<u32>,
    index: SeededMap<(u64, u16), u32>,
    /// The same states, whoever calls, of those that were asked for.
    pools: SeededMap<(u64, u8), u32>,
}

impl Automaton {
    /// Starts anew with the callers' first states.
    pub fn reset(&mut self, layout: Layout) {
        self.layout = layout;
        self.nodes.clear();
        self.sets.clear();
        self.steps.clear();
        self.index.clear();
        self.pools.clear();
        let nothing = vec![0; layout.callees];
        for caller in 0..layout.callers {
            self.node(caller as u8, layout.no_more() as u8, &nothing);
        }
    }

    pub fn get(&self, node: u32) -> Node {
        self.nodes[node as usize]
    }

    /// How often each kind was emitted up to there.
    pub fn set(&self, node: u32) -> &[u8] {
        &self.sets[node as usize * self.layout.callees..][..self.layout.callees]
    }

    /// How many states there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The pool of a state: the same state, whoever calls.
    pub fn pool(&mut self, node: u32) -> u32 {
        let Node { last, set, .. } = self.get(node);
        let pools = self.pools.len() as u32;
        *self.pools.entry((set, last)).or_insert(pools)
    }

    /// The pool of a state, if any state of it was asked for.
    pub fn known_pool(&self, node: u32) -> Option<u32> {
        let Node { last, set, .. } = self.get(node);
        self.pools.get(&(set, last)).copied()
    }

    /// The state before a caller's first child.
    pub fn root(&self, caller: u8) -> u32 {
        u32::from(caller)
    }

    /// The state with this multiset, which is made if it is new.
    pub fn node(&mut self, caller: u8, last: u8, set: &[u8]) -> u32 {
        let hash = set.iter().enumerate().fold(0u64, |sum, (kind, &count)| {
            sum.wrapping_add(mix(kind as u64).wrapping_mul(u64::from(count)))
        });
        let next = self.nodes.len() as u32;
        let node = *self.index.entry((hash, u16::from(caller) << 8 | u16::from(last))).or_insert(next);
        if node == next {
            self.sets.extend_from_slice(set);
            self.add(Node { caller, last, set: hash });
        }
        node
    }

    /// Adds a node whose multiset was added.
    fn add(&mut self, node: Node) {
        self.nodes.push(node);
        self.steps.resize(self.steps.len() + self.layout.callees, UNKNOWN);
    }

    /// The state behind the next child.
    #[inline]
    pub fn step(&mut self, node: u32, kind: u8) -> u32 {
        let place = node as usize * self.layout.callees + kind as usize;
        match self.steps[place] {
            UNKNOWN => self.find_step(node, kind, place),
            next => next,
        }
    }

    #[cold]
    fn find_step(&mut self, node: u32, kind: u8, place: usize) -> u32 {
        let Node { caller, set, .. } = self.nodes[node as usize];
        let begin = node as usize * self.layout.callees;
        let is_counted = self.sets[begin + kind as usize] < MAX_COUNT;
        let set = set.wrapping_add(if is_counted { mix(u64::from(kind)) } else { 0 });
        let key = (set, u16::from(caller) << 8 | u16::from(kind));
        let new = self.nodes.len();
        let next = match self.index.get(&key) {
            Some(&known) => known,
            None if new >= MAX_NODES => self.node(caller, kind, &vec![MAX_COUNT; self.layout.callees]),
            None => {
                self.index.insert(key, new as u32);
                self.sets.extend_from_within(begin..begin + self.layout.callees);
                self.sets[new * self.layout.callees + kind as usize] += u8::from(is_counted);
                self.add(Node { caller, last: kind, set });
                new as u32
            }
        };
        self.steps[place] = next;
        next
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.nodes)
            + of_vec(&self.sets)
            + of_vec(&self.steps)
            + of_map(&self.index)
            + of_map(&self.pools)
    }
}

fn mix(value: u64) -> u64 {
    let mut x = value.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^ x >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(automaton: &mut Automaton, caller: u8, kinds: &[u8]) -> u32 {
        kinds.iter().fold(automaton.root(caller), |node, &kind| automaton.step(node, kind))
    }

    #[test]
    fn states_differ_by_what_was_emitted_not_by_its_order() {
        let mut automaton = Automaton::default();
        automaton.reset(Layout { callers: 2, callees: 3 });
        let first = walk(&mut automaton, 0, &[0, 1, 2]);
        assert_eq!(first, walk(&mut automaton, 0, &[1, 0, 2]));
        assert_ne!(first, walk(&mut automaton, 0, &[1, 2, 0]), "another last kind");
        let other = walk(&mut automaton, 1, &[0, 1, 2]);
        assert_ne!(first, other);
        assert_eq!(automaton.known_pool(other), None);
        assert_eq!(automaton.pool(first), automaton.pool(other));
        assert_eq!(automaton.known_pool(other), automaton.known_pool(first));
        assert_eq!(automaton.set(first), [1, 1, 1]);
        assert_eq!(walk(&mut automaton, 0, &[1; 9]), walk(&mut automaton, 0, &[1; 30]));
    }

    #[test]
    fn the_number_of_states_is_bounded() {
        let mut automaton = Automaton::default();
        automaton.reset(Layout { callers: 1, callees: 60 });
        let mut kind = 0u64;
        for _ in 0..400_000 {
            let node = (kind >> 7) as usize % automaton.len();
            kind = mix(kind);
            automaton.step(node as u32, (kind % 60) as u8);
        }
        assert!(automaton.len() <= MAX_NODES + 61);
    }
}
