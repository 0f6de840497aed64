//! The kernels as C functions; `include/callweave.h` is made from this file.
//!
//! Every function but the two without a status returns [`CallweaveStatus`] and, unless it is `Ok`,
//! leaves a text for [`callweave_last_error`]. What it returns otherwise goes through a pointer.

use std::cell::RefCell;
use std::ffi::{c_char, CStr, CString};
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::error::{panic_text, Error, Result};
use crate::kernels::KERNELS;

/// How a call ended.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallweaveStatus {
    /// As asked.
    Ok = 0,
    /// The kernel refused its input, or panicked.
    Kernel = 1,
    /// An argument or a setting that no kernel could work with.
    Argument = 2,
    /// The handle is closed, was never open, or its kernel panicked before.
    State = 3,
}

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::new(CString::default());
}

/// Version of this interface.
#[unsafe(no_mangle)]
pub extern "C" fn callweave_abi_version() -> u32 {
    crate::ABI_VERSION
}

/// The text of this thread's last error, empty if there was none. Valid until its next error.
#[unsafe(no_mangle)]
pub extern "C" fn callweave_last_error() -> *const c_char {
    LAST_ERROR.with_borrow(|text| text.as_ptr())
}

/// Opens a kernel. `kind` is `route`, `link` or `assemble`; the settings are a JSON object with the fields
/// of its configuration.
///
/// # Safety
/// `kind` points to a text that ends with a zero byte, or is null. `settings` points to `settings_bytes`
/// bytes, or is null with a length of 0. `handle` points to memory for one value, or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn callweave_open(
    kind: *const c_char,
    settings: *const u8,
    settings_bytes: usize,
    handle: *mut u64,
) -> CallweaveStatus {
    guarded(|| {
        if kind.is_null() {
            return Err(Error::Argument("kind is null".into()));
        }
        // SAFETY: not null, and a text as the caller promised.
        let kind = unsafe { CStr::from_ptr(kind) }.to_string_lossy();
        // SAFETY: the settings are as the caller promised.
        let settings = unsafe { bytes("settings", settings, settings_bytes) }?;
        // SAFETY: `handle` is as the caller promised.
        unsafe { give(handle, || KERNELS.open_kernel(&kind, settings)) }
    })
}

/// Has a batch of records judged and kept; `written` gets the bytes of the verdict. A verdict that
/// does not fit is an error after which the kernel has to be opened anew.
///
/// # Safety
/// `batch` and `verdict` point to that many bytes, which do not overlap, or are null with a length
/// of 0; `written` points to memory for one value, or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn callweave_push_batch(
    handle: u64,
    batch: *const u8,
    batch_bytes: usize,
    watermark_ms: i64,
    now_ms: i64,
    verdict: *mut u8,
    verdict_bytes: usize,
    written: *mut usize,
) -> CallweaveStatus {
    guarded(|| {
        // SAFETY: the pointers are as the caller promised.
        let (batch, verdict) =
            unsafe { (bytes("batch", batch, batch_bytes)?, bytes_mut("verdict", verdict, verdict_bytes)?) };
        let push = || KERNELS.push_batch(handle, batch, watermark_ms, now_ms, verdict);
        // SAFETY: as above.
        unsafe { give(written, push) }
    })
}

/// Closes the blocks of all cells that a watermark of `watermark_ms` fires, to be pulled.
#[unsafe(no_mangle)]
pub extern "C" fn callweave_flush(handle: u64, watermark_ms: i64) -> CallweaveStatus {
    guarded(|| KERNELS.flush(handle, watermark_ms))
}

/// Gives a kernel one block of the bucket that will be fired next.
///
/// # Safety
/// `block` points to `block_bytes` bytes, or is null with a length of 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn callweave_push(
    handle: u64,
    block: *const u8,
    block_bytes: usize,
) -> CallweaveStatus {
    // SAFETY: the block is as the caller promised.
    guarded(|| KERNELS.push(handle, unsafe { bytes("block", block, block_bytes) }?))
}

/// Works the pushed blocks as those of this time bucket, to be pulled.
#[unsafe(no_mangle)]
pub extern "C" fn callweave_fire(handle: u64, bucket: i64) -> CallweaveStatus {
    guarded(|| KERNELS.fire(handle, bucket))
}

/// Fills `out` with whole frames. `pulled` gets the bytes filled, 0 when nothing is left, or minus
/// the bytes that the next frame needs.
///
/// # Safety
/// `out` points to `out_bytes` bytes, or is null with a length of 0; `pulled` points to memory for
/// one value, or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn callweave_pull(
    handle: u64,
    out: *mut u8,
    out_bytes: usize,
    pulled: *mut i64,
) -> CallweaveStatus {
    guarded(|| {
        // SAFETY: the pointers are as the caller promised.
        let out = unsafe { bytes_mut("out", out, out_bytes) }?;
        // SAFETY: as above.
        unsafe { give(pulled, || KERNELS.pull(handle, out)) }
    })
}

/// Has a kernel that keeps state take up what was saved of a key, nothing for a new one.
///
/// # Safety
/// `state` points to `state_bytes` bytes, or is null with a length of 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn callweave_load(
    handle: u64,
    state: *const u8,
    state_bytes: usize,
) -> CallweaveStatus {
    // SAFETY: the state is as the caller promised.
    guarded(|| KERNELS.load(handle, unsafe { bytes("state", state, state_bytes) }?))
}

