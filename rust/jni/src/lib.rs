//! The border of callweave: its kernels as Java native methods ([`native_kernels`]) and as C
//! functions ([`c_api`]). Both only translate; what they have in common is in [`kernels`].
//!
//! No panic leaves this library: a kernel's is caught in [`registry`] and breaks that kernel alone,
//! any other in the surface that was called. There are no upcalls, no threads, no signal handlers
//! and no allocator of its own.

#![deny(clippy::undocumented_unsafe_blocks)]

pub mod c_api;
mod error;
mod kernels;
mod native_kernels;
#[cfg(feature = "parquet")]
mod parquet_file;
#[cfg(feature = "parquet")]
mod parquet_rows;
mod registry;
mod system_memory;

/// Version of the border. Raised whenever a native method or a frame's layout changes its meaning,
/// so that a jar never runs with the library of another.
pub const ABI_VERSION: u32 = 2;
