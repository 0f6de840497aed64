//! JSON numbers, read exactly.

use crate::digits;

/// What the text of a JSON number says when an integer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integer {
    /// An integer in the range of `i64`.
    Value(i64),
    /// An integer outside it.
    OutOfRange,
    /// A number with a fractional part.
    Fraction,
}

/// The integer that a JSON number stands for, whatever its spelling. The text must be a number of
/// JSON's grammar. Costs one pass over the text and does not go through floating point.
///
/// ```
/// use callweave_core::number::{integer, Integer};
/// assert_eq!(integer("1.7e12"), Integer::Value(1_700_000_000_000));
/// assert_eq!(integer("40.0"), Integer::Value(40));
/// assert_eq!(integer("39.7"), Integer::Fraction);
/// assert_eq!(integer("1e400"), Integer::OutOfRange);
/// ```
pub fn integer(text: &str) -> Integer {
    if let Some(value) = plain(text) {
        return Integer::Value(value);
    }
    let decimal = Decimal::of(text);
    if decimal.has_fraction() {
        return Integer::Fraction;
    }
    decimal.whole().map_or(Integer::OutOfRange, Integer::Value)
}

/// A JSON number without its fraction, cut towards zero; `None` outside the range of `i64`. Otherwise
/// as [`integer`].
pub(crate) fn truncated(text: &str) -> Option<i64> {
    plain(text).or_else(|| Decimal::of(text).whole())
}

/// The double nearest to a JSON number, but for one of no less than 0 just below an integer, which is
/// never taken for that integer: its fraction is cut off later. Infinite where it is too large.
///
/// ```
/// use callweave_core::number::nearest_below_next_integer;
/// assert_eq!(nearest_below_next_integer("39.7"), Some(39.7));
/// assert_eq!(nearest_below_next_integer("0.99999999999999999999"), Some(1.0f64.next_down()));
/// ```
pub fn nearest_below_next_integer(text: &str) -> Option<f64> {
    let nearest: f64 = text.parse().ok()?;
    let is_rounded_up = || truncated(text).is_some_and(|whole| (whole as f64) < nearest);
    Some(match nearest > 0.0 && nearest.fract() == 0.0 && is_rounded_up() {
        true => nearest.next_down(),
        false => nearest,
    })
}

/// The value of a text of 1 to 15 digits alone: what nearly all numbers of a record are.
pub(crate) fn plain(text: &str) -> Option<i64> {
    digits::integer(text.as_bytes()).and_then(|(value, length)| (length == text.len()).then_some(value))
}

/// A JSON number times a power of ten, exactly. Without an exponent unless that takes more than 40 digits
/// on a side of the point; without zeros that say nothing.
///
/// ```
/// use callweave_core::number::scaled;
/// assert_eq!(scaled("39700000", -6), "39.7");
/// assert_eq!(scaled("1.7e9", 3), "1700000000000");
/// assert_eq!(scaled("1e400", 3), "1e403");
/// ```
pub fn scaled(text: &str, exponent: i64) -> String {
    digits_alone(text)
        .and_then(|value| scaled_digits(value, exponent))
        .unwrap_or_else(|| scaled_decimal(text, exponent))
}

/// The value of a number that is digits alone, as nearly all are that have another unit than ms: longer ones
/// than [`plain`] reads.
fn digits_alone(text: &str) -> Option<u64> {
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    if is_plain {
        text.parse().ok()
    } else {
        None
    }
}

/// As [`scaled`], for units between seconds and nanoseconds; `None` for others, and beyond the range of `u64`.
fn scaled_digits(value: u64, exponent: i64) -> Option<String> {
    let power = 10u64.pow(u32::try_from(exponent.unsigned_abs()).ok().filter(|&power| power <= 9)?);
    if exponent >= 0 {
        return Some(value.checked_mul(power)?.to_string());
    }
    Some(match value % power {
        0 => (value / power).to_string(),
        part => {
            let width = exponent.unsigned_abs() as usize;
            let mut text = format!("{}.{part:0width$}", value / power);
            text.truncate(text.trim_end_matches('0').len());
            text
        }
    })
}

fn scaled_decimal(text: &str, exponent: i64) -> String {
    const MAX_DIGITS: i64 = 40;
    let decimal = Decimal::of(text);
    let digits: String = [decimal.integer, decimal.fraction].concat();
    let point = decimal.point.saturating_add(exponent);
    let behind = (digits.len() as i64).saturating_sub(point);
    let sign = if decimal.is_negative { "-" } else { "" };
    if digits.len() as i64 > MAX_DIGITS || point > MAX_DIGITS || behind > MAX_DIGITS {
        let fraction = if decimal.fraction.is_empty() { "" } else { "." };
        let exponent = point.saturating_sub(decimal.integer.len() as i64);
        return format!("{sign}{}{fraction}{}e{exponent}", decimal.integer, decimal.fraction);
    }
    let in_front = "0".repeat((1 - point).max(0) as usize);
    let padded = format!("{in_front}{digits}{}", "0".repeat((-behind).max(0) as usize));
    let (whole, fraction) = padded.split_at(point.max(1) as usize);
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// A JSON number of ms in ns, cut towards zero; `None` where it is longer than 10^30 ns.
pub(crate) fn nanoseconds(text: &str) -> Option<i128> {
    const MAX_DIGITS: usize = 30;
    if let Some(value) = digits_alone(text) {
        return Some(i128::from(value) * 1_000_000);
    }
    let decimal = Decimal::of(text);
    let decimal = Decimal { point: decimal.point.saturating_add(6), ..decimal };
    let digits = decimal.whole_digits().skip_while(|&digit| digit == b'0').take(MAX_DIGITS + 1);
    let (count, value) = digits.fold((0, 0i128), |(count, value), digit| {
        (count + 1, value.saturating_mul(10).saturating_add(i128::from(digit - b'0')))
    });
    (count <= MAX_DIGITS).then_some(if decimal.is_negative { -value } else { value })
}

/// A number in pieces: the digits of `integer` and `fraction` with the decimal point after the first
/// `point` of them.
struct Decimal<'a> {
    is_negative: bool,
    integer: &'a str,
    fraction: &'a str,
    point: i64,
}

