//! The way of a call through the kernels, as the job takes it, without Flink and Kafka: the blocks
//! that each kernel gets are made by the one before it and kept.

#[path = "chains/kernels.rs"]
pub mod chains;
pub mod forms;
#[path = "chains/sets.rs"]
pub mod sets;

use std::collections::BTreeMap;

use callweave_core::assemble::{Assemble, AssembleConfig};
use callweave_core::call::Limits;
use callweave_core::error::Result;
use callweave_core::kernel::{CellKernel, Outbox, Pulled};
use callweave_core::link::{Link, LinkConfig};
use callweave_core::protobuf::RecordFormat;
use callweave_core::route::{Route, RouteConfig};
use callweave_core::wire::batch::{write, Record};
use callweave_core::wire::frames::{blocks, BlockFrame};
use callweave_core::wire::verdict::Verdict;

/// The job's default.
pub const BUCKET_MS: i64 = 1000;
/// The job's default.
pub const IP_GROUPS: u32 = 16;
/// The job's default.
pub const ID_GROUPS: u32 = 4;

/// The groups that calls are divided into.
#[derive(Debug, Clone, Copy)]
pub struct Groups {
    /// Of addresses.
    pub ip: u32,
    /// Of ids.
    pub id: u32,
}

impl Groups {
    /// The job's default.
    pub const DEFAULT: Self = Self { ip: IP_GROUPS, id: ID_GROUPS };
    /// What suits a job of few slots.
    pub const FEW_SLOTS: Self = Self { ip: 1, id: 1 };
}

const MAX_LINKS: u32 = 1000;
const MAX_OUT_OF_ORDER_MS: i64 = 30_000;
/// Records of a batch, as the job collects them.
const BATCH_RECORDS: usize = 512;
/// A wall clock that no call is ahead of.
const NOW_MS: i64 = 1 << 52;
/// Bytes of blocks of a bucket that are worked at once, if it has so many.
const FIRE_BYTES: usize = 512 << 10;
const PULL_BYTES: usize = 256 << 10;

/// What the job allows of a record.
pub const LIMITS: Limits =
    Limits { max_record_bytes: 65_536, max_latency_ms: 20_000, latest_start_ms: NOW_MS, pass_through: false };

/// Blocks by cell.
pub type Cells = BTreeMap<i64, Vec<Vec<u8>>>;

/// Records as Route takes them.
pub fn batches(lines: &[&[u8]]) -> Vec<Vec<u8>> {
    let batch = |lines: &[&[u8]]| {
        let mut batch = Vec::new();
        for line in lines {
            write(&mut batch, Record { partition: 0, value: Some(line) });
        }
        batch
    };
    lines.chunks(BATCH_RECORDS).map(batch).collect()
}

/// Sends all batches through Route; the watermark follows the highest start. `take` gets the frames.
///
/// # Errors
/// When the kernel fails, or what `take` returns.
pub fn route(batches: &[Vec<u8>], groups: Groups, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut kernel = Route::new(RouteConfig {
        bucket_ms: BUCKET_MS,
        ip_groups: groups.ip,
        max_latency_ms: LIMITS.max_latency_ms,
        max_future_skew_ms: 10_000,
        max_record_bytes: LIMITS.max_record_bytes,
        pass_through: LIMITS.pass_through,
        map: String::new(),
        format: RecordFormat::Json,
        message: None,
        merge_reports: false,
    })?;
    let mut buffer = vec![0; PULL_BYTES];
    let mut verdict = Vec::new();
    let mut watermark_ms = i64::MIN;
    for batch in batches {
        verdict.clear();
        kernel.push_batch(batch, watermark_ms, NOW_MS, &mut verdict)?;
        let highest_ms = Verdict::read(&verdict)?.highest_ms().unwrap_or(i64::MIN);
        watermark_ms = watermark_ms.max(highest_ms.saturating_sub(MAX_OUT_OF_ORDER_MS));
        kernel.flush(watermark_ms)?;
        drain(&mut kernel, &mut buffer, &mut take)?;
    }
    kernel.flush(i64::MAX)?;
    drain(&mut kernel, &mut buffer, &mut take)
}

/// Settings of a Link as the job has them, without sums of edges.
pub fn link_config(groups: Groups) -> LinkConfig {
    LinkConfig { bucket_ms: BUCKET_MS, id_groups: groups.id, max_links: MAX_LINKS, edges: None }
}

/// A Link as the job sets it up.
///
/// # Errors
/// Never.
pub fn new_link(groups: Groups) -> Result<Link> {
    Link::new(link_config(groups))
}

/// An Assemble as the job sets it up.
///
/// # Errors
/// Never.
pub fn new_assemble() -> Result<Assemble> {
    Assemble::new(AssembleConfig { max_links: MAX_LINKS, format: RecordFormat::Json })
}

/// Fires all buckets in order, cells of a bucket together as the job does.
///
/// # Errors
/// When the kernel fails.
pub fn fire(
    kernel: &mut impl CellKernel,
    cells: &Cells,
    groups: u32,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut buffer = vec![0; PULL_BYTES];
    let bucket_of = |cell: &i64| cell.div_euclid(i64::from(groups));
    let mut cells = cells.iter().peekable();
    let mut given = 0;
    while let Some((cell, blocks)) = cells.next() {
        for block in blocks {
            kernel.push(block)?;
            given += block.len();
        }
        let bucket = bucket_of(cell);
        if given >= FIRE_BYTES || cells.peek().is_none_or(|(next, _)| bucket_of(next) != bucket) {
            given = 0;
            kernel.fire(bucket)?;
            drain(kernel, &mut buffer, &mut take)?;
        }
    }
    Ok(())
}

fn drain(
    kernel: &mut impl Outbox,
    buffer: &mut Vec<u8>,
    take: &mut impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    loop {
        match kernel.pull(buffer)? {
            Pulled::Filled(0) => return Ok(()),
            Pulled::Filled(bytes) => take(&buffer[..bytes])?,
            Pulled::Needs(bytes) => buffer.resize(bytes, 0),
        }
    }
}

/// Adds frames of blocks to their cells.
///
/// # Errors
/// When they are damaged.
pub fn collect(frames: &[u8], cells: &mut Cells) -> Result<()> {
    for frame in blocks(frames) {
        let BlockFrame { cell, block, .. } = frame?;
        cells.entry(cell).or_default().push(block.to_vec());
    }
    Ok(())
}

/// Bytes of all blocks.
pub fn bytes(cells: &Cells) -> usize {
    cells.values().flatten().map(Vec::len).sum()
}

/// CPU time that this process has had, ns: a benchmark has one thread.
pub fn cpu_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
