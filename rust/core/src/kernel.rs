//! What the kernels have in common: blocks in, frames out.

use crate::counters::Counters;
use crate::error::Result;

/// The outcome of [`Outbox::pull`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulled {
    /// This many bytes were filled with whole frames; 0 when nothing is left.
    Filled(usize),
    /// The next frame alone needs a buffer of this many bytes. Nothing was taken.
    Needs(usize),
}

/// A kernel that hands its output on in pieces, so that no call has to return all of it at once.
///
/// The output is frames as [`wire::frames`](crate::wire::frames) says: of blocks, or of records.
pub trait Outbox {
    /// Fills `out` with as many of the next whole frames as fit.
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled>;

    /// What the kernel counts, to be taken.
    fn counters(&mut self) -> &mut Counters;

    /// Bytes of scratch memory that the kernel holds.
    fn memory_bytes(&self) -> usize;
}

/// Fills `out` with whole frames, which `next` makes one at a time: it appends a frame to the empty buffer that it
/// is given, or says that there is none. A frame that does not fit any more waits in `frame`.
pub(crate) fn pull_frames(
    out: &mut [u8],
    frame: &mut Vec<u8>,
    mut next: impl FnMut(&mut Vec<u8>) -> Result<bool>,
) -> Result<Pulled> {
    let mut filled = 0;
    loop {
        if frame.is_empty() && !next(frame)? {
            return Ok(Pulled::Filled(filled));
        }
        let Some(room) = out[filled..].get_mut(..frame.len()) else {
            return Ok(match filled {
                0 => Pulled::Needs(frame.len()),
                _ => Pulled::Filled(filled),
            });
        };
        room.copy_from_slice(frame);
        filled += frame.len();
        frame.clear();
    }
}

/// A kernel that is given all blocks of a bucket, then fired. It keeps nothing from one bucket to the
/// next.
pub trait CellKernel: Outbox {
    /// Takes in one block, in order of arrival.
    fn push(&mut self, block: &[u8]) -> Result<()>;

    /// Works the pushed blocks as those of this time bucket, and forgets them.
    /// The output is then pulled until nothing is left. After an error nothing of the bucket remains.
    fn fire(&mut self, bucket: i64) -> Result<()>;
}

/// A kernel that learns from one bucket for the next, key by key. What it knows of a key is a value that
/// its host keeps.
///
/// For each bucket of a key, in order of the buckets: [`load`](Self::load) what was saved last, push the
/// blocks, fire, [`save`](Self::save), pull the output. Between two such turns the kernel may work other
/// keys, and holds nothing of any.
pub trait KeyedKernel: CellKernel {
    /// Takes up what was saved of a key, empty for a key that is new. Comes before the first block.
    ///
    /// # Errors
    /// When it is damaged, or of a version that is not read. Nothing of it remains then.
    fn load(&mut self, state: &[u8]) -> Result<()>;

    /// Appends what has to be known of the key when its next bucket is worked; nothing if that is what is
    /// known of a new key. Comes after the fire.
    ///
    /// # Errors
    /// When no key was loaded and fired.
    fn save(&mut self, state: &mut Vec<u8>) -> Result<()>;
}
