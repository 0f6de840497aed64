//! Sums over time, in buckets that grow wider as the time does.

use std::collections::VecDeque;

/// The narrowest bucket, ms.
const NARROWEST_MS: i64 = 1000;
/// Buckets of a timeline at most; half as many when they have just become wider.
pub const MAX_BUCKETS: i64 = 80;

/// The time that all timelines share. Buckets are as wide as it needs: each step doubles their width.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scale {
    doublings: u32,
    /// The first bucket and the last.
    range: Option<(i64, i64)>,
}

/// What is summed in a bucket.
pub trait Merge: Default {
    /// Adds what another bucket has.
    fn merge(&mut self, other: Self);
}

/// The buckets from the first to the last one that has something.
#[derive(Debug, Clone)]
pub struct Timeline<T> {
    doublings: u32,
    first: i64,
    buckets: VecDeque<T>,
}

impl Scale {
    /// The bucket of a moment, ms of the epoch. From now on the scale has room for it.
    pub fn bucket(&mut self, time_ms: i64) -> i64 {
        let narrow = time_ms.div_euclid(NARROWEST_MS);
        let bucket = narrow >> self.doublings;
        let (mut first, mut last) = self.range.unwrap_or((bucket, bucket));
        if (first..=last).contains(&bucket) && self.range.is_some() {
            return bucket;
        }
        (first, last) = (first.min(bucket), last.max(bucket));
        let mut more = 0;
        while (last >> more) - (first >> more) >= MAX_BUCKETS {
            more += 1;
        }
        self.doublings += more;
        self.range = Some((first >> more, last >> more));
        narrow >> self.doublings
    }

    /// How wide a bucket is, ms.
    pub fn width_ms(self) -> i64 {
        NARROWEST_MS << self.doublings
    }

    /// Where the first bucket begins, ms of the epoch, and how many there are.
    pub fn extent(self) -> (i64, usize) {
        let (first, last) = self.range.unwrap_or((0, -1));
        (first.saturating_mul(self.width_ms()), (last - first + 1) as usize)
    }
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { doublings: 0, first: 0, buckets: VecDeque::new() }
    }
}

impl<T: Merge> Timeline<T> {
    /// What a bucket of the scale has summed.
    pub fn at(&mut self, scale: Scale, bucket: i64) -> &mut T {
        self.widen(scale);
        if self.buckets.is_empty() {
            self.first = bucket;
        }
        while bucket < self.first {
            self.buckets.push_front(T::default());
            self.first -= 1;
        }
        let place = (bucket - self.first) as usize;
        if place >= self.buckets.len() {
            self.buckets.resize_with(place + 1, T::default);
        }
        &mut self.buckets[place]
    }

    /// Makes the buckets as wide as those of the scale.
    fn widen(&mut self, scale: Scale) {
        let more = scale.doublings - self.doublings;
        self.doublings = scale.doublings;
        if more == 0 || self.buckets.is_empty() {
            return;
        }
        let (narrow_first, narrow) = (self.first, std::mem::take(&mut self.buckets));
        self.first = narrow_first >> more;
        for (bucket, sums) in (narrow_first..).zip(narrow) {
            let place = ((bucket >> more) - self.first) as usize;
            if place >= self.buckets.len() {
                self.buckets.resize_with(place + 1, T::default);
            }
            self.buckets[place].merge(sums);
        }
    }

    /// Adds what another timeline of the same scale has.
    pub fn merge(&mut self, mut other: Self, scale: Scale) {
        other.widen(scale);
        for (bucket, sums) in (other.first..).zip(other.buckets) {
            self.at(scale, bucket).merge(sums);
        }
    }

    /// All buckets of the scale, from its first to its last; `None` where this timeline has none.
    pub fn buckets(&mut self, scale: Scale) -> impl Iterator<Item = Option<&T>> {
        self.widen(scale);
        let (first, last) = scale.range.unwrap_or((0, -1));
        let (own_first, buckets) = (self.first, &self.buckets);
        (first..=last).map(move |bucket| buckets.get(usize::try_from(bucket - own_first).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    impl Merge for u64 {
        fn merge(&mut self, other: Self) {
            *self += other;
        }
    }

    proptest! {
        #[test]
        fn every_moment_counts_in_the_bucket_that_it_lies_in_however_far_times_reach(
            times_ms in prop::collection::vec((prop_oneof![-9_000..90_000i64, 0..1i64 << 53], 0..3usize), 1..60),
        ) {
            let mut scale = Scale::default();
            let mut lines = [const { Timeline::<u64> { doublings: 0, first: 0, buckets: VecDeque::new() } }; 3];
            for &(time_ms, line) in &times_ms {
                let bucket = scale.bucket(time_ms);
                *lines[line].at(scale, bucket) += 1;
            }
            let (start_ms, count) = scale.extent();
            prop_assert!(count as i64 <= MAX_BUCKETS);
            let [mut merged, second, third] = lines;
            merged.merge(second, scale);
            merged.merge(third, scale);
            let mut expected = BTreeMap::<i64, u64>::new();
            for (time_ms, _) in &times_ms {
                *expected.entry((time_ms - start_ms).div_euclid(scale.width_ms())).or_default() += 1;
            }
            let found: BTreeMap<i64, u64> = (0..)
                .zip(merged.buckets(scale))
                .filter_map(|(place, count)| Some((place, *count?)))
                .filter(|(_, count)| *count > 0)
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
