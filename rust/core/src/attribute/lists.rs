//! The lists of parents while children move between them, with what is known of their scores.

use super::frozen::{Cursor, Term};
use super::judge::Judge;
use super::scene::NONE;
use super::tally::is_fan_out;
use crate::memory::of_vec;

/// Children behind a change that are scored anew: a change matters little beyond.
const HORIZON: usize = 64;
/// Children before a change that those behind it may refer to.
const LOOK_BACK: usize = 12;

#[derive(Debug, Default)]
struct List {
    parent: u32,
    children: Vec<u32>,
    /// The cursor before each child, and behind the last.
    cursors: Vec<Cursor>,
    /// What each child adds where it is.
    terms: Vec<Term>,
    score: f32,
    version: u32,
}

/// A change of a list: its first `from` children, then others, then its own again from `rest` on.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    pub from: usize,
    pub rest: usize,
}

/// Lists of some of the parents.
#[derive(Debug, Default)]
pub struct MovingLists {
    /// The list of each parent, or [`NONE`].
    places: Vec<u32>,
    lists: Vec<List>,
    len: usize,
    /// Whether each child follows from a start where it is.
    pub is_fan_out: Vec<bool>,
    /// The children of which this, or the parent, has changed since somebody looked.
    pub changed: Vec<u32>,
    merged: Vec<u32>,
    /// The last version given to a list.
    version: u32,
}

impl MovingLists {
    /// Takes up the lists of these parents, without the children that move.
    pub fn begin(&mut self, judge: &Judge<'_>, parents: impl Iterator<Item = u32>) {
        self.places.clear();
        self.places.resize(judge.parents.len(), NONE);
        self.is_fan_out.clear();
        self.is_fan_out.resize(judge.children.len(), false);
        self.changed.clear();
        self.len = 0;
        self.version = 0;
        for parent in parents {
            if self.len == self.lists.len() {
                self.lists.push(List::default());
            }
            let list = &mut self.lists[self.len];
            self.places[parent as usize] = self.len as u32;
            self.len += 1;
            list.parent = parent;
            list.children.clear();
            list.children.extend_from_slice(judge.fixed.of(parent as usize));
            list.cursors.clear();
            list.terms.clear();
        }
    }

    /// Puts a child into a list whose score is made anew later.
    pub fn insert(&mut self, parent: u32, child: u32) {
        let list = &mut self.lists[self.places[parent as usize] as usize];
        let place = list.children.partition_point(|&other| other < child);
        list.children.insert(place, child);
    }

    /// Makes all scores anew: after children were put in, or when the model has changed.
    pub fn rescore(&mut self, judge: &mut Judge<'_>) {
        for place in 0..self.len {
            self.score_from(judge, place, 0);
        }
    }

    pub fn children(&self, parent: u32) -> &[u32] {
        &self.lists[self.places[parent as usize] as usize].children
    }

    /// A number above 0 that changes with the list, and with what it is scored by.
    #[inline]
    pub fn version(&self, parent: u32) -> u32 {
        self.lists[self.places[parent as usize] as usize].version
    }

    pub fn score(&self, parent: u32) -> f32 {
        self.lists[self.places[parent as usize] as usize].score
    }

    /// The parents with their lists.
    pub fn all(&self) -> impl Iterator<Item = (u32, &[u32])> {
        self.lists[..self.len].iter().map(|list| (list.parent, &list.children[..]))
    }

    /// The score of a list after a change, and whether the first of the other children would follow from
    /// a start. The other children are in order, and between those before and behind them.
    pub fn score_with(
        &mut self,
        judge: &mut Judge<'_>,
        parent: u32,
        change: Change,
        others: &[u32],
    ) -> (f32, bool) {
        let list = &self.lists[self.places[parent as usize] as usize];
        let Change { from, rest } = change;
        let back = from.saturating_sub(LOOK_BACK);
        let until = list.children.len().min(rest + HORIZON);
        self.merged.clear();
        self.merged.extend_from_slice(&list.children[back..from]);
        self.merged.extend_from_slice(others);
        self.merged.extend_from_slice(&list.children[rest..until]);
        let gone = &list.children[from..rest];
        let mut cursor = list.cursors[from];
        let mut follows = false;
        for place in from - back..self.merged.len() {
            let (before, behind) = self.merged.split_at(place);
            let child = behind[0];
            // Of its own children the first has another before it.
            let own = (place + back).checked_sub(from + others.len()).filter(|&own| own > 0);
            let known = own.map(|own| list.terms[rest + own]).filter(|term| {
                let start = judge.children[child as usize].start;
                let matters = |&at: &u32| {
                    let end = judge.children[at as usize].end;
                    end >= term.time && end <= start
                };
                // All that is before it was looked at, then and now.
                let is_whole =
                    back == 0 && before.len().max(rest + place + back - from - others.len()) <= LOOK_BACK;
                is_whole && !gone.iter().chain(others).any(matters)
            });
            let term = match known {
                Some(term) => {
                    judge.take_known(child, term, &mut cursor);
                    term
                }
                None => judge.take(parent, before, child, &mut cursor),
            };
            if place == from - back {
                follows = is_fan_out(judge.layout, term.reference);
            }
        }
        let score = if until == list.children.len() {
            judge.finish(parent, &cursor)
        } else {
            cursor.sum + list.score - list.cursors[until].sum
        };
        (score, follows)
    }

    /// Makes a change.
    pub fn apply(&mut self, judge: &mut Judge<'_>, parent: u32, change: Change, others: &[u32]) {
        let place = self.places[parent as usize] as usize;
        let children = &mut self.lists[place].children;
        children.splice(change.from..change.rest, others.iter().copied());
        self.score_from(judge, place, change.from);
    }

    fn score_from(&mut self, judge: &mut Judge<'_>, place: usize, from: usize) {
        self.version += 1;
        let List { parent, children, cursors, terms, score, version } = &mut self.lists[place];
        *version = self.version;
        cursors.truncate(from + 1);
        terms.truncate(from);
        let mut cursor = match cursors.get(from) {
            Some(&cursor) => cursor,
            None => {
                cursors.clear();
                terms.clear();
                cursors.push(judge.begin(*parent));
                cursors[0]
            }
        };
        for at in cursors.len() - 1..children.len() {
            let (before, behind) = children.split_at(at);
            let term = judge.take(*parent, before, behind[0], &mut cursor);
            terms.push(term);
            let is_fan_out = is_fan_out(judge.layout, term.reference);
            if std::mem::replace(&mut self.is_fan_out[behind[0] as usize], is_fan_out) != is_fan_out {
                self.changed.push(behind[0]);
            }
            cursors.push(cursor);
        }
        *score = judge.finish(*parent, &cursor);
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let list = |list: &List| of_vec(&list.children) + of_vec(&list.cursors) + of_vec(&list.terms);
        self.lists.iter().map(list).sum::<usize>()
            + of_vec(&self.lists)
            + of_vec(&self.places)
            + of_vec(&self.is_fan_out)
            + of_vec(&self.changed)
            + of_vec(&self.merged)
    }
}
