//! Kernels for many threads, each with the memory that it reuses.

use std::sync::{Mutex, PoisonError};

use callweave_core::counters::Counted;
use callweave_core::error::Result;
use callweave_core::kernel::{CellKernel, Outbox, Pulled};

/// Bytes of a kernel's output that are pulled at once.
const PIECE_BYTES: usize = 256 << 10;

/// A kernel and a buffer for its output.
pub struct Worker<K> {
    /// The kernel.
    pub kernel: K,
    buffer: Vec<u8>,
}

impl<K: Outbox> Worker<K> {
    /// Gives a kernel its buffer.
    pub fn new(kernel: K) -> Self {
        Self { kernel, buffer: vec![0; PIECE_BYTES] }
    }

    /// Hands all that the kernel has to give to `take`, in pieces of whole frames.
    ///
    /// # Errors
    /// When the kernel fails, or what `take` returns.
    pub fn drain(&mut self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        loop {
            match self.kernel.pull(&mut self.buffer)? {
                Pulled::Filled(0) => return Ok(()),
                Pulled::Filled(bytes) => take(&self.buffer[..bytes])?,
                Pulled::Needs(bytes) => self.buffer.resize(bytes, 0),
            }
        }
    }
}

impl<K: CellKernel> Worker<K> {
    /// Fires a cell with these blocks; with its output comes what the kernel counted.
    ///
    /// # Errors
    /// When the blocks are not what they should be, or what `take` returns.
    pub fn fire(
        &mut self,
        bucket: i64,
        blocks: &[Box<[u8]>],
        take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Counted> {
        for block in blocks {
            self.kernel.push(block)?;
        }
        self.kernel.fire(bucket)?;
        self.drain(take)?;
        Ok(self.kernel.counters().take())
    }
}

/// Workers that wait for work.
pub struct Pool<K> {
    make: Box<dyn Fn() -> Result<K> + Send + Sync>,
    idle: Mutex<Vec<Worker<K>>>,
}

impl<K: Outbox> Pool<K> {
    /// An empty pool that makes kernels as they are wanted.
    pub fn new(make: impl Fn() -> Result<K> + Send + Sync + 'static) -> Self {
        Self { make: Box::new(make), idle: Mutex::new(Vec::new()) }
    }

    /// Works with one of them.
    ///
    /// # Errors
    /// When there is none and none can be made, or what `work` returns.
    pub fn with<T>(&self, work: impl FnOnce(&mut Worker<K>) -> Result<T>) -> Result<T> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut worker = match waiting {
            Some(worker) => worker,
            None => Worker::new((self.make)()?),
        };
        let done = work(&mut worker)?;
        idle().push(worker);
        Ok(done)
    }
}
