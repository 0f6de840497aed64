//! Route: parse and validate calls, cut them into blocks by cell.
//!
//! A call has two legs. Its child leg goes to the cell of its `src_ip` and the bucket of its start,
//! its parent leg to the cells of its `dst_ip` in every bucket that its interval touches. So each
//! pair of parent and child meets in exactly one cell, that of the child's start.

mod cells;
mod form;
pub(crate) mod open_legs;

use serde::Deserialize;

use crate::call::map::{Mapping, OwnMessage, OwnMessageConfig};
use crate::call::{no_address, protobuf, unit_hint, Call, Limits, Reason, Rejection};
use crate::cell::CellLayout;
use crate::counters::Counters;
use crate::error::{Error, Result};
use crate::id_table::IdTable;
use crate::kernel::{Outbox, Pulled};
use crate::memory::{self, Upkeep};
use crate::protobuf::RecordFormat;
use crate::queue::BlockQueue;
use crate::tables::{CallRow, Tables};
use crate::wire::batch::{self, Record};
use crate::wire::verdict;
use form::{Form, Mapped, Records};
use open_legs::{Calls, OpenLegs};

/// Bytes of calls and their legs above which all cells are closed. Vectors may hold twice as much.
const BUDGET_BYTES: usize = 16 << 20;
/// Bytes of addresses above which they are forgotten with the calls.
const ADDRESSES_BYTES: usize = 4 << 20;
/// Most buckets that one call may touch.
const MAX_BUCKETS: i64 = 10_000;

/// What Route counts.
const COUNTERS: [&str; 1] = ["accepted"];
/// The place of the count of calls that were accepted.
pub const ACCEPTED: usize = 0;

/// Settings of [`Route`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Where the fields of a call stand in a record, as [`Mapping::read`] reads it; empty for the built-in
    /// form.
    #[serde(default)]
    pub map: String,
    /// How records are written.
    #[serde(default)]
    pub format: RecordFormat,
    /// The message that records in protobuf are, for `map` to read; `None` for the built-in one.
    #[serde(default)]
    pub message: Option<OwnMessageConfig>,
    /// Whether Merge comes next: calls then have their legs as children alone, and Merge cuts what stays of them.
    #[serde(default)]
    pub merge_reports: bool,
}

/// The kernel. Holds the legs of calls until their cells are flushed.
#[derive(Debug)]
pub struct Route {
    config: RouteConfig,
    layout: CellLayout,
    records: Records,
    tables: Tables,
    ids: IdTable,
    /// All calls that have a leg in an open cell.
    calls: Vec<CallRow>,
    legs: OpenLegs,
    queue: BlockQueue,
    counters: Counters,
    upkeep: Upkeep,
}

impl Route {
    /// A kernel with these settings.
    pub fn new(config: RouteConfig) -> Result<Self> {
        let layout = CellLayout::new(config.bucket_ms, config.ip_groups)?;
        let latency_ms = config.max_latency_ms;
        if latency_ms < 0 || latency_ms / config.bucket_ms > MAX_BUCKETS {
            return Err(Error::Config(format!(
                "max-latency-ms is {latency_ms}; 0 to {MAX_BUCKETS} times bucket-ms ({}) is allowed",
                config.bucket_ms
            )));
        }
        if config.max_future_skew_ms < 0 {
            return Err(Error::Config(format!(
                "max-future-skew-ms is {}; at least 0 is wanted",
                config.max_future_skew_ms
            )));
        }
        let records = records(&config)?;
        Ok(Self::empty(config, layout, records))
    }

    fn empty(config: RouteConfig, layout: CellLayout, records: Records) -> Self {
        Route {
            config,
            layout,
            records,
            tables: Tables::default(),
            ids: IdTable::default(),
            calls: Vec::new(),
            legs: OpenLegs::new(layout),
            queue: BlockQueue::default(),
            counters: Counters::new(&COUNTERS),
            upkeep: Upkeep::default(),
        }
    }

    /// Judges a batch of records and keeps the legs of the valid ones.
    ///
    /// `batch` and `verdict`, which is appended to, are as [`wire`](crate::wire) says. A call is late if
    /// `watermark_ms` has closed the bucket of its start. After an error nothing of the batch is kept for
    /// sure.
    pub fn push_batch(
        &mut self,
        batch: &[u8],
        watermark_ms: i64,
        now_ms: i64,
        verdict: &mut Vec<u8>,
    ) -> Result<()> {
        let mut records = std::mem::take(&mut self.records);
        let pushed = match &mut records {
            Records::Json(parser) => self.push_records(batch, parser, watermark_ms, now_ms, verdict),
            Records::Mapped(mapped) => self.push_records(batch, &mut **mapped, watermark_ms, now_ms, verdict),
            Records::Protobuf(reader) => self.push_records(batch, reader, watermark_ms, now_ms, verdict),
        };
        self.records = records;
        pushed
    }

    /// Judges a batch of records of this form.
    fn push_records<F: Form>(
        &mut self,
        batch: &[u8],
        form: &mut F,
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
        let mut said = verdict::Writer::default();
        for (index, record) in (0..).zip(batch::records(batch)) {
            let Record { partition, value } = record?;
            let kept = self.judge(value, form, &limits, watermark_ms).and_then(|call| {
                self.keep(&call)?;
                Ok(call.start_ms)
            });
            match kept {
                Ok(start_ms) => {
                    said.accept(partition, start_ms);
                    // After each call: one alone may have thousands of legs.
                    if self.waiting_bytes() > BUDGET_BYTES {
                        self.flush(i64::MAX)?;
                    }
                }
                Err(rejection) => said.reject(index, &rejection),
            }
        }
        said.finish(verdict);
        Ok(())
    }

