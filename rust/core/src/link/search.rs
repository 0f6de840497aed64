//! The lists of one address with many calls, of which each takes the nearest.

use super::listed::Listed;
use crate::block::halves::List;
use crate::nearest::{count_reaching, Nearest};
use crate::tables::CallRow;

/// The lists of one address by an index of it.
///
/// The two directions are one search, mirrored in time. From a child, parents are looked for from
/// its start backwards, among those that end no earlier than it. From a parent, children are looked
/// for from its start forwards, among those that end no later: forwards is backwards in the
/// reversed order, and no later is no earlier for negated ends.
#[derive(Debug, Default)]
pub struct Search {
    nearest: Nearest,
    /// The end of each call that can be listed and its place among them, in the order of the search.
    ends: Vec<i64>,
    places: Vec<u32>,
    /// Per query how many of them come into question, and the end that they must reach.
    queries: Vec<(usize, i64)>,
    /// Per query the length of its list without a limit.
    totals: Vec<u32>,
}

impl Search {
    /// Prepares the search for the parents of each child, in the order of `children`.
    pub fn parents_of(&mut self, children: &[CallRow], parents: &[CallRow]) {
        self.ends.clear();
        self.places.clear();
        // Among equal starts the first by id is the nearest, so it is met first.
        let mut end = 0;
        for equal in parents.chunk_by(|a, b| a.start_ms == b.start_ms) {
            let begin = end;
            end += equal.len() as u32;
            self.ends.extend(equal.iter().rev().map(|parent| parent.end_ms));
            self.places.extend((begin..end).rev());
        }
        self.queries.clear();
        let mut before = 0;
        for child in children {
            while parents.get(before).is_some_and(|parent| parent.start_ms <= child.start_ms) {
                before += 1;
            }
            self.queries.push((before, child.end_ms));
        }
        self.index();
    }

    /// Prepares the search for the children of each parent, from the last of `parents` to the first.
    pub fn children_of(&mut self, parents: &[CallRow], children: &[CallRow]) {
        self.ends.clear();
        self.ends.extend(children.iter().rev().map(|child| -child.end_ms));
        self.places.clear();
        self.places.extend((0..children.len() as u32).rev());
        self.queries.clear();
        let mut before = 0;
        for parent in parents.iter().rev() {
            let mut latest = children.iter().rev().skip(before);
            while latest.next().is_some_and(|child| child.start_ms >= parent.start_ms) {
                before += 1;
            }
            self.queries.push((before, -parent.end_ms));
        }
        self.index();
    }

    fn index(&mut self) {
        self.nearest.build(self.ends.iter().copied());
        self.totals = count_reaching(&self.ends, self.queries.iter().copied());
    }

    /// Makes one list, of at most `max_links` ids. `items` are the calls that can be listed, `own`
    /// the place among them of the call itself.
    pub fn list(
        &self,
        query: usize,
        items: &[CallRow],
        own: Option<usize>,
        max_links: usize,
        listed: &mut Listed,
    ) -> List {
        let (before, bound) = self.queries[query];
        let begin = listed.begin(max_links.min(items.len()));
        let mut end = begin;
        self.nearest.descend(before, bound, |index| {
            let place = self.places[index];
            if own != Some(place as usize) {
                listed.ids[end] = place;
                end += 1;
            }
            end - begin < max_links
        });
        let list = &mut listed.ids[begin..end];
        list.sort_unstable();
        for id in list {
            *id = items[*id as usize].id;
        }
        let total = self.totals[query] as usize - usize::from(own.is_some());
        let omitted = (total - (end - begin)) as u32;
        List { omitted, ..listed.end(begin, end) }
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.nearest.memory_bytes()
            + self.ends.capacity() * 12
            + self.queries.capacity() * 16
            + self.totals.capacity() * 4
    }
}
