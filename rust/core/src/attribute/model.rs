//! What is known of an address: its counts, compact.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use smallvec::{Array, SmallVec};

use super::automaton::Automaton;
use super::bins::{Row, BINS};
use super::layout::{Kinds, Layout};
use super::math::exp;
use super::tally::{Table, Tally};
use crate::memory;

/// Counts are kept in parts of one.
const PARTS: f32 = 64.0;
/// Parents in which a count fades to a third.
const MEMORY: f64 = 1_000.0;
/// New counts weigh more instead of old ones less; beyond this all are made less again.
const MAX_INFLATION: f64 = 16.0;
/// Bytes that a saved model may take.
const MAX_BYTES: usize = 6_000;
/// Bytes of a row beside its counts, about.
const ROW_BYTES: usize = 6;

/// Parts of log odds of order.
const ORDER_PARTS: f32 = 60.0;

/// Counts in parts, by bin or by outcome, without those that are zero. In order. Most rows have a few.
pub type Sparse = SmallVec<[(u8, u32); 8]>;

/// What comes next after a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextRow {
    pub caller: u8,
    /// [`u8::MAX`] before the first child.
    pub last: u8,
    /// Kinds emitted, with how often.
    #[serde(deserialize_with = "few")]
    pub set: SmallVec<[(u8, u8); 8]>,
    /// By kind; [`u8::MAX`] for no more.
    #[serde(deserialize_with = "few")]
    pub counts: Sparse,
}

/// A histogram. Its key is the kinds and the reference that it is of; what does not matter is 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    pub key: (u8, u8, u8),
    #[serde(deserialize_with = "few")]
    pub counts: Sparse,
}

/// Reads a list item by item: its length may be whatever a damaged state says, and gets no memory by itself.
fn few<'de, D, A>(deserializer: D) -> Result<SmallVec<A>, D::Error>
where
    D: Deserializer<'de>,
    A: Array,
    A::Item: Deserialize<'de>,
{
    struct Items<A>(PhantomData<A>);

    impl<'de, A: Array> Visitor<'de> for Items<A>
    where
        A::Item: Deserialize<'de>,
    {
        type Value = SmallVec<A>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list")
        }

        fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<SmallVec<A>, S::Error> {
            let mut items = SmallVec::new();
            while let Some(item) = list.next_element()? {
                items.push(item);
            }
            Ok(items)
        }
    }

    deserializer.deserialize_seq(Items(PhantomData))
}

/// The tables of histograms.
pub const GAP: usize = 0;
pub const END: usize = 1;
pub const DURATION: usize = 2;
pub const START_GAP: usize = 3;
pub const END_GAP: usize = 4;
pub const TABLES: usize = 5;

/// The model of an address.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub callers: Kinds,
    pub callees: Kinds,
    /// Parents ever learned.
    pub learned: u64,
    /// What a count of one weighs now.
    pub inflation: f64,
    pub next: Vec<NextRow>,
    pub tables: [Vec<Histogram>; TABLES],
    /// Log odds of order by kinds, in parts of [`ORDER_PARTS`].
    pub order: Vec<(u8, u8, u8)>,
    /// By callee: children, those that only an asynchronous call explains, and those that came while no
    /// parent was open.
    pub children: Vec<[u64; 3]>,
    /// Time without open parent, and all time, ms.
    pub idle_ms: u64,
    pub total_ms: u64,
    /// Where the last window ended.
    pub until_ms: Option<i64>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            callers: Kinds::default(),
            callees: Kinds::default(),
            learned: 0,
            inflation: 1.0,
            next: Vec::new(),
            tables: Default::default(),
            order: Vec::new(),
            children: Vec::new(),
            idle_ms: 0,
            total_ms: 0,
            until_ms: None,
        }
    }
}

impl Model {
    pub fn layout(&self) -> Layout {
        Layout { callers: self.callers.peers().len(), callees: self.callees.peers().len() }
    }

    /// What a part of a count is worth now.
    pub fn unit(&self) -> f32 {
        (1.0 / (self.inflation * f64::from(PARTS))) as f32
    }

