//! The calls of some slices of time, from which links and repeats are counted.
//!
//! All parents of a call are under way when it starts. So the calls that are under way in a slice
//! have all the links whose child starts in it, and no estimate from rates and latencies is needed,
//! which would miss that calls come in traces and in bursts. As long as there is room, every slice
//! is kept and the counts are exact. Then every other slice is given up, chosen by its number alone,
//! so the remaining ones say the same of the input, with the error of a sample.

use std::hash::BuildHasher;

use callweave_core::call::Call;
use callweave_core::seeded::SeededMap;

use super::addresses::AddressNumber;
use super::count_links::{count_links, Leg};
use super::mutual::count_mutual;
use super::row::Row;
use super::shared_ids::SharedIds;

/// Rows that are kept: 80 MB, twice that while they grow.
pub const MAX_ROWS: usize = 2_000_000;
/// The shortest slice, ms.
const SHORTEST_SLICE_MS: i64 = 1000;
/// So many slices may the longest call touch, about.
const SLICES_PER_CALL: i64 = 20;
/// 2^64 over the golden ratio: multiples of it are spread evenly.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The sample so far.
#[derive(Clone, Debug)]
pub struct Sample {
    slices: SeededMap<i64, Vec<Row>>,
    slice_ms: i64,
    rows: usize,
    most_rows: usize,
    /// One slice of `2^halvings` is kept.
    halvings: u32,
}

/// What is counted in the sample.
#[derive(Clone, Debug, Default)]
pub struct SampleCounts {
    /// Whether every slice was kept.
    pub is_whole: bool,
    /// Slices that were kept and in which a call starts.
    pub slices: u64,
    /// Calls that start in them, each once.
    pub calls: u64,
    /// Exact repeats of them.
    pub repeats: u64,
    /// Links whose child is one of the calls.
    pub links: u64,
    /// The most parents of one call.
    pub most_parents: u64,
    /// Calls with more parents than a list may hold.
    pub cut: u64,
    /// Calls that have another one as their parent and as their child.
    pub mutual: u64,
    /// Calls that share their id with others.
    pub shared_ids: SharedIds,
    /// Calls that start at an address, and their links.
    pub by_address: SeededMap<AddressNumber, (u64, u64)>,
}

impl Sample {
    /// Nothing yet, of calls that take up to `max_latency_ms`. At most `most_rows` are kept.
    pub fn new(max_latency_ms: i64, most_rows: usize) -> Self {
        Self {
            slices: SeededMap::default(),
            slice_ms: (max_latency_ms / SLICES_PER_CALL).max(SHORTEST_SLICE_MS),
            rows: 0,
            most_rows,
            halvings: 0,
        }
    }

    /// Adds an accepted call with the numbers of its addresses.
    pub fn add(&mut self, call: &Call<'_>, src: Option<AddressNumber>, dst: Option<AddressNumber>) {
        // A call may end 1 ms before its start, and still be the parent of one that starts then.
        let last_ms = call.start_ms.max(call.end_ms + 1);
        let mut id = None;
        for slice in call.start_ms.div_euclid(self.slice_ms)..=last_ms.div_euclid(self.slice_ms) {
            if !is_kept(slice, self.halvings) {
                continue;
            }
            let id = *id.get_or_insert_with(|| self.slices.hasher().hash_one(call.id));
            let row = Row { start_ms: call.start_ms, end_ms: call.end_ms, src, dst, id };
            self.slices.entry(slice).or_default().push(row);
            self.rows += 1;
        }
        while self.rows > self.most_rows {
            self.halve();
        }
    }

    /// The length of a slice, ms.
    pub fn slice_ms(&self) -> i64 {
        self.slice_ms
    }

    /// Counts what is there; a list holds up to `max_links`. Costs n log n for n rows.
    pub fn count(self, max_links: u64) -> SampleCounts {
        let mut counts = SampleCounts { is_whole: self.halvings == 0, ..SampleCounts::default() };
        let mut starting = Vec::new();
        for (slice, mut rows) in self.slices {
            let begin_ms = slice * self.slice_ms;
            let starts = rows.iter().filter(|row| row.start_ms >= begin_ms).count();
            rows.sort_unstable();
            rows.dedup();
            let first = rows.partition_point(|row| row.start_ms < begin_ms);
            let calls = rows.len() - first;
            starting.extend_from_slice(&rows[first..]);
            counts.mutual += count_mutual(&rows[first..]);
            counts.slices += u64::from(calls > 0);
            counts.calls += calls as u64;
            counts.repeats += (starts - calls) as u64;
            let mut legs = legs_of(&rows, begin_ms);
            count_links(&mut legs, |address, parents| counts.add_child(address, parents, max_links));
        }
        counts.shared_ids = SharedIds::of(starting);
        counts
    }

    fn halve(&mut self) {
        self.halvings += 1;
        let halvings = self.halvings;
        self.slices.retain(|&slice, _| is_kept(slice, halvings));
        self.rows = self.slices.values().map(Vec::len).sum();
    }
}

impl SampleCounts {
    fn add_child(&mut self, address: AddressNumber, parents: u64, max_links: u64) {
        self.links += parents;
        self.most_parents = self.most_parents.max(parents);
        self.cut += u64::from(parents > max_links);
        let (children, links) = self.by_address.entry(address).or_default();
        *children += 1;
        *links += parents;
    }
}

/// Whether a slice is one of the `2^-halvings` that are kept. Those kept lie evenly in time.
fn is_kept(slice: i64, halvings: u32) -> bool {
    // One is added because no halving would give up a product of zero.
    (slice as u64).wrapping_add(1).wrapping_mul(GOLDEN).leading_zeros() >= halvings
}

fn legs_of(rows: &[Row], begin_ms: i64) -> Vec<Leg> {
    let mut legs = Vec::with_capacity(2 * rows.len());
    for row in rows {
        let leg = |address, is_child| Leg {
            address,
            start_ms: row.start_ms,
            is_child,
            end_ms: row.end_ms,
            is_loop: row.src == row.dst,
        };
        legs.extend(row.dst.map(|address| leg(address, false)));
        let child = row.src.filter(|_| row.start_ms >= begin_ms);
        legs.extend(child.map(|address| leg(address, true)));
    }
    legs
}
