//! A small part as the exact solver sees it: its parents in order, and what each of them can take.
//!
//! A child holds a slot from its first to its last possible parent. What has to be known between two
//! parents is only which of the children that hold slots have got a parent: a mask of slots.

use super::choices::Choices;
use super::effort::Limits;
use super::judge::Judge;
use super::math::exp;
use super::order::MIN_ORDER;
use super::scene::NONE;
use super::subsets::{Subsets, MAX_AMBIGUOUS};
use crate::memory::of_vec;

/// Children that may be undecided at once.
pub const SLOTS: usize = 16;

/// What is asked of the solver.
pub struct Question<'a> {
    pub parents: &'a [u32],
    pub children: &'a [u32],
    pub choices: &'a Choices,
    /// Inverse temperature.
    pub beta: f32,
    pub limits: Limits,
}

/// A parent. A subset of its ambiguous children is a number with a bit for each, in order.
#[derive(Debug, Clone, Default)]
pub struct Step {
    pub parent: u32,
    pub children: Vec<u32>,
    /// The slot of each child.
    slots: Vec<u8>,
    /// Where its subsets begin.
    pub begin: usize,
    /// Children that have no later choice.
    last: usize,
    /// Children that may have no parent.
    free: usize,
    /// Slots that are given back behind this parent.
    expired: u16,
    /// The children that hold slots behind it.
    pub held: [u32; SLOTS],
    /// For each child the slots of those of its kind that start later: if taken, they were overtaken.
    later: [u16; MAX_AMBIGUOUS],
    /// Log odds of order of each child, if overtaking is possible.
    order: [f32; MAX_AMBIGUOUS],
    has_order: bool,
}

/// A way to go on from a mask.
pub struct Way {
    pub subset: usize,
    pub mask: u16,
    pub weight: f64,
    pub ln_weight: f32,
}

/// The parents of a part.
#[derive(Debug, Default)]
pub struct Lattice {
    steps: Vec<Step>,
    len: usize,
    subsets: Subsets,
    /// By subset: weight, that of these children having no parent, and their slots.
    weights: Vec<f64>,
    ln_weights: Vec<f32>,
    null_weights: Vec<f64>,
    ln_null_weights: Vec<f32>,
    slots: Vec<u16>,
    /// The best gain of each child, by child.
    gains: Vec<(u32, f32)>,
}

impl Lattice {
    /// Takes up a part; false if it has too many slots, a parent too many children, or all too many subsets.
    pub fn lay_out(&mut self, judge: &Judge<'_>, question: &Question<'_>) -> bool {
        let Question { parents, children, choices, .. } = *question;
        self.len = parents.len();
        self.steps.resize_with(parents.len().max(self.steps.len()), Step::default);
        for step in &mut self.steps[..self.len] {
            step.children.clear();
            step.slots.clear();
        }
        let mut subsets = parents.len();
        for &child in children {
            for choice in choices.of(child as usize) {
                let Ok(place) = parents.binary_search(&choice.parent) else { continue };
                let step = &mut self.steps[place];
                if step.children.len() == MAX_AMBIGUOUS {
                    return false;
                }
                subsets += 1 << step.children.len();
                step.children.push(child);
            }
        }
        subsets <= question.limits.subsets * children.len() && self.give_slots(judge, question)
    }

    fn give_slots(&mut self, judge: &Judge<'_>, question: &Question<'_>) -> bool {
        let choices = question.choices;
        let mut held = [NONE; SLOTS];
        // Slots that were ever held: the first ones.
        let mut used = 0;
        let mut begin = 0;
        for (place, &parent) in question.parents.iter().enumerate() {
            let step = &mut self.steps[place];
            step.parent = parent;
            step.begin = begin;
            begin += 1 << step.children.len();
            (step.last, step.free, step.expired) = (0, 0, 0);
            for (bit, &child) in step.children.iter().enumerate() {
                let slot_of = |wanted: u32| held[..used].iter().position(|&holder| holder == wanted);
                let slot = slot_of(child).or_else(|| slot_of(NONE)).unwrap_or(used);
                if slot == SLOTS {
                    return false;
                }
                used = used.max(slot + 1);
                held[slot] = child;
                step.slots.push(slot as u8);
                if choices.of(child as usize).last().is_some_and(|choice| choice.parent == parent) {
                    step.last |= 1 << bit;
                    step.expired |= 1 << slot;
                }
                if choices.null[child as usize] > f32::NEG_INFINITY {
                    step.free |= 1 << bit;
                }
            }
            step.find_later(judge, choices, &held[..used]);
            for (slot, holder) in held[..used].iter_mut().enumerate() {
                if step.expired >> slot & 1 == 1 {
                    *holder = NONE;
                }
            }
            step.held = held;
        }
        true
    }

