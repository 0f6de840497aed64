//! Judges record by record as the job does, and counts.

use std::collections::BTreeMap;

use anyhow::Context;
use callweave_core::call::map::Mapping;
use callweave_core::call::{parse, protobuf, Limits, Reason, Rejection};
use callweave_core::cell::CellLayout;
use callweave_core::protobuf::{call_to_json, RecordFormat};

use super::advice::{latency_cap_ms, Advice};
use super::disorder::Disorder;
use super::facts::{Facts, PartitionsFacts, RecordFacts};
use super::findings::findings;
use super::latency::{Latencies, LatencyFacts};
use super::load::Load;
use super::partition::Partition;
use super::reasons::RejectsByReason;
use super::units::Units;
use crate::job_options::{InputOptions, JobOptions};
use crate::source::SourceRecord;

/// What was counted so far.
#[derive(Clone, Debug)]
pub struct Tally {
    map: Option<Mapping>,
    format: RecordFormat,
    limits: Limits,
    layout: CellLayout,
    max_out_of_order_ms: i64,
    max_future_skew_ms: i64,
    max_links: usize,
    now_ms: i64,
    records: u64,
    partitions: Vec<Partition>,
    rejects: RejectsByReason,
    latencies: Latencies,
    disorder: Disorder,
    /// Calls that no advised option keeps.
    beyond_cap: u64,
    units: Units,
    load: Load,
}

