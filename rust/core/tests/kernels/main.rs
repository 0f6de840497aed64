//! The kernels from outside, put together as the job does it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod golden;
mod hostile;
mod pipeline;
mod reference;
mod strict;
mod verdicts;
