//! Columns of integers of which most are close to the one before.
//!
//! ```text
//! for every eight values, the last of them filled up:
//! width: u8, bits   steps from value to value, zigzag, from the lowest bit on
//! ```

use super::bytes::Reader;
use crate::error::{Error, Result};

/// Values that are packed at once: they fill whole bytes, whatever their width.
const GROUP: usize = 8;
/// The widest steps of which four fit in 64 bits.
const MAX_FAST_WIDTH: usize = 16;
/// What a group of these takes at most.
const FAST_BYTES: usize = 16;

/// Appends a column.
pub fn write(out: &mut Vec<u8>, values: &[u32]) {
    let mut last = 0;
    for values in values.chunks(GROUP) {
        let mut steps = [0; GROUP];
        let mut all = 0;
        for (step, &value) in steps.iter_mut().zip(values) {
            *step = zigzag(value.wrapping_sub(last));
            all |= *step;
            last = value;
        }
        let width = (u32::BITS - all.leading_zeros()) as usize;
        out.push(width as u8);
        if width <= MAX_FAST_WIDTH {
            pack(out, &steps, width);
        } else {
            pack_wide(out, &steps, width);
        }
    }
}

fn pack(out: &mut Vec<u8>, steps: &[u32; GROUP], width: usize) {
    let half = |four: &[u32]| four.iter().rev().fold(0, |word, &step| word << width | u64::from(step));
    let (low, high) = (half(&steps[..GROUP / 2]), half(&steps[GROUP / 2..]));
    let packed = u128::from(low) | u128::from(high) << (GROUP / 2 * width);
    let end = out.len() + width;
    out.extend_from_slice(&packed.to_le_bytes());
    out.truncate(end);
}

#[cold]
fn pack_wide(out: &mut Vec<u8>, steps: &[u32; GROUP], width: usize) {
    let (mut word, mut filled) = (0u64, 0);
    for &step in steps {
        word |= u64::from(step) << filled;
        filled += width;
        while filled >= 8 {
            out.push(word as u8);
            word >>= 8;
            filled -= 8;
        }
    }
}

/// An error if so many values cannot be in the rest of a block: they need an eighth of a byte each.
pub fn check_room(reader: &Reader<'_>, count: usize) -> Result<()> {
    if count.div_ceil(GROUP) > reader.rest().len() {
        return Err(Error::corrupt(format!("a block claims {count} entries, more than it can hold")));
    }
    Ok(())
}

/// Appends `count` values that [`write`] wrote.
pub fn append_to(out: &mut Vec<u32>, reader: &mut Reader<'_>, count: usize) -> Result<()> {
    check_room(reader, count)?;
    let groups = count.div_ceil(GROUP);
    let begin = out.len();
    out.resize(begin + groups * GROUP, 0);
    let mut last = 0;
    for group in out[begin..].as_chunks_mut::<GROUP>().0 {
        let width = usize::from(reader.byte()?);
        match reader.rest().first_chunk() {
            Some(bytes) if width <= MAX_FAST_WIDTH => {
                unpack(group, bytes, width);
                reader.take(width)?;
            }
            _ => unpack_slowly(group, reader.take(width)?)?,
        }
        for value in group {
            last = unzigzag(*value).wrapping_add(last);
            *value = last;
        }
    }
    out.truncate(begin + count);
    Ok(())
}

fn unpack(steps: &mut [u32; GROUP], bytes: &[u8; FAST_BYTES], width: usize) {
    let mask = (1 << width) - 1;
    let packed = u128::from_le_bytes(*bytes);
    let (low, high) = steps.split_at_mut(GROUP / 2);
    for (half, mut word) in [(low, packed as u64), (high, (packed >> (GROUP / 2 * width)) as u64)] {
        for step in half {
            *step = word as u32 & mask;
            word >>= width;
        }
    }
}

/// Reads steps of any width, or near the end of a block.
#[cold]
fn unpack_slowly(steps: &mut [u32; GROUP], bytes: &[u8]) -> Result<()> {
    let width = bytes.len();
    if width > u32::BITS as usize {
        return Err(Error::corrupt(format!(
            "a column of a block has steps of {width} bits; 32 are the most"
        )));
    }
    let (mut word, mut filled) = (0u64, 0);
    let mut bytes = bytes.iter();
    for step in steps {
        while filled < width {
            word |= bytes.next().map_or(0, |&byte| u64::from(byte)) << filled;
            filled += 8;
        }
        *step = (word & ((1 << width) - 1)) as u32;
        word >>= width;
        filled -= width;
    }
    Ok(())
}

/// A step of any sign as a number that is small where the step is.
fn zigzag(step: u32) -> u32 {
    step << 1 ^ (step as i32 >> 31) as u32
}

fn unzigzag(number: u32) -> u32 {
    number >> 1 ^ (number & 1).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_come_back_in_their_order(
            width in 0u32..=32,
            seeds in prop::collection::vec(any::<u32>(), 0..70),
            more in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let values: Vec<u32> = seeds.iter().map(|seed| seed & ((1u64 << width) - 1) as u32).collect();
            let mut out = Vec::new();
            write(&mut out, &values);
            out.extend_from_slice(&more);
            let mut reader = Reader::new(&out);
            let mut back = vec![7];
            append_to(&mut back, &mut reader, values.len()).unwrap();
            prop_assert_eq!(&back[1..], &values);
            prop_assert_eq!(reader.rest(), &more[..]);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, count in 0usize..100) {
            let _ = append_to(&mut Vec::new(), &mut Reader::new(&bytes), count);
        }
    }

    #[test]
    fn small_steps_take_few_bits() {
        let values: Vec<u32> = (70_000..70_800).collect();
        let mut out = Vec::new();
        write(&mut out, &values);
        assert!(out.len() < values.len() * 4 / 8 + 20, "{} bytes", out.len());
    }

    #[test]
    fn a_column_that_cannot_be_true_is_refused() {
        for bytes in [&[33; 40][..], &[8, 1], &[]] {
            assert!(append_to(&mut Vec::new(), &mut Reader::new(bytes), 2).is_err(), "{bytes:?}");
        }
        assert!(append_to(&mut Vec::new(), &mut Reader::new(&[0, 0]), usize::MAX).is_err());
    }
}