impl Tally {
    /// Nothing yet; `now_ms` is the clock for records that do not say when they were written. Up to
    /// `most_examples` rejects of each reason are kept.
    ///
    /// # Errors
    /// When the job would not take the options.
    pub fn new(
        job: &JobOptions,
        input: &InputOptions,
        format: RecordFormat,
        now_ms: i64,
        most_examples: usize,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            map: input.mapping()?,
            format,
            limits: Limits {
                max_record_bytes: job.max_record_bytes as usize,
                max_latency_ms: job.max_latency_ms,
                latest_start_ms: 0,
                pass_through: job.pass_through,
            },
            layout: CellLayout::new(job.bucket_ms, 1)?,
            max_out_of_order_ms: job.max_out_of_order_ms,
            max_future_skew_ms: job.max_future_skew_ms,
            max_links: job.max_links as usize,
            now_ms,
            records: 0,
            partitions: Vec::new(),
            rejects: RejectsByReason::new(most_examples, input.names(format)),
            latencies: Latencies::new(latency_cap_ms(job.max_latency_ms, job.bucket_ms))
                .context("cannot make a histogram")?,
            disorder: Disorder::new().context("cannot make a histogram")?,
            beyond_cap: 0,
            units: Units::default(),
            load: Load::new(job.max_latency_ms),
        })
    }

    /// Adds a partition without records; returns its index.
    pub fn add_partition(&mut self, name: String) -> usize {
        self.partitions.push(Partition::new(name));
        self.partitions.len() - 1
    }

    /// Records so far.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Judges the next record of a partition; `place` is only asked for if it is told of.
    pub fn add(&mut self, partition: usize, record: SourceRecord<'_>, place: impl Fn() -> String) {
        self.records += 1;
        self.partitions[partition].add_record();
        let judged = match record.value {
            Some(value) => self.judge(partition, value, record.written_ms, &place),
            None => Err(Rejection::new(Reason::Malformed, "the record's value is null")),
        };
        if let Err(rejection) = judged {
            self.rejects.add(&rejection, record.value, place);
        }
    }

    fn judge(
        &mut self,
        partition: usize,
        value: &[u8],
        written_ms: Option<i64>,
        place: impl Fn() -> String,
    ) -> Result<(), Rejection> {
        let clock_ms = written_ms.unwrap_or(self.now_ms);
        self.limits.latest_start_ms = clock_ms.saturating_add(self.max_future_skew_ms);
        let value_bytes = value.len();
        let (mut rewritten, mut limits) = (Vec::new(), self.limits);
        let value = match (&self.map, self.format) {
            (Some(map), _) => {
                map.rewrite(value, &limits, &mut rewritten)?;
                limits = limits.of_rewritten();
                &rewritten
            }
            (None, RecordFormat::Protobuf) => {
                rewritten = json_of(value, &limits)?.into_bytes();
                limits = limits.of_rewritten();
                &rewritten
            }
            (None, RecordFormat::Json) => value,
        };
        let call = parse(value, &limits).inspect_err(|rejection| {
            if rejection.reason == Reason::TooLong {
                self.add_too_long(partition, value, limits);
            }
            self.units.add_rejected(value, clock_ms, &place);
        })?;
        self.latencies.add(&call, value);
        self.units.add_start(call.start_ms, clock_ms, &place);
        self.load.add(&call, value_bytes, place);
        let partition = &mut self.partitions[partition];
        self.disorder.add(partition.arrive(call.start_ms, &self.layout));
        let needed_ms = partition.take(call.start_ms, &self.layout);
        if needed_ms <= self.max_out_of_order_ms as u64 {
            return Ok(());
        }
        let watermark_ms = partition.highest_start_ms().unwrap_or(i64::MIN) - self.max_out_of_order_ms;
        Err(Rejection::new(
            Reason::Late,
            format!(
                "start_at_ms ({}) needs a max-out-of-order-ms of {needed_ms}: the watermark is {watermark_ms}",
                call.start_ms
            ),
        ))
    }

    /// Reads the call once more without the limits that it may break. The advised options may keep it.
    fn add_too_long(&mut self, partition: usize, value: &[u8], limits: Limits) {
        let limits = Limits { max_latency_ms: i64::MAX, latest_start_ms: i64::MAX, ..limits };
        let Ok(call) = parse(value, &limits) else {
            return;
        };
        self.latencies.add(&call, value);
        if !self.latencies.keeps(&call) {
            self.beyond_cap += 1;
        } else if call.start_ms <= self.limits.latest_start_ms {
            self.disorder.add(self.partitions[partition].arrive(call.start_ms, &self.layout));
        }
    }

    /// What the counts say, with up to `most_addresses` addresses.
    ///
    /// # Errors
    /// When there are no records.
    pub fn facts(self, inputs: Vec<String>, most_addresses: usize) -> anyhow::Result<Facts> {
        let names = inputs.join(", ");
        anyhow::ensure!(
            self.records > 0,
            "{names} has no records: there is nothing to check; give an input with calls"
        );
        let rejected = self.rejects.total();
        let by_reason = Reason::ALL.map(|reason| (reason.name(), self.rejects.of(reason).clone()));
        let partitions: Vec<_> = self.partitions.iter().map(|p| p.facts(self.records)).collect();
        let largest = partitions.iter().map(|p| p.records).max().unwrap_or(0);
        let max_latency_ms = self.limits.max_latency_ms;
        let latency = self.latencies.facts();
        let latency_is_in_doubt = latency.as_ref().is_some_and(LatencyFacts::unit_is_in_doubt);
        // It would say nothing of the calls once their times are milliseconds.
        let advice = match self.units.are_most(self.records) || latency_is_in_doubt {
            true => None,
            false => Advice::of(&self.latencies, &self.disorder, max_latency_ms, self.beyond_cap),
        };
        let units = self.units.facts();
        let load = self.load.facts(most_addresses, self.max_links);
        Ok(Facts {
            inputs,
            findings: findings(self.records, &units, latency.as_ref(), load.as_ref()),
            records: RecordFacts {
                read: self.records,
                accepted: self.records - rejected,
                rejected,
                rejected_by_reason: BTreeMap::from(by_reason),
                formats: self.rejects.formats(),
            },
            max_out_of_order_ms: self.max_out_of_order_ms,
            max_latency_ms,
            max_links: self.max_links,
            latency,
            disorder: self.disorder.facts(),
            advice,
            units,
            partitions: PartitionsFacts {
                skew: largest as f64 * partitions.len() as f64 / self.records as f64,
                all: partitions,
            },
            load,
        })
    }
}

/// A message as the record in JSON that is judged as it is, and looked at closer.
fn json_of(value: &[u8], limits: &Limits) -> Result<String, Rejection> {
    match (call_to_json(value), protobuf::Reader::default().parse(value, limits)) {
        // What is wrong with the call the JSON says, too.
        (Ok(json), Err(rejection)) if rejection.reason != Reason::Malformed => Ok(json),
        (_, Err(rejection)) => Err(rejection),
        (json, Ok(_)) => json.map_err(|error| Rejection::new(Reason::Malformed, error.to_string())),
    }
}
