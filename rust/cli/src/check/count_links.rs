//! How many links some calls have, without making them.

use super::addresses::AddressNumber;

/// What a call is at an address. Ordered as they are counted: parents before children that start
/// with them, since equal bounds count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leg {
    /// Where the parent goes and the child comes from.
    pub address: AddressNumber,
    /// Start, ms.
    pub start_ms: i64,
    /// A child; else a parent.
    pub is_child: bool,
    /// End, ms.
    pub end_ms: i64,
    /// The call also has the other leg at this address: it is not its own parent.
    pub is_loop: bool,
}

/// Sorts the legs, and tells for each child its address and the number of its parents.
/// Costs n log n for n legs, however many links there are.
pub fn count_links(legs: &mut [Leg], mut tell: impl FnMut(AddressNumber, u64)) {
    legs.sort_unstable();
    for at_address in legs.chunk_by(|a, b| a.address == b.address) {
        let mut ends: Vec<i64> =
            at_address.iter().filter(|leg| !leg.is_child).map(|leg| leg.end_ms).collect();
        ends.sort_unstable();
        let mut started = RankCounts::new(ends.len());
        for leg in at_address {
            let rank = ends.partition_point(|&end_ms| end_ms < leg.end_ms);
            if leg.is_child {
                let covering = started.total() - started.below(rank);
                tell(leg.address, covering - u64::from(leg.is_loop));
            } else {
                started.add(rank);
            }
        }
    }
}

/// Counts by rank, and sums of them, each in logarithmic time: a Fenwick tree.
struct RankCounts {
    /// `sums[i]` is the sum of the `i & -i` counts that end with rank `i - 1`.
    sums: Vec<u64>,
    total: u64,
}

impl RankCounts {
    fn new(ranks: usize) -> Self {
        Self { sums: vec![0; ranks + 1], total: 0 }
    }

    fn add(&mut self, rank: usize) {
        self.total += 1;
        let mut index = rank + 1;
        while index < self.sums.len() {
            self.sums[index] += 1;
            index += index & index.wrapping_neg();
        }
    }

    fn below(&self, rank: usize) -> u64 {
        let mut index = rank;
        let mut sum = 0;
        while index > 0 {
            sum += self.sums[index];
            index &= index - 1;
        }
        sum
    }

    fn total(&self) -> u64 {
        self.total
    }
}
