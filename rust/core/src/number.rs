//! JSON numbers, read exactly.

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
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match magnitude.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, clamped_exponent(exponent)),
        None => (magnitude, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    scaled(negative, whole, fraction, exponent)
}

/// The value of a text of digits alone, 18 at most: what nearly all numbers of a record are.
pub fn plain(text: &str) -> Option<i64> {
    const MOST_DIGITS: usize = 18;
    if text.is_empty() || text.len() > MOST_DIGITS {
        return None;
    }
    let mut value = 0i64;
    let mut all_digits = true;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        all_digits &= digit < 10;
        // Only of what is no digit can there be an overflow.
        value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
    }
    all_digits.then_some(value)
}

/// `whole.fraction * 10^exponent` as an integer.
fn scaled(negative: bool, whole: &str, fraction: &str, exponent: i64) -> Integer {
    let digits = || whole.bytes().chain(fraction.bytes());
    let Some(trailing_zeros) = digits().rev().position(|b| b != b'0') else {
        return Integer::Value(0);
    };
    let last = whole.len() + fraction.len() - 1 - trailing_zeros;
    // The place of the last digit that counts, as a power of ten.
    let lowest = exponent + whole.len() as i64 - 1 - last as i64;
    if lowest < 0 {
        return Integer::Fraction;
    }
    let significant = digits().take(last + 1).skip_while(|&b| b == b'0');
    let mut value: i64 = 0;
    for digit in significant.chain(std::iter::repeat_n(b'0', lowest.min(20) as usize)) {
        let digit = i64::from(digit - b'0');
        let next = value.checked_mul(10).and_then(|v| {
            if negative {
                v.checked_sub(digit)
            } else {
                v.checked_add(digit)
            }
        });
        match next {
            Some(next) => value = next,
            None => return Integer::OutOfRange,
        }
    }
    Integer::Value(value)
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
    fn an_integer_that_does_not_fit_is_out_of_range() {
        for text in ["9223372036854775808", "1e19", "1e99999999999999999999", "-1e400"] {
            assert_eq!(integer(text), Integer::OutOfRange, "{text}");
        }
    }
}
