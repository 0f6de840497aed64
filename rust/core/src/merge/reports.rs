//! Which reports are of a call that another one tells of, too.

use std::cmp::Reverse;

use crate::memory;

/// How far a report may begin before or end behind the one that covers it, ms: the clocks of two hosts.
pub const TOLERANCE_MS: i64 = 50;
/// Longer reports of the same id and addresses that one is compared with. Two are usual; ids that are not unique
/// must not make it cost the square.
const MAX_COMPARED: usize = 100;

/// A call as one host has told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// A hash of id and addresses.
    pub key: u128,
    pub start_ms: i64,
    pub end_ms: i64,
    /// The place of its row among the undecided or among the others.
    pub row: u32,
    /// Whether it is still to be decided.
    pub is_open: bool,
}

impl Report {
    fn length_ms(&self) -> i64 {
        self.end_ms - self.start_ms
    }

    /// The longest first, of those as long as one another the earliest.
    fn rank(&self) -> (Reverse<i64>, i64) {
        (Reverse(self.length_ms()), self.start_ms)
    }

    /// Whether the other one tells of the same call, and more of it.
    fn is_covered_by(&self, other: &Report) -> bool {
        other.rank() < self.rank()
            && other.start_ms <= self.start_ms + TOLERANCE_MS
            && other.end_ms >= self.end_ms - TOLERANCE_MS
    }
}

/// Reports in order, call by call.
#[derive(Debug, Default)]
pub struct Reports {
    sorted: Vec<Report>,
}

impl Reports {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.sorted.clear();
    }

    pub fn push(&mut self, report: Report) {
        self.sorted.push(report);
    }

    /// Gives each report with whether another one covers it, all of which start at most [`TOLERANCE_MS`] later
    /// being there. Costs a sort, and a bounded number of comparisons each.
    pub fn decide(&mut self, mut take: impl FnMut(&Report, bool)) {
        self.sorted.sort_unstable_by_key(|report| (report.key, report.rank(), report.is_open, report.row));
        for same in self.sorted.chunk_by(|a, b| a.key == b.key) {
            for (place, report) in same.iter().enumerate() {
                let longer = &same[..place.min(MAX_COMPARED)];
                take(report, longer.iter().any(|other| report.is_covered_by(other)));
            }
        }
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_vec(&self.sorted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(times: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let mut reports = Reports::default();
        for (row, &(start_ms, end_ms)) in (0..).zip(times) {
            reports.push(Report { key: 1, start_ms, end_ms, row, is_open: true });
        }
        let mut covered = Vec::new();
        reports.decide(|report, is_covered| {
            if is_covered {
                covered.push((report.start_ms, report.end_ms));
            }
        });
        covered.sort_unstable();
        covered
    }

    #[test]
    fn of_two_reports_the_one_that_lies_in_the_other_is_covered_with_fifty_ms_for_the_clocks() {
        for (one, other, expected) in [
            ((1000, 1100), (1002, 1098), Some((1002, 1098))),
            ((1000, 9000), (5000, 5010), Some((5000, 5010))),
            // The server's clock is behind, or ahead.
            ((1000, 1100), (950, 1000), Some((950, 1000))),
            ((1000, 1100), (949, 1000), None),
            ((1000, 1100), (1090, 1150), Some((1090, 1150))),
            ((1000, 1100), (1090, 1151), None),
            // As long as each other: the later one.
            ((1000, 1100), (1010, 1110), Some((1010, 1110))),
            // One record twice is for Link to tell.
            ((1000, 1100), (1000, 1100), None),
            ((1000, 1100), (1200, 1300), None),
        ] {
            assert_eq!(covered(&[one, other]), Vec::from_iter(expected), "{one:?} {other:?}");
            assert_eq!(covered(&[other, one]), Vec::from_iter(expected), "{other:?} {one:?}");
        }
    }

    #[test]
    fn a_report_that_is_covered_covers_others() {
        assert_eq!(covered(&[(1000, 1200), (960, 1100), (920, 1000)]), [(920, 1000), (960, 1100)]);
    }

    #[test]
    fn other_ids_cover_nothing() {
        let mut reports = Reports::default();
        for key in 0..3 {
            reports.push(Report { key, start_ms: 0, end_ms: 100 - key as i64, row: 0, is_open: true });
        }
        reports.decide(|_, is_covered| assert!(!is_covered));
    }
}
