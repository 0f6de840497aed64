//! Times and durations in other units than milliseconds.

use std::borrow::Cow;

use super::super::times::number;
use super::super::{invalid, kind, string, Rejection};
use crate::json_text::unescape;
use crate::number::scaled;

/// How a time or a duration is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of seconds.
    S,
    /// A number of milliseconds.
    Ms,
    /// A number of microseconds.
    Us,
    /// A number of nanoseconds.
    Ns,
    /// A text by ISO 8601: `2026-11-28T04:43:29.694Z`, `PT0.04S`.
    Iso8601,
}

/// What a value of a unit stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// A time since the epoch.
    Time,
    /// A length of time.
    Duration,
}

impl Unit {
    /// All of them, by the names that they have in a map.
    pub const ALL: [(&'static str, Self); 5] =
        [("s", Self::S), ("ms", Self::Ms), ("us", Self::Us), ("ns", Self::Ns), ("iso8601", Self::Iso8601)];

    /// A JSON value of this unit in milliseconds, exactly. A value that is none of it stays as it is where
    /// its judge says what is wrong with it.
    ///
    /// # Errors
    /// When a text is not by ISO 8601.
    pub fn in_ms<'a>(
        self,
        name: &str,
        quantity: Quantity,
        value: &'a str,
    ) -> Result<Cow<'a, str>, Rejection> {
        let exponent = match self {
            Self::Ms => return Ok(Cow::Borrowed(value)),
            Self::Iso8601 => return in_ms_of_text(name, quantity, value).map(Cow::Owned),
            Self::S => 3,
            Self::Us => -3,
            Self::Ns => -6,
        };
        Ok(match number(name, value) {
            Ok(number) => Cow::Owned(scaled(&number, exponent)),
            Err(_) => Cow::Borrowed(value),
        })
    }
}

fn in_ms_of_text(name: &str, quantity: Quantity, value: &str) -> Result<String, Rejection> {
    let wanted = match quantity {
        Quantity::Time => "a time by ISO 8601 with its zone is wanted, as 2026-11-28T04:43:29.694Z",
        Quantity::Duration => "a duration by ISO 8601 is wanted, as PT0.04S",
    };
    let Some(inside) = string(value) else {
        return Err(invalid(format!("{name} is {} ({value}); {wanted}", kind(value))));
    };
    unescape(inside)
        .and_then(|text| match quantity {
            Quantity::Time => time(&text),
            Quantity::Duration => duration(&text),
        })
        .ok_or_else(|| invalid(format!("{name} is the string {value}; {wanted}")))
}

/// Reads a text from the left.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// A number of exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    }

    /// One of these characters.
    fn one_of(&mut self, characters: &[char]) -> Option<char> {
        let first = self.0.chars().next().filter(|first| characters.contains(first))?;
        self.0 = &self.0[first.len_utf8()..];
        Some(first)
    }

    /// As many digits as there are.
    fn all_digits(&mut self) -> &'a str {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        digits
    }

    /// A number in a range, of two digits.
    fn two(&mut self, most: i64) -> Option<i64> {
        self.digits(2).filter(|&number| number <= most)
    }
}

/// `2026-11-28T04:43:29.694Z` as ms since the epoch; the second 60 is the first of the next minute.
fn time(text: &str) -> Option<String> {
    let mut text = Text(text);
    let year = text.digits(4)?;
    text.one_of(&['-'])?;
    let month = text.two(12).filter(|&month| month >= 1)?;
    text.one_of(&['-'])?;
    let day = text.two(days_of(year, month)).filter(|&day| day >= 1)?;
    text.one_of(&['T', 't', ' '])?;
    let hour = text.two(23)?;
    text.one_of(&[':'])?;
    let minute = text.two(59)?;
    text.one_of(&[':'])?;
    let second = text.two(60)?;
    let fraction = match text.one_of(&['.', ',']) {
        Some(_) => Some(text.all_digits()).filter(|digits| !digits.is_empty())?,
        None => "",
    };
    let offset_minutes = match text.one_of(&['Z', 'z', '+', '-'])? {
        'Z' | 'z' => 0,
        sign => {
            let hours = text.two(23)?;
            text.one_of(&[':']);
            let minutes = if text.0.is_empty() { 0 } else { text.two(59)? };
            (hours * 60 + minutes) * if sign == '-' { -1 } else { 1 }
        }
    };
    let minutes = (days_since_epoch(year, month, day) * 24 + hour) * 60 + minute - offset_minutes;
    let seconds = minutes * 60 + second;
    // Times before the epoch are out of range, whatever their fraction.
    text.0.is_empty().then(|| scaled(&with_fraction(seconds, if seconds < 0 { "" } else { fraction }), 3))
}

