//! What passes between the kernels and their hosts, as bytes.
//!
//! - A [`batch`] holds records on their way to Route.
//! - A [`verdict`] holds what Route says of a batch.
//! - [`frames`] hold the output of a kernel: blocks with their cells, or records with their keys.
//!
//! Each layout is written and read here alone. Integers are little-endian. Hosts in other languages read
//! the same bytes.

pub mod batch;
pub mod frames;
pub mod verdict;

use crate::error::{Error, Result};

/// What `next` takes from the front, until nothing is left. After an error there is nothing.
fn entries<'a, T, F>(bytes: &'a [u8], next: F) -> impl Iterator<Item = Result<T>> + use<'a, T, F>
where
    F: Fn(&mut &'a [u8]) -> Result<T>,
{
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let entry = next(&mut rest);
        if entry.is_err() {
            rest = &[];
        }
        Some(entry)
    })
}

/// Takes the next bytes of an input that `what` names.
fn take<'a>(rest: &mut &'a [u8], length: usize, what: &str) -> Result<&'a [u8]> {
    let (taken, tail) = rest
        .split_at_checked(length)
        .ok_or_else(|| Error::corrupt(format!("{what} ends in the middle of an entry")))?;
    *rest = tail;
    Ok(taken)
}

/// Takes the next bytes, as many as the result holds.
fn take_array<const N: usize>(rest: &mut &[u8], what: &str) -> Result<[u8; N]> {
    let mut array = [0; N];
    array.copy_from_slice(take(rest, N, what)?);
    Ok(array)
}

fn take_u32(rest: &mut &[u8], what: &str) -> Result<u32> {
    take_array(rest, what).map(u32::from_le_bytes)
}
