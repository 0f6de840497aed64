//! Columns of integers, each as wide as the largest of them needs.
//!
//! ```text
//! least value: unsigned   width: u8, bits   values less the least, from the lowest bit on
//! ```
//!
//! Nothing at all is written of a column without values, and no bits of values that are all equal.

use super::bytes::{put, Reader};
use crate::error::{Error, Result};

/// So that a value, wherever in a byte it begins, lies in the eight bytes from there.
const MAX_WIDTH: u32 = 56;

/// Appends a column. No two values may be 2^56 or more apart.
pub fn write(out: &mut Vec<u8>, values: impl ExactSizeIterator<Item = u64> + Clone, scratch: &mut Vec<u32>) {
    let bounds =
        values.clone().fold((u64::MAX, 0), |(least, most), value| (least.min(value), most.max(value)));
    let (least, most) = bounds;
    let width = width(most.saturating_sub(least));
    if width > u32::BITS {
        return pack(out, least, width, values);
    }
    scratch.clear();
    scratch.extend(values.map(|value| (value - least) as u32));
    pack_offsets(out, least, width, scratch);
}

/// Appends a column of these values, from which their least is taken away meanwhile.
pub fn write_small(out: &mut Vec<u8>, values: &mut [u32]) {
    let bounds =
        values.iter().fold((u32::MAX, 0), |(least, most), &value| (least.min(value), most.max(value)));
    let (least, most) = bounds;
    values.iter_mut().for_each(|value| *value -= least);
    pack_offsets(out, least.into(), width(most.saturating_sub(least).into()), values);
}

/// Appends a column of values of which none is above `most`: spares the search for the largest.
pub fn write_up_to(most: u32, out: &mut Vec<u8>, values: &[u32]) {
    pack_offsets(out, 0, width(most.into()), values);
}

/// Bits of a value.
fn width(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}

/// Values that are packed at once: they fill whole bytes, whatever their width.
const GROUP: usize = 8;
/// The widest values of which a group is packed at once.
const MAX_GROUP_WIDTH: u32 = 16;
/// Bytes that are read or written for a group.
const GROUP_BYTES: usize = 24;

/// Packs a column, group by group.
fn pack_offsets(out: &mut Vec<u8>, least: u64, width: u32, offsets: &[u32]) {
    if !(1..=MAX_GROUP_WIDTH).contains(&width) {
        return pack(out, least, width, offsets.iter().map(|&offset| least + u64::from(offset)));
    }
    if offsets.is_empty() {
        return;
    }
    put(out, least);
    out.push(width as u8);
    let begin = out.len();
    let bytes = (offsets.len() * width as usize).div_ceil(8);
    out.resize(begin + bytes + GROUP_BYTES, 0);
    let (groups, rest) = offsets.as_chunks::<GROUP>();
    let mut at = begin;
    let mut write = |group: &[u32; GROUP]| {
        let half = |four: &[u32]| four.iter().rev().fold(0, |word, &value| word << width | u64::from(value));
        let (low, high) = (half(&group[..4]), half(&group[4..]));
        let packed = u128::from(low) | u128::from(high) << (4 * width);
        out[at..at + 16].copy_from_slice(&packed.to_le_bytes());
        at += width as usize;
    };
    groups.iter().for_each(&mut write);
    let mut last = [0; GROUP];
    last[..rest.len()].copy_from_slice(rest);
    write(&last);
    out.truncate(begin + bytes);
}

/// Packs a column of any width, value by value.
#[cold]
fn pack(out: &mut Vec<u8>, least: u64, width: u32, values: impl ExactSizeIterator<Item = u64>) {
    debug_assert!(width <= MAX_WIDTH);
    if values.len() == 0 {
        return;
    }
    put(out, least);
    out.push(width as u8);
    let begin = out.len();
    let bytes = (values.len() * width as usize).div_ceil(8);
    let (mut word, mut filled) = (0u64, 0u32);
    for value in values {
        let value = value - least;
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
    out.truncate(begin + bytes);
}

/// A column that is read in place.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// The packed values, and what follows them.
    bytes: &'a [u8],
    least: u64,
    width: usize,
    mask: u64,
    count: usize,
}

impl<'a> Column<'a> {
    /// Takes a column of `count` values off the reader. Costs nothing per value.
    pub fn read(reader: &mut Reader<'a>, count: usize) -> Result<Self> {
        if count == 0 {
            return Ok(Column { bytes: &[], least: 0, width: 0, mask: 0, count });
        }
        let least = reader.unsigned()?;
        let width = u32::from(reader.byte()?);
        if width > MAX_WIDTH || least.leading_zeros() < u64::BITS - MAX_WIDTH - 1 {
            return Err(Error::corrupt(format!(
                "a column of a block has {width} bits from {least}; {MAX_WIDTH} are the most"
            )));
        }
        let bytes = reader.rest();
        let bits = count.checked_mul(width as usize).ok_or_else(|| Error::corrupt("a column is too long"))?;
        reader.take(bits.div_ceil(8))?;
        Ok(Column { bytes, least, width: width as usize, mask: (1 << width) - 1, count })
    }

    /// A bound of the values: none is larger.
    pub fn most(&self) -> u64 {
        self.least + self.mask
    }

