//! What is counted of one partition. A file is one partition.

use callweave_core::cell::CellLayout;
use serde::Serialize;

use super::disorder::Arrival;

/// A start that is so much higher than all before it is odd, until others follow it, ms.
const FAR_MS: i64 = 30 * 60 * 1000;
/// So many calls show that a start far ahead of those before is none by mistake.
const ENOUGH_CALLS: u32 = 8;

/// One partition so far.
#[derive(Clone, Debug)]
pub struct Partition {
    /// How the report names it.
    pub name: String,
    records: u64,
    /// The first and the last valid start, whether late or not, ms.
    starts_ms: Option<(i64, i64)>,
    /// The front of the calls that the advised options take.
    front: Option<Front>,
}

/// How far calls have come.
#[derive(Clone, Debug)]
struct Front {
    /// The highest start, by which the job judges.
    highest_ms: i64,
    /// The highest start but for those that are far ahead of all others.
    usual_ms: i64,
    /// Calls near it, up to [`ENOUGH_CALLS`].
    near: u32,
    /// Calls far away from it, less the near ones since.
    far: u32,
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
        Self { name, records: 0, starts_ms: None, front: None }
    }

    /// Counts a record.
    pub fn add_record(&mut self) {
        self.records += 1;
    }

    /// Takes a valid call in, and tells the least `max-out-of-order-ms` that it is not late for. A late
    /// one never raises the highest start: it lies behind it.
    pub fn take(&mut self, start_ms: i64, layout: &CellLayout) -> u64 {
        let Some((first_ms, highest_ms)) = self.starts_ms else {
            self.starts_ms = Some((start_ms, start_ms));
            return 0;
        };
        self.starts_ms = Some((first_ms.min(start_ms), highest_ms.max(start_ms)));
        needed_ms(start_ms, highest_ms, layout)
    }

    /// How a call that the advised options take comes in relation to those before it.
    pub fn arrive(&mut self, start_ms: i64, layout: &CellLayout) -> Arrival {
        let Some(front) = &mut self.front else {
            self.front = Some(Front { highest_ms: start_ms, usual_ms: start_ms, near: 1, far: 0 });
            return Arrival::default();
        };
        let arrival = Arrival {
            behind_ms: (front.usual_ms - start_ms).max(0) as u64,
            needed_ms: needed_ms(start_ms, front.highest_ms, layout),
            usually_needed_ms: needed_ms(start_ms, front.usual_ms, layout),
        };
        front.take(start_ms);
        arrival
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

impl Front {
    fn take(&mut self, start_ms: i64) {
        self.highest_ms = self.highest_ms.max(start_ms);
        if (start_ms - self.usual_ms).abs() <= FAR_MS {
            self.usual_ms = self.usual_ms.max(start_ms);
            self.near = (self.near + 1).min(ENOUGH_CALLS);
            self.far = self.far.saturating_sub(1);
            return;
        }
        self.far += 1;
        let is_ahead = start_ms > self.usual_ms;
        // What lies behind is late, unless what lies ahead was odd: then few calls are near it.
        let goes_on = is_ahead && self.far >= ENOUGH_CALLS;
        let was_odd = !is_ahead && self.far > self.near;
        if goes_on || was_odd {
            *self = Self { usual_ms: start_ms, near: self.far.min(ENOUGH_CALLS), far: 0, ..*self };
        }
    }
}

/// The least `max-out-of-order-ms` for which a call is not late that comes after `highest_ms`. It is
/// late if the end of its bucket is at most `highest_ms - max_out_of_order_ms`.
fn needed_ms(start_ms: i64, highest_ms: i64, layout: &CellLayout) -> u64 {
    let bucket_end_ms = layout.last_ms(layout.bucket(start_ms));
    (highest_ms - bucket_end_ms + 1).max(0) as u64
}
