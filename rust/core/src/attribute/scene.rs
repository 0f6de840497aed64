//! The calls of a window at one address, in canonical order, and who may have caused whom.

use super::kept::Kept;
use super::layout::{Kinds, MAX_CALLEES, MAX_CALLERS};
use super::{Leg, Window};
use crate::memory::of_vec;

/// How much later than its child a parent may start: clocks of two hosts differ.
const START_TOLERANCE_MS: i32 = 4;
/// How much earlier than its child's end a parent may end.
const END_TOLERANCE_MS: i32 = 20;
/// How much earlier than its child's start a parent may end.
const TOUCH_TOLERANCE_MS: i32 = 1;
/// Live parents that are looked at for a child.
const MAX_LOOKED_AT: usize = 256;

/// No place.
pub const NONE: u32 = u32::MAX;

/// A call into the address. Times are ms since the begin of the window.
#[derive(Debug, Clone, Copy)]
pub struct Parent {
    pub start: i32,
    pub end: i32,
    pub kind: u8,
    /// Ends beyond what is visible: children may be missing.
    pub is_open: bool,
    /// Is in the model already, or shall not be.
    pub is_learned: bool,
}

impl Parent {
    /// Whether its list is complete, and not in the model yet.
    pub fn teaches(&self) -> bool {
        !self.is_open && !self.is_learned
    }
}

/// A call out of the address.
#[derive(Debug, Clone, Copy)]
pub struct Child {
    pub start: i32,
    pub end: i32,
    pub kind: u8,
}

/// A parent that may have caused a child.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    pub parent: u32,
    /// Only if the child is asynchronous: the parent ends too early for a call that it waits for.
    pub is_relaxed: bool,
}

/// All calls that matter for a window.
#[derive(Debug, Default)]
pub struct Scene {
    pub parents: Vec<Parent>,
    pub parent_keys: Vec<u128>,
    pub children: Vec<Child>,
    pub child_keys: Vec<u128>,
    /// Where a child stands among those that were given; [`NONE`] for one that was decided before.
    pub places: Vec<u32>,
    /// The parent that was decided before, or [`NONE`].
    pub decided: Vec<u32>,
    /// Where the edges of each child begin; one more than there are children.
    pub edge_begins: Vec<u32>,
    pub edges: Vec<Edge>,
    /// Children for which not all live parents were looked at.
    pub looked_at_cut: u64,
    order: Vec<u32>,
    active: Vec<u32>,
}

impl Scene {
    /// Takes up what was kept and what is new, in canonical order.
    pub fn fill(
        &mut self,
        window: Window,
        kept: &Kept,
        callers: &mut Kinds,
        callees: &mut Kinds,
        parents: &[Leg],
        children: &[Leg],
    ) {
        let since = |ms: i64| (ms.saturating_sub(window.begin_ms)).clamp(-(1 << 30), 1 << 30) as i32;
        self.sort_legs(parents);
        let mut rows: Vec<(i32, i32, u8, u128, u32)> = kept
            .parents
            .iter()
            .enumerate()
            .map(|(place, parent)| {
                (since(parent.start_ms), since(parent.end_ms), parent.kind, parent.key, place as u32)
            })
            .collect();
        for &place in &self.order {
            let leg = &parents[place as usize];
            rows.push((
                since(leg.start_ms),
                since(leg.end_ms),
                callers.number(leg.peer, MAX_CALLERS),
                leg.key,
                NONE,
            ));
        }
        rows.sort_unstable();
        self.parents.clear();
        self.parent_keys.clear();
        let mut moved = vec![NONE; kept.parents.len()];
        let visible = since(window.visible_ms);
        for (place, &(start, end, kind, key, source)) in rows.iter().enumerate() {
            let mut is_learned = false;
            if source != NONE {
                moved[source as usize] = place as u32;
                is_learned = kept.parents[source as usize].is_learned;
            }
            self.parents.push(Parent { start, end, kind, is_open: end >= visible, is_learned });
            self.parent_keys.push(key);
        }

        self.sort_legs(children);
        let mut rows: Vec<(i32, i32, u8, u128, u32, u32)> = kept
            .children()
            .map(|(parent, child)| {
                (since(child.start_ms), since(child.end_ms), child.kind, 0, NONE, moved[parent])
            })
            .collect();
        for &place in &self.order {
            let leg = &children[place as usize];
            rows.push((
                since(leg.start_ms),
                since(leg.end_ms),
                callees.number(leg.peer, MAX_CALLEES),
                leg.key,
                place,
                NONE,
            ));
        }
        rows.sort_unstable();
        self.children.clear();
        self.child_keys.clear();
        self.places.clear();
        self.decided.clear();
        for &(start, end, kind, key, place, parent) in &rows {
            self.children.push(Child { start, end, kind });
            self.child_keys.push(key);
            self.places.push(place);
            self.decided.push(parent);
        }
    }

