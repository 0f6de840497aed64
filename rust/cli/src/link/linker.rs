//! The kernels put together, without Flink: Route, Link and Assemble over all cores, and chains beside them.

use callweave_core::assemble::{Assemble, AssembleConfig, TRUNCATED, WRITTEN};
use callweave_core::block::{is_of, Kind};
use callweave_core::cell::CellLayout;
use callweave_core::error::Result;
use callweave_core::link::{EdgesConfig, Link, LinkConfig, DUPLICATES, LINKS};
use callweave_core::merge::MergeConfig;
use callweave_core::route::{Route, RouteConfig};
use callweave_core::wire::frames::{blocks, BlockFrame};
use rayon::prelude::*;

use super::batch::{judge, Judged, Reject};
use super::cells::Cells;
use super::chains::{ChainTotals, Chains};
use super::lines::{write_records, Lines};
use super::pool::{Pool, Worker};
use super::reports::{Merged, Merging};
use super::settings::Settings;
use super::spare::Spare;
use super::windows::{OpenWindows, WindowTotals};
use crate::framing::Framing;

/// Bytes of blocks that are fired together: enough for all cores, few beside the open calls.
const FIRED_BYTES: usize = 8 << 20;

/// What was done so far. Every line that was read was written, rejected, a duplicate or merged, once
/// all is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Lines read.
    pub read: u64,
    /// Calls written.
    pub written: u64,
    /// Links between them, those omitted from a list included.
    pub links: u64,
    /// Repeats of calls.
    pub duplicates: u64,
    /// Other reports of calls; `None` where these are calls of their own.
    pub merged: Option<u64>,
    /// Written calls with a list that was cut at `max-links`.
    pub truncated: u64,
}

/// Links calls that come in order of time, but for `max-out-of-order-ms`. Its memory follows the
/// calls that are open.
pub struct Linker {
    settings: Settings,
    /// One for each thread.
    lanes: Vec<Lane>,
    links: Pool<Link>,
    assembles: Pool<Assemble>,
    /// `None` where each record is a call of its own.
    merging: Option<Merging>,
    legs: Cells,
    halves: Cells,
    chains: Option<Chains>,
    windows: Option<OpenWindows>,
    highest_ms: Option<i64>,
    watermark_ms: i64,
    totals: Totals,
    /// Memory of outputs that are done with.
    spare: Spare,
}

/// A Route with the legs that are not yet in blocks.
struct Lane {
    route: Worker<Route>,
    /// Scratch memory.
    batch: Vec<u8>,
}

impl Lane {
    fn new(config: &RouteConfig) -> Result<Self> {
        Ok(Self { route: Worker::new(Route::new(config.clone())?), batch: Vec::new() })
    }

    /// The blocks that a watermark closes, as frames.
    fn flush(&mut self, watermark_ms: i64) -> Result<Vec<u8>> {
        self.route.kernel.flush(watermark_ms)?;
        let mut frames = Vec::new();
        self.route.drain(|piece| {
            frames.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(frames)
    }
}

impl Linker {
    /// A linker with these settings.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn new(settings: Settings) -> anyhow::Result<Self> {
        let Settings { route, output_format: format, id_groups, max_links, threads, .. } = settings.clone();
        let bucket_ms = route.bucket_ms;
        let edges = settings.windows.as_ref().map(|windows| EdgesConfig {
            windows: windows.sums(),
            services: settings.services.clone(),
            max_latency_ms: route.max_latency_ms,
        });
        let link = LinkConfig { bucket_ms, id_groups, max_links, edges };
        // Here, where a wrong setting can be told.
        Link::new(link.clone())?;
        let spare = Spare::default();
        let chains = settings.chains.as_ref().map(|chains| Chains::new(chains, &settings, spare.clone()));
        let merging = route.merge_reports.then_some(MergeConfig { bucket_ms, ip_groups: route.ip_groups });
        Ok(Self {
            merging: merging.map(Merging::new).transpose()?,
            lanes: (0..threads).map(|_| Lane::new(&route)).collect::<Result<_>>()?,
            links: Pool::new(move || Link::new(link.clone())),
            assembles: Pool::new(move || Assemble::new(AssembleConfig { max_links, format })),
            legs: Cells::new(CellLayout::new(bucket_ms, route.ip_groups)?),
            halves: Cells::new(CellLayout::new(bucket_ms, id_groups)?),
            chains: chains.transpose()?,
            windows: settings.windows.as_ref().map(|windows| OpenWindows::new(windows, 0)).transpose()?,
            highest_ms: None,
            watermark_ms: i64::MIN,
            totals: Totals { merged: route.merge_reports.then_some(0), ..Totals::default() },
            spare,
            settings,
        })
    }

    /// Where an output that was handed on may be given back.
    pub fn spare(&self) -> Spare {
        self.spare.clone()
    }

    /// What was done so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// What chains were made so far; `None` if none are.
    pub fn chain_totals(&self) -> Option<ChainTotals> {
        self.chains.as_ref().map(Chains::totals)
    }

    /// What chains have learned of each group of addresses; empty if none are made.
    ///
    /// # Errors
    /// When a kernel has saved what it does not read.
    pub fn learned(&self) -> Result<Vec<Vec<u8>>> {
        self.chains.as_ref().map_or(Ok(Vec::new()), Chains::learned)
    }

    /// Has chains begin with what was learned of the same addresses.
    pub fn begin_with(&mut self, learned: Vec<Vec<u8>>) {
        if let Some(chains) = &mut self.chains {
            chains.begin_with(learned);
        }
    }

    /// What of windows was written so far; `None` if nothing is.
    pub fn window_totals(&self) -> Option<WindowTotals> {
        let edges = self.windows.as_ref()?.totals();
        let chains = self.chains.as_ref().map(Chains::window_totals).unwrap_or_default();
        Some(edges.and(chains))
    }

    /// Takes some lines in, and returns those that are no calls. `now_ms` is the wall clock.
    ///
    /// # Errors
    /// When a kernel fails.
    pub fn take(&mut self, text: &[u8], now_ms: i64) -> anyhow::Result<Vec<Reject>> {
        let watermark_ms = self.watermark_ms;
        let framing = Framing::from(self.settings.route.format);
        let parts = framing.split(text, self.lanes.len());
        let work = self.lanes.par_iter_mut().zip(parts);
        let judged = work.map(|(Lane { route, batch }, part)| {
            judge(&mut route.kernel, framing.records(part), watermark_ms, now_ms, batch)
        });
        let judged: Vec<Judged> = judged.collect::<anyhow::Result<_>>()?;
        let mut rejects = Vec::new();
        let mut before = 0;
        for mut part in judged {
            part.rejects.iter_mut().for_each(|reject| reject.position += before);
            before += part.lines;
            rejects.append(&mut part.rejects);
            self.highest_ms = self.highest_ms.max(part.highest_ms);
        }
        self.totals.read += before as u64;
        Ok(rejects)
    }

    /// Moves the watermark to where the calls taken so far bring it, and hands on what is complete:
    /// lines of JSON.
    ///
    /// # Errors
    /// When a kernel fails, or what `emit` returns.
    pub fn advance(&mut self, emit: impl FnMut(Lines) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let out_of_order_ms = self.settings.max_out_of_order_ms;
        let reached = self.highest_ms.map(|highest_ms| highest_ms.saturating_sub(out_of_order_ms));
        self.fire(reached.unwrap_or(i64::MIN).max(self.watermark_ms), emit)
    }

    /// Hands on all the rest.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub fn finish(&mut self, emit: impl FnMut(Lines) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.fire(i64::MAX, emit)
    }

