//! The kernels put together without Flink.

use std::collections::BTreeMap;

use callweave_core::assemble::{Assemble, AssembleConfig};
use callweave_core::block::{is_of, Kind};
use callweave_core::cell::CellLayout;
use callweave_core::kernel::{CellKernel, Outbox, Pulled};
use callweave_core::link::{Link, LinkConfig};
use callweave_core::merge::{Merge, MergeConfig, TOLERANCE_MS};
use callweave_core::protobuf::RecordFormat;
use callweave_core::route::{Route, RouteConfig};
use callweave_core::wire::verdict::{Reject, Verdict};
use callweave_core::wire::{self, batch::Record, frames::BlockFrame};
use serde_json::Value;

/// Settings of all kernels.
#[derive(Debug, Clone)]
pub struct Settings {
    pub bucket_ms: i64,
    pub ip_groups: u32,
    pub id_groups: u32,
    pub max_links: u32,
    pub pass_through: bool,
    pub merge_reports: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            bucket_ms: 1000,
            ip_groups: 16,
            id_groups: 4,
            max_links: 1000,
            pass_through: false,
            merge_reports: false,
        }
    }
}

/// A wall clock that nothing in the tests is ahead of.
pub const NOW_MS: i64 = 1 << 52;

impl Settings {
    pub fn route(&self) -> Route {
        Route::new(RouteConfig {
            bucket_ms: self.bucket_ms,
            ip_groups: self.ip_groups,
            max_latency_ms: 20_000,
            max_future_skew_ms: 10_000,
            max_record_bytes: 65_536,
            pass_through: self.pass_through,
            map: String::new(),
            format: RecordFormat::Json,
            message: None,
            merge_reports: self.merge_reports,
        })
        .unwrap()
    }

    pub fn merge(&self) -> Merge {
        Merge::new(MergeConfig { bucket_ms: self.bucket_ms, ip_groups: self.ip_groups }).unwrap()
    }

    pub fn link(&self) -> Link {
        Link::new(LinkConfig {
            bucket_ms: self.bucket_ms,
            id_groups: self.id_groups,
            max_links: self.max_links,
            edges: None,
        })
        .unwrap()
    }

    pub fn assemble(&self) -> Assemble {
        Assemble::new(AssembleConfig { max_links: self.max_links, format: RecordFormat::Json }).unwrap()
    }
}

/// Records as a batch of Route, all of partition 0.
pub fn batch<'a>(records: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut batch = Vec::new();
    for record in records {
        wire::batch::write(&mut batch, Record { partition: 0, value: Some(record) });
    }
    batch
}

/// All that a kernel has to give, through a buffer that begins small.
pub fn drain(kernel: &mut impl Outbox) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 64];
    loop {
        match kernel.pull(&mut buffer).unwrap() {
            Pulled::Filled(0) => return all,
            Pulled::Filled(bytes) => all.extend_from_slice(&buffer[..bytes]),
            Pulled::Needs(bytes) => buffer.resize(bytes, 0),
        }
    }
}

/// Blocks by cell.
pub type Cells = BTreeMap<i64, Vec<Vec<u8>>>;

/// Adds frames of blocks to their cells.
pub fn collect(frames: &[u8], cells: &mut Cells) {
    for frame in wire::frames::blocks(frames) {
        let BlockFrame { cell, block, .. } = frame.unwrap();
        cells.entry(cell).or_default().push(block.to_vec());
    }
}

/// The output of a kernel for each cell.
pub fn fire_all(kernel: &mut impl CellKernel, cells: &Cells, groups: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for (cell, blocks) in cells {
        for block in blocks {
            kernel.push(block).unwrap();
        }
        kernel.fire(cell.div_euclid(i64::from(groups))).unwrap();
        out.extend(drain(kernel));
    }
    out
}

/// What the job makes of these records, given in batches: keys and values as JSON text.
pub fn run(settings: &Settings, batches: &[Vec<Vec<u8>>]) -> Vec<(String, String)> {
    run_telling(settings, batches, |_, _| {})
}

/// As [`run`]; hands each reject to `tell`, with its position among all records.
pub fn run_telling(
    settings: &Settings,
    batches: &[Vec<Vec<u8>>],
    mut tell: impl FnMut(usize, Reject<'_>),
) -> Vec<(String, String)> {
    let (mut legs, mut halves) = (Cells::new(), Cells::new());
    let mut route = settings.route();
    let mut before = 0;
    for records in batches {
        let batch = batch(records.iter().map(Vec::as_slice));
        let mut verdict = Vec::new();
        route.push_batch(&batch, i64::MIN, NOW_MS, &mut verdict).unwrap();
        for reject in Verdict::read(&verdict).unwrap().rejects {
            tell(before + reject.index, reject);
        }
        before += records.len();
        if records.len() % 2 == 0 {
            route.flush(i64::MAX).unwrap();
        }
        collect(&drain(&mut route), &mut legs);
    }
    route.flush(i64::MAX).unwrap();
    collect(&drain(&mut route), &mut legs);
    if settings.merge_reports {
        legs = merge(settings, legs);
    }
    collect(&fire_all(&mut settings.link(), &legs, settings.ip_groups), &mut halves);
    records(&fire_all(&mut settings.assemble(), &halves, settings.id_groups))
}

/// The legs of calls whose reports are merged, bucket after bucket.
fn merge(settings: &Settings, mut waiting: Cells) -> Cells {
    let Settings { bucket_ms, ip_groups, .. } = *settings;
    let mut kernel = settings.merge();
    let layout = CellLayout::new(bucket_ms, ip_groups).unwrap();
    let mut legs = Cells::new();
    while let Some((cell, blocks)) = waiting.pop_first() {
        let bucket = layout.bucket_of(cell);
        // As the job has promised when the bucket before was worked.
        let promised_ms = layout.last_ms(bucket - 1) - TOLERANCE_MS;
        let fired = fire_all(&mut kernel, &Cells::from([(cell, blocks)]), ip_groups);
        for frame in wire::frames::blocks(&fired) {
            let BlockFrame { cell: to, block, .. } = frame.unwrap();
            if is_of(block, Kind::Reports) {
                assert_eq!(to, layout.cell(bucket + 1, layout.group_of(cell)));
                waiting.entry(to).or_default().push(block.to_vec());
            } else {
                assert!(layout.last_ms(layout.bucket_of(to)) > promised_ms, "{to} after {promised_ms}");
                legs.entry(to).or_default().push(block.to_vec());
            }
        }
    }
    legs
}

/// The keys and values in frames of Assemble.
pub fn records(frames: &[u8]) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let frames = wire::frames::records(frames).map(Result::unwrap);
    frames.map(|frame| (text(frame.key), text(frame.value))).collect()
}

/// The ids of a list in a result, as JSON texts.
pub fn ids(result: &Value, name: &str) -> Vec<String> {
    result[name].as_array().unwrap().iter().map(Value::to_string).collect()
}
