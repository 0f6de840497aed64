//! Whether a figure is beyond what is usual.

use super::past::{Past, Usual};
use super::rules::Limits;

/// The way in which a figure is beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Above.
    Up,
    /// Below.
    Down,
}

/// Whether a figure is beyond what was usual in the last windows, and beyond what was seen in the same hour of
/// yesterday and of last week, where there is one.
pub fn is_beyond(way: Way, limits: &Limits, usual: Usual, past: &Past, seen: f64) -> bool {
    beyond(way, limits, usual, seen)
        && past.hours.same_hour().all(|(low, high)| {
            let median = if way == Way::Up { high } else { low };
            beyond(way, limits, Usual { median, deviation: 0.0 }, seen)
        })
}

fn beyond(way: Way, limits: &Limits, usual: Usual, seen: f64) -> bool {
    let Usual { median, deviation } = usual;
    let by = match way {
        Way::Up => seen - median,
        Way::Down => median - seen,
    };
    let is_by_share = match way {
        Way::Up => seen > median * (1.0 + limits.share),
        Way::Down => seen * (1.0 + limits.share) < median,
    };
    by > limits.mads * deviation && by >= limits.step && by > 0.0 && is_by_share
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        on: true,
        mads: 5.0,
        share: 0.5,
        step: 20.0,
        min_calls: 1,
        windows: 1,
        end_windows: 1,
        silence: 0,
    };

    #[test]
    fn a_figure_is_beyond_by_deviations_and_share_and_step_together() {
        let is = |way, median, deviation, seen| beyond(way, &LIMITS, Usual { median, deviation }, seen);
        assert!(is(Way::Up, 100.0, 5.0, 151.0));
        assert!(!is(Way::Up, 100.0, 5.0, 150.0), "share");
        assert!(!is(Way::Up, 100.0, 20.0, 190.0), "deviations");
        assert!(!is(Way::Up, 10.0, 0.0, 29.0), "step");
        assert!(is(Way::Down, 100.0, 5.0, 66.0) && !is(Way::Down, 100.0, 5.0, 67.0));
        assert!(!is(Way::Down, 100.0, 5.0, 151.0) && !is(Way::Up, 100.0, 5.0, 66.0));
    }
}
