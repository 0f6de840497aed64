//! How many subtasks the job needs: collect → decide → act.
//!
//! [`sample`] is what was measured, [`memory`] what is known by it, [`decide`] what follows from that. None of
//! them has a clock or a connection, so days of load are simulated in a moment.

pub mod capacity;
pub mod decide;
pub mod memory;
pub mod rules;
pub mod sample;
#[cfg(test)]
mod simulation;
