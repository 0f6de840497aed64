//! The calls that wait until all of their reports are there, and the kernels that make one of these.

use callweave_core::block::{is_of, Kind};
use callweave_core::cell::CellLayout;
use callweave_core::error::Result;
use callweave_core::merge::{Merge, MergeConfig, MERGED, TOLERANCE_MS};
use callweave_core::wire::frames::{blocks, write_block, BlockFrame};
use rayon::prelude::*;

use super::cells::Cells;
use super::pool::Pool;

/// With so many bytes, one bucket: each begins with what is left of the one before.
const ONE_BUCKET: usize = 1;

/// Makes one call of what both of its ends have told. Its memory follows the calls that are open.
pub struct Merging {
    layout: CellLayout,
    merges: Pool<Merge>,
    waiting: Cells,
}

/// What a watermark brought.
pub struct Merged {
    /// The legs of calls, as Route gives them.
    pub frames: Vec<Vec<u8>>,
    /// Up to when all calls are among them.
    pub watermark_ms: i64,
    /// Records that were another report of a call.
    pub merged: u64,
}

impl Merging {
    /// Of the calls of a Route with these cells.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn new(config: MergeConfig) -> Result<Self> {
        let layout = CellLayout::new(config.bucket_ms, config.ip_groups)?;
        Ok(Self {
            layout,
            merges: Pool::new(move || Merge::new(config.clone())),
            waiting: Cells::new(layout),
        })
    }

    /// Adds blocks of Route.
    ///
    /// # Errors
    /// When the output of Route is damaged.
    pub fn add(&mut self, frames: &[u8]) -> Result<()> {
        self.waiting.add(frames)
    }

    /// Works what a watermark closes.
    ///
    /// # Errors
    /// When a kernel fails.
    pub fn fire(&mut self, watermark_ms: i64) -> Result<Merged> {
        let mut merged =
            Merged { frames: Vec::new(), watermark_ms: self.promised_ms(watermark_ms), merged: 0 };
        while let Some((due, _)) = self.waiting.take_due(watermark_ms, ONE_BUCKET) {
            let fired = due.par_iter().map(|cell| {
                let (mut legs, mut back) = (Vec::new(), Vec::new());
                let bucket = self.layout.bucket_of(cell.key);
                let take = |piece: &[u8]| {
                    for frame in blocks(piece) {
                        let BlockFrame { cell, calls, block } = frame?;
                        if is_of(block, Kind::Reports) {
                            back.push((cell, Box::<[u8]>::from(block)));
                        } else {
                            write_block(&mut legs, cell, calls, |out| out.extend_from_slice(block));
                        }
                    }
                    Ok(())
                };
                let counts = self.merges.with(|merge| merge.fire(bucket, &cell.blocks, take))?;
                Ok((legs, back, counts[MERGED]))
            });
            for (legs, back, count) in fired.collect::<Result<Vec<_>>>()? {
                merged.frames.push(legs);
                merged.merged += count;
                back.into_iter().for_each(|(cell, block)| self.waiting.push(cell, &block));
            }
        }
        Ok(merged)
    }

    /// All calls go on that start so long before the end of the last bucket that is closed.
    fn promised_ms(&self, watermark_ms: i64) -> i64 {
        match watermark_ms {
            i64::MIN | i64::MAX => watermark_ms,
            _ => self.layout.last_ms(self.layout.bucket(watermark_ms + 1) - 1) - TOLERANCE_MS,
        }
    }
}
