//! A latency as JSON writes it.

use std::borrow::Cow;
use std::fmt::Write;

use super::super::times::Times;

/// The latency as JSON writes it, unless it is what end minus start is written as.
#[inline]
pub fn text<'a>(latency_ms: f64, times: &Times, text: &'a mut String) -> Option<Cow<'a, str>> {
    if latency_ms == times.length_ms() as f64 {
        return None;
    }
    text.clear();
    if !write_thousandths(latency_ms, text) {
        // Writing to a text does not fail. Zero may have a sign, and few digits stay few.
        _ = match latency_ms {
            0.0 => write!(text, "0"),
            ms if ms < 1e-6 => write!(text, "{ms:e}"),
            ms => write!(text, "{ms}"),
        };
    }
    Some(Cow::Borrowed(text))
}

/// Appends a number that has at most three digits behind the point, as `Display` does. `false`, and nothing
/// appended, for any other.
#[inline]
fn write_thousandths(number: f64, text: &mut String) -> bool {
    const MOST: u64 = 1_000_000_000_000_000;
    let thousandths = (number * 1000.0 + 0.5) as u64;
    // Of 15 digits no two numbers are one double, so what comes back by division, which is rounded once, are
    // the fewest digits that do.
    if thousandths == 0 || thousandths >= MOST || thousandths as f64 / 1000.0 != number {
        return false;
    }
    text.push_str(itoa::Buffer::new().format(thousandths / 1000));
    let mut fraction = thousandths % 1000;
    if fraction > 0 {
        text.push('.');
    }
    let mut place = 100;
    while fraction > 0 {
        text.push((b'0' + (fraction / place) as u8) as char);
        fraction %= place;
        place /= 10;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_of_thousandths_is_written_as_display_writes_it(thousandths in 0u64..2_000_000_000_000_000) {
            for thousandths in [thousandths, thousandths % 1_000_000, thousandths % 1000] {
                let number = thousandths as f64 / 1000.0;
                let mut text = String::new();
                if write_thousandths(number, &mut text) {
                    prop_assert_eq!(text, number.to_string());
                } else {
                    prop_assert!(text.is_empty());
                    prop_assert!(thousandths == 0 || thousandths >= 1_000_000_000_000_000);
                }
            }
        }

        #[test]
        fn any_other_number_is_left(bits: u64) {
            let number = f64::from_bits(bits);
            let mut text = String::new();
            if write_thousandths(number, &mut text) {
                prop_assert_eq!(text, number.to_string());
            } else {
                prop_assert!(text.is_empty());
            }
        }
    }
}
