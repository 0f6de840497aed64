//! What a check has found: the JSON object, and what the text report is made from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::advice::Advice;
use super::disorder::DisorderFacts;
use super::latency::LatencyFacts;
use super::load::LoadFacts;
use super::partition::PartitionFacts;
use super::reasons::Rejects;
use super::units::UnitFacts;
use crate::format::SeenFormat;

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Facts {
    /// What was read, as on the command line.
    pub inputs: Vec<String>,
    /// What is likely wrong, though the job may accept it; a sentence each.
    pub findings: Vec<String>,
    /// Records by what would become of them.
    pub records: RecordFacts,
    /// The option that was judged by, ms.
    pub max_out_of_order_ms: i64,
    /// The option that was judged by, ms.
    pub max_latency_ms: i64,
    /// The option that was judged by.
    pub max_links: usize,
    /// `None` if no call has a latency.
    pub latency: Option<LatencyFacts>,
    /// `None` if no call is valid.
    pub disorder: Option<DisorderFacts>,
    /// Records by partition.
    pub partitions: PartitionsFacts,
    /// `None` if no call is valid, whatever its latency up to 10 minutes, or if most have times in
    /// another unit, or latencies that may be.
    pub advice: Option<Advice>,
    /// Times in other units than milliseconds.
    pub units: Vec<UnitFacts>,
    /// `None` if no call is valid.
    pub load: Option<LoadFacts>,
}

impl Facts {
    /// Whether the job would take everything, and nothing is found.
    pub fn is_clean(&self) -> bool {
        self.records.rejected == 0 && self.findings.is_empty()
    }
}

/// Records by what would become of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordFacts {
    /// All.
    pub read: u64,
    /// Those that the job would take, repeats too.
    pub accepted: u64,
    /// Those that it would reject.
    pub rejected: u64,
    /// The same by reason, with examples.
    pub rejected_by_reason: BTreeMap<&'static str, Rejects>,
    /// What the malformed and invalid ones are, where it is recognised.
    pub formats: Vec<SeenFormat>,
}

/// Records by partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartitionsFacts {
    /// The records of the largest, over the mean.
    pub skew: f64,
    /// Each of them; a file is one.
    pub all: Vec<PartitionFacts>,
}
