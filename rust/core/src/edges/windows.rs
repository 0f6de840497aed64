//! Windows: add up the sums of a window's series, and write what they say, as JSON or in protobuf.

use std::vec::IntoIter;

use serde::Deserialize;

use super::json::{self, Of, Window};
use super::panes::Panes;
use super::protobuf;
use super::series::{Series, SeriesTable};
use super::Kind;
use crate::block::sums;
use crate::counters::Counters;
use crate::error::{Error, Result};
use crate::kernel::{pull_frames, CellKernel, Outbox, Pulled};
use crate::memory::Upkeep;
use crate::protobuf::RecordFormat;

/// What Windows counts.
const COUNTERS: [&str; 2] = ["written", "seriesOmitted"];
/// The place of the count of records that were written.
pub const WRITTEN: usize = 0;
/// The place of the count of series that were only written together with others.
pub const SERIES_OMITTED: usize = 1;

/// Settings of [`Windows`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowsConfig {
    /// Width of a window, ms: a multiple of the slide.
    pub window_ms: i64,
    /// How much later the next window begins, ms.
    pub slide_ms: i64,
    /// Series of each kind that a window has at most, at least 1.
    pub max_series: u32,
    /// How records are written.
    #[serde(default)]
    pub format: RecordFormat,
}

/// The kernel. Its bucket is the last pane of a window.
#[derive(Debug)]
pub struct Windows {
    panes: Panes,
    max_series: usize,
    format: RecordFormat,
    table: SeriesTable,
    window: Window,
    /// What is still to be written: kind by kind the series that are kept, then all others of the kind.
    left: IntoIter<Record>,
    /// A finished frame that was not pulled yet.
    frame: Vec<u8>,
    counters: Counters,
    upkeep: Upkeep,
}

#[derive(Debug)]
enum Record {
    One(u32),
    Other(Kind, Vec<u32>),
}

impl Windows {
    /// A kernel with these settings.
    ///
    /// # Errors
    /// When one of them is out of range.
    pub fn new(config: WindowsConfig) -> Result<Self> {
        if config.max_series < 1 {
            return Err(Error::Config("max-series is 0; at least 1 is wanted".into()));
        }
        let panes = Panes::new(config.window_ms, config.slide_ms)?;
        Ok(Self::empty(panes, config.max_series as usize, config.format))
    }

    fn empty(panes: Panes, max_series: usize, format: RecordFormat) -> Self {
        Windows {
            panes,
            max_series,
            format,
            table: SeriesTable::default(),
            window: Window { start_ms: 0, end_ms: 0, critical_ms: 0 },
            left: Vec::new().into_iter(),
            frame: Vec::new(),
            counters: Counters::new(&COUNTERS),
            upkeep: Upkeep::of_rare_work(),
        }
    }

    fn clear(&mut self) {
        self.table.clear();
        self.left = Vec::new().into_iter();
        self.frame.clear();
        if self.upkeep.is_due(self.memory_bytes()) {
            let empty = Self::empty(self.panes, self.max_series, self.format);
            *self = Windows { counters: self.counters.clone(), ..empty };
        }
    }

    /// Writes the next record into a frame; returns whether there was one.
    fn write_next(&mut self, frame: &mut Vec<u8>) -> Result<bool> {
        let Some(record) = self.left.next() else {
            return Ok(false);
        };
        self.counters.add(WRITTEN, 1);
        let write = match self.format {
            RecordFormat::Json => json::write,
            RecordFormat::Protobuf => protobuf::write,
        };
        match record {
            Record::One(place) => {
                let (series, sums) = self.table.get(place);
                write(frame, self.window, Of::One(series), sums, &self.table);
            }
            Record::Other(kind, places) => {
                self.counters.add(SERIES_OMITTED, places.len() as u64);
                let mut together = SeriesTable::default();
                let other = Series { kind, src: 0, dst: 0 };
                for &place in &places {
                    together.merge(other, self.table.get(place).1, self.table.texts());
                }
                let (_, sums) = together.get(0);
                write(frame, self.window, Of::Other(kind, places.len()), sums, &together);
            }
        }
        Ok(true)
    }
}

impl CellKernel for Windows {
    fn push(&mut self, block: &[u8]) -> Result<()> {
        sums::decode(block, &mut self.table).inspect_err(|_| self.clear())
    }

    fn fire(&mut self, bucket: i64) -> Result<()> {
        let (start_ms, end_ms) = self.panes.span_ms(bucket);
        let mut records = Vec::new();
        let mut critical_ms = 0;
        for kind in Kind::ALL {
            let (kept, others) = self.table.split(kind, self.max_series);
            if kind == Kind::Service {
                let all = kept.iter().chain(&others);
                critical_ms = all.map(|&place| self.table.get(place).1.own[0]).sum();
            }
            records.extend(kept.into_iter().map(Record::One));
            if !others.is_empty() {
                records.push(Record::Other(kind, others));
            }
        }
        self.window = Window { start_ms, end_ms, critical_ms };
        self.left = records.into_iter();
        Ok(())
    }
}

impl Outbox for Windows {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        let mut frame = std::mem::take(&mut self.frame);
        let pulled = pull_frames(out, &mut frame, |frame| self.write_next(frame));
        self.frame = frame;
        if matches!(pulled, Err(_) | Ok(Pulled::Filled(0))) {
            self.clear();
        }
        pulled
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    fn memory_bytes(&self) -> usize {
        self.table.memory_bytes() + size_of_val(self.left.as_slice()) + self.frame.capacity()
    }
}
