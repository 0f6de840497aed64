//! Integers of JSON, exactly, however they are written.
//!
//! The kernels have a reader of their own, which does the same in another way. Two on purpose: one that both
//! used could be wrong and nothing would show it.

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

/// Reads a JSON number and cuts its fraction; `None` if it is no number or does not fit.
pub fn read_truncated(raw: &str) -> Option<i64> {
    match read_integer(raw) {
        Some(Integer::Value(value)) => Some(value),
        Some(Integer::OutOfRange) => None,
        None => {
            let (mantissa, exponent) = raw.split_once(['e', 'E']).unwrap_or((raw, "0"));
            let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
            whole.bytes().last().filter(u8::is_ascii_digit)?;
            let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
            let digits = format!("{whole}{fraction}");
            // It has a fraction, so the point stands before the last of the digits.
            let shift: i64 = exponent.parse().unwrap_or(-1_000_000);
            let place = usize::try_from(shift.saturating_add(whole.len() as i64)).unwrap_or(0);
            format!("{sign}0{}", &digits[..place.min(digits.len())]).parse().ok()
        }
    }
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
