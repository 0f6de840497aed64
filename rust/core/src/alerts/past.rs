//! What a figure of a series was: its last windows, and its hours of the last week.

use std::collections::VecDeque;

use super::hours::Hours;
use crate::edges::bins::{bin_of, value_of};

/// A figure as it is kept: the bin of an integer, at most 1 % off.
pub fn kept(figure: u64) -> u16 {
    bin_of(u32::try_from(figure).unwrap_or(u32::MAX))
}

/// What is usual of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// Median.
    pub median: f64,
    /// Median of the deviations from it.
    pub deviation: f64,
}

/// The past of a figure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// Bins of the last windows that had a figure, the oldest first.
    pub recent: VecDeque<u16>,
    /// Of the hours, where they are kept.
    pub hours: Hours,
}

impl Past {
    /// Adds the figure of a window, as its bin, to the last windows.
    pub fn add(&mut self, bin: u16, history: usize) {
        while self.recent.len() >= history {
            self.recent.pop_front();
        }
        self.recent.push_back(bin);
    }

    /// Median and deviation; `None` before so many windows are known. Costs some 100 ns.
    pub fn usual(&self, learning: usize) -> Option<Usual> {
        if self.recent.len() < learning.max(1) {
            return None;
        }
        let mut values: Vec<u32> = self.recent.iter().map(|&bin| value_of(bin)).collect();
        let middle = values.len() / 2;
        let median = *values.select_nth_unstable(middle).1;
        values.iter_mut().for_each(|value| *value = value.abs_diff(median));
        let deviation = *values.select_nth_unstable(middle).1;
        Some(Usual { median: median.into(), deviation: deviation.into() })
    }

    /// Forgets the last windows, to learn anew.
    pub fn relearn(&mut self) {
        self.recent.clear();
    }

    /// Bytes held beside its own.
    pub fn memory_bytes(&self) -> usize {
        self.recent.capacity() * size_of::<u16>() + self.hours.memory_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_the_median_of_the_last_windows_and_how_far_they_are_from_it() {
        let mut past = Past::default();
        for figure in [9_000, 10, 12, 14, 90, 11] {
            past.add(kept(figure), 5);
        }
        assert_eq!(past.usual(5), Some(Usual { median: 12.0, deviation: 2.0 }));
        assert_eq!(past.usual(6), None);
    }
}
