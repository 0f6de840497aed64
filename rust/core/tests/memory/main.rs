//! What the kernels say of their memory, against what they have allocated.

mod allocator;
mod kernels;
mod load;
mod tracked;
