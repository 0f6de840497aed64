//! What the kernels say of their memory, against what they have allocated.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod allocator;
mod chains;
mod kernels;
mod load;
mod tracked;
