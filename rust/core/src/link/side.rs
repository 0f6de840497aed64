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
    /// The end and the id of each call that is listed, in the order of the search.
    ends: Vec<i64>,
    ids: Vec<u32>,
    /// Whether two of them start at the same time.
    equal_starts: bool,
    queries: Vec<(usize, i64)>,
    /// Per query the length of its list without a limit; empty where no list can be over it.
    totals: Vec<u32>,
    backwards: bool,
    /// Starts of the calls of a list, where some of them are equal.
    found: Vec<i64>,
}

impl Side {
    /// Prepares the search for the parents of each child, in the order of `children`.
    pub fn parents_of(&mut self, children: &[CallRow], parents: &[CallRow], max_links: usize) {
        self.ends.clear();
        self.ends.extend(parents.iter().map(|parent| parent.end_ms));
        self.ids.clear();
        self.ids.extend(parents.iter().map(|parent| parent.id));
        self.equal_starts = parents.windows(2).any(|two| two[0].start_ms == two[1].start_ms);
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
        self.ids.clear();
        self.ids.extend(children.iter().rev().map(|child| child.id));
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
        let own = own.map(|item| if self.backwards { item } else { items.len() - 1 - item });
        let first = listed.len();
        let (ids, found) = (&self.ids, &mut self.found);
        found.clear();
        let note = self.backwards && self.equal_starts;
        self.nearest.descend(before, bound, |index| {
            if own != Some(index) {
                listed.push(ids[index]);
                if note {
                    found.push(items[index].start_ms);
                }
            }
            listed.len() - first < max_links
        });
        let list = &mut listed[first..];
        if self.backwards {
            // Found from the latest start to the earliest, equal starts in order of id.
            list.reverse();
            found.reverse();
            let mut rest = &mut *list;
            for equal in found.chunk_by(|a, b| a == b) {
                let (run, tail) = rest.split_at_mut(equal.len());
                run.reverse();
                rest = tail;
            }
        }
        let all =
            self.totals.get(query).map_or(list.len(), |&total| total as usize - usize::from(own.is_some()));
        (all - list.len()) as u64
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.nearest.memory_bytes()
            + self.ends.capacity() * 12
            + self.queries.capacity() * 16
            + self.totals.capacity() * 4
    }
}
