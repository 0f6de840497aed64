//! When the calls start: the time that most of them lie in, and those far away from it.

use std::collections::BTreeMap;

use serde::Serialize;

/// Calls with a longer pause between them are not of one group, ms.
const MAX_PAUSE_MS: i64 = 30 * 60 * 1000;
/// A group at either end with fewer calls than this part of the largest group is odd.
const ODD_SHARE: u64 = 10;
/// A smaller group that lies farther from the largest one is odd however many calls it has, ms.
const FAR_MS: i64 = 365 * 24 * 60 * 60 * 1000;
/// Odd groups that are told of.
const MAX_ODD: usize = 5;
/// Stretches of time that are kept: some 10 MB.
const MAX_STRETCHES: usize = 1 << 16;

/// The calls that start in a stretch of time.
#[derive(Clone, Debug)]
struct Stretch {
    calls: u64,
    first_ms: i64,
    last_ms: i64,
    /// Where the first that was read stands.
    place: String,
}

/// Starts of calls so far, in stretches of time of [`MAX_PAUSE_MS`], or a longer one where starts lie in
/// too many.
#[derive(Clone, Debug)]
pub struct Starts {
    stretches: BTreeMap<i64, Stretch>,
    width_ms: i64,
}

/// What the starts say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StartFacts {
    /// The first start that is not odd, ms of the epoch.
    pub first_ms: i64,
    /// The last one.
    pub last_ms: i64,
    /// Calls between them.
    pub calls: u64,
    /// Calls far before or after them.
    pub odd_calls: u64,
    /// The same in groups, at most 5.
    pub odd: Vec<OddStarts>,
}

/// Few calls that start far before or after all others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OddStarts {
    /// How many.
    pub calls: u64,
    /// The first start of them, ms of the epoch.
    pub first_ms: i64,
    /// The last one.
    pub last_ms: i64,
    /// Where the first that was read stands.
    pub place: String,
}

impl Starts {
    /// None yet.
    pub fn new() -> Self {
        Self { stretches: BTreeMap::new(), width_ms: MAX_PAUSE_MS }
    }

    /// Adds one; `place` is asked for if it is the first in its stretch.
    pub fn add(&mut self, start_ms: i64, place: impl Fn() -> String) {
        let stretch = self.stretches.entry(start_ms.div_euclid(self.width_ms)).or_insert_with(|| Stretch {
            calls: 0,
            first_ms: start_ms,
            last_ms: start_ms,
            place: place(),
        });
        stretch.calls += 1;
        stretch.first_ms = stretch.first_ms.min(start_ms);
        stretch.last_ms = stretch.last_ms.max(start_ms);
        while self.stretches.len() > MAX_STRETCHES {
            self.widen();
        }
    }

    /// `None` without calls.
    pub fn facts(&self) -> Option<StartFacts> {
        let groups = self.groups();
        let largest = groups.iter().max_by_key(|group| (group.calls, group.first_ms))?;
        let is_far = |group: &Stretch| {
            largest.first_ms.saturating_sub(group.last_ms) > FAR_MS
                || group.first_ms.saturating_sub(largest.last_ms) > FAR_MS
        };
        let is_usual = |group: &Stretch| group.calls * ODD_SHARE > largest.calls && !is_far(group);
        let first = groups.iter().position(is_usual)?;
        let last = groups.iter().rposition(is_usual)?;
        let odd = || groups[..first].iter().chain(&groups[last + 1..]);
        Some(StartFacts {
            first_ms: groups[first].first_ms,
            last_ms: groups[last].last_ms,
            calls: groups[first..=last].iter().map(|group| group.calls).sum(),
            odd_calls: odd().map(|group| group.calls).sum(),
            odd: odd()
                .take(MAX_ODD)
                .map(|Stretch { calls, first_ms, last_ms, place }| OddStarts {
                    calls: *calls,
                    first_ms: *first_ms,
                    last_ms: *last_ms,
                    place: place.clone(),
                })
                .collect(),
        })
    }