impl<'a> Decimal<'a> {
    fn of(text: &'a str) -> Self {
        let (is_negative, magnitude) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match magnitude.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, clamped_exponent(exponent)),
            None => (magnitude, 0),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        Decimal { is_negative, integer, fraction, point: (integer.len() as i64).saturating_add(exponent) }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.integer.bytes().chain(self.fraction.bytes())
    }

    fn has_fraction(&self) -> bool {
        self.digits().skip(self.point.max(0) as usize).any(|digit| digit != b'0')
    }

    /// The digits before the point.
    fn whole_digits(&self) -> impl Iterator<Item = u8> + '_ {
        // With that many zeros behind it, any number but 0 is out of range.
        const ENOUGH_ZEROS: usize = 40;
        let count = self.point.max(0) as usize;
        let written = self.integer.len() + self.fraction.len();
        let zeros = count.saturating_sub(written).min(ENOUGH_ZEROS);
        self.digits().take(count).chain(std::iter::repeat_n(b'0', zeros))
    }

    fn whole(&self) -> Option<i64> {
        self.whole_digits().try_fold(0i64, |value, digit| {
            let digit = i64::from(digit - b'0');
            let value = value.checked_mul(10)?;
            if self.is_negative {
                value.checked_sub(digit)
            } else {
                value.checked_add(digit)
            }
        })
    }
}

/// The exponent, cut to a size beyond which it makes no difference.
fn clamped_exponent(text: &str) -> i64 {
    const FAR: i64 = 1 << 40;
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    sign * digits.parse::<i64>().unwrap_or(FAR).min(FAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_integer_is_that_integer() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("0.000", 0),
            ("0e99999999999999999999", 0),
            ("1700000000000.0", 1_700_000_000_000),
            ("1.7e12", 1_700_000_000_000),
            ("17E+11", 1_700_000_000_000),
            ("170000000000000e-2", 1_700_000_000_000),
            ("0.00017e16", 1_700_000_000_000),
            ("-5", -5),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(integer(text), Integer::Value(value), "{text}");
        }
    }

    #[test]
    fn a_fraction_is_never_rounded_to_an_integer() {
        for text in ["0.1", "39.7", "1e-1", "1700000000000.0000000000000001", "1e-99999999999999999999"] {
            assert_eq!(integer(text), Integer::Fraction, "{text}");
        }
    }

    #[test]
    fn a_fraction_is_cut_towards_zero() {
        for (text, value) in [
            ("39.7", Some(39)),
            ("-39.7", Some(-39)),
            ("0.9", Some(0)),
            ("1e-1", Some(0)),
            ("9e-99999999999999999999", Some(0)),
            ("0.0000e99999999999999999999", Some(0)),
            ("1700000000000.9999999999999999", Some(1_700_000_000_000)),
            ("17000000000009e-1", Some(1_700_000_000_000)),
            ("1.70000000000099e12", Some(1_700_000_000_000)),
            ("9223372036854775807.9", Some(i64::MAX)),
            ("9223372036854775808.1", None),
            ("1e99999999999999999999", None),
        ] {
            assert_eq!(truncated(text), value, "{text}");
        }
    }

    #[test]
    fn a_number_is_scaled_exactly_whatever_its_spelling() {
        for (text, exponent, scaled_text) in [
            ("0", -6, "0"),
            ("-0", 3, "-0"),
            ("1700000000123456789", -6, "1700000000123.456789"),
            ("1700000000.1234567890123", 3, "1700000000123.4567890123"),
            ("0.0397", 3, "39.7"),
            ("39700", -3, "39.7"),
            ("-5", -6, "-0.000005"),
            ("100", -2, "1"),
            ("1e3", -3, "1"),
            ("0.00", 3, "0"),
            ("12.5E-1", 3, "1250"),
            ("1e99999999999999999999", -6, "1e1099511627770"),
            ("1.5e-100", 3, "1.5e-97"),
        ] {
            assert_eq!(scaled(text, exponent), scaled_text, "{text} e{exponent}");
        }
    }

    #[test]
    fn digits_alone_are_scaled_as_any_other_spelling_of_their_number() {
        let values = (0..=19).map(|power| 10u64.pow(power));
        let values = values.flat_map(|power| [power - 1, power, power + 1, power / 9 * 7, u64::MAX - power]);
        for value in values {
            for exponent in -12..=12 {
                let text = value.to_string();
                assert_eq!(scaled(&text, exponent), scaled_decimal(&text, exponent), "{text} e{exponent}");
            }
        }
    }

    #[test]
    fn nanoseconds_are_cut_towards_zero() {
        for (text, value) in [
            ("0.0000019", Some(1)),
            ("-0.0000019", Some(-1)),
            ("1700000000123.456789", Some(1_700_000_000_123_456_789)),
            ("1e23", Some(100_000_000_000_000_000_000_000_000_000)),
            ("1e24", None),
            ("0e99", Some(0)),
            ("1e-99999999999999999999", Some(0)),
        ] {
            assert_eq!(nanoseconds(text), value, "{text}");
        }
    }

    #[test]
    fn an_integer_that_does_not_fit_is_out_of_range() {
        for text in ["9223372036854775808", "1e19", "1e99999999999999999999", "-1e400"] {
            assert_eq!(integer(text), Integer::OutOfRange, "{text}");
        }
    }
}
