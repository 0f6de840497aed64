//! Rows of the model: counts, the probabilities that they stand for, and the logs of their densities.

use super::bins::{Row, BINS, LN_WIDTH, PRIOR};
use super::math::{exp, ln};
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
    places: Vec<u32>,
    pub rows: Vec<Row>,
}

impl Rows {
    pub fn reset(&mut self, keys: usize) {
        self.places.clear();
        self.places.resize(keys, 0);
        self.rows.clear();
    }

    #[inline]
    pub fn place(&self, key: usize) -> Option<usize> {
        self.places[key].checked_sub(1).map(|place| place as usize)
    }

    pub fn insert(&mut self, key: usize, row: Row) -> usize {
        self.rows.push(row);
        self.share(key, self.rows.len() - 1)
    }

    /// Gives a key the row of another.
    pub fn share(&mut self, key: usize, place: usize) -> usize {
        self.places[key] = place as u32 + 1;
        place
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.places) + of_vec(&self.rows)
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

/// Probabilities of counts, each of which is worth less than it is; what is taken off goes to the back-off.
pub fn smooth(counts: &[f32], back_off: &[f32], boost: f32, out: &mut [f32]) {
    let kept: f32 = counts.iter().map(|&count| (count - DISCOUNT).max(0.0)).sum();
    let removed: f32 = counts.iter().map(|&count| count.min(DISCOUNT)).sum();
    let strength = (STRENGTH + removed) * boost;
    let scale = 1.0 / (kept + strength);
    for ((out, &count), &back_off) in out.iter_mut().zip(counts).zip(back_off) {
        *out = ((count - DISCOUNT).max(0.0) + strength * back_off) * scale;
    }
}

pub fn densities(probabilities: &Row) -> Row {
    let mut row = [0.0; BINS];
    for (bin, density) in row.iter_mut().enumerate() {
        let p = (1.0 - BASE) * probabilities[bin] + BASE * PRIOR[bin];
        *density = ln(f64::from(p)) as f32 - LN_WIDTH[bin];
    }
    row
}

/// Entropy of a row of log densities, nats.
pub fn entropy(densities: &Row) -> f32 {
    let mut sum = 0.0;
    for (bin, &density) in densities.iter().enumerate() {
        sum -= exp(f64::from(density + LN_WIDTH[bin])) as f32 * density;
    }
    sum
}
