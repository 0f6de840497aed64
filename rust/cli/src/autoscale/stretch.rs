//! What was read over a stretch of time in which the job was at work in one way.

use std::collections::VecDeque;

use super::rules::Rules;

/// How the job was at work between two looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Work {
    /// It came or went at the one or the other: what was read in between says nothing.
    #[default]
    Mixed,
    /// Next to nothing was left to read.
    WithEase,
    /// Something was left to read all the time: the job did what it can.
    Full,
}

/// Time between two looks.
#[derive(Clone, Copy, Debug)]
struct Interval {
    seconds: f64,
    per_s: f64,
}

/// Intervals in a row of one kind of work, the earliest first.
///
/// A job reads by fits and starts: it waits for a checkpoint, and then takes in much. So it is all that was read in all
/// the time that counts, and not what single looks say.
#[derive(Clone, Debug, Default)]
pub struct Stretch {
    work: Work,
    intervals: VecDeque<Interval>,
}

impl Stretch {
    /// Takes in what a subtask has read in a second between two looks; another kind of work begins anew.
    pub fn observe(&mut self, rules: &Rules, work: Work, seconds: u64, per_s: f64) {
        if work != self.work {
            *self = Self { work, ..Self::default() };
        }
        if work == Work::Mixed {
            return;
        }
        self.intervals.push_back(Interval { seconds: seconds as f64, per_s });
        while self.seconds() > rules.max_stretch_s && self.intervals.len() > rules.min_samples {
            self.intervals.pop_front();
        }
    }

    /// What the job is doing.
    pub fn work(&self) -> Work {
        self.work
    }

    /// Records that a subtask has read in a second; `None` where the stretch is too short to tell.
    pub fn per_s(&self, rules: &Rules) -> Option<f64> {
        let seconds = self.seconds();
        let is_long = seconds >= rules.min_stretch_s && self.intervals.len() >= rules.min_samples;
        let read = self.intervals.iter().map(|interval| interval.seconds * interval.per_s).sum::<f64>();
        is_long.then(|| read / seconds)
    }

    fn seconds(&self) -> f64 {
        self.intervals.iter().map(|interval| interval.seconds).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(intervals: &[(Work, u64, f64)]) -> Option<f64> {
        let mut stretch = Stretch::default();
        for (work, seconds, per_s) in intervals {
            stretch.observe(&Rules::default(), *work, *seconds, *per_s);
        }
        stretch.per_s(&Rules::default())
    }

    #[test]
    fn what_is_read_by_fits_and_starts_is_what_was_read_by_the_time_that_it_took() {
        let full = |seconds, per_s| (Work::Full, seconds, per_s);
        assert_eq!(after(&[full(30, 0.0), full(10, 900.0), full(25, 0.0), full(15, 1_000.0)]), Some(300.0));
    }

    #[test]
    fn less_than_a_minute_or_than_three_looks_says_nothing() {
        assert_eq!(after(&[(Work::Full, 19, 100.0); 3]), None);
        assert_eq!(after(&[(Work::Full, 50, 100.0); 2]), None);
        assert_eq!(after(&[(Work::Full, 20, 100.0); 3]), Some(100.0));
    }

    #[test]
    fn another_kind_of_work_begins_anew_and_a_mixed_one_says_nothing() {
        let (full, ease) = ((Work::Full, 20, 100.0), (Work::WithEase, 20, 50.0));
        assert_eq!(after(&[full, full, full, ease, ease]), None);
        assert_eq!(after(&[full, full, full, ease, ease, ease]), Some(50.0));
        assert_eq!(after(&[full, full, (Work::Mixed, 20, 900.0), full]), None);
        assert_eq!(after(&[(Work::Mixed, 20, 900.0); 5]), None);
    }

    #[test]
    fn what_is_longer_ago_than_five_minutes_does_not_count() {
        let long: Vec<_> =
            (0..30).map(|number| (Work::Full, 20, if number < 15 { 900.0 } else { 100.0 })).collect();
        assert_eq!(after(&long), Some(100.0));
    }
}
