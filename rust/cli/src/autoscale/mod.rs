//! How many subtasks the job needs: collect → decide → act.
//!
//! [`collect`] looks, [`sample`] is what was measured, [`memory`] what is known by it, [`decide`] what follows from that, and [`act`]
//! acts; [`command`] has the loop. What a subtask can do, its [`capacity`], shows in a [`stretch`] of looks. Nothing of this but
//! [`collect`], [`act`] and [`command`] has a clock or a connection, so days of load are simulated in a moment.

mod act;
mod args;
pub mod capacity;
mod collect;
mod command;
pub mod decide;
pub mod memory;
mod metrics;
pub mod rules;
pub mod sample;
#[cfg(test)]
mod simulation;
mod stretch;
mod taskmanagers;
mod user_command;

pub use args::Args;
pub use command::run;
