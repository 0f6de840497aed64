//! The kernels from outside, put together as the job does it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod alerts;
mod calls;
mod chain_hostile;
mod chain_rules;
mod chains;
mod common;
mod edges;
mod golden;
mod hostile;
mod judged;
mod merging;
mod pipeline;
mod protobuf;
mod protobuf_chains;
mod simulated;
mod spans;
mod strict;
mod verdicts;