    /// Lays out the counts that concern children of the kinds that are `met`. Rows of other kinds are never looked up,
    /// not even for a back-off.
    pub fn thaw(&self, met: &[bool], automaton: &mut Automaton, tally: &mut Tally) {
        let is_met = |kind: u8| kind == u8::MAX || met[kind as usize];
        let layout = tally.layout;
        let unit = self.unit();
        let mut set = vec![0; layout.callees];
        for row in self.next.iter().filter(|row| is_met(row.last)) {
            set.fill(0);
            for &(kind, count) in &row.set {
                set[kind as usize] = count;
            }
            let last = if row.last == u8::MAX { layout.no_more() as u8 } else { row.last };
            let node = automaton.node(row.caller, last, &set);
            for &(kind, count) in &row.counts {
                let outcome = if kind == u8::MAX { layout.no_more() } else { kind as usize };
                tally.next.row(node as usize)[outcome] += count as f32 * unit;
            }
        }
        for (place, table) in self.tables.iter().enumerate() {
            let into = table_mut(tally, place);
            for histogram in table.iter().filter(|histogram| is_met(histogram.key.1)) {
                let row = into.row(dense_key(layout, place, histogram.key));
                for &(bin, count) in &histogram.counts {
                    row[bin as usize] = count as f32 * unit;
                }
            }
        }
    }

    /// Whether there are no counts of links.
    pub fn has_no_links(&self) -> bool {
        self.tables[START_GAP].is_empty()
    }

    /// Log odds of order of all pairs of kinds, 0 for those that were never compared.
    pub fn order(&self, layout: Layout) -> Vec<f32> {
        let mut order = vec![0.0; layout.pairs()];
        for &(caller, callee, value) in &self.order {
            order[layout.pair(caller, callee)] = f32::from(value) / ORDER_PARTS;
        }
        order
    }

    pub fn set_order(&mut self, layout: Layout, order: &[f32]) {
        self.order.clear();
        for (pair, &value) in order.iter().enumerate().filter(|(_, &value)| value > 0.0) {
            let (caller, callee) = ((pair / layout.callees) as u8, (pair % layout.callees) as u8);
            self.order.push((caller, callee, (value * ORDER_PARTS + 0.5) as u8));
        }
    }

    /// Adds what so many parents did; what was known before fades by as much.
    pub fn learn(&mut self, automaton: &Automaton, tally: &Tally, parents: u64) {
        if parents == 0 {
            return;
        }
        let layout = tally.layout;
        self.learned = self.learned.saturating_add(parents);
        self.inflation *= exp(parents as f64 / MEMORY);
        if self.inflation > MAX_INFLATION {
            self.deflate();
        }
        let unit = (self.inflation * f64::from(PARTS)) as f32;
        for (node, row) in tally.next.rows() {
            self.add_next(automaton, layout, node as u32, row, unit);
        }
        for (place, table) in self.tables.iter_mut().enumerate() {
            for (key, row) in table_ref(tally, place).rows() {
                let key = sparse_key(layout, place, key);
                let found = table.binary_search_by_key(&key, |histogram| histogram.key);
                let at = found.unwrap_or_else(|at| {
                    table.insert(at, Histogram { key, counts: Sparse::new() });
                    at
                });
                add(
                    &mut table[at].counts,
                    row.iter().enumerate().map(|(bin, &count)| (bin as u8, count)),
                    unit,
                );
            }
        }
        self.fit();
    }

    fn add_next(&mut self, automaton: &Automaton, layout: Layout, node: u32, row: &[f32], unit: f32) {
        let at = automaton.get(node);
        let last = if at.last as usize == layout.no_more() { u8::MAX } else { at.last };
        let set: SmallVec<[(u8, u8); 8]> =
            (0u8..).zip(automaton.set(node).iter().copied()).filter(|&(_, n)| n > 0).collect();
        let key = |row: &NextRow| (row.caller, row.last);
        let found = self.next.binary_search_by(|row| {
            key(row).cmp(&(at.caller, last)).then_with(|| row.set.as_slice().cmp(&set))
        });
        let place = found.unwrap_or_else(|place| {
            self.next.insert(place, NextRow { caller: at.caller, last, set, counts: Sparse::new() });
            place
        });
        let outcomes = row.iter().enumerate().map(|(outcome, &count)| {
            (if outcome == layout.no_more() { u8::MAX } else { outcome as u8 }, count)
        });
        add(&mut self.next[place].counts, outcomes, unit);
    }

    /// Makes a count of one weigh one again.
    fn deflate(&mut self) {
        let scale = 1.0 / self.inflation;
        self.inflation = 1.0;
        self.each_counts(|counts| {
            for (_, count) in counts.iter_mut() {
                *count = (f64::from(*count) * scale + 0.5) as u32;
            }
            counts.retain(|&mut (_, count)| count > 0);
        });
        self.drop_rows(1);
    }

    fn each_counts(&mut self, mut change: impl FnMut(&mut Sparse)) {
        self.next.iter_mut().for_each(|row| change(&mut row.counts));
        self.tables.iter_mut().flatten().for_each(|histogram| change(&mut histogram.counts));
    }

    /// Drops rows whose counts sum to less than that.
    fn drop_rows(&mut self, least: u64) {
        let stays = |counts: &Sparse| counts.iter().map(|&(_, count)| u64::from(count)).sum::<u64>() >= least;
        self.next.retain(|row| stays(&row.counts));
        self.tables.iter_mut().for_each(|table| table.retain(|histogram| stays(&histogram.counts)));
    }

