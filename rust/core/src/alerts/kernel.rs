//! Alerts: the kernel over the board.

use serde::Deserialize;

use super::board::Board;
use super::json;
use super::known::{Alert, Figures, Name, Seen};
use super::rules::Rules;
use super::status::Change;
use crate::block::{pasts, sums};
use crate::counters::Counters;
use crate::edges::panes::Panes;
use crate::edges::series::{Series, SeriesTable};
use crate::edges::Kind;
use crate::error::{Error, Result};
use crate::kernel::{pull_frames, CellKernel, KeyedKernel, Outbox, Pulled};
use crate::memory::Upkeep;

/// What Alerts counts.
const COUNTERS: [&str; 3] = ["begun", "ended", "seriesOmitted"];
/// The place of the count of alerts that began.
pub const BEGUN: usize = 0;
/// The place of the count of alerts that ended.
pub const ENDED: usize = 1;
/// The place of the count of series of windows that there was no room for.
pub const SERIES_OMITTED: usize = 2;

/// Settings of [`Alerts`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertsConfig {
    /// Width of a window, ms: a multiple of the slide.
    pub window_ms: i64,
    /// How much later the next window begins, ms.
    pub slide_ms: i64,
    /// Series of each kind that are known at most, at least 1.
    pub max_series: u32,
    /// What is changed of the built-in rules, as [`Rules::read`] takes it; empty for nothing.
    pub rules: String,
}

/// The kernel. Its bucket is the last pane of a window, its blocks are those of Windows.
#[derive(Debug)]
pub struct Alerts {
    rules: Rules,
    panes: Panes,
    max_series: usize,
    board: Board,
    is_loaded: bool,
    table: SeriesTable,
    /// Frames of records.
    out: Vec<Vec<u8>>,
    frame: Vec<u8>,
    counters: Counters,
    upkeep: Upkeep,
}

impl Alerts {
    /// A kernel with these settings.
    ///
    /// # Errors
    /// When one of them is out of range, or the rules are not right.
    pub fn new(config: AlertsConfig) -> Result<Self> {
        if config.max_series < 1 {
            return Err(Error::Config("max-series is 0; at least 1 is wanted".into()));
        }
        let rules = Rules::read(&config.rules).map_err(Error::Config)?;
        let panes = Panes::new(config.window_ms, config.slide_ms)?;
        Ok(Self::empty(rules, panes, config.max_series as usize))
    }

    fn empty(rules: Rules, panes: Panes, max_series: usize) -> Self {
        Alerts {
            board: Board::new(rules.clone(), panes, max_series),
            rules,
            panes,
            max_series,
            is_loaded: false,
            table: SeriesTable::default(),
            out: Vec::new(),
            frame: Vec::new(),
            counters: Counters::new(&COUNTERS),
            upkeep: Upkeep::of_rare_work(),
        }
    }

    /// Forgets all of the key.
    fn clear(&mut self) {
        self.board = Board::new(self.rules.clone(), self.panes, self.max_series);
        self.is_loaded = false;
        self.table.clear();
        self.out.clear();
        self.frame.clear();
        if self.upkeep.is_due(self.memory_bytes()) {
            let counters = self.counters.clone();
            *self = Self { counters, ..Self::empty(self.rules.clone(), self.panes, self.max_series) };
        }
    }

    fn judge(&mut self, window: i64) -> Result<()> {
        let order = self.table.in_order();
        let Self { table, board, out, counters, panes, .. } = self;
        let is_judged = |&place: &u32| matches!(table.get(place).0.kind, Kind::Edge | Kind::Entry);
        let judged: Vec<u32> = order.into_iter().filter(is_judged).collect();
        let seen: Vec<Seen<'_>> = judged.iter().map(|&place| seen(table, place)).collect();
        let write = |alert: &Alert<'_>| {
            let mut frame = Vec::new();
            let exemplars = alert.place.iter().flat_map(|&place| table.get(judged[place]).1.exemplars.iter());
            json::write(&mut frame, alert, *panes, exemplars.map(|exemplar| exemplar.id(table.texts())));
            counters.add(if alert.change == Change::Begins { BEGUN } else { ENDED }, 1);
            out.push(frame);
        };
        let omitted = board.judge(window, &seen, write)?;
        counters.add(SERIES_OMITTED, omitted);
        // They are given from the end.
        out.reverse();
        Ok(())
    }
}

fn seen(table: &SeriesTable, place: u32) -> Seen<'_> {
    let (Series { kind, src, dst }, sums) = table.get(place);
    let [without_parent, at_latency_limit] = if kind == Kind::Edge { sums.own } else { [0; 2] };
    Seen {
        name: Name { kind, src: table.names().text(src), dst: table.names().text(dst) },
        figures: Figures { count: sums.count, p95_ms: sums.p95_ms(), without_parent, at_latency_limit },
    }
}

impl CellKernel for Alerts {
    fn push(&mut self, block: &[u8]) -> Result<()> {
        sums::decode(block, &mut self.table).inspect_err(|_| self.clear())
    }

    fn fire(&mut self, bucket: i64) -> Result<()> {
        self.judge(bucket).inspect_err(|_| self.clear())?;
        self.table.clear();
        self.is_loaded = true;
        Ok(())
    }
}

impl KeyedKernel for Alerts {
    fn load(&mut self, state: &[u8]) -> Result<()> {
        self.clear();
        if state.is_empty() {
            return Ok(());
        }
        self.board.state = pasts::decode(state)?;
        Ok(())
    }

    fn save(&mut self, state: &mut Vec<u8>) -> Result<()> {
        if !self.is_loaded {
            return Err(Error::Config(
                "nothing was judged that could be saved: load, push, fire, save".into(),
            ));
        }
        pasts::encode(state, &self.board.state);
        self.is_loaded = false;
        Ok(())
    }
}

impl Outbox for Alerts {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        let mut frame = std::mem::take(&mut self.frame);
        let waiting = &mut self.out;
        let pulled = pull_frames(out, &mut frame, |frame| {
            let next = waiting.pop();
            frame.extend(next.iter().flatten());
            Ok(next.is_some())
        });
        self.frame = frame;
        if matches!(pulled, Ok(Pulled::Filled(0))) && !self.is_loaded {
            self.clear();
        }
        pulled
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    fn memory_bytes(&self) -> usize {
        let out: usize = self.out.iter().map(Vec::capacity).sum();
        self.table.memory_bytes() + self.board.memory_bytes() + out + self.frame.capacity()
    }
}
