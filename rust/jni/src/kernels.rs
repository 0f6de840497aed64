//! What both surfaces do: plain functions over handles, without a pointer.

use callweave_core::assemble::{Assemble, AssembleConfig};
use callweave_core::kernel::{Counts, Pulled};
use callweave_core::link::{Link, LinkConfig};
use callweave_core::route::{Route, RouteConfig};

use crate::error::{Error, Result};
use crate::registry::{Kernel, Registry};

/// The kernels of this copy of the library.
pub static KERNELS: Registry = Registry::new();

impl Registry {
    /// Opens a Route kernel.
    pub fn open_route(&self, config: RouteConfig) -> Result<u64> {
        Ok(self.open(Kernel::Route(Box::new(Route::new(config)?))))
    }

    /// Opens a Link kernel.
    pub fn open_link(&self, config: LinkConfig) -> Result<u64> {
        Ok(self.open(Kernel::Cell(Box::new(Link::new(config)?))))
    }

    /// Opens an Assemble kernel.
    pub fn open_assemble(&self, config: AssembleConfig) -> Result<u64> {
        Ok(self.open(Kernel::Cell(Box::new(Assemble::new(config)?))))
    }

    /// Has a batch judged; returns the bytes of the verdict that were written to `verdict`.
    ///
    /// A verdict that does not fit is an error although the batch has been taken in: the caller
    /// knows neither what was rejected nor how far event time has come, so it has to start over.
    pub fn push_batch(
        &self,
        handle: u64,
        batch: &[u8],
        watermark_ms: i64,
        now_ms: i64,
        verdict: &mut [u8],
    ) -> Result<usize> {
        self.with(handle, |kernel| {
            let mut written = Vec::new();
            kernel.route()?.push_batch(batch, watermark_ms, now_ms, &mut written)?;
            let room = verdict.len();
            let target = verdict.get_mut(..written.len()).ok_or_else(|| {
                Error::Kernel(format!(
                    "the verdict on a batch of {} bytes needs {} bytes, its buffer has {room}",
                    batch.len(),
                    written.len()
                ))
            })?;
            target.copy_from_slice(&written);
            Ok(written.len())
        })
    }

    /// Closes the blocks of the cells that a watermark fires, to be pulled.
    pub fn flush(&self, handle: u64, watermark_ms: i64) -> Result<()> {
        self.with(handle, |kernel| Ok(kernel.route()?.flush(watermark_ms)?))
    }

    /// Gives a cell kernel one block.
    pub fn push(&self, handle: u64, block: &[u8]) -> Result<()> {
        self.with(handle, |kernel| Ok(kernel.cell()?.push(block)?))
    }

    /// Works the pushed blocks as the cell of this bucket, to be pulled.
    pub fn fire(&self, handle: u64, bucket: i64) -> Result<()> {
        self.with(handle, |kernel| Ok(kernel.cell()?.fire(bucket)?))
    }

    /// Fills `out` with whole frames: the bytes filled, 0 when nothing is left, or minus the bytes
    /// that the next frame alone needs.
    pub fn pull(&self, handle: u64, out: &mut [u8]) -> Result<i64> {
        self.with(handle, |kernel| {
            let room = out.len();
            match kernel.outbox().pull(out)? {
                Pulled::Filled(bytes) if bytes <= room => signed(bytes),
                Pulled::Needs(bytes) if bytes > room => Ok(-signed(bytes)?),
                odd => Err(Error::Kernel(format!("{odd:?} is no answer to a buffer of {room} bytes"))),
            }
        })
    }

    /// What the kernel has done since it was last asked.
    pub fn take_counts(&self, handle: u64) -> Result<Counts> {
        self.with(handle, |kernel| Ok(kernel.outbox().take_counts()))
    }

    /// Bytes of memory that the kernel holds.
    pub fn memory_bytes(&self, handle: u64) -> Result<usize> {
        self.with(handle, |kernel| Ok(kernel.outbox().memory_bytes()))
    }
}

fn signed(bytes: usize) -> Result<i64> {
    i64::try_from(bytes).map_err(|_| Error::Kernel(format!("{bytes} bytes are beyond any buffer")))
}

#[cfg(test)]
mod tests;