    /// Closes the blocks of all cells that a watermark of `watermark_ms` fires (`i64::MAX`: of all
    /// cells). They are then pulled. Cells that stay open cost nothing.
    pub fn flush(&mut self, watermark_ms: i64) -> Result<()> {
        let Route { legs, calls, tables, ids, queue, .. } = self;
        legs.close(watermark_ms, &mut Calls { rows: calls, tables, ids, queue });
        if self.legs.is_empty() {
            self.tables.texts.clear();
            // Mostly the next calls have the same.
            if self.tables.addresses.bytes() > ADDRESSES_BYTES {
                self.tables.addresses.clear();
            }
            self.ids.clear();
            self.calls.clear();
        }
        Ok(())
    }

    /// The call of a record, or why there is none. Its addresses are not looked at.
    fn judge<'a>(
        &self,
        value: Option<&'a [u8]>,
        form: &'a mut impl Form,
        limits: &Limits,
        watermark_ms: i64,
    ) -> std::result::Result<Call<'a>, Rejection> {
        let value = value.ok_or_else(|| Rejection::new(Reason::Malformed, "the record's value is null"))?;
        let call = form.call(value, limits)?;
        if self.layout.last_ms(self.layout.bucket(call.start_ms)) <= watermark_ms {
            call.check_addresses()?;
            return Err(Rejection::new(
                Reason::Late,
                format!(
                    "start_at_ms ({}) lies in a window that was closed: the watermark is {watermark_ms}{}",
                    call.start_ms,
                    unit_hint("start_at_ms", call.start_ms, limits.latest_start_ms)
                ),
            ));
        }
        Ok(call)
    }

    /// Keeps the legs of a call, unless an address turns out to be none.
    fn keep(&mut self, call: &Call<'_>) -> std::result::Result<(), Rejection> {
        let (groups, addresses) = (self.layout.groups(), &mut self.tables.addresses);
        let src =
            addresses.intern_text(call.src, groups).map_err(|why| no_address("src_ip", call.src, why))?;
        let dst =
            addresses.intern_text(call.dst, groups).map_err(|why| no_address("dst_ip", call.dst, why))?;
        let number = self.calls.len() as u32;
        let row = CallRow {
            id: self.ids.push(call.id),
            start_ms: call.start_ms,
            end_ms: call.end_ms,
            src: src.number,
            dst: dst.number,
            latency: call.latency.as_deref().map(|text| self.tables.texts.push(text)),
            extras: (!call.extras.is_empty()).then(|| self.tables.texts.push(&call.extras)),
        };
        self.calls.push(row);
        let Route { legs, calls, tables, ids, queue, .. } = self;
        let calls = &mut Calls { rows: calls, tables, ids, queue };
        legs.add_child(number, src.group, calls);
        if !self.config.merge_reports {
            legs.add_parents(number, dst.group, calls);
        }
        self.counters.add(ACCEPTED, 1);
        Ok(())
    }

    /// Bytes of calls, legs and texts in use, which grow until all cells are closed.
    fn waiting_bytes(&self) -> usize {
        self.calls.len() * size_of::<CallRow>()
            + self.legs.bytes()
            + self.ids.bytes()
            + self.tables.texts.bytes()
            + self.tables.addresses.bytes()
    }

    /// Gives back all memory if that is due; nothing may wait.
    fn keep_up(&mut self) {
        if self.upkeep.is_due(self.memory_bytes()) && self.legs.is_empty() {
            let records = std::mem::take(&mut self.records);
            *self = Route {
                counters: self.counters.clone(),
                ..Self::empty(self.config.clone(), self.layout, records)
            };
        }
    }
}

/// How the records of a Route with these settings are read.
fn records(config: &RouteConfig) -> Result<Records> {
    let mapping = |map| Mapping::read(map).map_err(|wrong| Error::Config(format!("map {wrong}")));
    let mapped = |mapping| Records::Mapped(Box::new(Mapped::new(mapping)));
    let refusal = match (config.format, config.map.as_str(), &config.message) {
        (RecordFormat::Json, "", None) => return Ok(Records::default()),
        (RecordFormat::Json, map, None) => return Ok(mapped(mapping(map)?)),
        (RecordFormat::Protobuf, ..) if config.pass_through => {
            "pass-through passes on fields by their names, which input-format protobuf does not have; leave one of \
             them out"
        }
        (RecordFormat::Protobuf, "", None) => return Ok(Records::Protobuf(protobuf::Reader::default())),
        (RecordFormat::Protobuf, map, Some(message)) if !map.is_empty() => {
            let message = OwnMessage::read(message);
            let message = message.map_err(|wrong| Error::Config(format!("input-message {wrong}")))?;
            let mapping = mapping(map)?.of_message(&message);
            return Ok(mapped(mapping.map_err(|wrong| Error::Config(format!("map {wrong}")))?));
        }
        (RecordFormat::Protobuf, _, None) => {
            "map reads JSON, but input-format is protobuf; name the message that it is to read with input-message"
        }
        (_, _, Some(_)) => "input-message names a message for map to read; set input-format protobuf and map",
    };
    Err(Error::Config(refusal.to_owned()))
}

impl Outbox for Route {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        let pulled = self.queue.pull(out);
        if pulled == Pulled::Filled(0) {
            self.keep_up();
        }
        Ok(pulled)
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    fn memory_bytes(&self) -> usize {
        self.tables.memory_bytes()
            + self.ids.memory_bytes()
            + memory::of_vec(&self.calls)
            + self.records.memory_bytes()
            + self.legs.memory_bytes()
            + self.queue.memory_bytes()
    }
}