    /// Drops the rows that say least until the rest is small enough.
    fn fit(&mut self) {
        let mut least = (self.inflation * f64::from(PARTS)) as u64;
        while self.bytes() > MAX_BYTES && self.tables.iter().any(|table| !table.is_empty()) {
            self.drop_rows(least);
            least *= 2;
            let known = &self.tables[START_GAP];
            self.order.retain(|&(caller, callee, _)| {
                known.binary_search_by_key(&(caller, callee, 0), |histogram| histogram.key).is_ok()
            });
        }
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let counts = |counts: &Sparse| memory::of_small(counts);
        let next: usize = self.next.iter().map(|row| memory::of_small(&row.set) + counts(&row.counts)).sum();
        let rows: usize = self.tables.iter().flatten().map(|row| counts(&row.counts)).sum();
        let tables: usize = self.tables.iter().map(memory::of_vec).sum();
        next + rows
            + tables
            + memory::of_vec(&self.next)
            + memory::of_vec(&self.order)
            + memory::of_vec(&self.children)
            + self.callers.memory_bytes()
            + self.callees.memory_bytes()
    }

    /// Bytes that the model takes when saved, about.
    pub fn bytes(&self) -> usize {
        let row = |counts: &Sparse| {
            let bytes = counts.iter().map(|&(_, count)| match count {
                0..=250 => 2,
                251..=65_535 => 4,
                _ => 6,
            });
            ROW_BYTES + bytes.sum::<usize>()
        };
        let next: usize = self.next.iter().map(|at| row(&at.counts) + 2 * at.set.len()).sum();
        let tables: usize = self.tables.iter().flatten().map(|histogram| row(&histogram.counts)).sum();
        next + tables
            + 9 * (self.callers.peers().len() + self.callees.peers().len())
            + 3 * self.order.len()
            + 12 * self.children.len()
    }
}

/// Adds counts to those that are kept, in order.
fn add(counts: &mut Sparse, new: impl Iterator<Item = (u8, f32)>, unit: f32) {
    for (key, count) in new.filter(|&(_, count)| count > 0.0) {
        let parts = (count * unit + 0.5) as u32;
        match counts.binary_search_by_key(&key, |&(key, _)| key) {
            Ok(place) => counts[place].1 = counts[place].1.saturating_add(parts),
            Err(_) if parts == 0 => {}
            Err(place) => counts.insert(place, (key, parts)),
        }
    }
}

fn table_ref(tally: &Tally, place: usize) -> &Table {
    [&tally.gap, &tally.end, &tally.duration, &tally.start_gap, &tally.end_gap][place]
}

fn table_mut(tally: &mut Tally, place: usize) -> &mut Table {
    match place {
        GAP => &mut tally.gap,
        END => &mut tally.end,
        DURATION => &mut tally.duration,
        START_GAP => &mut tally.start_gap,
        _ => &mut tally.end_gap,
    }
}

/// References are kept as 0 for the parent's start, 1 + 2k for the start of kind k, 2 + 2k for its end: those
/// do not change when a kind is added. An end without child has kind [`u8::MAX`].
fn sparse_key(layout: Layout, place: usize, key: usize) -> (u8, u8, u8) {
    match place {
        GAP => {
            let (pair, reference) = (key / layout.references(), key % layout.references());
            let reference = match reference {
                0 => 0,
                r if r <= layout.callees => 1 + 2 * (r - 1),
                r => 2 + 2 * (r - 1 - layout.callees),
            };
            ((pair / layout.callees) as u8, (pair % layout.callees) as u8, reference as u8)
        }
        END => {
            let kind = key % layout.outcomes();
            let kind = if kind == layout.no_more() { u8::MAX } else { kind as u8 };
            ((key / layout.outcomes()) as u8, kind, 0)
        }
        _ => ((key / layout.callees) as u8, (key % layout.callees) as u8, 0),
    }
}

fn dense_key(layout: Layout, place: usize, (caller, callee, reference): (u8, u8, u8)) -> usize {
    match place {
        GAP => {
            let reference = match reference {
                0 => 0,
                r if r % 2 == 1 => layout.sibling_start((r - 1) / 2),
                r => layout.sibling_end((r - 2) / 2),
            };
            layout.gap(caller, callee, reference)
        }
        END if callee == u8::MAX => layout.end(caller, layout.no_more() as u8),
        END => layout.end(caller, callee),
        _ => layout.pair(caller, callee),
    }
}

const _: () = assert!(BINS <= u8::MAX as usize && size_of::<Row>() == 4 * BINS);
