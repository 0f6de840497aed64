//! Chains, summed up, and the slowest of them.

use std::cmp::Reverse;
use std::collections::HashMap;

use callweave_core::edges::sums::Sums;

use super::names::Names;
use super::record::as_latency;
use crate::show::{Chain, Slowest};

/// Ranges of confidence that are told apart.
pub const RANGES: usize = 10;
/// Calls that a chain has at most; more is a mistake, and sums of it might be too large.
const MAX_CALLS: u64 = 1 << 32;
/// Services at which chains begin that are told apart.
const MAX_ENTRIES: usize = 20_000;

/// What is summed up of chains.
#[derive(Debug)]
pub struct Chains {
    /// How long they took.
    pub totals: Sums,
    /// By the service that their first call went to: `own` is the number of calls.
    entries: HashMap<u32, Sums>,
    /// The records of the slowest.
    pub slowest: Slowest,
    /// Calls by the probability that their parent is right: from 0 to 0.1, and so on.
    pub confidence: [u64; RANGES],
    /// How many chains have no wrong link, by their confidence.
    pub expected_right: f64,
}

impl Chains {
    /// Keeps so many of the slowest.
    pub fn new(slowest: usize) -> Self {
        Self {
            totals: Sums::default(),
            entries: HashMap::new(),
            slowest: Slowest::new(slowest),
            confidence: [0; RANGES],
            expected_right: 0.0,
        }
    }

    /// Takes a chain that was read from this record; its first call went to `entry`.
    pub fn add(&mut self, chain: &Chain<'_>, entry: u32, record: &[u8]) {
        let total_ms = as_latency(chain.total_ms);
        self.totals.add(total_ms);
        self.expected_right += chain.confidence.clamp(0.0, 1.0);
        if self.entries.len() < MAX_ENTRIES || self.entries.contains_key(&entry) {
            let sums = self.entries.entry(entry).or_default();
            sums.add(total_ms);
            sums.own[0] += chain.calls.saturating_add(chain.omitted).min(MAX_CALLS);
        }
        for hop in &chain.hops {
            // The highest range has 1 in it.
            let range = (hop.confidence.clamp(0.0, 1.0) * RANGES as f64) as usize;
            self.confidence[range.min(RANGES - 1)] += 1;
        }
        self.slowest.add(chain.total_ms, record);
    }

    /// By the names that are shown, those with the most chains first.
    pub fn entries(&self, names: &Names) -> Vec<(u32, Sums)> {
        let mut shown = HashMap::<u32, Sums>::new();
        for (entry, sums) in &self.entries {
            shown.entry(names.shown(*entry)).or_default().merge(sums);
        }
        let mut entries: Vec<_> = shown.into_iter().collect();
        entries.sort_unstable_by_key(|(entry, sums)| (Reverse(sums.count), names.text(*entry)));
        entries
    }
}
