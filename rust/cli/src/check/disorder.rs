//! How far behind the others calls come, and how much of that the job must wait for.

use hdrhistogram::CreationError;
use serde::Serialize;

use super::times::{Percentiles, Times};

/// Upper bounds of the histogram's rows, ms.
const ROWS_MS: [u64; 14] =
    [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
/// Values of `max-out-of-order-ms` to choose from.
const CHOICES_MS: [u64; 8] = [0, 1000, 5000, 10_000, 30_000, 60_000, 300_000, LONGEST_WAIT_MS];
/// No longer wait is suggested: each call's result waits as long, in memory.
const LONGEST_WAIT_MS: u64 = 600_000;
/// What a suggestion is a multiple of, and at least.
const SUGGESTED_STEP_MS: u64 = 1000;
const STEPS: usize = (LONGEST_WAIT_MS / SUGGESTED_STEP_MS) as usize + 1;

/// How a call came in relation to those before it in its partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// How far its start lies behind the highest before it, but for odd ones, ms.
    pub behind_ms: u64,
    /// The least `max-out-of-order-ms` that it is not late for.
    pub needed_ms: u64,
    /// The same if calls far ahead of all others are left out.
    pub usually_needed_ms: u64,
}

/// Arrivals of calls.
#[derive(Clone, Debug)]
pub struct Disorder {
    behind: Times,
    needed: Times,
    rows: [u64; ROWS_MS.len() + 1],
    late: [u64; CHOICES_MS.len()],
    most_needed_within_wait_ms: u64,
    /// Calls by what they need, in steps of [`SUGGESTED_STEP_MS`]; the last is for all that need more
    /// than [`LONGEST_WAIT_MS`].
    steps: [u64; STEPS + 1],
}

/// A row of the histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Above the row before, and not above this; `None` in the last row.
    pub up_to_ms: Option<u64>,
    /// Calls so far behind.
    pub calls: u64,
}

/// What a value of `max-out-of-order-ms` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The value.
    pub max_out_of_order_ms: u64,
    /// Calls that are late for it.
    pub late: u64,
}

/// What the arrivals say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisorderFacts {
    /// Calls that were looked at: those that are valid with the advised `max-latency-ms`, late or not.
    pub calls: u64,
    /// How far behind they came.
    pub behind: Percentiles,
    /// The same as a histogram, with all its rows.
    pub histogram: Vec<Row>,
    /// The least `max-out-of-order-ms` that keeps so many.
    pub needed: Percentiles,
    /// What some values would do.
    pub choices: Vec<Choice>,
}

impl Disorder {
    /// None yet.
    ///
    /// # Errors
    /// As [`Times::new`].
    pub fn new() -> Result<Self, CreationError> {
        Ok(Self {
            behind: Times::new()?,
            needed: Times::new()?,
            rows: [0; ROWS_MS.len() + 1],
            late: [0; CHOICES_MS.len()],
            most_needed_within_wait_ms: 0,
            steps: [0; STEPS + 1],
        })
    }

    /// Adds one.
    pub fn add(&mut self, arrival: Arrival) {
        let Arrival { behind_ms, needed_ms, usually_needed_ms } = arrival;
        self.behind.add(behind_ms);
        self.needed.add(needed_ms);
        self.rows[ROWS_MS.partition_point(|&up_to_ms| up_to_ms < behind_ms)] += 1;
        for (late, choice_ms) in self.late.iter_mut().zip(CHOICES_MS) {
            *late += u64::from(needed_ms > choice_ms);
        }
        self.steps[(needed_ms.div_ceil(SUGGESTED_STEP_MS) as usize).min(STEPS)] += 1;
        if usually_needed_ms <= LONGEST_WAIT_MS {
            self.most_needed_within_wait_ms = self.most_needed_within_wait_ms.max(usually_needed_ms);
        }
    }

    /// `None` without calls.
    pub fn facts(&self) -> Option<DisorderFacts> {
        let bounds = ROWS_MS.into_iter().map(Some).chain([None]);
        let choices = CHOICES_MS.into_iter().zip(self.late);
        Some(DisorderFacts {
            calls: self.behind.count(),
            behind: self.behind.percentiles()?,
            histogram: bounds.zip(self.rows).map(|(up_to_ms, calls)| Row { up_to_ms, calls }).collect(),
            needed: self.needed.percentiles()?,
            choices: choices
                .map(|(max_out_of_order_ms, late)| Choice { max_out_of_order_ms, late })
                .collect(),
        })
    }

    /// How many calls were added.
    pub fn calls(&self) -> u64 {
        self.behind.count()
    }

    /// What to set, and how many calls are late all the same: half as much again as the calls need that
    /// came within the longest wait, and no less than `min_ms`. `None` without calls.
    pub fn suggestion(&self, min_ms: u64) -> Option<Choice> {
        let with_reserve_ms = (self.most_needed_within_wait_ms * 3 / 2).min(LONGEST_WAIT_MS);
        let steps = with_reserve_ms.max(min_ms).div_ceil(SUGGESTED_STEP_MS).max(1);
        let kept = (steps as usize).min(STEPS - 1);
        (self.calls() > 0).then(|| Choice {
            max_out_of_order_ms: steps * SUGGESTED_STEP_MS,
            late: self.steps[kept + 1..].iter().sum(),
        })
    }
}
