//! The kernels of chains put together, without Flink: Attribute, Root and Chain.

use callweave_core::attribute::{learned, Attribute, AttributeConfig};
use callweave_core::block::{is_of, Kind};
use callweave_core::cell::CellLayout;
use callweave_core::chain::{Chain, ChainConfig, CALLS, OMITTED, TRUNCATED, WRITTEN};
use callweave_core::counters::Counted;
use callweave_core::error::Result;
use callweave_core::kernel::{CellKernel, KeyedKernel, Outbox};
use callweave_core::root::{chains_delay_ms, Root, RootConfig};
use callweave_core::route::RouteConfig;
use callweave_core::wire::frames::{blocks, records, BlockFrame, OfChain};
use rayon::prelude::*;

use super::cells::{Cell, Cells};
use super::lines::Lines;
use super::pool::{Pool, Worker};
use super::settings::{ChainSettings, Settings};
use super::spare::Spare;
use super::windows::{OpenWindows, WindowTotals};
use crate::framing::Framing;

/// Bytes of blocks that are fired together.
const FIRED_BYTES: usize = 8 << 20;
/// With so many, one window: each begins with what is left of the one before.
const ONE_WINDOW: usize = 1;

/// What was written so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainTotals {
    /// Chains.
    pub chains: u64,
    /// Calls in them.
    pub calls: u64,
    /// Calls that were left out of them.
    pub omitted: u64,
    /// Chains that had calls left out.
    pub truncated: u64,
}

/// Makes chains of the blocks that Route gives. Its memory follows the calls that are open, and what is known
/// of addresses.
pub struct Chains {
    settings: ChainSettings,
    buckets: CellLayout,
    windows: CellLayout,
    attributes: Pool<Attribute>,
    /// What is known of each group of addresses.
    known: Vec<Vec<u8>>,
    root: Worker<Root>,
    chains: Pool<Chain>,
    legs: Cells,
    attributed: Cells,
    rooted: Cells,
    /// Entries and services; `None` if no windows are written.
    entries: Option<OpenWindows>,
    totals: ChainTotals,
    spare: Spare,
}

