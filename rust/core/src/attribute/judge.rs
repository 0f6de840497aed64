//! Everything that the score of a parent's list depends on.

use super::automaton::Automaton;
use super::children::Lists;
use super::effort;
use super::frozen::{Cursor, Frozen, Term};
use super::layout::Layout;
use super::scene::{Child, Parent};

/// The calls and the model that scores them.
pub struct Judge<'a> {
    pub layout: Layout,
    pub parents: &'a [Parent],
    pub children: &'a [Child],
    /// The children of each parent that are not in question.
    pub fixed: &'a Lists,
    pub automaton: &'a mut Automaton,
    pub frozen: &'a mut Frozen,
    /// Log odds of first come, first served, for each pair of kinds.
    pub order: &'a [f32],
    /// Children that were scored so far.
    pub scored: u64,
}

impl Judge<'_> {
    pub fn begin(&self, parent: u32) -> Cursor {
        self.frozen.begin(self.automaton, &self.parents[parent as usize])
    }

    /// Scores the next child of a parent, behind those before it.
    #[inline]
    pub fn take(&mut self, parent: u32, before: &[u32], child: u32, cursor: &mut Cursor) -> Term {
        let call = &self.children[child as usize];
        let term = self.frozen.term(&self.parents[parent as usize], before, call, self.children);
        self.take_known(child, term, cursor);
        term
    }

    /// The same, of a child whose term is known.
    #[inline]
    pub fn take_known(&mut self, child: u32, term: Term, cursor: &mut Cursor) {
        self.scored += 1;
        self.frozen.step(self.automaton, &self.children[child as usize], term, cursor);
    }

    /// Units of work so far. What is made for the first time costs most.
    pub fn spent(&self) -> f64 {
        effort::of_scoring(self.scored, self.automaton.len(), self.frozen.made())
    }

    #[inline]
    pub fn finish(&mut self, parent: u32, cursor: &Cursor) -> f32 {
        self.frozen.finish(self.automaton, &self.parents[parent as usize], cursor)
    }

    /// Log odds of first come, first served for this child of this parent.
    #[inline]
    pub fn order_of(&self, parent: u32, child: u32) -> f32 {
        let caller = self.parents[parent as usize].kind;
        self.order[self.layout.pair(caller, self.children[child as usize].kind)]
    }
}
