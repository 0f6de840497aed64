//! The model as log densities, made of its counts row by row when a row is first needed.

use super::automaton::{Automaton, Node};
use super::bins::{bin, Row, PRIOR};
use super::layout::{Layout, Sort};
use super::math::ln;
use super::outcomes::Outcomes;
use super::rows::{add, densities, entropy, pool, smooth, Rows, BASE};
use super::scene::{Child, Parent};
use super::tally::{reference, Last, Table, Tally};
use crate::memory::of_vec;

/// How much sharper the distance from the parent's start has to be to be used in place of the distance
/// from a sibling, nats.
const SHARPER: f32 = 0.3;

/// How far a parent's list was scored.
#[derive(Debug, Clone, Copy)]
pub struct Cursor {
    /// Sum of the log densities so far.
    pub sum: f32,
    pub node: u32,
    pub last: Last,
}

/// What a child adds to the score of a list, as long as what it is measured from stays.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    sum: f32,
    /// When that was.
    pub time: i32,
    pub reference: u8,
}

/// What a list is scored with.
#[derive(Debug, Default)]
pub struct Frozen {
    layout: Layout,
    tally: Tally,
    /// How much more the back-off weighs than in a model that was learned.
    boost: f32,
    /// Sums over the callers: by callee and reference, by callee and sort of reference.
    gap_pooled: Table,
    gap_by_sort: Table,
    end_pooled: Table,
    duration_pooled: Table,
    start_gap_pooled: Table,
    end_gap_pooled: Table,
    /// Sums of the rows of what comes next: by pool, by caller and last kind, by last kind.
    next_by_pool: Outcomes,
    next_by_last: Outcomes,
    next_last: Outcomes,
    /// Log probabilities of what comes next, by node, and where that row is of nodes without counts, by
    /// caller and last kind.
    next: Outcomes,
    next_unseen: Vec<Option<usize>>,
    gap: Rows,
    /// Whether the row of a gap is that of the distance from the parent's start.
    gap_from_start: Vec<bool>,
    /// The entropy of each row of gaps.
    gap_entropy: Vec<f32>,
    end: Rows,
    duration: Rows,
    start_gap: Rows,
    end_gap: Rows,
}

impl Frozen {
    /// Takes these counts; rows made before are forgotten. `boost` is 1 for a model that was learned.
    pub fn freeze(&mut self, tally: &Tally, automaton: &mut Automaton, boost: f32) {
        let layout = tally.layout;
        self.layout = layout;
        self.boost = boost;
        self.tally.copy_from(tally);
        for key in self.gap.keys() {
            self.gap_from_start[key] = false;
        }
        let gaps = layout.gaps() + layout.callees * (layout.references() + 3) + layout.pairs();
        self.gap.reset(gaps);
        self.gap_from_start.resize(self.gap_from_start.len().max(gaps), false);
        self.gap_entropy.clear();
        self.end.reset(layout.ends());
        self.duration.reset(layout.pairs());
        self.start_gap.reset(layout.pairs());
        self.end_gap.reset(layout.pairs());
        self.pool_tables();
        self.pool_next(automaton);
    }

    fn pool_tables(&mut self) {
        let Layout { callees, .. } = self.layout;
        let references = self.layout.references();
        self.gap_pooled.reset(callees * references);
        self.gap_by_sort.reset(callees * 3);
        for (key, row) in self.tally.gap.rows() {
            let (callee, reference) = (key / references % callees, key % references);
            add(self.gap_pooled.row(callee * references + reference), row);
            let sort = self.layout.sort(reference as u8) as usize;
            add(self.gap_by_sort.row(callee * 3 + sort), row);
        }
        pool(&mut self.end_pooled, &self.tally.end, self.layout.outcomes());
        pool(&mut self.duration_pooled, &self.tally.duration, callees);
        pool(&mut self.start_gap_pooled, &self.tally.start_gap, callees);
        pool(&mut self.end_gap_pooled, &self.tally.end_gap, callees);
    }

    fn pool_next(&mut self, automaton: &mut Automaton) {
        let outcomes = self.layout.outcomes();
        for rows in [&mut self.next_by_pool, &mut self.next_by_last, &mut self.next_last, &mut self.next] {
            rows.reset(outcomes);
        }
        self.next_unseen.clear();
        self.next_unseen.resize(self.layout.ends(), None);
        for (node, row) in self.tally.next.rows() {
            let Node { caller, last, .. } = automaton.get(node as u32);
            let pool = automaton.pool(node as u32) as usize;
            let by_last = self.layout.end(caller, last);
            for (rows, key) in [
                (&mut self.next_by_pool, pool),
                (&mut self.next_by_last, by_last),
                (&mut self.next_last, last as usize),
            ] {
                rows.row(key).iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
            }
        }
    }

    /// Log probability that this kind comes next, or no more.
    #[inline]
    fn ln_next(&mut self, automaton: &Automaton, node: u32, outcome: usize) -> f32 {
        let place = match self.next.place(node as usize) {
            Some(place) => place,
            None => self.make_next(automaton, node),
        };
        self.next.at(place)[outcome]
    }

