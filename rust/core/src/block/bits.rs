//! Columns of integers, each as wide as the largest of them needs.
//!
//! ```text
//! least value: unsigned   width: u8, bits   values less the least, from the lowest bit on
//! ```
//!
//! Nothing at all is written of a column without values, and no bits of values that are all equal.

use super::bytes::{put, Reader};
use super::packing::{bits_from, pack, pack_group, unpack_group, GROUP, GROUP_BYTES, MAX_GROUP_WIDTH};
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
        return pack_one_by_one(out, least, width, values.map(|value| value - least));
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

/// Packs a column, group by group where that can be.
fn pack_offsets(out: &mut Vec<u8>, least: u64, width: u32, offsets: &[u32]) {
    if !(1..=MAX_GROUP_WIDTH as u32).contains(&width) {
        return pack_one_by_one(out, least, width, offsets.iter().map(|&offset| offset.into()));
    }
    if offsets.is_empty() {
        return;
    }
    put(out, least);
    out.push(width as u8);
    let begin = out.len();
    let width = width as usize;
    let bytes = (offsets.len() * width).div_ceil(8);
    out.resize(begin + bytes + GROUP_BYTES, 0);
    let (groups, rest) = offsets.as_chunks::<GROUP>();
    let mut at = begin;
    let mut write = |group: &[u32; GROUP]| {
        out[at..at + GROUP_BYTES].copy_from_slice(&pack_group(group, width));
        at += width;
    };
    groups.iter().for_each(&mut write);
    let mut last = [0; GROUP];
    last[..rest.len()].copy_from_slice(rest);
    write(&last);
    out.truncate(begin + bytes);
}

/// Packs a column of any width, of which `offsets` are the values less the least.
#[cold]
fn pack_one_by_one(out: &mut Vec<u8>, least: u64, width: u32, offsets: impl ExactSizeIterator<Item = u64>) {
    debug_assert!(width <= MAX_WIDTH);
    if offsets.len() > 0 {
        put(out, least);
        out.push(width as u8);
        pack(out, width, offsets);
    }
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
        if self.width == 0 || self.width > MAX_GROUP_WIDTH || !self.is_small() {
            out.extend(self.values().map(|value| u32::try_from(value).unwrap_or(u32::MAX)));
            return;
        }
        out.resize(begin + self.count, 0);
        let (least, width) = (self.least as u32, self.width);
        let (groups, rest) = out[begin..].as_chunks_mut::<GROUP>();
        let mut read = groups.len();
        for (number, group) in groups.iter_mut().enumerate() {
            let Some(bytes) = self.bytes.get(number * width..).and_then(<[u8]>::first_chunk::<GROUP_BYTES>)
            else {
                read = number;
                break;
            };
            *group = unpack_group(bytes, width).map(|offset| least + offset);
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
        self.least + (bits_from(self.bytes, place * self.width) & self.mask)
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
