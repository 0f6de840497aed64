//! What is known of the job by the samples so far.

use std::collections::VecDeque;

use super::capacity::Capacity;
use super::rules::Rules;
use super::sample::Sample;
use super::stretch::{Stretch, Work};

/// The source is held up where it waits for others for more than this share of its time.
const FULL_BACK_PRESSURE: f64 = 0.5;
/// More subtasks must bring this share of what they would bring if nothing else were in the way.
const MIN_EFFECT: f64 = 0.1;

/// What decisions are made of.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    samples: VecDeque<Sample>,
    capacity: Capacity,
    stretch: Stretch,
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
            self.forget_samples();
        }
        self.learn(rules, &sample);
        self.samples.push_back(sample);
        // One sample more than the window, so that it is known to be covered.
        while self.samples.get(1).is_some_and(|second| second.at_s + rules.down_window_s <= now) {
            self.samples.pop_front();
        }
    }

    /// From what was read since the sample before.
    fn learn(&mut self, rules: &Rules, sample: &Sample) {
        let last = self.samples.back().and_then(|last| Some((last.at_s, has_unread(rules, last)?)));
        let (Some((last_at_s, had_unread)), Some(has_unread), Ok(flow)) =
            (last, has_unread(rules, sample), sample.flow())
        else {
            self.stretch = Stretch::default();
            return;
        };
        let work = match (had_unread, has_unread) {
            (true, true) => Work::Full,
            (false, false) => Work::WithEase,
            _ => Work::Mixed,
        };
        let per_s = flow.read_per_s / f64::from(sample.parallelism);
        self.stretch.observe(rules, work, sample.at_s.saturating_sub(last_at_s), per_s);
        if let Some(per_s) = self.stretch.per_s(rules) {
            self.capacity = self.capacity.with(per_s, work == Work::Full);
            if work == Work::Full {
                self.judge_growth(sample, per_s);
            }
        }
    }

    /// Once a subtask was seen at full work.
    fn judge_growth(&mut self, sample: &Sample, per_s: f64) {
        let Some(growth) = self.growth.take().filter(|growth| sample.parallelism > growth.before) else {
            return;
        };
        let hoped = f64::from(sample.parallelism) / f64::from(growth.before) - 1.0;
        let brought = per_s * f64::from(sample.parallelism) / growth.read_per_s_before.max(1.0) - 1.0;
        if brought < MIN_EFFECT * hoped {
            self.useless = Some((sample.at_s, growth.before));
        }
    }

    /// The job goes on with another parallelism.
    pub fn changed(&mut self, rules: &Rules, at_s: u64, parallelism: u32) {
        let before = self.samples.back().map(|last| last.parallelism).filter(|before| parallelism > *before);
        self.growth = before
            .zip(self.full_per_s(rules))
            .map(|(before, per_s)| Growth { before, read_per_s_before: per_s * f64::from(before) });
        self.forget_samples();
        self.changed_at_s = Some(at_s);
        self.failed_at_s = None;
    }

    /// A change has failed.
    pub fn failed(&mut self, at_s: u64) {
        self.forget_samples();
        self.changed_at_s = Some(at_s);
        self.failed_at_s = Some(at_s);
        self.growth = None;
    }

    fn forget_samples(&mut self) {
        self.samples.clear();
        self.stretch = Stretch::default();
    }

    /// What a subtask reads at full work: as it does now, or as it was seen to.
    fn full_per_s(&self, rules: &Rules) -> Option<f64> {
        let now = self.stretch.per_s(rules).filter(|_| self.stretch.work() == Work::Full);
        now.or(match self.capacity {
            Capacity::Seen(per_s) => Some(per_s),
            Capacity::AtLeast(_) | Capacity::Unknown => None,
        })
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

/// Whether the job leaves something to read that it would read if it could; `None` where that is not known.
///
/// That its source is held up is not enough: what is held up may keep up all the same, and Flink says for a minute what
/// it has once found.
fn has_unread(rules: &Rules, sample: &Sample) -> Option<bool> {
    let flow = sample.flow().ok()?;
    let is_pressed = sample.back_pressure.is_some_and(|share| share > FULL_BACK_PRESSURE);
    let is_held_up = is_pressed && flow.lag > rules.pressed_behind_s * flow.input_per_s;
    Some(flow.behind_s() > rules.behind_s || is_held_up)
}
