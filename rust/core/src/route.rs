//! Route: parse and validate calls, cut them into blocks by cell.
//!
//! A call has two legs. Its child leg goes to the cell of its `src_ip` and the bucket of its start,
//! its parent leg to the cells of its `dst_ip` in every bucket that its interval touches. So each
//! pair of parent and child meets in exactly one cell, that of the child's start.

use rustc_hash::FxHashMap;

use crate::block::{legs, RoleRow};
use crate::call::{parse, Call, Limits, Reason, Rejection, MAX_TIME_MS};
use crate::cell::Grid;
use crate::error::{Error, Result};
use crate::kernel::{Counts, Outbox, Pulled};
use crate::queue::BlockQueue;
use crate::renumbering::Renumbering;
use crate::tables::{CallRow, Role, Tables};

/// Legs of one cell that make a block.
const LEGS_PER_BLOCK: usize = 4096;
/// Bytes of scratch above which all cells are closed.
const BUDGET_BYTES: usize = 16 << 20;
/// Most buckets that one call may touch.
const MOST_BUCKETS: i64 = 10_000;
/// The length of a value that is null.
const NULL: u32 = u32::MAX;

/// Settings of [`Route`].
#[derive(Debug, Clone)]
pub struct RouteConfig {
    /// Width of a time bucket, ms, at least 1.
    pub bucket_ms: i64,
    /// Number of address groups, at least 1.
    pub ip_groups: u32,
    /// A longer call is rejected as `too_long`, ms.
    pub max_latency_ms: i64,
    /// A call that starts further ahead of the wall clock is rejected as `future`, ms.
    pub max_future_skew_ms: i64,
    /// A longer record is rejected as `malformed`, bytes.
    pub max_record_bytes: usize,
    /// Whether fields that callweave does not know go to the output.
    pub pass_through: bool,
}

/// The kernel. Holds the legs of calls until their cells are flushed.
#[derive(Debug)]
pub struct Route {
    config: RouteConfig,
    grid: Grid,
    tables: Tables,
    cells: FxHashMap<i64, Vec<RoleRow>>,
    legs: usize,
    scratch: Renumbering,
    queue: BlockQueue,
    counts: Counts,
}

impl Route {
    /// A kernel with these settings.
    pub fn new(config: RouteConfig) -> Result<Self> {
        let grid = Grid::new(config.bucket_ms, config.ip_groups)?;
        let latency_ms = config.max_latency_ms;
        if latency_ms < 0 || latency_ms / config.bucket_ms > MOST_BUCKETS {
            return Err(Error::Config(format!(
                "max-latency-ms is {latency_ms}; 0 to {MOST_BUCKETS} times bucket-ms ({}) is allowed",
                config.bucket_ms
            )));
        }
        if config.max_future_skew_ms < 0 {
            return Err(Error::Config(format!(
                "max-future-skew-ms is {}; at least 0 is wanted",
                config.max_future_skew_ms
            )));
        }
        Ok(Route {
            config,
            grid,
            tables: Tables::default(),
            cells: FxHashMap::default(),
            legs: 0,
            scratch: Renumbering::default(),
            queue: BlockQueue::default(),
            counts: Counts::default(),
        })
    }

    /// Judges a batch of records and keeps the legs of the valid ones.
    ///
    /// `batch` holds frames of `partition: u32, length: u32, value`, where a length of `u32::MAX`
    /// stands for a null value. A call is late if `watermark_ms` has closed the bucket of its start.
    /// The verdict is appended to `verdict`:
    /// `partitions: u32`, that many `partition: u32, highest valid start: i64`,
    /// `rejects: u32`, that many `index in the batch: u32, reason: u8, length: u32, detail (UTF-8)`.
    /// Integers are little-endian. After an error nothing of the batch is kept for sure.
    pub fn push_batch(
        &mut self,
        batch: &[u8],
        watermark_ms: i64,
        now_ms: i64,
        verdict: &mut Vec<u8>,
    ) -> Result<()> {
        let limits = Limits {
            max_record_bytes: self.config.max_record_bytes,
            max_latency_ms: self.config.max_latency_ms,
            latest_start_ms: now_ms.saturating_add(self.config.max_future_skew_ms),
            pass_through: self.config.pass_through,
        };
        let mut highest: Vec<(u32, i64)> = Vec::new();
        let mut rejects = Vec::new();
        let mut rejected = 0u32;
        let mut rest = batch;
        let mut index = 0u32;
        while !rest.is_empty() {
            let (partition, value) = next_record(&mut rest)?;
            match self.judge(value, &limits, watermark_ms) {
                Ok(call) => {
                    self.keep(&call)?;
                    raise(&mut highest, partition, call.start_ms);
                }
                Err(rejection) => {
                    rejected += 1;
                    write_rejection(&mut rejects, index, &rejection);
                }
            }
            index += 1;
        }
        verdict.extend_from_slice(&(highest.len() as u32).to_le_bytes());
        for (partition, start_ms) in highest {
            verdict.extend_from_slice(&partition.to_le_bytes());
            verdict.extend_from_slice(&start_ms.to_le_bytes());
        }
        verdict.extend_from_slice(&rejected.to_le_bytes());
        verdict.extend_from_slice(&rejects);
        if self.tables.memory_bytes() + self.legs * std::mem::size_of::<RoleRow>() > BUDGET_BYTES {
            self.flush(i64::MAX)?;
        }
        Ok(())
    }

