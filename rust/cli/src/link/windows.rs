//! The sums of windows that wait for the watermark, and the kernels that write and judge them.

use callweave_core::alerts::{Alerts, AlertsConfig, BEGUN, ENDED};
use callweave_core::cell::CellLayout;
use callweave_core::edges::{Windows, WindowsConfig, SERIES_OMITTED, WRITTEN};
use callweave_core::error::Result;
use callweave_core::kernel::KeyedKernel;

use super::cells::{Cell, Cells};
use super::lines::{write_records, Lines};
use super::pool::Worker;
use super::settings::WindowSettings;
use crate::framing::Framing;

/// With so many bytes, one window: each is written by itself.
const ONE_WINDOW: usize = 1;

/// What was written so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowTotals {
    /// Records.
    pub records: u64,
    /// Series that were only written together with others.
    pub omitted: u64,
    /// Alerts that began.
    pub begun: u64,
    /// Alerts that ended.
    pub ended: u64,
}

impl WindowTotals {
    /// With what others have written.
    pub fn and(self, other: Self) -> Self {
        Self {
            records: self.records + other.records,
            omitted: self.omitted + other.omitted,
            begun: self.begun + other.begun,
            ended: self.ended + other.ended,
        }
    }
}

/// Judges windows one after the other.
struct Judge {
    kernel: Worker<Alerts>,
    known: Vec<u8>,
}

impl Judge {
    /// Judges a window; returns lines of JSON.
    fn judge(&mut self, window: i64, cell: &Cell, totals: &mut WindowTotals) -> Result<Vec<u8>> {
        let mut lines = Vec::new();
        self.kernel.kernel.load(&self.known)?;
        let counts = self
            .kernel
            .fire(window, &cell.blocks, |piece| write_records(piece, Framing::Lines, &mut lines))?;
        self.known.clear();
        self.kernel.kernel.save(&mut self.known)?;
        totals.begun += counts[BEGUN];
        totals.ended += counts[ENDED];
        Ok(lines)
    }
}

/// Writes windows once the watermark has passed their end by some time. Its memory follows the series of the
/// windows that are open.
pub struct OpenWindows {
    sums: Cells,
    /// `None` if they are not written.
    kernel: Option<Worker<Windows>>,
    /// `None` if they are not judged.
    judge: Option<Judge>,
    framing: Framing,
    delay_ms: i64,
    totals: WindowTotals,
}

impl OpenWindows {
    /// Windows that are written so much later than their end.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn new(settings: &WindowSettings, delay_ms: i64) -> Result<Self> {
        let WindowSettings { window_ms, slide_ms, max_series, format, writes_records, ref rules } = *settings;
        let windows = || Windows::new(WindowsConfig { window_ms, slide_ms, max_series, format });
        let judge = |rules: &String| -> Result<Judge> {
            let alerts = Alerts::new(AlertsConfig { window_ms, slide_ms, max_series, rules: rules.clone() })?;
            Ok(Judge { kernel: Worker::new(alerts), known: Vec::new() })
        };
        Ok(Self {
            sums: Cells::new(CellLayout::new(slide_ms, 1)?),
            kernel: writes_records.then(windows).transpose()?.map(Worker::new),
            judge: rules.as_ref().map(judge).transpose()?,
            framing: format.into(),
            delay_ms,
            totals: WindowTotals::default(),
        })
    }

    /// Adds sums to a window.
    pub fn push(&mut self, window: i64, block: &[u8]) {
        self.sums.push(window, block);
    }

    /// Hands on the windows that a watermark closes, and what is said of them: lines of JSON.
    ///
    /// # Errors
    /// When the kernel fails, or what `emit` returns.
    pub fn fire(
        &mut self,
        watermark_ms: i64,
        mut emit: impl FnMut(Lines) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let closed_ms = match watermark_ms {
            i64::MAX => i64::MAX,
            watermark_ms => watermark_ms.saturating_sub(self.delay_ms),
        };
        let framing = self.framing;
        while let Some((due, _)) = self.sums.take_due(closed_ms, ONE_WINDOW) {
            for cell in due {
                let window = self.sums.bucket_of(&cell);
                if let Some(kernel) = &mut self.kernel {
                    let mut lines = Vec::new();
                    let counts = kernel
                        .fire(window, &cell.blocks, |piece| write_records(piece, framing, &mut lines))?;
                    self.totals.records += counts[WRITTEN];
                    self.totals.omitted += counts[SERIES_OMITTED];
                    emit(Lines::Edges(lines))?;
                }
                if let Some(judge) = &mut self.judge {
                    emit(Lines::Alerts(judge.judge(window, &cell, &mut self.totals)?))?;
                }
            }
        }
        Ok(())
    }

    /// What was written so far.
    pub fn totals(&self) -> WindowTotals {
        self.totals
    }
}
