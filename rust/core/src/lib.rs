//! The kernels of callweave: functions from blocks of calls to blocks of calls.
//!
//! No I/O, no clock, no threads. A call goes through [`route`], [`link`] and [`assemble`]; what
//! passes between them are the blocks of [`block`].

#![forbid(unsafe_code)]

pub mod address;
pub mod arena;
pub mod assemble;
pub mod attribute;
pub mod block;
pub mod call;
pub mod cell;
pub mod chain;
pub mod counters;
pub mod error;
pub mod id;
pub mod json_ids;
pub mod json_text;
pub mod kernel;
pub mod link;
mod memory;
pub mod nearest;
pub mod number;
pub mod queue;
pub mod renumbering;
pub mod route;
pub mod seeded;
pub mod tables;
pub mod texts;
pub mod wire;
