//! Fuzz targets: functions that take any bytes and panic if something does not hold.
//!
//! `libfuzzer/` runs them with coverage, for as long as one likes; `tests/corpus.rs` runs them over
//! the saved corpus, simulated records and changes of both, as part of the tests.

#[path = "../../core/tests/kernels/calls.rs"]
mod calls;
#[allow(dead_code)]
#[path = "../../core/tests/kernels/chains.rs"]
mod chains;
#[allow(dead_code)]
#[path = "../../core/tests/kernels/common.rs"]
mod common;
#[path = "../../core/tests/kernels/judged.rs"]
mod judged;

mod blocks;
mod chain_blocks;
mod links;
mod maps;
mod messages;
mod own_messages;
mod records;

/// A fuzz target.
pub type Target = fn(&[u8]);

/// All targets, each with its name and the name of its corpus.
pub const TARGETS: [(&str, Target); 15] = [
    ("parse", records::parse),
    ("route", records::route),
    ("legs", blocks::legs),
    ("halves", blocks::halves),
    ("sums", blocks::sums),
    ("reports", blocks::reports),
    ("pasts", blocks::pasts),
    ("attribute", chain_blocks::attribute),
    ("models", chain_blocks::models),
    ("address", chain_blocks::address),
    ("root", chain_blocks::root),
    ("chain", chain_blocks::chain),
    ("link", links::link),
    ("map", maps::map),
    ("protobuf", messages::protobuf),
];

/// Runs a target.
///
/// # Panics
/// If something does not hold, or there is no such target.
pub fn run(name: &str, data: &[u8]) {
    match TARGETS.iter().find(|(known, _)| *known == name) {
        Some((_, target)) => target(data),
        None => panic!("there is no fuzz target {name}"),
    }
}