    /// Whether no value needs more than 32 bits.
    fn is_small(&self) -> bool {
        self.most() <= u64::from(u32::MAX)
    }

    /// Appends the values in order; those that do not fit in 32 bits as the largest that does.
    #[inline]
    pub fn append_to(self, out: &mut Vec<u32>) {
        let begin = out.len();
        if self.width == 0 || self.width > MAX_GROUP_WIDTH as usize || !self.is_small() {
            out.extend(self.values().map(|value| u32::try_from(value).unwrap_or(u32::MAX)));
            return;
        }
        out.resize(begin + self.count, 0);
        let (least, mask, width) = (self.least as u32, self.mask as u32, self.width);
        let (groups, rest) = out[begin..].as_chunks_mut::<GROUP>();
        let mut read = groups.len();
        for (number, group) in groups.iter_mut().enumerate() {
            let Some(bytes) = self.bytes.get(number * width..).and_then(<[u8]>::first_chunk::<GROUP_BYTES>)
            else {
                read = number;
                break;
            };
            let (low, high) = group.split_at_mut(GROUP / 2);
            for (half, bit) in [(low, 0), (high, 4 * width)] {
                let mut eight = [0; 8];
                // At most 8 whole bytes and 4 bits into the group.
                eight.copy_from_slice(&bytes[(bit / 8) & 15..][..8]);
                let mut word = u64::from_le_bytes(eight) >> (bit % 8);
                for value in half {
                    *value = least + (word as u32 & mask);
                    word >>= width;
                }
            }
        }
        let last = rest.len() + (groups.len() - read) * GROUP;
        let places = self.count - last..self.count;
        for (value, place) in out[begin + places.start..].iter_mut().zip(places) {
            *value = self.value(place) as u32;
        }
    }

    /// The values in order.
    #[inline]
    pub fn values(self) -> impl ExactSizeIterator<Item = u64> + 'a {
        (0..self.count).map(move |place| self.value(place))
    }

    #[inline]
    fn value(&self, place: usize) -> u64 {
        let bit = place * self.width;
        let word = match self.bytes.get(bit / 8..).and_then(<[u8]>::first_chunk) {
            Some(word) => u64::from_le_bytes(*word),
            None => self.last_word(bit / 8),
        };
        self.least + (word >> (bit % 8) & self.mask)
    }

    /// The bytes from a place near the end of a block on, as if zeros followed it.
    #[cold]
    fn last_word(&self, at: usize) -> u64 {
        let mut word = [0; 8];
        let rest = self.bytes.get(at..).unwrap_or_default();
        word[..rest.len()].copy_from_slice(rest);
        u64::from_le_bytes(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a column in both ways, which must agree.
    fn read(reader: &mut Reader<'_>, count: usize) -> Vec<u64> {
        let column = Column::read(reader, count).unwrap();
        let values: Vec<u64> = column.values().collect();
        assert!(values.iter().all(|&value| value <= column.most()));
        let mut small = vec![7];
        column.append_to(&mut small);
        let cut = values.iter().map(|&value| u32::try_from(value).unwrap_or(u32::MAX));
        assert_eq!(small, std::iter::once(7).chain(cut).collect::<Vec<_>>());
        values
    }

    proptest! {
        #[test]
        fn values_below_a_bound_come_back(
            width in 0u32..=32,
            seeds in prop::collection::vec(any::<u32>(), 0..70),
            more in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let most = ((1u64 << width) - 1) as u32;
            let values: Vec<u32> = seeds.iter().map(|seed| seed & most).collect();
            let mut out = Vec::new();
            write_up_to(most, &mut out, &values);
            out.extend_from_slice(&more);
            let mut reader = Reader::new(&out);
            let back = read(&mut reader, values.len());
            prop_assert_eq!(reader.rest(), &more[..]);
            prop_assert_eq!(&back, &values.iter().map(|&value| value.into()).collect::<Vec<u64>>());
            let mut out = Vec::new();
            write_small(&mut out, &mut values.clone());
            prop_assert_eq!(read(&mut Reader::new(&out), values.len()), back);
        }

        #[test]
        fn values_come_back_as_they_were_written(
            least in 0u64..1 << 54,
            width in 0u32..=56,
            seeds in prop::collection::vec(any::<u64>(), 0..70),
            more in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let values: Vec<u64> = seeds.iter().map(|seed| least + (seed & ((1 << width) - 1))).collect();
            let mut out = Vec::new();
            write(&mut out, values.iter().copied(), &mut Vec::new());
            out.extend_from_slice(&more);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(read(&mut reader, values.len()), values);
            prop_assert_eq!(reader.rest(), &more[..]);
        }
    }

    #[test]
    fn equal_values_take_no_bits() {
        let mut out = Vec::new();
        write(&mut out, [7u64; 1000].into_iter(), &mut Vec::new());
        assert_eq!(out, [7, 0]);
    }

    #[test]
    fn a_column_that_cannot_be_true_is_refused() {
        for bytes in [&[0, 57, 0, 0, 0, 0, 0, 0, 0][..], &[0, 8, 1], &[]] {
            assert!(Column::read(&mut Reader::new(bytes), 2).is_err(), "{bytes:?}");
        }
        let long = [0, 56, 1, 1];
        assert!(Column::read(&mut Reader::new(&long), usize::MAX).is_err());
    }
}