    fn fire(
        &mut self,
        watermark_ms: i64,
        mut emit: impl FnMut(Lines) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.watermark_ms = watermark_ms;
        let flushed = self.lanes.par_iter_mut().map(|lane| lane.flush(watermark_ms));
        let flushed: Vec<Vec<u8>> = flushed.collect::<Result<_>>()?;
        let (flushed, watermark_ms) = self.merge(flushed, watermark_ms)?;
        flushed.iter().try_for_each(|frames| self.legs.add(frames))?;
        if let Some(chains) = &mut self.chains {
            flushed.iter().try_for_each(|frames| chains.add(frames))?;
            chains.fire(watermark_ms, &mut emit)?;
        }
        // Some buckets at a time, so that the halves of all of them need not be held together.
        while let Some((due, last_ms)) = self.legs.take_due(watermark_ms, FIRED_BYTES) {
            let fired = due.par_iter().map(|cell| {
                let mut frames = self.spare.take();
                let bucket = self.legs.bucket_of(cell);
                let take = |piece: &[u8]| {
                    frames.extend_from_slice(piece);
                    Ok(())
                };
                let counts = self.links.with(|link| link.fire(bucket, &cell.blocks, take))?;
                Ok((frames, counts))
            });
            for (frames, counts) in fired.collect::<Result<Vec<_>>>()? {
                self.take_linked(&frames)?;
                self.spare.give(frames);
                self.totals.links += counts[LINKS];
                self.totals.duplicates += counts[DUPLICATES];
            }
            // No half can come any more for a call that ended by then.
            self.assemble(last_ms, &mut emit)?;
        }
        if let Some(windows) = &mut self.windows {
            windows.fire(watermark_ms, &mut emit)?;
        }
        self.assemble(watermark_ms, &mut emit)
    }

    /// Makes one call of what both ends of it have told, where that is asked for; the legs, and up to when all are
    /// among them.
    fn merge(&mut self, flushed: Vec<Vec<u8>>, watermark_ms: i64) -> Result<(Vec<Vec<u8>>, i64)> {
        let Some(merging) = &mut self.merging else {
            return Ok((flushed, watermark_ms));
        };
        flushed.iter().try_for_each(|frames| merging.add(frames))?;
        let Merged { frames, watermark_ms, merged } = merging.fire(watermark_ms)?;
        self.totals.merged = self.totals.merged.map(|before| before + merged);
        Ok((frames, watermark_ms))
    }

    /// Takes in what Link gives: halves, and sums of edges.
    fn take_linked(&mut self, frames: &[u8]) -> Result<()> {
        for frame in blocks(frames) {
            let BlockFrame { cell, block, .. } = frame?;
            match &mut self.windows {
                Some(windows) if is_of(block, Kind::Sums) => windows.push(cell, block),
                _ => self.halves.push(cell, block),
            }
        }
        Ok(())
    }

    fn assemble(
        &mut self,
        watermark_ms: i64,
        emit: &mut impl FnMut(Lines) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let framing = Framing::from(self.settings.output_format);
        while let Some((due, _)) = self.halves.take_due(watermark_ms, FIRED_BYTES) {
            let fired = due.par_iter().map(|cell| {
                let mut lines = self.spare.take();
                let bucket = self.halves.bucket_of(cell);
                let take = |piece: &[u8]| write_records(piece, framing, &mut lines);
                let counts = self.assembles.with(|assemble| assemble.fire(bucket, &cell.blocks, take))?;
                Ok((lines, counts))
            });
            for (lines, counts) in fired.collect::<Result<Vec<_>>>()? {
                self.totals.written += counts[WRITTEN];
                self.totals.truncated += counts[TRUNCATED];
                emit(Lines::Links(lines))?;
            }
        }
        Ok(())
    }
}