    /// Nodes without counts of their own or of other callers are many, and differ in nothing but the
    /// caller and the last kind: they share a row.
    #[cold]
    fn make_next(&mut self, automaton: &Automaton, node: u32) -> usize {
        let Node { caller, last, .. } = automaton.get(node);
        let by_last = self.layout.end(caller, last);
        let own = self.tally.next.get(node as usize);
        let pool = automaton.known_pool(node).and_then(|pool| self.next_by_pool.get(pool as usize));
        let is_unseen = own.is_none() && pool.is_none();
        if let (true, Some(shared)) = (is_unseen, self.next_unseen[by_last]) {
            return self.next.share(node as usize, shared);
        }
        let uniform = 1.0 / self.layout.outcomes() as f32;
        let smooth = |counts: Option<&[f32]>, back_off: Vec<f32>| match counts {
            Some(counts) => {
                let mut out = back_off.clone();
                smooth(counts, &back_off, self.boost, &mut out);
                out
            }
            None => back_off,
        };
        let by_kind = smooth(self.next_last.get(last as usize), vec![uniform; self.layout.outcomes()]);
        let mut back_off = smooth(self.next_by_last.get(by_last), by_kind.clone());
        for (half, other) in back_off.iter_mut().zip(smooth(pool, by_kind)) {
            *half = 0.5 * (*half + other);
        }
        let mut row = smooth(own, back_off);
        for p in &mut row {
            *p = ln(f64::from((1.0 - BASE) * *p + BASE * uniform)) as f32;
        }
        let place = self.next.insert(node as usize, &row);
        if is_unseen {
            self.next_unseen[by_last] = Some(place);
        }
        place
    }

    /// Log density of a child's start behind its reference.
    #[inline]
    fn ln_gap(&mut self, parent: &Parent, child: &Child, reference: u8, from: i32) -> f32 {
        let key = self.layout.gap(parent.kind, child.kind, reference);
        let place = match self.gap.place(key) {
            Some(place) => place,
            None => self.make_gap(parent.kind, child.kind, reference, key),
        };
        let from = if self.gap_from_start[key] { parent.start } else { from };
        self.gap.rows[place][bin(child.start - from)]
    }

    /// Behind the keys of the gaps stand those of the rows that many of them share: of all callers, of all
    /// references of a sort, and of the distance from the parent's start.
    #[cold]
    fn make_gap(&mut self, caller: u8, callee: u8, reference: u8, key: usize) -> usize {
        let Layout { callees, .. } = self.layout;
        let sort = self.layout.sort(reference);
        let by_sort = callee as usize * 3 + sort as usize;
        let pooled = callee as usize * self.layout.references() + reference as usize;
        let pooled_key = self.layout.gaps() + pooled;
        let sort_key = self.layout.gaps() + callees * self.layout.references() + by_sort;
        let start_key = self.layout.gaps() + callees * (self.layout.references() + 3);
        let shared = match (self.tally.gap.get(key), self.gap_pooled.get(pooled)) {
            (Some(_), _) => key,
            (None, Some(_)) => pooled_key,
            (None, None) => sort_key,
        };
        let place = self.gap.place(shared).unwrap_or_else(|| {
            let mut row = self.smooth(self.gap_by_sort.get(by_sort), &PRIOR);
            row = self.smooth(self.gap_pooled.get(pooled), &row);
            row = densities(&self.smooth(self.tally.gap.get(key), &row));
            self.gap_entropy.push(entropy(&row));
            self.gap.insert(shared, row)
        });
        if sort != Sort::Parent {
            let pair = start_key + self.layout.pair(caller, callee);
            let start = self.gap.place(pair).unwrap_or_else(|| {
                let start = self.start_gap_place(caller, callee);
                let row = self.start_gap.rows[start];
                self.gap_entropy.push(entropy(&row));
                self.gap.insert(pair, row)
            });
            if self.gap_entropy[start] + SHARPER < self.gap_entropy[place] {
                self.gap_from_start[key] = true;
                return self.gap.share(key, start);
            }
        }
        self.gap.share(key, place)
    }

    fn start_gap_place(&mut self, caller: u8, callee: u8) -> usize {
        let key = self.layout.pair(caller, callee);
        self.start_gap.place(key).unwrap_or_else(|| {
            let pooled = self.smooth(self.start_gap_pooled.get(callee as usize), &PRIOR);
            let row = densities(&self.smooth(self.tally.start_gap.get(key), &pooled));
            self.start_gap.insert(key, row)
        })
    }