/// `P1DT2H3M4.5S` in ms.
fn duration(text: &str) -> Option<String> {
    const UNITS: [(char, i64, bool); 4] =
        [('D', 86_400, false), ('H', 3600, true), ('M', 60, true), ('S', 1, true)];
    let mut text = Text(text);
    text.one_of(&['P'])?;
    let (mut seconds, mut fraction) = (0i64, "");
    let (mut is_time, mut next) = (false, 0);
    loop {
        if text.one_of(&['T']).is_some() {
            (!is_time).then_some(())?;
            is_time = true;
        }
        let number: i64 = text.all_digits().parse().ok()?;
        if text.one_of(&['.', ',']).is_some() {
            fraction = Some(text.all_digits()).filter(|digits| !digits.is_empty())?;
        }
        let designator = text.one_of(&['D', 'H', 'M', 'S'])?;
        let at = UNITS.iter().position(|&(name, _, of_time)| name == designator && of_time == is_time)?;
        // Each at most once, from the longest, and only seconds with a fraction.
        (at >= next && (fraction.is_empty() || designator == 'S')).then_some(())?;
        next = at + 1;
        seconds = seconds.checked_add(number.checked_mul(UNITS[at].1)?)?;
        if text.0.is_empty() {
            return Some(scaled(&with_fraction(seconds, fraction), 3));
        }
    }
}

fn with_fraction(seconds: i64, fraction: &str) -> String {
    if fraction.is_empty() {
        seconds.to_string()
    } else {
        format!("{seconds}.{fraction}")
    }
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is the last of a year.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_ms(unit: Unit, quantity: Quantity, value: &str) -> String {
        unit.in_ms("x", quantity, value).map_or_else(|rejection| rejection.detail, Cow::into_owned)
    }

    #[test]
    fn every_unit_becomes_milliseconds_exactly() {
        for (unit, value, ms) in [
            (Unit::S, "1700000000.1234567", "1700000000123.4567"),
            (Unit::S, "\"1700000000\"", "1700000000000"),
            (Unit::Ms, "\"17\\u0030\"", "\"17\\u0030\""),
            (Unit::Us, "1700000000123456", "1700000000123.456"),
            (Unit::Ns, "\"1700000000123456789\"", "1700000000123.456789"),
            (Unit::Ns, "\"soon\"", "\"soon\""),
            (Unit::Us, "null", "null"),
            (Unit::Us, "{}", "{}"),
        ] {
            assert_eq!(in_ms(unit, Quantity::Time, value), ms, "{value}");
        }
    }

    #[test]
    fn a_time_by_iso_8601_is_read_with_its_zone() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", "0"),
            ("2026-11-28T04:43:29.694Z", "1795841009694"),
            ("2026-11-28T04:43:29.694123456Z", "1795841009694.123456"),
            ("2026-11-28 05:43:29,694+01:00", "1795841009694"),
            ("2026-11-27t20:13:29.694-0830", "1795841009694"),
            ("2026-11-28T06:43:29.6940+02", "1795841009694"),
            ("2016-12-31T23:59:60.5Z", "1483228800500"),
            ("2000-02-29T00:00:00Z", "951782400000"),
            ("9999-12-31T23:59:59.999Z", "253402300799999"),
            ("1969-12-31T23:59:59.5Z", "-1000"),
        ] {
            assert_eq!(in_ms(Unit::Iso8601, Quantity::Time, &format!("\"{text}\"")), ms, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_told_with_one_that_is() {
        for text in [
            "",
            "now",
            "2026-11-28",
            "2026-11-28T04:43:29.694",
            "2026-11-28T04:43Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00Z ",
            "2026-01-01T00:00:00+1",
            "+026-01-01T00:00:00Z",
            "é026-01-01T00:00:00Z",
        ] {
            let said = in_ms(Unit::Iso8601, Quantity::Time, &format!("\"{text}\""));
            assert!(said.starts_with("x is the string \"") && said.contains("04:43:29.694Z"), "{said}");
        }
        let said = in_ms(Unit::Iso8601, Quantity::Time, "17");
        assert!(said.starts_with("x is a number (17); a time by ISO 8601"), "{said}");
    }

    #[test]
    fn a_duration_by_iso_8601_is_read() {
        for (text, ms) in [
            ("PT0.0397S", "39.7"),
            ("PT1M", "60000"),
            ("P1DT2H3M4.5S", "93784500"),
            ("P2D", "172800000"),
            ("PT0S", "0"),
        ] {
            assert_eq!(in_ms(Unit::Iso8601, Quantity::Duration, &format!("\"{text}\"")), ms, "{text}");
        }
        for text in [
            "",
            "P",
            "PT",
            "PTS",
            "1S",
            "PT1",
            "P1M",
            "P1H",
            "PT1D",
            "PT1S1M",
            "PT1S1S",
            "PT0.5M1S",
            "PT1.S",
            "PT99999999999999999999S",
            "-PT1S",
            "P1YT1S",
        ] {
            let said = in_ms(Unit::Iso8601, Quantity::Duration, &format!("\"{text}\""));
            assert!(said.ends_with("a duration by ISO 8601 is wanted, as PT0.04S"), "{text}: {said}");
        }
    }

    proptest! {
        #[test]
        fn days_follow_each_other(days in 1i64..3_000_000) {
            // The day after each day is one day later.
            let (mut year, mut month, mut day) = (1970 + days / 366, 1, 1);
            let begin = days_since_epoch(year, month, day);
            for passed in 0..800 {
                prop_assert_eq!(days_since_epoch(year, month, day), begin + passed);
                day += 1;
                if day > days_of(year, month) {
                    (day, month) = (1, month + 1);
                }
                if month > 12 {
                    (month, year) = (1, year + 1);
                }
            }
        }
    }
}