impl Chains {
    /// Chains of the blocks of a linker with these settings.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn new(settings: &ChainSettings, linker: &Settings, spare: Spare) -> Result<Self> {
        let RouteConfig { bucket_ms, ip_groups, max_latency_ms, .. } = linker.route;
        let chain_groups = linker.id_groups;
        let ChainSettings {
            window_ms,
            look_ahead_ms,
            effort,
            max_chain_calls,
            writes_records,
            format,
            spans,
        } = *settings;
        let attribute = AttributeConfig { window_ms, look_ahead_ms, ip_groups, effort };
        let windows = linker.windows.as_ref().map(|windows| windows.sums());
        let services = linker.services.clone();
        let chain =
            ChainConfig { max_chain_calls, services, windows, spans, records: writes_records, format };
        let delay_ms = chains_delay_ms(max_latency_ms, bucket_ms);
        // Here, where a wrong one can be told.
        Chain::new(chain.clone())?;
        Ok(Self {
            buckets: CellLayout::new(bucket_ms, ip_groups)?,
            windows: CellLayout::new(window_ms, ip_groups)?,
            attributes: Pool::new(move || Attribute::new(attribute.clone())),
            known: vec![Vec::new(); ip_groups as usize],
            root: Worker::new(Root::new(RootConfig { window_ms, bucket_ms, chain_groups })?),
            chains: Pool::new(move || Chain::new(chain.clone())),
            legs: Cells::new(CellLayout::new(window_ms, ip_groups)?),
            attributed: Cells::new(CellLayout::new(window_ms, 1)?),
            rooted: Cells::new(CellLayout::new(bucket_ms, chain_groups)?),
            entries: linker
                .windows
                .as_ref()
                .map(|windows| OpenWindows::new(windows, delay_ms))
                .transpose()?,
            totals: ChainTotals::default(),
            spare,
            settings: settings.clone(),
        })
    }

    /// What was learned of each group of addresses, for the same calls once more.
    ///
    /// # Errors
    /// When a kernel has saved what it does not read.
    pub fn learned(&self) -> Result<Vec<Vec<u8>>> {
        self.known.iter().map(|state| learned(state)).collect()
    }

    /// Begins with what was learned of each group of addresses.
    pub fn begin_with(&mut self, learned: Vec<Vec<u8>>) {
        self.known = learned;
    }

    /// What was written so far.
    pub fn totals(&self) -> ChainTotals {
        self.totals
    }

    /// What of entries and services was written so far.
    pub fn window_totals(&self) -> WindowTotals {
        self.entries.as_ref().map(OpenWindows::totals).unwrap_or_default()
    }

    /// Adds blocks of Route.
    ///
    /// # Errors
    /// When the output of Route is damaged.
    pub fn add(&mut self, frames: &[u8]) -> Result<()> {
        for frame in blocks(frames) {
            let BlockFrame { cell, block, .. } = frame?;
            // In the window that is decided once all of its bucket has come.
            let bucket = self.buckets.bucket_of(cell);
            let begin_ms = self.buckets.last_ms(bucket - 1) + 1;
            let window = self.windows.bucket(begin_ms - self.settings.look_ahead_ms);
            self.legs.push(self.windows.cell(window, self.buckets.group_of(cell)), block);
        }
        Ok(())
    }

    /// Works what a watermark closes, and hands on the chains, and the windows of them, that are complete: lines of
    /// JSON.
    ///
    /// # Errors
    /// When a kernel fails, or what `emit` returns.
    pub fn fire(
        &mut self,
        watermark_ms: i64,
        mut emit: impl FnMut(Lines) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let decided_ms = match watermark_ms {
            // There was no call yet.
            i64::MIN => return Ok(()),
            i64::MAX => i64::MAX,
            watermark_ms => watermark_ms - self.settings.look_ahead_ms,
        };
        while let Some((due, last_ms)) = self.legs.take_due(decided_ms, ONE_WINDOW) {
            self.attribute(due)?;
            self.find_roots(last_ms)?;
            self.write(last_ms, &mut emit)?;
        }
        self.find_roots(decided_ms)?;
        let whole_windows_ms = match decided_ms {
            i64::MAX => i64::MAX,
            decided_ms => self.windows.last_ms(self.windows.bucket(decided_ms + 1) - 1),
        };
        self.write(whole_windows_ms, &mut emit)?;
        match &mut self.entries {
            Some(entries) => entries.fire(whole_windows_ms, emit),
            None => Ok(()),
        }
    }

    /// Decides a window, group by group.
    fn attribute(&mut self, due: Vec<Cell>) -> Result<()> {
        let Self { attributes, known, windows, spare, .. } = self;
        let mut work: Vec<(Cell, Vec<u8>)> = due
            .into_iter()
            .map(|cell| {
                let known = &mut known[windows.group_of(cell.key) as usize];
                (cell, std::mem::take(known))
            })
            .collect();
        let fired = work.par_iter_mut().map(|(cell, state)| {
            let mut frames = spare.take();
            attributes.with(|worker| {
                worker.kernel.load(state)?;
                cell.blocks.iter().try_for_each(|block| worker.kernel.push(block))?;
                worker.kernel.fire(windows.bucket_of(cell.key))?;
                state.clear();
                worker.kernel.save(state)?;
                worker.drain(|piece| {
                    frames.extend_from_slice(piece);
                    Ok(())
                })
            })?;
            Ok(frames)
        });
        let fired: Vec<Vec<u8>> = fired.collect::<Result<_>>()?;
        for (cell, state) in work {
            self.known[self.windows.group_of(cell.key) as usize] = state;
        }
        for frames in fired {
            for frame in blocks(&frames) {
                let BlockFrame { cell, block, .. } = frame?;
                let to = if is_of(block, Kind::Legs) { &mut self.legs } else { &mut self.attributed };
                to.push(cell, block);
            }
            self.spare.give(frames);
        }
        Ok(())
    }

    /// Finds the chains of the calls of the windows up to that moment.
    fn find_roots(&mut self, last_ms: i64) -> Result<()> {
        while let Some((due, _)) = self.attributed.take_due(last_ms, ONE_WINDOW) {
            let Some(first) = due.first() else {
                return Ok(());
            };
            let window = self.attributed.bucket_of(first);
            let mut given = Vec::new();
            let mut frames = self.spare.take();
            for cell in &due {
                cell.blocks.iter().try_for_each(|block| self.root.kernel.push(block))?;
            }
            self.root.kernel.fire(window)?;
            self.root.drain(|piece| {
                frames.extend_from_slice(piece);
                Ok(())
            })?;
            self.root.kernel.counters().take();
            for frame in blocks(&frames) {
                given.push(frame?);
            }
            for BlockFrame { cell, block, .. } in given {
                match () {
                    () if is_of(block, Kind::Attributed) => self.attributed.push(cell, block),
                    // The kernel keeps them, too, and it never starts anew here.
                    () if is_of(block, Kind::OpenCalls) => {}
                    () => self.rooted.push(cell, block),
                }
            }
            self.spare.give(frames);
        }
        Ok(())
    }

    /// Writes the chains that are complete at that moment.
    fn write(
        &mut self,
        last_ms: i64,
        emit: &mut impl FnMut(Lines) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let framing = Framing::from(self.settings.format);
        while let Some((due, _)) = self.rooted.take_due(last_ms, FIRED_BYTES) {
            let fired = due.par_iter().map(|cell| {
                let mut given = Given { lines: self.spare.take(), ..Given::default() };
                let bucket = self.rooted.bucket_of(cell);
                let take = |piece: &[u8]| given.take(piece, framing);
                let counts = self.chains.with(|chain| chain.fire(bucket, &cell.blocks, take))?;
                Ok((given, counts))
            });
            for (Given { lines, spans, sums }, counts) in fired.collect::<Result<Vec<(Given, Counted)>>>()? {
                if let Some(entries) = &mut self.entries {
                    sums.iter().for_each(|(window, block)| entries.push(*window, block));
                }
                self.totals.chains += counts[WRITTEN];
                self.totals.calls += counts[CALLS];
                self.totals.omitted += counts[OMITTED];
                self.totals.truncated += counts[TRUNCATED];
                emit(Lines::Chains(lines))?;
                if self.settings.spans.is_some() {
                    emit(Lines::Spans(spans))?;
                }
            }
        }
        Ok(())
    }
}

/// What Chain gives of a cell.
#[derive(Default)]
struct Given {
    /// Chains, framed.
    lines: Vec<u8>,
    /// Their spans, those of a chain a line.
    spans: Vec<u8>,
    /// Sums with their windows.
    sums: Vec<(i64, Box<[u8]>)>,
}

impl Given {
    /// Takes in frames of records.
    fn take(&mut self, frames: &[u8], framing: Framing) -> Result<()> {
        for record in records(frames) {
            match OfChain::read(record?)? {
                OfChain::Sums { window, block } => self.sums.push((window, block.into())),
                OfChain::Chain(record) => framing.append(record.value, &mut self.lines),
                OfChain::Spans(record) => Framing::Lines.append(record.value, &mut self.spans),
            }
        }
        Ok(())
    }
}
