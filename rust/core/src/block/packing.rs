//! Integers of a few bits each, one behind the other from the lowest bit on.
//!
//! A group of eight fills whole bytes, whatever its width. Narrow ones, nearly all there are, are packed and
//! unpacked a group at a time.

/// Values of a group.
pub const GROUP: usize = 8;
/// The widest values of a group that is packed at once, bits: four of them fit in 64.
pub const MAX_GROUP_WIDTH: usize = 16;
/// Bytes that are written and read for a group; as many as it has bits for each value are its own.
pub const GROUP_BYTES: usize = 16;

/// Packs values of at most so many bits.
#[inline]
pub fn pack_group(values: &[u32; GROUP], width: usize) -> [u8; GROUP_BYTES] {
    let half = |four: &[u32]| four.iter().rev().fold(0, |word, &value| word << width | u64::from(value));
    let (low, high) = (half(&values[..GROUP / 2]), half(&values[GROUP / 2..]));
    (u128::from(low) | u128::from(high) << (GROUP / 2 * width)).to_le_bytes()
}

/// What [`pack_group`] packed.
#[inline]
pub fn unpack_group(bytes: &[u8; GROUP_BYTES], width: usize) -> [u32; GROUP] {
    let mask = (1 << width) - 1;
    let mut values = [0; GROUP];
    let (low, high) = values.split_at_mut(GROUP / 2);
    for (half, bit) in [(low, 0), (high, GROUP / 2 * width)] {
        let mut eight = [0; 8];
        // At most 8 whole bytes and 4 bits into the group.
        eight.copy_from_slice(&bytes[(bit / 8).min(GROUP_BYTES - 8)..][..8]);
        let mut word = u64::from_le_bytes(eight) >> (bit % 8);
        for value in half {
            *value = word as u32 & mask;
            word >>= width;
        }
    }
    values
}

/// Appends values of so many bits, at most 56, one by one.
#[cold]
pub fn pack(out: &mut Vec<u8>, width: u32, values: impl ExactSizeIterator<Item = u64>) {
    let end = out.len() + (values.len() * width as usize).div_ceil(8);
    let (mut word, mut filled) = (0u64, 0u32);
    for value in values {
        word |= value << filled;
        filled += width;
        if filled >= u64::BITS {
            out.extend_from_slice(&word.to_le_bytes());
            filled -= u64::BITS;
            // What did not fit.
            word = value >> (width - filled);
        }
    }
    out.extend_from_slice(&word.to_le_bytes());
    out.truncate(end);
}

/// The bits from this one on, 57 at least, as if zeros followed the last byte.
#[inline]
pub fn bits_from(bytes: &[u8], bit: usize) -> u64 {
    let word = match bytes.get(bit / 8..).and_then(<[u8]>::first_chunk) {
        Some(word) => u64::from_le_bytes(*word),
        None => last_word(bytes, bit / 8),
    };
    word >> (bit % 8)
}

#[cold]
fn last_word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    let rest = bytes.get(at..).unwrap_or_default();
    word[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_group_is_packed_as_its_values_are_one_by_one(width in 0usize..=MAX_GROUP_WIDTH, seeds: [u32; GROUP]) {
            let values = seeds.map(|seed| seed & ((1 << width) - 1));
            let mut slowly = Vec::new();
            pack(&mut slowly, width as u32, values.iter().map(|&value| value.into()));
            let packed = pack_group(&values, width);
            prop_assert_eq!(&packed[..width], &slowly[..]);
            prop_assert_eq!(unpack_group(&packed, width), values);
        }

        #[test]
        fn values_of_any_width_come_back(width in 0u32..=56, seeds in prop::collection::vec(any::<u64>(), 0..20)) {
            let mask = (1 << width) - 1;
            let mut bytes = Vec::new();
            pack(&mut bytes, width, seeds.iter().map(|seed| seed & mask));
            for (place, seed) in seeds.iter().enumerate() {
                prop_assert_eq!(bits_from(&bytes, place * width as usize) & mask, seed & mask);
            }
        }
    }
}
