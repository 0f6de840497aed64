//! The way of a call through the kernels of chains, as the job takes it.

use std::collections::BTreeMap;

use callweave_core::attribute::{Attribute, AttributeConfig};
use callweave_core::block::{is_of, Kind};
use callweave_core::chain::{Chain, ChainConfig};
use callweave_core::error::Result;
use callweave_core::kernel::{CellKernel, KeyedKernel};
use callweave_core::protobuf::RecordFormat;
use callweave_core::root::{Root, RootConfig};
use callweave_core::wire::frames::{blocks, BlockFrame};

use crate::{collect, drain, Cells, Groups, BUCKET_MS, IP_GROUPS, PULL_BYTES};

/// The job's default.
pub const WINDOW_MS: i64 = 5_000;
/// The job's default.
const LOOK_AHEAD_MS: i64 = 1_000;
/// The job's default.
pub const CHAIN_GROUPS: u32 = 4;
/// The job's default.
const MAX_CHAIN_CALLS: u32 = 10_000;

/// An Attribute as the job sets it up, and what it knows of each group of addresses.
pub struct Attributing {
    kernel: Attribute,
    known: BTreeMap<i64, Vec<u8>>,
}

impl Attributing {
    /// One that knows nothing yet.
    ///
    /// # Errors
    /// Never.
    pub fn new(effort: u32) -> Result<Self> {
        let config = AttributeConfig {
            window_ms: WINDOW_MS,
            look_ahead_ms: LOOK_AHEAD_MS,
            ip_groups: IP_GROUPS,
            effort,
        };
        Ok(Self { kernel: Attribute::new(config)?, known: BTreeMap::new() })
    }

    /// Decides all calls of these legs of Route; what is learned stays for the next ones.
    ///
    /// # Errors
    /// When the kernel fails.
    pub fn decide(&mut self, legs: &Cells) -> Result<Cells> {
        let groups = i64::from(IP_GROUPS);
        let mut waiting: BTreeMap<i64, Vec<&[u8]>> = BTreeMap::new();
        for (cell, blocks) in legs {
            let window = (cell.div_euclid(groups) * BUCKET_MS - LOOK_AHEAD_MS).div_euclid(WINDOW_MS);
            let cell = window * groups + cell.rem_euclid(groups);
            waiting.entry(cell).or_default().extend(blocks.iter().map(Vec::as_slice));
        }
        let (mut returned, mut decided) = (Cells::new(), Cells::new());
        let mut buffer = vec![0; PULL_BYTES];
        // The first of each: if all were looked at, a long recording would cost more here than in the kernel.
        let first =
            |cells: Option<&i64>, others: Option<&i64>| cells.into_iter().chain(others).min().copied();
        while let Some(cell) = first(waiting.keys().next(), returned.keys().next()) {
            let state = self.known.entry(cell.rem_euclid(groups)).or_default();
            self.kernel.load(state)?;
            waiting.remove(&cell).unwrap_or_default().into_iter().try_for_each(|it| self.kernel.push(it))?;
            let again = returned.remove(&cell).unwrap_or_default();
            again.iter().try_for_each(|block| self.kernel.push(block))?;
            self.kernel.fire(cell.div_euclid(groups))?;
            state.clear();
            self.kernel.save(state)?;
            drain(&mut self.kernel, &mut buffer, &mut |frames: &[u8]| {
                for frame in blocks(frames) {
                    let BlockFrame { cell, block, .. } = frame?;
                    let to = if is_of(block, Kind::Legs) { &mut returned } else { &mut decided };
                    to.entry(cell).or_default().push(block.to_vec());
                }
                Ok(())
            })?;
        }
        Ok(decided)
    }
}

/// A Root as the job sets it up.
///
/// # Errors
/// Never.
pub fn new_root() -> Result<Root> {
    Root::new(RootConfig { window_ms: WINDOW_MS, bucket_ms: BUCKET_MS, chain_groups: CHAIN_GROUPS })
}

/// Finds the chains of all calls of these blocks of Attribute; blocks for Chain go to `rooted`, if there is one.
///
/// # Errors
/// When the kernel fails.
pub fn root(kernel: &mut Root, decided: &Cells, mut rooted: Option<&mut Cells>) -> Result<()> {
    let mut waiting = Cells::new();
    let mut buffer = vec![0; PULL_BYTES];
    let mut windows = decided.keys().copied().peekable();
    while let Some(window) = windows.peek().into_iter().chain(waiting.keys().next()).min().copied() {
        windows.next_if_eq(&window);
        let again = waiting.remove(&window).unwrap_or_default();
        for block in decided.get(&window).into_iter().flatten().chain(&again) {
            kernel.push(block)?;
        }
        kernel.fire(window)?;
        drain(kernel, &mut buffer, &mut |frames: &[u8]| {
            for frame in blocks(frames) {
                let BlockFrame { cell, block, .. } = frame?;
                if is_of(block, Kind::Attributed) {
                    waiting.entry(cell).or_default().push(block.to_vec());
                } else if let (true, Some(rooted)) = (is_of(block, Kind::Rooted), rooted.as_deref_mut()) {
                    rooted.entry(cell).or_default().push(block.to_vec());
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// A Chain as the job sets it up.
///
/// # Errors
/// Never.
pub fn new_chain() -> Result<Chain> {
    Chain::new(ChainConfig {
        max_chain_calls: MAX_CHAIN_CALLS,
        services: String::new(),
        windows: None,
        spans: None,
        records: true,
        format: RecordFormat::Json,
    })
}

/// The legs that Route makes of these records.
///
/// # Errors
/// When the kernel fails.
pub fn legs(lines: &[&[u8]]) -> Result<Cells> {
    let mut legs = Cells::new();
    crate::route(&crate::batches(lines), Groups::DEFAULT, |frames| collect(frames, &mut legs))?;
    Ok(legs)
}
