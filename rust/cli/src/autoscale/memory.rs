//! What is known of the job by the samples so far.

use std::collections::VecDeque;

use super::capacity::Capacity;
use super::rules::Rules;
use super::sample::{Flow, Sample};

/// The source waits for others for more than this share of its time: the job does what it can.
const FULL_BACK_PRESSURE: f64 = 0.5;
/// More subtasks must bring this share of what they would bring if nothing else were in the way.
const MIN_EFFECT: f64 = 0.1;

/// What decisions are made of.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    samples: VecDeque<Sample>,
    capacity: Capacity,
    /// What a subtask has read in a second, of the last looks in a row at which it did what it can.
    full: VecDeque<f64>,
    changed_at_s: Option<u64>,
    failed_at_s: Option<u64>,
    /// When subtasks were found to be of no use, and how many it were before them.
    useless: Option<(u64, u32)>,
    growth: Option<Growth>,
}

/// More subtasks under way to show what they are good for.
#[derive(Clone, Copy, Debug)]
struct Growth {
    before: u32,
    read_per_s_before: f64,
    useless_samples: usize,
}

impl Memory {
    /// Takes in a sample; its cost is constant but for those that are forgotten.
    pub fn observe(&mut self, rules: &Rules, sample: Sample) {
        let now = sample.at_s;
        let is_settled = self.changed_at_s.is_none_or(|changed| now >= changed + rules.settle_s);
        if !is_settled {
            return;
        }
        // Nobody looked for a while, or somebody else has changed it.
        let follows = |last: &Sample| {
            last.parallelism == sample.parallelism && last.at_s + rules.max_gap_s >= sample.at_s
        };
        if !self.samples.back().is_some_and(follows) {
            self.samples.clear();
            self.full.clear();
        }
        if let Ok(flow) = sample.flow() {
            let was_behind = self.samples.back().and_then(|last| last.flow().ok());
            let is_full = flow.behind_s() > rules.behind_s
                && was_behind.is_some_and(|before| before.behind_s() > rules.behind_s)
                || sample.back_pressure.is_some_and(|share| share > FULL_BACK_PRESSURE);
            self.learn(rules, flow.read_per_s / f64::from(sample.parallelism), is_full);
            self.judge_growth(rules, &sample, flow, is_full);
        }
        self.samples.push_back(sample);
        // One sample more than the window, so that it is known to be covered.
        while self.samples.get(1).is_some_and(|second| second.at_s + rules.down_window_s <= now) {
            self.samples.pop_front();
        }
    }

    /// A job that does what it can reads by fits and starts: it waits for a checkpoint, and then takes in much. So one
    /// look says little.
    fn learn(&mut self, rules: &Rules, per_s: f64, is_full: bool) {
        if !is_full {
            self.full.clear();
            self.capacity = self.capacity.with(per_s, false);
            return;
        }
        self.full.push_back(per_s);
        if self.full.len() > rules.min_samples {
            self.full.pop_front();
        }
        if self.full.len() == rules.min_samples {
            if let Some(mean) = self.mean_full() {
                self.capacity = self.capacity.with(mean, true);
            }
        }
    }

    fn mean_full(&self) -> Option<f64> {
        let count = Some(self.full.len()).filter(|count| *count > 0)?;
        Some(self.full.iter().sum::<f64>() / count as f64)
    }

    fn judge_growth(&mut self, rules: &Rules, sample: &Sample, flow: Flow, is_full: bool) {
        let Some(growth) = &mut self.growth else { return };
        if !is_full || sample.parallelism <= growth.before {
            return;
        }
        let hoped = f64::from(sample.parallelism) / f64::from(growth.before) - 1.0;
        let brought = flow.read_per_s / growth.read_per_s_before.max(1.0) - 1.0;
        if brought >= MIN_EFFECT * hoped {
            self.growth = None;
            return;
        }
        growth.useless_samples += 1;
        if growth.useless_samples >= rules.min_samples {
            self.useless = Some((sample.at_s, growth.before));
            self.growth = None;
        }
    }

    /// The job goes on with another parallelism.
    pub fn changed(&mut self, at_s: u64, parallelism: u32) {
        let last = self.samples.back().and_then(|last| Some((last.parallelism, last.flow().ok()?)));
        let full = self.mean_full();
        self.growth = last.filter(|(before, _)| parallelism > *before).map(|(before, flow)| Growth {
            before,
            read_per_s_before: full.map_or(flow.read_per_s, |per_s| per_s * f64::from(before)),
            useless_samples: 0,
        });
        self.samples.clear();
        self.full.clear();
        self.changed_at_s = Some(at_s);
        self.failed_at_s = None;
    }

    /// A change has failed.
    pub fn failed(&mut self, at_s: u64) {
        self.samples.clear();
        self.full.clear();
        self.changed_at_s = Some(at_s);
        self.failed_at_s = Some(at_s);
        self.growth = None;
    }

    /// Since the last change, the latest last; not much older than the window.
    pub fn samples(&self) -> &VecDeque<Sample> {
        &self.samples
    }

    /// Those of them that are not older than the window.
    pub fn window(&self, rules: &Rules) -> impl DoubleEndedIterator<Item = &Sample> + Clone {
        let now = self.samples.back().map_or(0, |last| last.at_s);
        let window_s = rules.down_window_s;
        self.samples.iter().filter(move |sample| sample.at_s + window_s >= now)
    }

    /// Whether the window is full.
    pub fn covers_window(&self, rules: &Rules) -> bool {
        let (first, last) = (self.samples.front(), self.samples.back());
        first.zip(last).is_some_and(|(first, last)| first.at_s + rules.down_window_s <= last.at_s)
    }

    /// Of one subtask.
    pub fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// How long ago the last change was.
    pub fn since_change_s(&self, now_s: u64) -> Option<u64> {
        self.changed_at_s.map(|at| now_s.saturating_sub(at))
    }

    /// How long ago a change failed, if the last one did.
    pub fn since_failure_s(&self, now_s: u64) -> Option<u64> {
        self.failed_at_s.map(|at| now_s.saturating_sub(at))
    }

    /// How long ago subtasks were found to be of no use, and how many it were before them.
    pub fn since_useless_s(&self, now_s: u64) -> Option<(u64, u32)> {
        self.useless.map(|(at, before)| (now_s.saturating_sub(at), before))
    }
}
