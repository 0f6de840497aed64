//! The scores of all lists that a parent may have, where it has few ambiguous children.

use super::frozen::Cursor;
use super::judge::Judge;
use super::tally::is_fan_out;
use crate::memory::of_vec;

/// Ambiguous children of a parent at most.
pub const MAX_AMBIGUOUS: usize = 8;
/// Children that are not in question behind the last one that is: what comes later is the same for all.
const HORIZON: usize = 64;
/// Marks a child that is not in question.
const FIXED: u8 = u8::MAX;

/// Scores of subsets, parent after parent. A subset is a number with a bit for each ambiguous child.
#[derive(Debug, Default)]
pub struct Subsets {
    /// Log score of each subset.
    pub scores: Vec<f32>,
    /// The children of each subset that follow from a start: a bit for each.
    pub fan_outs: Vec<u8>,
    sequence: Vec<(u32, u8)>,
    list: Vec<u32>,
    is_cut: bool,
}

impl Subsets {
    pub fn clear(&mut self) {
        self.scores.clear();
        self.fan_outs.clear();
    }

    /// Appends the scores of all subsets of these children of a parent, each merged with its fixed ones.
    pub fn push(&mut self, judge: &mut Judge<'_>, parent: u32, ambiguous: &[u32]) {
        let begin = self.scores.len();
        self.scores.resize(begin + (1 << ambiguous.len()), 0.0);
        self.fan_outs.resize(begin + (1 << ambiguous.len()), 0);
        let fixed = judge.fixed.of(parent as usize);
        self.sequence.clear();
        self.sequence.extend(fixed.iter().map(|&child| (child, FIXED)));
        self.sequence.extend(ambiguous.iter().enumerate().map(|(bit, &child)| (child, bit as u8)));
        self.sequence.sort_unstable();
        let end =
            self.sequence.iter().rposition(|&(_, bit)| bit != FIXED).map_or(0, |last| last + 1 + HORIZON);
        self.is_cut = end < self.sequence.len();
        self.sequence.truncate(end.max(HORIZON));
        self.list.clear();
        let cursor = judge.begin(parent);
        self.descend(judge, parent, 0, cursor, 0, 0, begin);
    }

    #[allow(clippy::too_many_arguments)]
    fn descend(
        &mut self,
        judge: &mut Judge<'_>,
        parent: u32,
        mut place: usize,
        mut cursor: Cursor,
        subset: usize,
        mut fan_out: u8,
        begin: usize,
    ) {
        let depth = self.list.len();
        while let Some(&(child, bit)) = self.sequence.get(place) {
            place += 1;
            if bit == FIXED {
                judge.take(parent, &self.list, child, &mut cursor);
                self.list.push(child);
                continue;
            }
            let mut with = cursor;
            let term = judge.take(parent, &self.list, child, &mut with);
            let follows = u8::from(is_fan_out(judge.layout, term.reference)) << bit;
            self.list.push(child);
            self.descend(judge, parent, place, with, subset | 1 << bit, fan_out | follows, begin);
            self.list.pop();
            fan_out &= !(1 << bit);
        }
        self.list.truncate(depth);
        self.scores[begin + subset] = if self.is_cut { cursor.sum } else { judge.finish(parent, &cursor) };
        self.fan_outs[begin + subset] = fan_out;
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.scores) + of_vec(&self.fan_outs) + of_vec(&self.sequence) + of_vec(&self.list)
    }
}
