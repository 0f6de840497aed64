//! The slowest chains of many.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Keeps the records of the chains that took longest, so many at most; of those that took equally long the
/// first ones. A record that is not kept costs a comparison.
#[derive(Debug)]
pub struct Slowest {
    most: usize,
    kept: BinaryHeap<Reverse<Kept>>,
    seen: u64,
}

/// In order of what is rather kept.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    total_ms: i64,
    number: Reverse<u64>,
    record: Vec<u8>,
}

impl Slowest {
    /// Keeps `most` records.
    pub fn new(most: usize) -> Self {
        Self { most, kept: BinaryHeap::new(), seen: 0 }
    }

    /// Takes the record of a chain.
    pub fn add(&mut self, total_ms: i64, record: &[u8]) {
        self.seen += 1;
        if self.kept.len() >= self.most {
            match self.kept.peek() {
                Some(Reverse(fastest)) if fastest.total_ms < total_ms => drop(self.kept.pop()),
                _ => return,
            }
        }
        let number = Reverse(self.seen);
        self.kept.push(Reverse(Kept { total_ms, number, record: record.to_owned() }));
    }

    /// How many it was given.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// The records, the slowest chain first.
    pub fn into_records(self) -> Vec<Vec<u8>> {
        self.kept.into_sorted_vec().into_iter().map(|Reverse(kept)| kept.record).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(most: usize, totals_ms: &[i64]) -> Vec<u8> {
        let mut slowest = Slowest::new(most);
        for (name, total_ms) in (b'a'..).zip(totals_ms) {
            slowest.add(*total_ms, &[name]);
        }
        assert_eq!(slowest.seen(), totals_ms.len() as u64);
        slowest.into_records().concat()
    }

    #[test]
    fn the_slowest_stay_in_order_and_of_equal_ones_the_first() {
        assert_eq!(kept(3, &[5, 9, 1, 7, 9, 0]), b"bed");
        assert_eq!(kept(2, &[4, 4, 4]), b"ab");
        assert_eq!(kept(9, &[1, 2]), b"ba");
        assert_eq!(kept(1, &[]), b"");
        assert_eq!(kept(0, &[1]), b"");
    }
}
