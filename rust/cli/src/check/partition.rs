//! What is counted of one partition. A file is one partition.

use callweave_core::cell::Grid;
use serde::Serialize;

use super::disorder::Arrival;

/// One partition so far.
#[derive(Clone, Debug)]
pub struct Partition {
    /// How the report names it.
    pub name: String,
    records: u64,
    /// The first and the last valid start, whether late or not, ms.
    starts_ms: Option<(i64, i64)>,
}

/// What there is to say of a partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartitionFacts {
    /// Its file, or its topic and number.
    pub name: String,
    /// Records in it, rejected ones too.
    pub records: u64,
    /// Their share of all records, 0 to 1.
    pub share: f64,
    /// The first valid start, ms of the epoch.
    pub first_start_ms: Option<i64>,
    /// The last valid start, ms of the epoch.
    pub last_start_ms: Option<i64>,
}

impl Partition {
    /// Nothing of it is read yet.
    pub fn new(name: String) -> Self {
        Self { name, records: 0, starts_ms: None }
    }

    /// Counts a record.
    pub fn add_record(&mut self) {
        self.records += 1;
    }

    /// How a valid call that starts at `start_ms` comes in relation to those before it. A late one
    /// never raises the highest start: it lies behind it.
    pub fn arrive(&mut self, start_ms: i64, grid: &Grid) -> Arrival {
        let Some((first_ms, highest_ms)) = self.starts_ms else {
            self.starts_ms = Some((start_ms, start_ms));
            return Arrival { behind_ms: 0, needed_ms: 0 };
        };
        self.starts_ms = Some((first_ms.min(start_ms), highest_ms.max(start_ms)));
        let bucket_end_ms = grid.last_ms(grid.bucket(start_ms));
        Arrival {
            behind_ms: (highest_ms - start_ms).max(0) as u64,
            // Late is: bucket_end_ms <= highest_ms - max_out_of_order_ms.
            needed_ms: (highest_ms - bucket_end_ms + 1).max(0) as u64,
        }
    }

    /// The highest valid start so far.
    pub fn highest_start_ms(&self) -> Option<i64> {
        self.starts_ms.map(|(_, highest_ms)| highest_ms)
    }

    /// What there is to say, of `all_records` of all partitions.
    pub fn facts(&self, all_records: u64) -> PartitionFacts {
        PartitionFacts {
            name: self.name.clone(),
            records: self.records,
            share: self.records as f64 / all_records.max(1) as f64,
            first_start_ms: self.starts_ms.map(|(first_ms, _)| first_ms),
            last_start_ms: self.highest_start_ms(),
        }
    }
}