    /// Log density of a child's start behind the parent's plus that of its end before the parent's: a link
    /// without a look at its siblings.
    #[inline]
    pub fn ln_link(&mut self, parent: &Parent, child: &Child) -> f32 {
        let key = self.layout.pair(parent.kind, child.kind);
        let start = self.start_gap_place(parent.kind, child.kind);
        let end = self.end_gap.place(key).unwrap_or_else(|| {
            let pooled = self.smooth(self.end_gap_pooled.get(child.kind as usize), &PRIOR);
            let row = densities(&self.smooth(self.tally.end_gap.get(key), &pooled));
            self.end_gap.insert(key, row)
        });
        self.start_gap.rows[start][bin(child.start - parent.start)]
            + self.end_gap.rows[end][bin(parent.end - child.end)]
    }

    /// Log density of a child's start behind the parent's.
    #[inline]
    pub fn ln_start(&mut self, parent: &Parent, child: &Child) -> f32 {
        let place = self.start_gap_place(parent.kind, child.kind);
        self.start_gap.rows[place][bin(child.start - parent.start)]
    }

    /// Log of how much likelier a child's duration is with this caller than with any.
    #[inline]
    fn ln_duration(&mut self, parent: &Parent, child: &Child) -> f32 {
        let key = self.layout.pair(parent.kind, child.kind);
        let place = self.duration.place(key).unwrap_or_else(|| {
            let pooled = self.smooth(self.duration_pooled.get(child.kind as usize), &PRIOR);
            let all = densities(&pooled);
            let mut row = densities(&self.smooth(self.tally.duration.get(key), &pooled));
            row.iter_mut().zip(&all).for_each(|(own, all)| *own -= all);
            self.duration.insert(key, row)
        });
        self.duration.rows[place][bin(child.end - child.start)]
    }

    /// Log density of the parent's end behind its last child's, or of its duration.
    #[inline]
    fn ln_end(&mut self, parent: &Parent, last: Last) -> f32 {
        let (kind, from) = last.or_start(self.layout, parent);
        let key = self.layout.end(parent.kind, kind);
        let place = self.end.place(key).unwrap_or_else(|| {
            let pooled = self.smooth(self.end_pooled.get(kind as usize), &PRIOR);
            let row = densities(&self.smooth(self.tally.end.get(key), &pooled));
            self.end.insert(key, row)
        });
        self.end.rows[place][bin(parent.end - from)]
    }

    fn smooth(&self, counts: Option<&Row>, back_off: &Row) -> Row {
        let mut out = *back_off;
        if let Some(counts) = counts {
            smooth(counts, back_off, self.boost, &mut out);
        }
        out
    }

    /// Where the scoring of a parent begins.
    #[inline]
    pub fn begin(&self, automaton: &Automaton, parent: &Parent) -> Cursor {
        Cursor { sum: 0.0, node: automaton.root(parent.kind), last: Last::NONE }
    }

    /// What a child of a parent adds to its score whatever came before it, but for what it is measured from: the latest
    /// thing in the parent before it.
    #[inline]
    pub fn term(&mut self, parent: &Parent, before: &[u32], child: &Child, children: &[Child]) -> Term {
        let (reference, time) = reference(self.layout, parent, before, children, child.start);
        let mut sum = self.ln_gap(parent, child, reference, time);
        if self.layout.callers > 1 {
            sum += self.ln_duration(parent, child);
        }
        Term { sum, time, reference }
    }

    /// Scores the next child, whose term is known.
    #[inline]
    pub fn step(&mut self, automaton: &mut Automaton, child: &Child, term: Term, cursor: &mut Cursor) {
        cursor.sum += self.ln_next(automaton, cursor.node, child.kind as usize) + term.sum;
        cursor.node = automaton.step(cursor.node, child.kind);
        cursor.last.take(child);
    }

    /// The score of a whole list that was taken up to there. Of a parent that ends beyond what is visible
    /// more children may come.
    #[inline]
    pub fn finish(&mut self, automaton: &Automaton, parent: &Parent, cursor: &Cursor) -> f32 {
        if parent.is_open {
            return cursor.sum;
        }
        cursor.sum
            + self.ln_next(automaton, cursor.node, self.layout.no_more())
            + self.ln_end(parent, cursor.last)
    }

    /// Rows that were made since the model was frozen.
    pub fn made(&self) -> usize {
        let rows = [&self.gap, &self.end, &self.duration, &self.start_gap, &self.end_gap];
        self.next.len() + rows.iter().map(|rows| rows.rows.len()).sum::<usize>()
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let tables = [
            &self.gap_pooled,
            &self.gap_by_sort,
            &self.end_pooled,
            &self.duration_pooled,
            &self.start_gap_pooled,
            &self.end_gap_pooled,
        ];
        let rows = [&self.gap, &self.end, &self.duration, &self.start_gap, &self.end_gap];
        let next = [&self.next_by_pool, &self.next_by_last, &self.next_last, &self.next];
        self.tally.memory_bytes()
            + tables.iter().map(|table| table.memory_bytes()).sum::<usize>()
            + rows.iter().map(|rows| rows.memory_bytes()).sum::<usize>()
            + next.iter().map(|rows| rows.memory_bytes()).sum::<usize>()
            + of_vec(&self.next_unseen)
            + of_vec(&self.gap_from_start)
            + of_vec(&self.gap_entropy)
    }
}
