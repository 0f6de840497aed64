//! Times in another unit than milliseconds.

use std::fmt;

/// A unit that times are often written in by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// 1000 ms.
    Seconds,
    /// A thousandth of a millisecond.
    Microseconds,
    /// A millionth of a millisecond.
    Nanoseconds,
}

impl Unit {
    const ALL: [Self; 3] = [Self::Seconds, Self::Microseconds, Self::Nanoseconds];

    /// How many milliseconds this many of the unit are.
    pub fn to_ms(self, value: f64) -> f64 {
        match self {
            Self::Seconds => value * 1e3,
            Self::Microseconds => value / 1e3,
            Self::Nanoseconds => value / 1e6,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seconds => "seconds",
            Self::Microseconds => "microseconds",
            Self::Nanoseconds => "nanoseconds",
        })
    }
}

/// The unit of a time since the epoch that was read as milliseconds, where only that unit puts it
/// near `now_ms`: between half and twice of it. `None` for milliseconds and for everything that could
/// be anything.
///
/// Units are a factor of 1000 apart, so at most one fits. For a clock in 2025 that is 1997 to 2080.
///
/// ```
/// use callweave_core::call::{guess_unit, Unit};
/// let now_ms = 1_700_000_000_000;
/// assert_eq!(guess_unit(1_698_204_202_362_135, now_ms), Some(Unit::Microseconds));
/// assert_eq!(guess_unit(1_698_204_202, now_ms), Some(Unit::Seconds));
/// assert_eq!(guess_unit(1_698_204_202_362, now_ms), None);
/// ```
pub fn guess_unit(value_ms: i64, now_ms: i64) -> Option<Unit> {
    let now_ms = now_ms as f64;
    Unit::ALL.into_iter().find(|unit| {
        let ms = unit.to_ms(value_ms as f64);
        now_ms / 2.0 <= ms && ms <= now_ms * 2.0 && now_ms > 0.0
    })
}

/// The unit of a latency that was read as milliseconds, where end minus start is `length_ms`, and
/// only in that unit the latency is as much, with 1 ms to spare. `None` for lengths below 10 ms, which
/// too many latencies come near.
///
/// ```
/// use callweave_core::call::{guess_latency_unit, Unit};
/// assert_eq!(guess_latency_unit(39_700.0, 40), Some(Unit::Microseconds));
/// assert_eq!(guess_latency_unit(0.0397, 40), Some(Unit::Seconds));
/// assert_eq!(guess_latency_unit(45.0, 40), None);
/// ```
pub fn guess_latency_unit(latency: f64, length_ms: i64) -> Option<Unit> {
    const MIN_LENGTH_MS: i64 = 10;
    let is_length = |ms: f64| (ms - length_ms as f64).abs() <= 1.0;
    Unit::ALL.into_iter().find(|unit| length_ms >= MIN_LENGTH_MS && is_length(unit.to_ms(latency)))
}

/// What to add to the detail of a rejection: the unit that a time was written in, where it is certain.
pub fn unit_hint(name: &str, value_ms: i64, now_ms: i64) -> String {
    guess_unit(value_ms, now_ms).map_or_else(String::new, |unit| hint(name, value_ms, unit))
}

/// Likewise, for a latency where end minus start is `length_ms`.
pub fn latency_hint(latency: f64, length_ms: i64) -> String {
    guess_latency_unit(latency, length_ms)
        .map_or_else(String::new, |unit| hint("latency_msec", latency, unit))
}

fn hint(name: &str, value: impl fmt::Display, unit: Unit) -> String {
    format!("; {name} {value} looks like {unit}; milliseconds are wanted")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW_MS: i64 = 1_700_000_000_000;

    #[test]
    fn a_time_near_now_in_one_unit_alone_has_that_unit() {
        for (value, unit) in [
            (1_698_204_202, Some(Unit::Seconds)),
            (1_698_204_202_362, None),
            (1_698_204_202_362_135, Some(Unit::Microseconds)),
            (1_698_204_202_362_135_790, Some(Unit::Nanoseconds)),
        ] {
            assert_eq!(guess_unit(value, NOW_MS), unit, "{value}");
        }
    }

    #[test]
    fn of_a_time_that_could_be_anything_nothing_is_said() {
        for value in
            [0, 1, 1000, 60_000_000_000, 5_000_000_000_000_000_000, -1_698_204_202, i64::MIN, i64::MAX]
        {
            assert_eq!(guess_unit(value, NOW_MS), None, "{value}");
        }
        for now_ms in [0, -1, i64::MIN, i64::MAX] {
            assert_eq!(guess_unit(NOW_MS, now_ms), None, "now {now_ms}");
        }
        assert_eq!(guess_unit(0, 0), None);
    }

    #[test]
    fn a_latency_of_another_unit_shows_by_the_end() {
        for (latency, length_ms, unit) in [
            (0.3, 300, Some(Unit::Seconds)),
            (300_000.0, 300, Some(Unit::Microseconds)),
            (3e8, 300, Some(Unit::Nanoseconds)),
            (300.0, 300, None),
            (300_000.0, 40, None),
            (5000.0, 5, None),
            (0.0, 0, None),
        ] {
            assert_eq!(guess_latency_unit(latency, length_ms), unit, "{latency} for {length_ms} ms");
        }
    }

    proptest! {
        #[test]
        fn a_time_in_milliseconds_near_now_is_never_taken_for_another(
            now_ms in 1i64..1 << 53,
            share in 0.01f64..100.0,
        ) {
            prop_assert_eq!(guess_unit((now_ms as f64 * share) as i64, now_ms), None);
        }
    }
}
