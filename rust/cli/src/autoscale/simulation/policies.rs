//! Who decides on the size.

use std::collections::VecDeque;

use super::{capacity, FIRST_PARALLELISM, SLOTS};
use crate::autoscale::decide::decide;
use crate::autoscale::memory::Memory;
use crate::autoscale::rules::Rules;
use crate::autoscale::sample::Sample;

pub trait Policy {
    /// Where it begins.
    fn first(&self) -> u32 {
        FIRST_PARALLELISM
    }
    /// Another parallelism, if it wants one.
    fn look(&mut self, sample: Sample) -> Option<u32>;
    /// It has got it.
    fn changed(&mut self, at_s: u64, parallelism: u32);
}

/// The rules here.
#[derive(Default)]
pub struct Ours(Memory);

impl Policy for Ours {
    fn look(&mut self, sample: Sample) -> Option<u32> {
        let (rules, now) = (Rules::default(), sample.parallelism);
        self.0.observe(&rules, sample);
        decide(&rules, &self.0).map(|decision| decision.parallelism).filter(|next| *next != now)
    }

    fn changed(&mut self, at_s: u64, parallelism: u32) {
        self.0.changed(&Rules::default(), at_s, parallelism);
    }
}

/// The autoscaler of Flink's Kubernetes operator by its defaults: the mean of 15 minutes, 5 minutes after a
/// change; from 40 % to 100 % of what subtasks can do, to 70 %; backlog read in 30 minutes; down to 40 % of
/// the subtasks at most, and an hour after the last change. It needs a newer Flink, which tells how busy a
/// subtask is, so that it always knows what one can do.
#[derive(Default)]
pub struct Operator {
    samples: VecDeque<Sample>,
    changed_at_s: Option<u64>,
}

impl Operator {
    const WINDOW_S: u64 = 900;
    const STABILIZATION_S: u64 = 300;
    const CATCH_UP_S: f64 = 1_800.0;
    const DOWN_INTERVAL_S: u64 = 3_600;
    const TARGET: f64 = 0.7;
    const BOUNDS: std::ops::RangeInclusive<f64> = 0.4..=1.0;
    const MAX_DOWN_FACTOR: f64 = 0.6;
}

impl Policy for Operator {
    fn look(&mut self, sample: Sample) -> Option<u32> {
        let (at_s, now) = (sample.at_s, sample.parallelism);
        let since = self.changed_at_s.map_or(u64::MAX, |changed| at_s.saturating_sub(changed));
        if since < Self::STABILIZATION_S {
            return None;
        }
        self.samples.push_back(sample);
        while self.samples.front().is_some_and(|first| first.at_s + Self::WINDOW_S < at_s) {
            self.samples.pop_front();
        }
        if self.samples.front().is_none_or(|first| first.at_s + Self::WINDOW_S > at_s) {
            return None;
        }
        let inputs = self.samples.iter().filter_map(|sample| sample.input_per_s);
        let input = inputs.sum::<f64>() / self.samples.len() as f64;
        let lag = self.samples.back().and_then(|last| last.lag).unwrap_or(0.0);
        let can = capacity(now);
        if Self::BOUNDS.contains(&((input + lag / Self::CATCH_UP_S) / can)) {
            return None;
        }
        let per_subtask = can / f64::from(now);
        let wanted = ((input + lag / Self::CATCH_UP_S) / (per_subtask * Self::TARGET)).ceil() as u32;
        let least = (f64::from(now) * (1.0 - Self::MAX_DOWN_FACTOR)).ceil() as u32;
        let next = wanted.max(least).clamp(1, SLOTS);
        (next > now || next < now && since >= Self::DOWN_INTERVAL_S).then_some(next)
    }

    fn changed(&mut self, at_s: u64, _: u32) {
        self.samples.clear();
        self.changed_at_s = Some(at_s);
    }
}

/// As large as it is.
pub struct Fixed(pub u32);

impl Policy for Fixed {
    fn first(&self) -> u32 {
        self.0
    }

    fn look(&mut self, _: Sample) -> Option<u32> {
        None
    }

    fn changed(&mut self, _: u64, _: u32) {}
}