    fn sort_legs(&mut self, legs: &[Leg]) {
        self.order.clear();
        self.order.extend(0..legs.len() as u32);
        self.order.sort_unstable_by_key(|&place| {
            let leg = &legs[place as usize];
            (leg.start_ms, leg.end_ms, leg.peer, leg.key)
        });
    }

    /// Finds all parents that may have caused each undecided child: the newest live ones.
    pub fn sweep(&mut self) {
        self.edges.clear();
        self.edge_begins.clear();
        self.active.clear();
        self.looked_at_cut = 0;
        let mut arrived = 0;
        for (index, child) in self.children.iter().enumerate() {
            self.edge_begins.push(self.edges.len() as u32);
            if self.places[index] == NONE {
                continue;
            }
            while arrived < self.parents.len()
                && self.parents[arrived].start <= child.start + START_TOLERANCE_MS
            {
                self.active.push(arrived as u32);
                arrived += 1;
            }
            let (mut live, mut dead) = (0, 0);
            for &place in self.active.iter().rev() {
                let parent = &self.parents[place as usize];
                if parent.end + END_TOLERANCE_MS < child.start {
                    dead += 1;
                    continue;
                }
                if live == MAX_LOOKED_AT {
                    self.looked_at_cut += 1;
                    break;
                }
                live += 1;
                if self.parent_keys[place as usize] == self.child_keys[index] {
                    continue;
                }
                let is_relaxed = parent.end + END_TOLERANCE_MS < child.end
                    || parent.end + TOUCH_TOLERANCE_MS < child.start;
                self.edges.push(Edge { parent: place, is_relaxed });
            }
            if dead > live + 16 {
                let parents = &self.parents;
                self.active.retain(|&parent| parents[parent as usize].end + END_TOLERANCE_MS >= child.start);
            }
        }
        self.edge_begins.push(self.edges.len() as u32);
    }

    /// The edges of a child, newest parent first.
    pub fn edges_of(&self, child: usize) -> &[Edge] {
        &self.edges[self.edge_begins[child] as usize..self.edge_begins[child + 1] as usize]
    }

    /// Time between these bounds during which no parent is open, ms.
    pub fn idle_ms(&self, from: i32, to: i32) -> i64 {
        let mut idle = 0;
        let mut covered = from;
        for parent in &self.parents {
            if parent.start >= to {
                break;
            }
            idle += i64::from(parent.start.saturating_sub(covered).max(0));
            covered = covered.max(parent.end);
        }
        idle + i64::from(to.saturating_sub(covered).max(0))
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.parents)
            + of_vec(&self.parent_keys)
            + of_vec(&self.children)
            + of_vec(&self.child_keys)
            + of_vec(&self.places)
            + of_vec(&self.decided)
            + of_vec(&self.edge_begins)
            + of_vec(&self.edges)
            + of_vec(&self.order)
            + of_vec(&self.active)
    }
}
