//! From REST and Kafka to samples.

use std::collections::BTreeMap;
use std::time::Duration;

use super::sample::Sample;
use crate::clock::now_ms;
use crate::job::flink::{Details, Flink};
use crate::job::metrics::SourceMetrics;
use crate::kafka::{Bounds, TopicEnds};

/// How often Flink is asked for metrics until they are fresh.
const FRESH_POLL: Duration = Duration::from_millis(500);
/// How often at most: for longer than Flink keeps them.
const MAX_FRESH_POLLS: u32 = 24;

/// What is counted up from the start, at one look.
#[derive(Clone, Debug, Default, PartialEq)]
struct Counts {
    /// When, ms of the epoch.
    at_ms: i64,
    /// The next offset to be written, over all partitions.
    written: Option<f64>,
    /// The next offset to be read likewise.
    read: Option<f64>,
    /// Garbage collection by TaskManager, ms.
    collected_ms: BTreeMap<String, f64>,
}

/// Looks at one job.
pub struct Collector<'a> {
    /// The cluster.
    pub flink: &'a Flink,
    /// Of the input topic.
    pub ends: &'a TopicEnds,
    /// How many slots the job can have where TaskManagers can be added.
    pub slots_to_add: Option<u32>,
    before: Option<(String, Counts)>,
}

impl<'a> Collector<'a> {
    /// Nothing was seen yet.
    pub fn new(flink: &'a Flink, ends: &'a TopicEnds, slots_to_add: Option<u32>) -> Self {
        Self { flink, ends, slots_to_add, before: None }
    }

    /// A look at the job of this id, which takes up to 12 s. What does not answer is missing in it; of the first
    /// look all rates are.
    pub fn look(&mut self, job: &str, details: &Details) -> Sample {
        let vertex = details.source();
        let source = vertex.and_then(|vertex| self.source_metrics(job, vertex)).unwrap_or_default();
        let now_ms = now_ms();
        let bounds = self.ends.read().ok();
        let read = bounds.as_ref().and_then(|bounds| next_offsets(bounds, &source.offsets));
        let written = bounds.as_ref().map(|bounds| bounds.values().map(|bounds| bounds.end as f64).sum());
        let collected_ms = self.flink.garbage_collection_ms().unwrap_or_default();
        let counts = Counts { at_ms: now_ms, written, read, collected_ms };
        let before = self.before.take().filter(|(of, _)| of == job).map(|(_, counts)| counts);
        let slots = self.flink.slots().ok();
        let held = details.parallelism();
        let slots = slots.and_then(|slots| u32::try_from(slots.available).ok()?.checked_add(held));
        let sample = Sample {
            parallelism: held,
            wall_clock_lag_ms: source.wall_clock_lag_ms,
            back_pressure: vertex.and_then(|vertex| self.flink.back_pressure(job, vertex).ok().flatten()),
            checkpoint_share: self.checkpoint_share(job),
            partitions: bounds.as_ref().map(|bounds| bounds.len() as u32),
            slots: slots.map(|slots| slots.max(self.slots_to_add.unwrap_or(0))),
            ..rates(before.as_ref(), &counts)
        };
        self.before = Some((job.to_owned(), counts));
        sample
    }

    fn source_metrics(&self, job: &str, vertex: &str) -> Option<SourceMetrics> {
        let names = self.flink.source_metric_names(job, vertex).ok()?;
        let ask = || self.flink.source_metrics(job, vertex, &names).ok();
        fresh(ask, || std::thread::sleep(FRESH_POLL))
    }

    fn checkpoint_share(&self, job: &str) -> Option<f64> {
        let took_ms = self.flink.checkpoints(job).ok()?.latest.completed?.end_to_end_duration;
        let interval_ms = self.flink.checkpoint_interval_ms(job).ok()??;
        Some(took_ms as f64 / interval_ms as f64)
    }
}

/// What was asked for until it was another than at first. It may be old at first, and then a difference to
/// the look before says nothing. Where it stays the same, nothing was read.
fn fresh(mut ask: impl FnMut() -> Option<SourceMetrics>, mut pause: impl FnMut()) -> Option<SourceMetrics> {
    let first = ask()?;
    for _ in 0..MAX_FRESH_POLLS {
        pause();
        let next = ask()?;
        if next.offsets != first.offsets {
            return Some(next);
        }
    }
    Some(first)
}