    /// Scores all subsets. Returns how many there are.
    pub fn score(&mut self, judge: &mut Judge<'_>, question: &Question<'_>) -> usize {
        self.subsets.clear();
        self.weights.clear();
        self.ln_weights.clear();
        self.null_weights.clear();
        self.ln_null_weights.clear();
        self.slots.clear();
        self.gains.clear();
        for step in &self.steps[..self.len] {
            self.subsets.push(judge, step.parent, &step.children);
            let scores = &self.subsets.scores[step.begin..];
            let best = scores.iter().copied().fold(f32::MIN, f32::max);
            self.ln_weights.extend(scores.iter().map(|score| question.beta * (score - best)));
            let weight = |&ln_weight: &f32| exp(f64::from(ln_weight));
            self.weights.extend(self.ln_weights[step.begin..].iter().map(weight));
            self.slots.push(0);
            self.ln_null_weights.push(0.0);
            self.null_weights.push(1.0);
            // Each child makes twice as many subsets: those before it, without it and with it.
            for (bit, &child) in step.children.iter().enumerate() {
                let may_be_null = (step.last & step.free) >> bit & 1 == 1;
                let null = if may_be_null { question.choices.null[child as usize] } else { 0.0 };
                let ln_null = question.beta * null;
                let null = exp(f64::from(ln_null));
                let slot = 1 << step.slots[bit];
                for subset in step.begin..step.begin + (1 << bit) {
                    self.slots.push(self.slots[subset] | slot);
                    self.ln_null_weights.push(self.ln_null_weights[subset] + ln_null);
                    self.null_weights.push(self.null_weights[subset] * null);
                }
                self.gains.push((child, question.beta * (scores[1 << bit] - scores[0])));
            }
        }
        // The best gain of each child comes first, and stays.
        self.gains.sort_unstable_by(|(a, a_gain), (b, b_gain)| a.cmp(b).then(b_gain.total_cmp(a_gain)));
        self.gains.dedup_by_key(|(child, _)| *child);
        self.subsets.scores.len()
    }

    pub fn steps(&self) -> &[Step] {
        &self.steps[..self.len]
    }

    /// What the children that hold slots behind a parent, and have no parent yet, may still gain.
    pub fn gain_ahead(&self, place: usize, mask: u16) -> f32 {
        let held = self.steps[place].held.iter().enumerate();
        held.filter(|&(slot, &child)| child != NONE && mask >> slot & 1 == 0)
            .filter_map(|(_, child)| self.gains.binary_search_by_key(child, |&(child, _)| child).ok())
            .map(|found| self.gains[found].1)
            .sum()
    }

    /// Visits all ways on from a mask before a parent.
    #[inline]
    pub fn each_way(&self, place: usize, beta: f32, mask: u16, mut visit: impl FnMut(Way)) {
        let step = &self.steps[place];
        let mut open = 0usize;
        for (bit, &slot) in step.slots.iter().enumerate() {
            open |= (usize::from(!mask >> slot) & 1) << bit;
        }
        let must = open & step.last & !step.free;
        let optional = open & !must;
        let nullable = open & step.last & step.free;
        let mut penalty = [0f32; MAX_AMBIGUOUS];
        let mut overtaking = 0usize;
        if step.has_order {
            for (bit, penalty) in penalty.iter_mut().enumerate() {
                let overtaken = (mask & step.later[bit]).count_ones();
                if overtaken > 0 && open >> bit & 1 == 1 {
                    *penalty = beta * step.order[bit] * overtaken as f32;
                    overtaking |= 1 << bit;
                }
            }
        }
        let mut subset = optional;
        loop {
            let taken = must | subset;
            let at = step.begin + taken;
            let left = step.begin + (nullable & !taken);
            let mut weight = self.weights[at] * self.null_weights[left];
            let mut ln_weight = self.ln_weights[at] + self.ln_null_weights[left];
            let mut overtakes = taken & overtaking & usize::from(self.subsets.fan_outs[at]);
            if overtakes != 0 {
                let mut sum = 0.0;
                while overtakes != 0 {
                    sum += penalty[overtakes.trailing_zeros() as usize];
                    overtakes &= overtakes - 1;
                }
                ln_weight -= sum;
                weight *= exp(f64::from(-sum));
            }
            let mask = (mask | self.slots[at]) & !step.expired;
            visit(Way { subset: taken, mask, weight, ln_weight });
            if subset == 0 {
                return;
            }
            subset = (subset - 1) & optional;
        }
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let step = |step: &Step| of_vec(&step.children) + of_vec(&step.slots);
        self.subsets.memory_bytes()
            + of_vec(&self.steps)
            + self.steps.iter().map(step).sum::<usize>()
            + of_vec(&self.weights)
            + of_vec(&self.ln_weights)
            + of_vec(&self.null_weights)
            + of_vec(&self.ln_null_weights)
            + of_vec(&self.slots)
            + of_vec(&self.gains)
    }
}

impl Step {
    /// Finds which children would be overtaken by which.
    fn find_later(&mut self, judge: &Judge<'_>, choices: &Choices, held: &[u32]) {
        self.has_order = false;
        let start = |parent: u32| judge.parents[parent as usize].start;
        for (bit, &child) in self.children.iter().enumerate() {
            self.later[bit] = 0;
            self.order[bit] = judge.order_of(self.parent, child);
            if self.order[bit] <= MIN_ORDER {
                continue;
            }
            let own = &judge.children[child as usize];
            for (slot, &other) in held.iter().enumerate().filter(|(_, &other)| other != NONE) {
                let call = &judge.children[other as usize];
                let beside = choices
                    .of(other as usize)
                    .iter()
                    .any(|choice| choice.parent < self.parent && start(choice.parent) == start(self.parent));
                if call.kind == own.kind && call.start > own.start && !beside {
                    self.later[bit] |= 1 << slot;
                    self.has_order = true;
                }
            }
        }
    }
}
