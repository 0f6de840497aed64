//! Integers of JSON, exactly, however they are written.

/// Zeros that an exponent may add; a number with more is out of every range.
const MAX_ADDED_ZEROS: usize = 400;

/// What a JSON number says when an integer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integer {
    /// An integer.
    Value(i64),
    /// An integer that does not fit.
    OutOfRange,
}

/// Reads a JSON value; `None` if it is no integer. `40.0` and `4e1` are.
pub fn read_integer(raw: &str) -> Option<Integer> {
    let magnitude = raw.strip_prefix('-').unwrap_or(raw);
    if !magnitude.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let sign = if magnitude.len() < raw.len() { "-" } else { "" };
    let digits = digits_of(magnitude)?;
    let value = format!("{sign}{digits}").parse();
    Some(value.map_or(Integer::OutOfRange, Integer::Value))
}

/// The digits of an integer without point and exponent; `None` if there is a fraction.
fn digits_of(magnitude: &str) -> Option<String> {
    let (mantissa, exponent) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    if digits.bytes().all(|digit| digit == b'0') {
        return Some("0".to_owned());
    }
    let is_negative = exponent.starts_with('-');
    // An exponent that does not fit moves the point out of sight in either direction.
    let exponent: i64 = exponent.parse().unwrap_or(if is_negative { -1_000_000 } else { 1_000_000 });
    let shift = exponent.saturating_sub(fraction.len() as i64);
    let places = usize::try_from(shift.unsigned_abs()).ok()?;
    if shift >= 0 {
        return Some(digits + &"0".repeat(places.min(MAX_ADDED_ZEROS)));
    }
    let trailing_zeros = digits.len() - digits.trim_end_matches('0').len();
    (trailing_zeros >= places).then(|| digits[..digits.len() - places].to_owned())
}
