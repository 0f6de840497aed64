//! Rows of the model: counts, the probabilities that they stand for, and the logs of their densities.

use super::bins::{Row, BINS, LN_WIDTH, PRIOR};
use super::math::{exp_f32, ln_f32};
use super::places::Places;
use super::tally::Table;
use crate::memory::of_vec;

/// Weight of the back-off, as a number of observations.
const STRENGTH: f32 = 2.0;
/// What is taken off each count: a link must not vouch for itself.
const DISCOUNT: f32 = 1.0;
/// Share of the prior in every row.
pub const BASE: f32 = 0.02;
/// Rows by dense key, made when first needed.
#[derive(Debug, Default)]
pub struct Rows {
    places: Places,
    pub rows: Vec<Row>,
}

impl Rows {
    pub fn reset(&mut self, keys: usize) {
        self.places.reset(keys);
        self.rows.clear();
    }

    #[inline]
    pub fn place(&self, key: usize) -> Option<usize> {
        self.places.get(key)
    }

    /// The keys that have a row.
    pub fn keys(&self) -> impl Iterator<Item = usize> + '_ {
        self.places.keys()
    }

    pub fn insert(&mut self, key: usize, row: Row) -> usize {
        self.rows.push(row);
        self.share(key, self.rows.len() - 1)
    }

    /// Gives a key the row of another.
    pub fn share(&mut self, key: usize, place: usize) -> usize {
        self.places.set(key, place);
        place
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.places.memory_bytes() + of_vec(&self.rows)
    }
}

pub fn add(sums: &mut Row, row: &Row) {
    sums.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
}

/// Sums a table over the callers, of which each has `width` keys.
pub fn pool(sums: &mut Table, table: &Table, width: usize) {
    sums.reset(width);
    for (key, row) in table.rows() {
        add(sums.row(key % width), row);
    }
}

/// Numbers that are added up side by side: in an order of its own, the same on every machine.
const LANES: usize = 8;

/// Sums of what `of` makes of each number of a row.
#[inline]
fn sums(row: &[f32], of: impl Fn(f32) -> [f32; 2]) -> [f32; 2] {
    let mut lanes = [[0f32; LANES]; 2];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks.chain([rest]) {
        for (lane, &value) in chunk.iter().enumerate() {
            let [a, b] = of(value);
            lanes[0][lane] += a;
            lanes[1][lane] += b;
        }
    }
    lanes.map(|lanes| lanes.iter().sum())
}

/// Probabilities of counts, each of which is worth less than it is; what is taken off goes to the back-off.
#[inline]
pub fn smooth(counts: &[f32], back_off: &[f32], boost: f32, out: &mut [f32]) {
    let [kept, removed] = discounted(counts);
    let strength = (STRENGTH + removed) * boost;
    let scale = 1.0 / (kept + strength);
    for ((out, &count), &back_off) in out.iter_mut().zip(counts).zip(back_off) {
        *out = ((count - DISCOUNT).max(0.0) + strength * back_off) * scale;
    }
}

/// The probability of one bin, as [`smooth`] makes those of all of a learned model.
pub fn smooth_at(counts: &Row, bin: usize, back_off: f32) -> f32 {
    let [kept, removed] = discounted(counts);
    let strength = STRENGTH + removed;
    ((counts[bin] - DISCOUNT).max(0.0) + strength * back_off) / (kept + strength)
}

/// What stays of counts, and what is taken off.
#[inline]
fn discounted(counts: &[f32]) -> [f32; 2] {
    sums(counts, |count| [(count - DISCOUNT).max(0.0), count.min(DISCOUNT)])
}

/// Log densities of probabilities, by bin.
pub fn densities(probabilities: &Row) -> Row {
    let mut row = [0.0; BINS];
    for (bin, density) in row.iter_mut().enumerate() {
        let p = (1.0 - BASE) * probabilities[bin] + BASE * PRIOR[bin];
        *density = ln_f32(p) - LN_WIDTH[bin];
    }
    row
}

/// Entropy of a row of log densities, nats.
pub fn entropy(densities: &Row) -> f32 {
    let mut parts = [0.0; BINS];
    for (bin, part) in parts.iter_mut().enumerate() {
        *part = exp_f32(densities[bin] + LN_WIDTH[bin]) * -densities[bin];
    }
    sums(&parts, |part| [part, 0.0])[0]
}
