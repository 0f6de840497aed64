//! The nearest of many intervals that cover one: the search behind every list of links.

/// Values in a fixed order, indexed so that the last ones before a place that reach a bound are
/// found without a look at the others.
///
/// A tree of maxima: building it costs O(n); finding `k` values costs O(k log n), and little more
/// than a scan where most of the values reach the bound.
#[derive(Debug, Default)]
pub struct Nearest {
    /// The values, then level by level the maxima of [`FAN`] entries of the level below.
    levels: Vec<Vec<i64>>,
}

const FAN: usize = 16;

impl Nearest {
    /// Indexes these values in place of the former ones.
    pub fn build(&mut self, values: impl Iterator<Item = i64>) {
        let mut level = 0;
        self.level(0).extend(values);
        while self.levels[level].len() > FAN {
            let maxima: Vec<i64> = self.levels[level].chunks(FAN).map(max).collect();
            level += 1;
            self.level(level).extend(maxima);
        }
        self.levels.truncate(level + 1);
    }

    fn level(&mut self, level: usize) -> &mut Vec<i64> {
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        self.levels[level].clear();
        &mut self.levels[level]
    }

    /// Visits the indices below `before` whose value is at least `bound`, from the last to the
    /// first, until `visit` returns false.
    pub fn descend(&self, before: usize, bound: i64, mut visit: impl FnMut(usize) -> bool) {
        let Some(top) = self.levels.len().checked_sub(1) else {
            return;
        };
        let width = FAN.pow(top as u32);
        let nodes = before.min(self.levels[0].len()).div_ceil(width);
        for node in (0..nodes).rev() {
            if !self.visit(top, node, before, bound, &mut visit) {
                return;
            }
        }
    }

    fn visit(
        &self,
        level: usize,
        node: usize,
        before: usize,
        bound: i64,
        visit: &mut impl FnMut(usize) -> bool,
    ) -> bool {
        if self.levels[level][node] < bound {
            return true;
        }
        if level == 0 {
            return visit(node);
        }
        let width = FAN.pow(level as u32 - 1);
        let first = node * FAN;
        let end = (first + FAN).min(before.min(self.levels[0].len()).div_ceil(width));
        if level == 1 {
            let values = self.levels[0][first..end].iter().enumerate().rev();
            return { values }.all(|(offset, &value)| value < bound || visit(first + offset));
        }
        (first..end).rev().all(|below| self.visit(level - 1, below, before, bound, visit))
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.levels.iter().map(|level| level.capacity() * 8).sum()
    }
}

fn max(values: &[i64]) -> i64 {
    values.iter().copied().max().unwrap_or(i64::MIN)
}

/// For queries of (`before`, `bound`), in ascending order of `before`: how many of `values` below
/// that index are at least `bound`. Costs O((n + q) log n).
pub fn count_reaching(values: &[i64], queries: impl Iterator<Item = (usize, i64)>) -> Vec<u32> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let mut below = Fenwick::new(sorted.len());
    let mut inserted = 0;
    queries
        .map(|(before, bound)| {
            while inserted < before {
                below.add(sorted.partition_point(|&value| value < values[inserted]));
                inserted += 1;
            }
            inserted as u32 - below.sum(sorted.partition_point(|&value| value < bound))
        })
        .collect()
}

/// Counts by rank, with sums of prefixes in O(log n).
struct Fenwick(Vec<u32>);

impl Fenwick {
    fn new(ranks: usize) -> Self {
        Fenwick(vec![0; ranks + 1])
    }

    fn add(&mut self, rank: usize) {
        let mut place = rank + 1;
        while place < self.0.len() {
            self.0[place] += 1;
            place += place & place.wrapping_neg();
        }
    }

    /// The count of all ranks below `rank`.
    fn sum(&self, rank: usize) -> u32 {
        let mut place = rank;
        let mut sum = 0;
        while place > 0 {
            sum += self.0[place];
            place &= place - 1;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_search_goes_backwards_until_it_is_told_to_stop() {
        let mut nearest = Nearest::default();
        nearest.build([5, 9, 2, 7].into_iter());
        let mut found = Vec::new();
        nearest.descend(4, 5, |index| {
            found.push(index);
            found.len() < 2
        });
        assert_eq!(found, [3, 1]);
    }

    proptest! {
        #[test]
        fn the_last_values_that_reach_a_bound_are_found_in_order(
            values in prop::collection::vec(0i64..40, 0..700),
            before in 0usize..800,
            bound in 0i64..45,
            most in 1usize..30,
        ) {
            let mut nearest = Nearest::default();
            nearest.build([1i64; 5000].into_iter());
            nearest.build(values.iter().copied());
            let mut found = Vec::new();
            nearest.descend(before, bound, |index| { found.push(index); found.len() < most });
            let naive = (0..before.min(values.len())).rev().filter(|&i| values[i] >= bound).take(most);
            prop_assert_eq!(found, naive.collect::<Vec<_>>());
        }

        #[test]
        fn values_that_reach_a_bound_are_counted(
            values in prop::collection::vec(0i64..40, 0..200),
            mut queries in prop::collection::vec((0usize..200, 0i64..45), 0..50),
        ) {
            for query in &mut queries {
                query.0 = query.0.min(values.len());
            }
            queries.sort_unstable();
            let naive: Vec<u32> = queries.iter()
                .map(|&(before, bound)| values[..before].iter().filter(|&&v| v >= bound).count() as u32)
                .collect();
            prop_assert_eq!(count_reaching(&values, queries.into_iter()), naive);
        }
    }
}
