//! Digits, eight at a time.

/// The value of the digits that `rest` begins with and their number; `None` unless they are 1 to 15
/// and a number of JSON's grammar. Costs the same for all of a length of more than eight.
#[inline]
pub fn integer(rest: &[u8]) -> Option<(i64, usize)> {
    const EIGHT: usize = 8;
    let head = eight(rest);
    let first = digits(head);
    let (value, length) = if first < EIGHT {
        (value_of(head, first), first)
    } else {
        let tail = eight(&rest[EIGHT..]);
        let second = digits(tail);
        if second == EIGHT {
            return None;
        }
        (value_of(head, EIGHT) * POWERS[second] + value_of(tail, second), EIGHT + second)
    };
    let leading_zero = length > 1 && rest[0] == b'0';
    (length > 0 && !leading_zero).then_some((value as i64, length))
}

/// The value of 13 digits, as a time in ms has them from 2001 to 2286; `None` unless they are a number of
/// JSON's grammar. What follows them is not looked at.
#[inline(always)]
pub fn thirteen(bytes: &[u8; 13]) -> Option<i64> {
    let head = u64::from_le_bytes(*bytes.first_chunk()?);
    // Three of the head's among them.
    let tail = u64::from_le_bytes(*bytes.last_chunk()?);
    let (head_digits, tail_digits) = (head.wrapping_sub(ZEROS), tail.wrapping_sub(ZEROS));
    // A sum or difference goes beyond its byte only next to one that is no digit.
    let others = head_digits | head.wrapping_add(0x46 * ONES) | tail_digits | tail.wrapping_add(0x46 * ONES);
    let is_number = others & (0x80 * ONES) == 0 && head_digits & 0xff != 0;
    is_number
        .then(|| (value_of_eight(head_digits) * POWERS[5] + value_of_eight(tail_digits & !0xff_ffff)) as i64)
}

/// How many digits these eight bytes begin with, the first of them lowest; `None` unless they are 1 to 7 and
/// a number of JSON's grammar.
#[inline(always)]
pub fn short_length(word: u64) -> Option<usize> {
    let length = digits(word);
    let has_zero_in_front = length > 1 && word as u8 == b'0';
    ((1..8).contains(&length) && !has_zero_in_front).then_some(length)
}

/// A number of JSON's grammar of at most seven digits, without sign and exponent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// The value of all digits.
    digits: i64,
    /// How many of them stand behind the point.
    fraction: usize,
    /// Bytes of the number.
    pub length: usize,
}

impl Decimal {
    /// The double nearest to the number.
    #[inline(always)]
    pub fn value(&self) -> f64 {
        const POWERS: [f64; 8] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];
        // Both are exact, so what division makes of them is rounded once.
        self.digits as f64 / POWERS[self.fraction & 7]
    }

    /// The number where it is written without a point.
    #[inline(always)]
    pub fn integer(&self) -> Option<i64> {
        (self.fraction == 0).then_some(self.digits)
    }
}

/// The number that these eight bytes begin with, the first of them lowest; `None` unless it ends there and
/// is a [`Decimal`].
#[inline(always)]
pub fn decimal(word: u64) -> Option<Decimal> {
    let whole = short_length(word)?;
    let next = |length: usize| (word >> (8 * length)) as u8;
    let (digits_alone, all) = match next(whole) {
        b'.' => {
            let below = (1 << (8 * whole)) - 1;
            let joined = word & below | word >> 8 & !below;
            let all = digits(joined);
            if all == whole || all == 7 {
                return None;
            }
            (joined, all)
        }
        _ => (word, whole),
    };
    let fraction = all - whole;
    let length = all + usize::from(fraction > 0);
    let digits = value_of(digits_alone, all) as i64;
    (!matches!(next(length), b'e' | b'E')).then_some(Decimal { digits, fraction, length })
}

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);
const POWERS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// The first eight bytes, the first of them lowest, followed by zeros if there are fewer.
#[inline]
fn eight(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// How many digits these eight bytes begin with.
#[inline]
fn digits(word: u64) -> usize {
    (odd(word).trailing_zeros() / 8) as usize
}

/// Zero if these eight bytes are digits; else the lowest byte that is not zero is that of the first other.
#[inline]
fn odd(word: u64) -> u64 {
    // The high half of a byte is 3 for digits and six other characters, which adding 6 takes away.
    let high = 0xf0 * ONES;
    (word & high) ^ (0x30 * ONES) | (word.wrapping_add(6 * ONES) & high) ^ (0x30 * ONES)
}

/// The value of the first so many bytes, which are digits.
#[inline]
fn value_of(word: u64, digits: usize) -> u64 {
    if digits == 0 {
        return 0;
    }
    // Zeros before it, in place of what follows it.
    value_of_eight((word & (0x0f * ONES)) << (64 - 8 * digits))
}

/// The value of eight digits, given that of each: pairs, then fours, then all eight.
#[inline(always)]
fn value_of_eight(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10 << 8 | 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000 << 32 | 1) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Scanner;
    use crate::number::{nearest_below_next_integer, plain};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_digits_that_a_text_begins_with_are_its_value(value in 0i64..999_999_999_999_999, more in "[^0-9]{0,9}") {
            let text = format!("{value}{more}");
            prop_assert_eq!(integer(text.as_bytes()), Some((value, value.to_string().len())));
        }
    }

    proptest! {
        #[test]
        fn thirteen_digits_are_their_value_and_nothing_else_is(
            value in 0i64..9_999_999_999_999, place in prop::option::of(0usize..13), other: u8,
        ) {
            let mut bytes: [u8; 13] = format!("{value:013}").into_bytes().try_into().unwrap();
            if let Some(place) = place {
                bytes[place] = other;
            }
            let text = std::str::from_utf8(&bytes).ok();
            let expected = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0'));
            prop_assert_eq!(thirteen(&bytes), expected.map(|text| text.parse().unwrap()));
        }

        #[test]
        fn a_short_decimal_is_what_the_standard_library_reads(
            text in prop_oneof!["[0-9]{1,7}[,}a-d]{8}", "[0-9]{1,5}\\.[0-9]{1,6}[,}eE.]{8}", "[0-9.eE+,-]{8}"],
        ) {
            let word = u64::from_le_bytes(*text.as_bytes().first_chunk().unwrap());
            let number = Scanner::new(&text).number().unwrap_or_default();
            if let Some(found) = decimal(word) {
                prop_assert_eq!(found.length, number.len());
                prop_assert_eq!(Some(found.value()), nearest_below_next_integer(number));
                prop_assert_eq!(found.integer(), plain(number));
            } else {
                let digits = number.bytes().filter(u8::is_ascii_digit).count();
                let is_other = !(1..=6).contains(&digits) || number.contains(['e', 'E', '-']);
                prop_assert!(is_other || text.starts_with('0'), "{}", number);
            }
            if let Some(length) = short_length(word) {
                prop_assert_eq!(integer(text.as_bytes()).map(|(_, length)| length), Some(length));
            }
        }
    }

    #[test]
    fn every_byte_but_a_digit_ends_an_integer() {
        for byte in (0..=255u8).filter(|byte| !byte.is_ascii_digit()) {
            assert_eq!(
                integer(&[b'4', b'2', byte, b'1', b'1', b'1', b'1', b'1', b'1']),
                Some((42, 2)),
                "{byte}"
            );
        }
        assert_eq!(integer(b"01"), None);
        assert_eq!(integer(b"0"), Some((0, 1)));
        assert_eq!(integer(b"1234567890123456"), None);
    }
}
