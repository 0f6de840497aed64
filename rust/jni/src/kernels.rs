//! What both surfaces do: plain functions over handles, without a pointer.

use callweave_core::alerts::Alerts;
use callweave_core::assemble::Assemble;
use callweave_core::attribute::Attribute;
use callweave_core::chain::Chain;
use callweave_core::edges::Windows;
use callweave_core::kernel::Pulled;
use callweave_core::link::Link;
use callweave_core::merge::Merge;
use callweave_core::root::Root;
use callweave_core::route::Route;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
#[cfg(feature = "parquet")]
use crate::parquet_file::ParquetFile;
#[cfg(feature = "parquet")]
use crate::parquet_rows::ParquetRows;
use crate::registry::{Kernel, Registry};
use crate::system_memory;

/// The kernels of this copy of the library.
pub static KERNELS: Registry = Registry::new();

impl Registry {
    /// Opens a kernel: `settings` are a JSON object with the fields of its configuration.
    pub fn open_kernel(&self, kind: &str, settings: &[u8]) -> Result<u64> {
        let kernel = match kind {
            "route" => Kernel::Route(Box::new(Route::new(read(kind, settings)?)?)),
            "merge" => Kernel::Keyed(Box::new(Merge::new(read(kind, settings)?)?)),
            "link" => Kernel::Cell(Box::new(Link::new(read(kind, settings)?)?)),
            "assemble" => Kernel::Cell(Box::new(Assemble::new(read(kind, settings)?)?)),
            "attribute" => Kernel::Keyed(Box::new(Attribute::new(read(kind, settings)?)?)),
            "root" => Kernel::Cell(Box::new(Root::new(read(kind, settings)?)?)),
            "chain" => Kernel::Cell(Box::new(Chain::new(read(kind, settings)?)?)),
            "windows" => Kernel::Cell(Box::new(Windows::new(read(kind, settings)?)?)),
            "alerts" => Kernel::Keyed(Box::new(Alerts::new(read(kind, settings)?)?)),
            #[cfg(feature = "parquet")]
            "parquet" => Kernel::Cell(Box::new(ParquetFile::new(read(kind, settings)?)?)),
            #[cfg(feature = "parquet")]
            "parquet-rows" => Kernel::Cell(Box::new(ParquetRows::new(read(kind, settings)?)?)),
            _ => {
                return Err(Error::Argument(format!(
                    "there is no kernel '{kind}'; route, merge, link, assemble, attribute, root, chain, windows and alerts are known, and parquet to a library that was built with it"
                )))
            }
        };
        Ok(self.open(kernel))
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
            let pulled = kernel.outbox().pull(out)?;
            if pulled == Pulled::Filled(0) && callweave_core::is_worth_a_trim() {
                system_memory::trim();
            }
            match pulled {
                Pulled::Filled(bytes) if bytes <= room => signed(bytes),
                Pulled::Needs(bytes) if bytes > room => Ok(-signed(bytes)?),
                odd => Err(Error::Kernel(format!("{odd:?} is no answer to a buffer of {room} bytes"))),
            }
        })
    }

    /// Has a kernel that keeps state take up what was saved of a key.
    pub fn load(&self, handle: u64, state: &[u8]) -> Result<()> {
        self.with(handle, |kernel| Ok(kernel.keyed()?.load(state)?))
    }

    /// What has to be kept of the key that was loaded and fired.
    pub fn save(&self, handle: u64) -> Result<Vec<u8>> {
        self.with(handle, |kernel| {
            let mut state = Vec::new();
            kernel.keyed()?.save(&mut state)?;
            Ok(state)
        })
    }

    /// The names of what the kernel counts.
    pub fn counter_names(&self, handle: u64) -> Result<&'static [&'static str]> {
        self.with(handle, |kernel| Ok(kernel.outbox().counters().names()))
    }

    /// Gives what was counted since the last call, in order of the names. An array of another length is
    /// refused before anything is taken.
    pub fn take_counts(&self, handle: u64, counts: &mut [u64]) -> Result<()> {
        self.with(handle, |kernel| {
            let counters = kernel.outbox().counters();
            let (wanted, given) = (counters.names().len(), counts.len());
            if wanted != given {
                return Err(Error::Argument(format!("room for {wanted} counts is wanted, not for {given}")));
            }
            counts.copy_from_slice(counters.take().as_slice());
            Ok(())
        })
    }

    /// Bytes of memory that the kernel holds.
    pub fn memory_bytes(&self, handle: u64) -> Result<usize> {
        self.with(handle, |kernel| Ok(kernel.outbox().memory_bytes()))
    }
}

fn read<T: DeserializeOwned>(kind: &str, settings: &[u8]) -> Result<T> {
    serde_json::from_slice(settings)
        .map_err(|error| Error::Argument(format!("the settings of the kernel '{kind}': {error}")))
}

fn signed(bytes: usize) -> Result<i64> {
    i64::try_from(bytes).map_err(|_| Error::Kernel(format!("{bytes} bytes are beyond any buffer")))
}

#[cfg(test)]
mod tests;
