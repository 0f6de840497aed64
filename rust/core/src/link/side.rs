//! One side of one address: for each call of the one kind, those of the other kind in its list.

use crate::nearest::{count_reaching, Nearest};
use crate::tables::CallRow;

/// The calls of one address, sorted, and the search from the one kind into the other.
///
/// The two directions are one search, mirrored in time. From a child, parents are looked for from
/// its start backwards, among those that end no earlier than it. From a parent, children are looked
/// for from its start forwards, among those that end no later: forwards is backwards in the
/// reversed order, and no later is no earlier for negated ends.
#[derive(Debug, Default)]
pub struct Side {
    nearest: Nearest,
    ends: Vec<i64>,
    queries: Vec<(usize, i64)>,
    /// Per query the length of its list without a limit; empty where no list can be over it.
    totals: Vec<u32>,
    backwards: bool,
    found: Vec<usize>,
}

impl Side {
    /// Prepares the search for the parents of each child, in the order of `children`.
    pub fn parents_of(&mut self, children: &[CallRow], parents: &[CallRow], max_links: usize) {
        self.ends.clear();
        self.ends.extend(parents.iter().map(|parent| parent.end_ms));
        self.queries.clear();
        let mut before = 0;
        for child in children {
            while parents.get(before).is_some_and(|parent| parent.start_ms <= child.start_ms) {
                before += 1;
            }
            self.queries.push((before, child.end_ms));
        }
        self.backwards = true;
        self.index(max_links);
    }

    /// Prepares the search for the children of each parent, from the last of `parents` to the first.
    pub fn children_of(&mut self, parents: &[CallRow], children: &[CallRow], max_links: usize) {
        self.ends.clear();
        self.ends.extend(children.iter().rev().map(|child| -child.end_ms));
        self.queries.clear();
        let mut before = 0;
        for parent in parents.iter().rev() {
            let mut latest = children.iter().rev().skip(before);
            while latest.next().is_some_and(|child| child.start_ms >= parent.start_ms) {
                before += 1;
            }
            self.queries.push((before, -parent.end_ms));
        }
        self.backwards = false;
        self.index(max_links);
    }

    fn index(&mut self, max_links: usize) {
        self.nearest.build(self.ends.iter().copied());
        self.totals.clear();
        if self.ends.len() > max_links {
            self.totals = count_reaching(&self.ends, self.queries.iter().copied());
        }
    }

    /// Number of lists to make.
    pub fn len(&self) -> usize {
        self.queries.len()
    }

    /// Appends the ids of one list, in order of start and id, to `listed`; returns how many more
    /// there are. `items` are the calls that are listed, `own` is the call itself among them.
    pub fn list(
        &mut self,
        query: usize,
        items: &[CallRow],
        own: Option<usize>,
        max_links: usize,
        listed: &mut Vec<u32>,
    ) -> u64 {
        let (before, bound) = self.queries[query];
        let (found, last) = (&mut self.found, items.len().wrapping_sub(1));
        found.clear();
        let backwards = self.backwards;
        self.nearest.descend(before, bound, |index| {
            let item = if backwards { index } else { last - index };
            if own != Some(item) {
                found.push(item);
            }
            found.len() < max_links
        });
        if backwards {
            // Found from the latest start to the earliest, equal starts in order of id.
            found.reverse();
            for equal in found.chunk_by_mut(|&a, &b| items[a].start_ms == items[b].start_ms) {
                equal.reverse();
            }
        }
        listed.extend(found.iter().map(|&item| items[item].id));
        let all =
            self.totals.get(query).map_or(found.len(), |&total| total as usize - usize::from(own.is_some()));
        (all - found.len()) as u64
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.nearest.memory_bytes()
            + self.ends.capacity() * 8
            + self.queries.capacity() * 16
            + self.totals.capacity() * 4
    }
}