/// The sum of what is to be read next; `None` where a partition has records and says nothing.
fn next_offsets(bounds: &BTreeMap<i32, Bounds>, read: &BTreeMap<i32, i64>) -> Option<f64> {
    let next = bounds.iter().map(|(partition, bounds)| match read.get(partition) {
        Some(offset) => Some((offset + 1) as f64),
        None => (bounds.begin == bounds.end).then_some(bounds.end as f64),
    });
    next.sum()
}

/// What follows from two looks. What was counted down in between, as by another job, is missing.
fn rates(before: Option<&Counts>, now: &Counts) -> Sample {
    let between_s = before.map_or(0.0, |before| (now.at_ms - before.at_ms) as f64 / 1000.0);
    let rate = |count: fn(&Counts) -> Option<f64>| {
        let more = count(now)? - count(before?)?;
        (more >= 0.0 && between_s > 0.0).then(|| more / between_s)
    };
    let collected = |(taskmanager, ms): (&String, &f64)| {
        let more_ms = ms - before?.collected_ms.get(taskmanager)?;
        (more_ms >= 0.0 && between_s > 0.0).then(|| more_ms / 1000.0 / between_s)
    };
    Sample {
        at_s: u64::try_from(now.at_ms / 1000).unwrap_or(0),
        input_per_s: rate(|counts| counts.written),
        read_per_s: rate(|counts| counts.read),
        // What was read after Kafka was asked is no lag below zero.
        lag: now.written.zip(now.read).map(|(written, read)| (written - read).max(0.0)),
        gc_share: now.collected_ms.iter().filter_map(collected).reduce(f64::max),
        ..Sample::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(at_ms: i64, written: f64, read: f64, collected_ms: f64) -> Counts {
        let collected_ms = BTreeMap::from([("tm".to_owned(), collected_ms)]);
        Counts { at_ms, written: Some(written), read: Some(read), collected_ms }
    }

    #[test]
    fn rates_are_differences_of_two_looks() {
        let sample = rates(Some(&counts(1_000, 100.0, 90.0, 10.0)), &counts(11_000, 300.0, 250.0, 1_010.0));
        assert_eq!((sample.at_s, sample.input_per_s, sample.read_per_s), (11, Some(20.0), Some(16.0)));
        assert_eq!((sample.lag, sample.gc_share), (Some(50.0), Some(0.1)));
    }

    #[test]
    fn metrics_are_asked_for_until_flink_has_asked_its_taskmanagers() {
        let at = |offset| SourceMetrics { offsets: BTreeMap::from([(0, offset)]), wall_clock_lag_ms: None };
        let mut answers = [7, 7, 7, 9, 11].map(at).into_iter();
        let mut pauses = 0;
        assert_eq!(fresh(|| answers.next(), || pauses += 1), Some(at(9)));
        assert_eq!(pauses, 3);
        assert_eq!(fresh(|| Some(at(7)), || ()), Some(at(7)), "nothing was read");
        assert_eq!(fresh(|| None, || ()), None);
    }

    #[test]
    fn what_goes_back_or_was_not_there_before_is_missing() {
        let now = counts(11_000, 300.0, 250.0, 10.0);
        let first = rates(None, &now);
        assert_eq!((first.input_per_s, first.read_per_s, first.gc_share), (None, None, None));
        assert_eq!(first.lag, Some(50.0));
        let back = rates(Some(&counts(1_000, 100.0, 260.0, 20.0)), &now);
        assert_eq!((back.input_per_s, back.read_per_s, back.gc_share), (Some(20.0), None, None));
        let without = Counts { written: None, ..now.clone() };
        assert_eq!((rates(Some(&now), &without).input_per_s, rates(Some(&now), &without).lag), (None, None));
    }

    #[test]
    fn a_partition_that_says_nothing_makes_the_lag_unknown_unless_it_is_empty() {
        let bounds = |begin, end| Bounds { begin, end };
        let read = BTreeMap::from([(0, 41)]);
        let empty = BTreeMap::from([(0, bounds(0, 50)), (1, bounds(7, 7))]);
        assert_eq!(next_offsets(&empty, &read), Some(49.0));
        let silent = BTreeMap::from([(0, bounds(0, 50)), (1, bounds(7, 8))]);
        assert_eq!(next_offsets(&silent, &read), None);
    }
}
