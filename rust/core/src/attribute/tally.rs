//! Counts of what parents did: the model as it is learned.

use super::automaton::Automaton;
use super::bins::{spread, Row, BINS};
use super::layout::{Layout, Sort, PARENT_START};
use super::outcomes::Outcomes;
use super::places::Places;
use super::scene::{Child, Parent};
use crate::memory::of_vec;

/// Siblings before a child that are looked at for the one that ended last.
const LOOK_BACK: usize = 12;

/// Histograms by dense key; those of keys without counts take no room.
#[derive(Debug, Clone, Default)]
pub struct Table {
    places: Places,
    rows: Vec<Row>,
}

impl Table {
    /// Forgets all counts and makes room for this many keys.
    pub fn reset(&mut self, keys: usize) {
        self.places.reset(keys);
        self.rows.clear();
    }

    pub fn get(&self, key: usize) -> Option<&Row> {
        self.places.get(key).map(|place| &self.rows[place])
    }

    pub fn row(&mut self, key: usize) -> &mut Row {
        let place = self.places.get(key).unwrap_or_else(|| {
            self.places.set(key, self.rows.len());
            self.rows.push([0.0; BINS]);
            self.rows.len() - 1
        });
        &mut self.rows[place]
    }

    /// Adds a time.
    #[inline]
    pub fn add(&mut self, key: usize, ms: i32, weight: f32) {
        let row = self.row(key);
        spread(ms, |bin, share| row[bin] += share * weight);
    }

    /// The rows with their keys, in order of their first count.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &Row)> {
        self.places.keys().zip(&self.rows)
    }

    fn copy_from(&mut self, other: &Self) {
        self.places.copy_from(&other.places);
        self.rows.clone_from(&other.rows);
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.places.memory_bytes() + of_vec(&self.rows)
    }
}

/// All counts of an address, dense: while a window is worked.
#[derive(Debug, Default)]
pub struct Tally {
    pub layout: Layout,
    /// What came next, for each state of the automaton.
    pub next: Outcomes,
    /// Child's start behind its reference.
    pub gap: Table,
    /// Parent's end behind the last end of its children, or its duration.
    pub end: Table,
    /// Duration of children, where there are several callers.
    pub duration: Table,
    /// Child's start behind the parent's.
    pub start_gap: Table,
    /// Parent's end behind the child's.
    pub end_gap: Table,
}

impl Tally {
    pub fn reset(&mut self, layout: Layout) {
        self.layout = layout;
        self.next.reset(layout.outcomes());
        self.gap.reset(layout.gaps());
        self.end.reset(layout.ends());
        self.duration.reset(layout.pairs());
        self.start_gap.reset(layout.pairs());
        self.end_gap.reset(layout.pairs());
    }

    pub fn copy_from(&mut self, other: &Self) {
        self.layout = other.layout;
        self.next.copy_from(&other.next);
        self.gap.copy_from(&other.gap);
        self.end.copy_from(&other.end);
        self.duration.copy_from(&other.duration);
        self.start_gap.copy_from(&other.start_gap);
        self.end_gap.copy_from(&other.end_gap);
    }

    /// Adds a link alone, without its siblings.
    pub fn add_link(&mut self, parent: &Parent, child: &Child, weight: f32) {
        let pair = self.layout.pair(parent.kind, child.kind);
        self.start_gap.add(pair, child.start - parent.start, weight);
        self.end_gap.add(pair, parent.end - child.end, weight);
    }

    /// Adds a parent with all of its children.
    pub fn add_list(
        &mut self,
        automaton: &mut Automaton,
        parent: &Parent,
        list: &[u32],
        children: &[Child],
        weight: f32,
    ) {
        let layout = self.layout;
        let mut node = automaton.root(parent.kind);
        let mut last = Last::NONE;
        for (place, &index) in list.iter().enumerate() {
            let child = &children[index as usize];
            let (reference, from) = reference(layout, parent, &list[..place], children, child.start);
            self.next.row(node as usize)[child.kind as usize] += weight;
            self.gap.add(layout.gap(parent.kind, child.kind, reference), child.start - from, weight);
            if layout.callers > 1 {
                let pair = layout.pair(parent.kind, child.kind);
                self.duration.add(pair, child.end - child.start, weight);
            }
            self.add_link(parent, child, weight);
            node = automaton.step(node, child.kind);
            last.take(child);
        }
        self.next.row(node as usize)[layout.no_more()] += weight;
        let (kind, from) = last.or_start(layout, parent);
        self.end.add(layout.end(parent.kind, kind), parent.end - from, weight);
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let tables = [&self.gap, &self.end, &self.duration, &self.start_gap, &self.end_gap];
        self.next.memory_bytes() + tables.iter().map(|table| table.memory_bytes()).sum::<usize>()
    }
}

/// The child of a list that ends last.
#[derive(Debug, Clone, Copy)]
pub struct Last {
    end: i32,
    kind: u8,
}

impl Last {
    pub const NONE: Self = Self { end: i32::MIN, kind: u8::MAX };

    #[inline]
    pub fn take(&mut self, child: &Child) {
        if child.end >= self.end {
            *self = Self { end: child.end, kind: child.kind };
        }
    }

    /// The kind and the end; without a child `no_more` and the parent's start.
    #[inline]
    pub fn or_start(self, layout: Layout, parent: &Parent) -> (u8, i32) {
        match self.kind {
            u8::MAX => (layout.no_more() as u8, parent.start),
            kind => (kind, self.end),
        }
    }
}

/// The latest thing in the parent before a child that starts then, and its time: the parent's start, or
/// the start or the end of one of the siblings before it. Of things at the same time an end counts first,
/// then the start of a sibling.
#[inline]
pub fn reference(
    layout: Layout,
    parent: &Parent,
    before: &[u32],
    children: &[Child],
    start: i32,
) -> (u8, i32) {
    let Some(&previous) = before.last() else {
        return (PARENT_START, parent.start);
    };
    let previous = &children[previous as usize];
    let mut time = parent.start;
    let mut found = PARENT_START;
    if previous.start >= time {
        (time, found) = (previous.start, layout.sibling_start(previous.kind));
    }
    let mut by_end = false;
    for &sibling in before.iter().rev().take(LOOK_BACK) {
        let sibling = &children[sibling as usize];
        if sibling.end <= start && (sibling.end > time || sibling.end == time && !by_end) {
            (time, found, by_end) = (sibling.end, layout.sibling_end(sibling.kind), true);
        }
    }
    (found, time)
}

/// Whether a child follows from the start of its parent or of a sibling: where calls are served in order.
pub fn is_fan_out(layout: Layout, reference: u8) -> bool {
    layout.sort(reference) != Sort::SiblingEnd
}
