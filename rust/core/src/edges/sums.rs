//! The sums of a series: what its figures are made of, and nothing that depends on the order of calls.

use super::bins::{bin_of, value_of};
use super::exemplars::Exemplars;

/// What is added up of the calls of a series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Number of calls.
    pub count: u64,
    /// Of their latencies, ms.
    pub sum_ms: u128,
    /// Of the squares of their latencies, ms².
    pub squares: u128,
    /// The shortest latency, ms; 0 where there is no call.
    pub min_ms: u32,
    /// The longest latency, ms.
    pub max_ms: u32,
    /// What else is added up, as [`Kind`](super::Kind) says.
    pub own: [u64; 2],
    /// The most of what else is looked for, as [`Kind`](super::Kind) says.
    pub own_most: [u64; 2],
    /// Bins that have calls, in order, with the numbers of these.
    pub bins: Vec<(u16, u64)>,
    /// The slowest calls, or the chains that these are in.
    pub exemplars: Exemplars,
}

/// The figures of a series that say how its latencies are distributed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Mean, ms.
    pub mean_ms: f64,
    /// Standard deviation of all calls, not of a sample, ms.
    pub sd_ms: f64,
    /// Percentiles 50, 90, 95 and 99, whole ms, each at most 1 % off.
    pub percentiles_ms: [u32; PERCENTILES.len()],
}

/// The percentiles that are computed.
pub const PERCENTILES: [u64; 4] = [50, 90, 95, 99];

impl Sums {
    /// Adds a call.
    #[inline]
    pub fn add(&mut self, latency_ms: u32) {
        self.min_ms = if self.count == 0 { latency_ms } else { self.min_ms.min(latency_ms) };
        self.max_ms = self.max_ms.max(latency_ms);
        self.count += 1;
        self.sum_ms += u128::from(latency_ms);
        self.squares += u128::from(u64::from(latency_ms) * u64::from(latency_ms));
        self.add_to_bin(bin_of(latency_ms), 1);
    }

    #[inline]
    fn add_to_bin(&mut self, bin: u16, calls: u64) {
        let place = self.bins.partition_point(|&(other, _)| other < bin);
        match self.bins.get_mut(place) {
            Some((same, count)) if *same == bin => *count += calls,
            _ => self.bins.insert(place, (bin, calls)),
        }
    }

    /// Adds the calls of other sums, all but their exemplars.
    pub fn merge(&mut self, other: &Sums) {
        match (self.count, other.count) {
            (_, 0) => return,
            (0, _) => self.min_ms = other.min_ms,
            _ => self.min_ms = self.min_ms.min(other.min_ms),
        }
        self.max_ms = self.max_ms.max(other.max_ms);
        self.count += other.count;
        self.sum_ms += other.sum_ms;
        self.squares += other.squares;
        for at in 0..self.own.len() {
            self.own[at] += other.own[at];
            self.own_most[at] = self.own_most[at].max(other.own_most[at]);
        }
        other.bins.iter().for_each(|&(bin, calls)| self.add_to_bin(bin, calls));
    }

    /// What there is to say of the distribution. The same on every machine: of floating point there are only
    /// operations whose result is the nearest one.
    ///
    /// ```
    /// use callweave_core::edges::sums::Sums;
    /// let mut sums = Sums::default();
    /// [10, 20, 30, 40].into_iter().for_each(|latency_ms| sums.add(latency_ms));
    /// let spread = sums.spread();
    /// assert_eq!((spread.mean_ms, spread.sd_ms), (25.0, 125f64.sqrt()));
    /// assert_eq!(spread.percentiles_ms, [20, 40, 40, 40]);
    /// ```
    pub fn spread(&self) -> Spread {
        let count = u128::from(self.count.max(1));
        // Around a whole number of ms near the mean, so that no large numbers are taken from each other.
        let near_ms = self.sum_ms / count;
        let around = self.squares + count * near_ms * near_ms - 2 * near_ms * self.sum_ms;
        let rest = (self.sum_ms % count) as f64 / count as f64;
        let variance = around as f64 / count as f64 - rest * rest;
        Spread {
            mean_ms: self.sum_ms as f64 / count as f64,
            sd_ms: variance.max(0.0).sqrt(),
            percentiles_ms: PERCENTILES.map(|percent| self.percentile_ms(percent)),
        }
    }

