//! `callweave show`: chains drawn as text, for a terminal.
//!
//! `read` makes a chain of a record, and `slowest` keeps those that are drawn. `tree` puts the calls of a
//! chain in order, `layout` decides which of them are shown, in which columns, and where their bars lie;
//! `draw` makes text of it. `screen` is what the terminal can do, `id` which calls are asked for.
//!
//! Memory: the records that are drawn, at most `--slowest` of them, and one that is read.

mod args;
mod bar;
mod draw;
mod glyphs;
mod id;
mod layout;
mod read;
mod run;
mod screen;
mod slowest;
mod tree;

#[cfg(test)]
pub(crate) mod tests;

pub use args::Args;
pub(crate) use id::text as id_text;
pub(crate) use read::Chain;
pub use run::run;
pub(crate) use slowest::Slowest;
pub(crate) use tree::Tree;
