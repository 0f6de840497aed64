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
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // The high half of a byte is 3 for digits and six other characters, which adding 6 takes away.
    let high = 0xf0 * ONES;
    let odd = (word & high) ^ (0x30 * ONES) | (word.wrapping_add(6 * ONES) & high) ^ (0x30 * ONES);
    (odd.trailing_zeros() / 8) as usize
}

/// The value of the first so many bytes, which are digits: pairs, then fours, then all eight.
#[inline]
fn value_of(word: u64, digits: usize) -> u64 {
    if digits == 0 {
        return 0;
    }
    // Zeros before it, in place of what follows it.
    let word = (word & 0x0f0f_0f0f_0f0f_0f0f) << (64 - 8 * digits);
    let pairs = word.wrapping_mul(10 << 8 | 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000 << 32 | 1) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_digits_that_a_text_begins_with_are_its_value(value in 0i64..999_999_999_999_999, more in "[^0-9]{0,9}") {
            let text = format!("{value}{more}");
            prop_assert_eq!(integer(text.as_bytes()), Some((value, value.to_string().len())));
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