    /// Closes the blocks of all cells that a watermark of `watermark_ms` fires (`i64::MAX`: of all
    /// cells). They are then pulled.
    pub fn flush(&mut self, watermark_ms: i64) -> Result<()> {
        let grid = self.grid;
        let mut due: Vec<i64> = self.cells.keys().copied().collect();
        due.retain(|&cell| grid.last_ms(grid.bucket_of(cell)) <= watermark_ms);
        due.sort_unstable();
        for cell in due {
            if let Some(legs) = self.cells.remove(&cell) {
                self.close(cell, &legs);
            }
        }
        if self.cells.is_empty() {
            self.tables.clear();
        }
        Ok(())
    }

    /// The call of a record, or why there is none.
    fn judge<'a>(
        &self,
        value: Option<&'a [u8]>,
        limits: &Limits,
        watermark_ms: i64,
    ) -> std::result::Result<Call<'a>, Rejection> {
        let value = value.ok_or_else(|| Rejection::new(Reason::Malformed, "the record's value is null"))?;
        let call = parse(value, limits)?;
        if self.grid.last_ms(self.grid.bucket(call.start_ms)) <= watermark_ms {
            return Err(Rejection::new(
                Reason::Late,
                format!(
                    "start_at_ms ({}) lies in a window that was closed: the watermark is {watermark_ms}",
                    call.start_ms
                ),
            ));
        }
        Ok(call)
    }

    fn keep(&mut self, call: &Call<'_>) -> Result<()> {
        let (groups, addresses) = (self.grid.groups(), &mut self.tables.addresses);
        let src = addresses.intern_text(call.src, groups)?;
        let dst = addresses.intern_text(call.dst, groups)?;
        let child = CallRow {
            id: self.tables.ids.push(call.id),
            start_ms: call.start_ms,
            end_ms: call.end_ms,
            src,
            dst,
            latency: call.latency.map(|text| self.tables.texts.push(text)),
            extras: (!call.extras.is_empty()).then(|| self.tables.texts.push(&call.extras)),
        };
        let parent = CallRow { latency: None, extras: None, ..child };
        let src_group = self.tables.addresses.entry(src).group;
        let dst_group = self.tables.addresses.entry(dst).group;
        let first = self.grid.bucket(child.start_ms);
        let last = self.grid.bucket(child.last_ms());
        self.add(self.grid.cell(first, src_group), (Role::Child, child));
        for bucket in first..=last {
            self.add(self.grid.cell(bucket, dst_group), (Role::Parent, parent));
        }
        self.counts.calls += 1;
        Ok(())
    }

    fn add(&mut self, cell: i64, leg: RoleRow) {
        let legs = self.cells.entry(cell).or_default();
        legs.push(leg);
        self.legs += 1;
        if legs.len() == LEGS_PER_BLOCK {
            let legs = std::mem::take(legs);
            self.close(cell, &legs);
        }
    }

    fn close(&mut self, cell: i64, legs: &[RoleRow]) {
        if legs.is_empty() {
            return;
        }
        self.legs -= legs.len();
        let calls = legs.iter().filter(|(role, _)| *role == Role::Child).count();
        let block = legs::encode(legs, &self.tables, &mut self.scratch);
        self.queue.push(cell, calls as u32, block);
    }
}

impl Outbox for Route {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        Ok(self.queue.pull(out))
    }

    fn take_counts(&mut self) -> Counts {
        std::mem::take(&mut self.counts)
    }

    fn memory_bytes(&self) -> usize {
        self.tables.memory_bytes()
            + self.legs * std::mem::size_of::<RoleRow>()
            + self.scratch.memory_bytes()
            + self.queue.bytes()
    }
}

/// Takes the next frame of a batch: its partition and value.
fn next_record<'a>(rest: &mut &'a [u8]) -> Result<(u32, Option<&'a [u8]>)> {
    let partition = u32::from_le_bytes(next_bytes(rest)?);
    match u32::from_le_bytes(next_bytes(rest)?) {
        NULL => Ok((partition, None)),
        length => {
            let (value, tail) = rest.split_at_checked(length as usize).ok_or_else(cut_batch)?;
            *rest = tail;
            Ok((partition, Some(value)))
        }
    }
}

fn next_bytes(rest: &mut &[u8]) -> Result<[u8; 4]> {
    let (&bytes, tail) = rest.split_first_chunk().ok_or_else(cut_batch)?;
    *rest = tail;
    Ok(bytes)
}

fn cut_batch() -> Error {
    Error::corrupt("a batch of records ends in the middle of a record")
}

fn raise(highest: &mut Vec<(u32, i64)>, partition: u32, start_ms: i64) {
    debug_assert!(start_ms <= MAX_TIME_MS);
    match highest.iter_mut().find(|(known, _)| *known == partition) {
        Some((_, highest_ms)) => *highest_ms = start_ms.max(*highest_ms),
        None => highest.push((partition, start_ms)),
    }
}

fn write_rejection(out: &mut Vec<u8>, index: u32, rejection: &Rejection) {
    out.extend_from_slice(&index.to_le_bytes());
    out.push(rejection.reason as u8);
    out.extend_from_slice(&(rejection.detail.len() as u32).to_le_bytes());
    out.extend_from_slice(rejection.detail.as_bytes());
}
