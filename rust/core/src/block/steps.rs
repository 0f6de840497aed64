//! Columns of integers of which most are close to the one before.
//!
//! ```text
//! for every eight values, the last of them filled up:
//! width: u8, bits   steps from value to value, zigzag, from the lowest bit on
//! ```

use super::bytes::Reader;
use super::packing::{bits_from, pack, pack_group, unpack_group, GROUP, MAX_GROUP_WIDTH};
use crate::error::{Error, Result};

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
        if width <= MAX_GROUP_WIDTH {
            let end = out.len() + width;
            out.extend_from_slice(&pack_group(&steps, width));
            out.truncate(end);
        } else {
            pack(out, width as u32, steps.iter().map(|&step| step.into()));
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
            Some(bytes) if width <= MAX_GROUP_WIDTH => {
                *group = unpack_group(bytes, width);
                reader.take(width)?;
            }
            _ => *group = unpack_slowly(reader.take(width)?)?,
        }
        for value in group {
            last = unzigzag(*value).wrapping_add(last);
            *value = last;
        }
    }
    out.truncate(begin + count);
    Ok(())
}

/// Reads steps of any width, or near the end of a block.
#[cold]
fn unpack_slowly(bytes: &[u8]) -> Result<[u32; GROUP]> {
    let width = bytes.len();
    if width > u32::BITS as usize {
        return Err(Error::corrupt(format!(
            "a column of a block has steps of {width} bits; 32 are the most"
        )));
    }
    let mask = (1 << width) - 1;
    Ok(std::array::from_fn(|place| (bits_from(bytes, place * width) & mask) as u32))
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