    /// The 95th percentile of the latencies, as [`spread`](Self::spread) has it, ms.
    pub fn p95_ms(&self) -> u32 {
        self.percentile_ms(95)
    }

    /// The least latency that so many percent of the calls do not exceed, as the value of its bin; never beyond
    /// the shortest and the longest one.
    fn percentile_ms(&self, percent: u64) -> u32 {
        let rank = (u128::from(self.count) * u128::from(percent)).div_ceil(100);
        let mut below = 0;
        let bin = self.bins.iter().find(|(_, calls)| {
            below += u128::from(*calls);
            below >= rank
        });
        bin.map_or(0, |&(bin, _)| value_of(bin).clamp(self.min_ms, self.max_ms))
    }

    /// Forgets all calls, keeps memory for bins.
    pub fn clear(&mut self) {
        let mut bins = std::mem::take(&mut self.bins);
        bins.clear();
        *self = Sums { bins, ..Sums::default() };
    }

    /// Bytes held beside its own.
    pub fn memory_bytes(&self) -> usize {
        crate::memory::of_vec(&self.bins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn latencies() -> impl Strategy<Value = Vec<u32>> {
        prop::collection::vec(prop_oneof![0..300u32, 0..20_001u32, any::<u32>()], 1..80)
    }

    proptest! {
        #[test]
        fn the_same_calls_make_the_same_sums_however_they_are_merged(
            latencies in latencies(),
            parts in prop::collection::vec(0..4usize, 80),
        ) {
            let mut whole = Sums::default();
            latencies.iter().rev().for_each(|&latency_ms| whole.add(latency_ms));
            let mut split = vec![Sums::default(); 4];
            latencies.iter().zip(parts).for_each(|(&latency_ms, part)| split[part].add(latency_ms));
            let mut merged = Sums::default();
            split.iter().for_each(|part| merged.merge(part));
            prop_assert_eq!(merged, whole);
        }

        #[test]
        fn the_figures_are_those_of_a_naive_computation(mut latencies in latencies()) {
            let mut sums = Sums::default();
            latencies.iter().for_each(|&latency_ms| sums.add(latency_ms));
            latencies.sort_unstable();
            let spread = sums.spread();
            for (percent, percentile_ms) in PERCENTILES.into_iter().zip(spread.percentiles_ms) {
                let rank = (percent as f64 / 100.0 * latencies.len() as f64).ceil() as usize;
                let exact = f64::from(latencies[rank - 1]);
                prop_assert!((f64::from(percentile_ms) - exact).abs() <= 0.01 * exact, "p{percent}");
            }
            let count = latencies.len() as f64;
            let mean = latencies.iter().map(|&ms| f64::from(ms)).sum::<f64>() / count;
            let variance = latencies.iter().map(|&ms| (f64::from(ms) - mean).powi(2)).sum::<f64>() / count;
            prop_assert!((spread.mean_ms - mean).abs() <= 1e-9 * mean);
            prop_assert!((spread.sd_ms - variance.sqrt()).abs() <= 1e-6 * (1.0 + mean));
        }
    }

    #[test]
    fn equal_latencies_deviate_by_nothing_however_many_there_are() {
        let mut sums = Sums::default();
        sums.add(86_400_000);
        for _ in 0..36 {
            let half = sums.clone();
            sums.merge(&half);
        }
        assert_eq!((sums.spread().mean_ms, sums.spread().sd_ms), (86_400_000.0, 0.0));
    }
}
