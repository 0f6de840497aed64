//! The sums of windows that wait for the watermark, and the kernel that writes them.

use callweave_core::cell::CellLayout;
use callweave_core::edges::{SumsConfig, Windows, WindowsConfig, SERIES_OMITTED, WRITTEN};
use callweave_core::error::Result;
use callweave_core::protobuf::RecordFormat;

use super::cells::Cells;
use super::linker::write_records;
use super::pool::Worker;
use crate::framing::Framing;

/// With so many bytes, one window: each is written by itself.
const ONE_WINDOW: usize = 1;

/// Settings of the windows of edges, entries and services.
#[derive(Clone, Copy, Debug)]
pub struct WindowSettings {
    /// Width of a window, ms: a multiple of the slide.
    pub window_ms: i64,
    /// How much later the next one begins, ms: whole buckets.
    pub slide_ms: i64,
    /// Series of each kind that a window has at most.
    pub max_series: u32,
    /// How records are written.
    pub format: RecordFormat,
}

impl WindowSettings {
    /// What the sums are made for.
    pub fn sums(&self) -> SumsConfig {
        SumsConfig { window_ms: self.window_ms, slide_ms: self.slide_ms }
    }
}

/// What was written so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowTotals {
    /// Records.
    pub records: u64,
    /// Series that were only written together with others.
    pub omitted: u64,
}

/// Writes windows once the watermark has passed their end by some time. Its memory follows the series of the
/// windows that are open.
pub struct OpenWindows {
    sums: Cells,
    kernel: Worker<Windows>,
    framing: Framing,
    delay_ms: i64,
    totals: WindowTotals,
}

impl OpenWindows {
    /// Windows that are written so much later than their end.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn new(settings: WindowSettings, delay_ms: i64) -> Result<Self> {
        let WindowSettings { window_ms, slide_ms, max_series, format } = settings;
        Ok(Self {
            sums: Cells::new(CellLayout::new(slide_ms, 1)?),
            kernel: Worker::new(Windows::new(WindowsConfig { window_ms, slide_ms, max_series, format })?),
            framing: format.into(),
            delay_ms,
            totals: WindowTotals::default(),
        })
    }

    /// Adds sums to a window.
    pub fn push(&mut self, window: i64, block: &[u8]) {
        self.sums.push(window, block);
    }

    /// Hands on the windows that a watermark closes: lines of JSON.
    ///
    /// # Errors
    /// When the kernel fails, or what `emit` returns.
    pub fn fire(
        &mut self,
        watermark_ms: i64,
        mut emit: impl FnMut(Vec<u8>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let closed_ms = match watermark_ms {
            i64::MAX => i64::MAX,
            watermark_ms => watermark_ms.saturating_sub(self.delay_ms),
        };
        let framing = self.framing;
        while let Some((due, _)) = self.sums.take_due(closed_ms, ONE_WINDOW) {
            for cell in due {
                let mut lines = Vec::new();
                let window = self.sums.bucket_of(&cell);
                let counts = self
                    .kernel
                    .fire(window, &cell.blocks, |piece| write_records(piece, framing, &mut lines))?;
                self.totals.records += counts[WRITTEN];
                self.totals.omitted += counts[SERIES_OMITTED];
                emit(lines)?;
            }
        }
        Ok(())
    }

    /// What was written so far.
    pub fn totals(&self) -> WindowTotals {
        self.totals
    }
}
