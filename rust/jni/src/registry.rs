//! Handles: numbers that stand for open kernels on the far side of the border.

use std::collections::BTreeMap;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use callweave_core::kernel::{CellKernel, KeyedKernel, Outbox};
use callweave_core::route::Route;
use parking_lot::{Mutex, RwLock};

use crate::error::{panic_text, Error, Result};

/// An open kernel.
pub enum Kernel {
    /// The kernel that takes batches of records.
    Route(Box<Route>),
    /// A kernel that takes blocks.
    Cell(Box<dyn CellKernel + Send>),
    /// A kernel that takes blocks, and whose state its host keeps.
    Keyed(Box<dyn KeyedKernel + Send>),
}

impl Kernel {
    /// The kernel as one that takes batches.
    pub fn route(&mut self) -> Result<&mut Route> {
        match self {
            Kernel::Route(route) => Ok(route),
            Kernel::Cell(_) | Kernel::Keyed(_) => Err(wrong_kind("takes blocks", "takes batches")),
        }
    }

    /// The kernel as one that takes blocks.
    pub fn cell(&mut self) -> Result<&mut dyn CellKernel> {
        match self {
            Kernel::Cell(cell) => Ok(cell.as_mut()),
            Kernel::Keyed(keyed) => Ok(keyed.as_mut()),
            Kernel::Route(_) => Err(wrong_kind("takes batches", "takes blocks")),
        }
    }

    /// The kernel as one whose state is loaded and saved.
    pub fn keyed(&mut self) -> Result<&mut dyn KeyedKernel> {
        match self {
            Kernel::Keyed(keyed) => Ok(keyed.as_mut()),
            Kernel::Cell(_) | Kernel::Route(_) => Err(wrong_kind("keeps no state", "keeps state")),
        }
    }

    /// The kernel as one whose output is pulled.
    pub fn outbox(&mut self) -> &mut dyn Outbox {
        match self {
            Kernel::Route(route) => route.as_mut(),
            Kernel::Cell(cell) => cell.as_mut(),
            Kernel::Keyed(keyed) => keyed.as_mut(),
        }
    }
}

fn wrong_kind(is: &str, expected: &str) -> Error {
    Error::Argument(format!("the handle is of a kernel that {is}, one that {expected} was expected"))
}

enum Slot {
    Ready(Kernel),
    /// A kernel that panicked, by the text of its panic. What it held is in doubt and dropped.
    Broken(String),
}

/// The open kernels by handle.
///
/// Handles are counted up and never used again, so one that is wrong or closed finds nothing.
/// A kernel is locked while it works: a handle used by two threads at once is slow, not unsafe.
pub struct Registry {
    slots: RwLock<BTreeMap<u64, Arc<Mutex<Slot>>>>,
    opened: AtomicU64,
}

impl Registry {
    /// A registry without kernels.
    pub const fn new() -> Self {
        Registry { slots: RwLock::new(BTreeMap::new()), opened: AtomicU64::new(0) }
    }

    /// Takes in a kernel; the handle is never 0.
    pub fn open(&self, kernel: Kernel) -> u64 {
        let handle = self.opened.fetch_add(1, Ordering::Relaxed) + 1;
        let slot = Arc::new(Mutex::new(Slot::Ready(kernel)));
        self.slots.write().insert(handle, slot);
        handle
    }

    /// Has `work` done by the kernel of this handle. A panic in it becomes an error, and the kernel
    /// can then only be closed.
    pub fn with<T>(&self, handle: u64, work: impl FnOnce(&mut Kernel) -> Result<T>) -> Result<T> {
        let slot = self.slots.read().get(&handle).cloned();
        let slot = slot.ok_or_else(|| not_open(handle))?;
        let mut slot = slot.lock();
        let kernel = match &mut *slot {
            Slot::Ready(kernel) => kernel,
            Slot::Broken(text) => {
                return Err(Error::State(format!(
                    "kernel {handle} can only be closed, it failed before: {text}"
                )))
            }
        };
        catch_unwind(AssertUnwindSafe(|| work(kernel))).unwrap_or_else(|payload| {
            let text = panic_text(&*payload);
            *slot = Slot::Broken(text.clone());
            Err(Error::Kernel(text))
        })
    }

    /// Closes a handle. A call that is under way in another thread ends first with its kernel.
    pub fn close(&self, handle: u64) -> Result<()> {
        let slot = self.slots.write().remove(&handle);
        slot.map(drop).ok_or_else(|| not_open(handle))
    }
}

fn not_open(handle: u64) -> Error {
    Error::State(format!("kernel {handle} is closed or was never open"))
}