    /// Stretches put together where no long pause lies between them.
    fn groups(&self) -> Vec<Stretch> {
        let mut groups: Vec<Stretch> = Vec::new();
        for stretch in self.stretches.values() {
            match groups.last_mut() {
                Some(group) if stretch.first_ms - group.last_ms <= self.width_ms => {
                    group.calls += stretch.calls;
                    group.last_ms = stretch.last_ms;
                }
                _ => groups.push(stretch.clone()),
            }
        }
        groups
    }

    fn widen(&mut self) {
        self.width_ms *= 2;
        let mut wider: BTreeMap<i64, Stretch> = BTreeMap::new();
        for stretch in std::mem::take(&mut self.stretches).into_values() {
            let number = stretch.first_ms.div_euclid(self.width_ms);
            match wider.get_mut(&number) {
                Some(known) => {
                    known.calls += stretch.calls;
                    known.last_ms = stretch.last_ms;
                }
                None => drop(wider.insert(number, stretch)),
            }
        }
        self.stretches = wider;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;
    const BEGIN_MS: i64 = 1_700_000_000_000;

    fn facts(starts_ms: impl IntoIterator<Item = i64>) -> StartFacts {
        let mut starts = Starts::new();
        for (start_ms, number) in starts_ms.into_iter().zip(1..) {
            starts.add(start_ms, || format!("line {number}"));
        }
        starts.facts().unwrap()
    }

    #[test]
    fn one_start_far_away_is_odd_wherever_it_is_read() {
        let usual: Vec<i64> = (0..20).map(|n| BEGIN_MS + n * 10).collect();
        for odd_ms in [0, BEGIN_MS - HOUR_MS, BEGIN_MS + HOUR_MS, 1 << 53] {
            for at in [0, 10, 20] {
                let mut starts_ms = usual.clone();
                starts_ms.insert(at, odd_ms);
                let found = facts(starts_ms);
                assert_eq!((found.first_ms, found.last_ms, found.calls), (BEGIN_MS, BEGIN_MS + 190, 20));
                let place = format!("line {}", at + 1);
                assert_eq!(found.odd, [OddStarts { calls: 1, first_ms: odd_ms, last_ms: odd_ms, place }]);
            }
        }
    }

    #[test]
    fn few_calls_between_many_are_not_odd_and_neither_are_few_calls_alone() {
        let day = |begin_ms: i64| (0..100).map(move |n| begin_ms + n * 1000);
        let night = [BEGIN_MS + 5 * HOUR_MS, BEGIN_MS + 8 * HOUR_MS];
        let week = day(BEGIN_MS).chain(night).chain(day(BEGIN_MS + 24 * HOUR_MS));
        assert!(facts(week).odd.is_empty());
        let hourly = facts((0..24).map(|hour| BEGIN_MS + hour * HOUR_MS));
        assert_eq!((hourly.odd.len(), hourly.calls, hourly.last_ms), (0, 24, BEGIN_MS + 23 * HOUR_MS));
    }

    #[test]
    fn what_lies_years_away_from_most_is_odd_however_few_or_many_there_are() {
        let seconds = |calls: i64| (0..calls).map(|n| BEGIN_MS / 1000 + n);
        for (odd, usual) in [(1, 2), (1, 9), (4, 9), (300, 301), (5, 5)] {
            let found = facts(seconds(odd).chain((0..usual).map(|n| BEGIN_MS + n)));
            assert_eq!((found.odd_calls, found.first_ms), (odd as u64, BEGIN_MS), "{odd} of {usual}");
        }
    }

    #[test]
    fn starts_all_over_the_time_take_a_bounded_memory() {
        let mut starts = Starts::new();
        let spread = |n: i64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64).rem_euclid(1 << 53);
        (0..100_000).for_each(|n| starts.add(spread(n), String::new));
        assert!(starts.stretches.len() <= MAX_STRETCHES);
        let facts = starts.facts().unwrap();
        assert_eq!(facts.calls + facts.odd_calls, 100_000);
    }
}