/// Fills `out` with what has to be kept of the key that was loaded and fired. `saved` gets its bytes; if
/// they are more than `out_bytes`, nothing is written: ask again with more room.
///
/// # Safety
/// `out` points to `out_bytes` bytes, or is null with a length of 0; `saved` points to memory for one
/// value, or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn callweave_save(
    handle: u64,
    out: *mut u8,
    out_bytes: usize,
    saved: *mut usize,
) -> CallweaveStatus {
    guarded(|| {
        // SAFETY: the pointers are as the caller promised.
        let out = unsafe { bytes_mut("out", out, out_bytes) }?;
        let save = || Ok(copy_if_it_fits(&KERNELS.save(handle)?, out));
        // SAFETY: as above.
        unsafe { give(saved, save) }
    })
}

/// Fills `out` with the names of what the kernel counts, one a line. `written` gets their bytes; if they
/// are more than `out_bytes`, nothing is written.
///
/// # Safety
/// As [`callweave_save`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn callweave_counter_names(
    handle: u64,
    out: *mut u8,
    out_bytes: usize,
    written: *mut usize,
) -> CallweaveStatus {
    guarded(|| {
        // SAFETY: the pointers are as the caller promised.
        let out = unsafe { bytes_mut("out", out, out_bytes) }?;
        let write = || Ok(copy_if_it_fits(KERNELS.counter_names(handle)?.join("\n").as_bytes(), out));
        // SAFETY: as above.
        unsafe { give(written, write) }
    })
}

/// Gives what was counted since the last call, a number for each name in their order.
///
/// # Safety
/// `counts` points to memory for `length` initialised values, or is null with a length of 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn callweave_take_counts(
    handle: u64,
    counts: *mut u64,
    length: usize,
) -> CallweaveStatus {
    guarded(|| {
        let counts = match (counts.is_null(), length) {
            (_, 0) => &mut [],
            (true, _) => return Err(null("counts", length * size_of::<u64>())),
            // SAFETY: as the caller promised.
            (false, _) => unsafe { std::slice::from_raw_parts_mut(counts, length) },
        };
        KERNELS.take_counts(handle, counts)
    })
}

/// Bytes of memory that the kernel holds.
///
/// # Safety
/// `memory_bytes` points to memory for one value, or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn callweave_memory_bytes(handle: u64, memory_bytes: *mut usize) -> CallweaveStatus {
    // SAFETY: `memory_bytes` is as the caller promised.
    guarded(|| unsafe { give(memory_bytes, || KERNELS.memory_bytes(handle)) })
}

/// Closes a handle.
#[unsafe(no_mangle)]
pub extern "C" fn callweave_close(handle: u64) -> CallweaveStatus {
    guarded(|| KERNELS.close(handle))
}

/// Returns the length of `from`, which is copied if `to` has room for it.
fn copy_if_it_fits(from: &[u8], to: &mut [u8]) -> usize {
    if let Some(to) = to.get_mut(..from.len()) {
        to.copy_from_slice(from);
    }
    from.len()
}

/// Turns an error or a panic into a status and its text.
fn guarded(work: impl FnOnce() -> Result<()>) -> CallweaveStatus {
    let result = catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|payload| Err(Error::Kernel(panic_text(&*payload))));
    let Err(error) = result else {
        return CallweaveStatus::Ok;
    };
    let text = error.to_string().replace('\0', "\\0");
    LAST_ERROR.set(CString::new(text).unwrap_or_default());
    match error {
        Error::Kernel(_) | Error::Jni(_) => CallweaveStatus::Kernel,
        Error::Argument(_) => CallweaveStatus::Argument,
        Error::State(_) => CallweaveStatus::State,
    }
}

/// Writes the outcome of `work` through `to`, which is looked at first: what was done and cannot be
/// reported would be lost.
///
/// # Safety
/// `to` points to memory for one value, or is null.
unsafe fn give<T>(to: *mut T, work: impl FnOnce() -> Result<T>) -> Result<()> {
    if to.is_null() {
        return Err(Error::Argument("the pointer for the result is null".into()));
    }
    let value = work()?;
    // SAFETY: not null, so memory for one value. It need not be initialised.
    unsafe { to.write(value) };
    Ok(())
}

/// # Safety
/// `start` points to `length` bytes that nobody writes during `'call`, or is null.
unsafe fn bytes<'call>(name: &str, start: *const u8, length: usize) -> Result<&'call [u8]> {
    match (start.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(null(name, length)),
        // SAFETY: as the caller promised.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(start, length) }),
    }
}

/// # Safety
/// `start` points to `length` bytes that nobody else uses during `'call`, or is null.
unsafe fn bytes_mut<'call>(name: &str, start: *mut u8, length: usize) -> Result<&'call mut [u8]> {
    match (start.is_null(), length) {
        (_, 0) => Ok(&mut []),
        (true, _) => Err(null(name, length)),
        // SAFETY: as the caller promised.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts_mut(start, length) }),
    }
}

fn null(name: &str, length: usize) -> Error {
    Error::Argument(format!("{name} is null, {length} bytes were announced"))
}
