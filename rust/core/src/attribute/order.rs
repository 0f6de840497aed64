//! How much calls of a kind are served in the order in which they came.

use super::children::Lists;
use super::choices::Choices;
use super::judge::Judge;
use super::lists::MovingLists;
use super::math::exp;
use super::scene::{Parent, NONE};
use super::tally::{is_fan_out, reference};
use crate::memory::of_vec;

/// What is assumed of the log odds of order before anything is seen; its deviation is 1, too.
const PRIOR_ORDER: f32 = 1.0;
/// Pairs of kinds that were never compared have 0, those that were at least this.
const MIN_COMPARED: f32 = 0.02;
const MAX_ORDER: f32 = 4.0;
/// Children of a kind behind one that are looked at.
const PLACES: usize = 2;
/// Children of a kind before and behind one that it may overtake or that may overtake it.
const NEIGHBOURS: usize = 3;
/// Log odds below which order does not matter.
pub const MIN_ORDER: f32 = 0.05;

/// Children of a kind that one may overtake or that may overtake it, and can have changed places with it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Neighbours {
    /// Starts of the parents of those behind it.
    behind: [i32; NEIGHBOURS],
    behind_len: usize,
    /// Starts of the parents of those before it, and their log odds of order.
    before: [(i32, f32); NEIGHBOURS],
    before_len: usize,
}

impl Neighbours {
    /// What it costs that the child overtakes others or is overtaken, if it is of this parent and has these log odds
    /// of order with it.
    #[inline]
    pub fn disorder(&self, parent: &Parent, order: f32, follows: bool) -> f32 {
        if order <= MIN_ORDER {
            return 0.0;
        }
        let mut sum = 0.0;
        if follows {
            for &start in &self.behind[..self.behind_len] {
                sum += if start < parent.start { order } else { 0.0 };
            }
        }
        for &(start, order) in &self.before[..self.before_len] {
            sum += if start > parent.start { order } else { 0.0 };
        }
        sum
    }
}

/// The children of each kind in order.
#[derive(Debug, Default)]
pub struct Sequence {
    /// The child of the same kind before and behind each.
    before: Vec<u32>,
    behind: Vec<u32>,
}

impl Sequence {
    pub fn begin(&mut self, judge: &Judge<'_>) {
        let mut last = vec![NONE; judge.layout.callees];
        self.before.clear();
        self.behind.clear();
        self.behind.resize(judge.children.len(), NONE);
        for (child, call) in judge.children.iter().enumerate() {
            let last = &mut last[call.kind as usize];
            self.before.push(*last);
            if *last != NONE {
                self.behind[*last as usize] = child as u32;
            }
            *last = child as u32;
        }
    }

    /// The neighbours of a child with their parents of the moment, without those of `counted` that come before it.
    #[inline]
    pub fn neighbours(
        &self,
        judge: &Judge<'_>,
        links: &[u32],
        lists: &MovingLists,
        child: u32,
        counted: &[u32],
    ) -> Neighbours {
        let mut found = Neighbours::default();
        let start = judge.children[child as usize].start;
        let mut at = self.behind[child as usize];
        for _ in 0..NEIGHBOURS {
            if at == NONE {
                break;
            }
            let parent = links[at as usize];
            if parent != NONE && judge.children[at as usize].start > start {
                found.behind[found.behind_len] = judge.parents[parent as usize].start;
                found.behind_len += 1;
            }
            at = self.behind[at as usize];
        }
        let mut at = self.before[child as usize];
        for _ in 0..NEIGHBOURS {
            if at == NONE {
                break;
            }
            let parent = links[at as usize];
            if parent != NONE
                && lists.is_fan_out[at as usize]
                && judge.children[at as usize].start < start
                && !counted.contains(&at)
            {
                let parent_start = judge.parents[parent as usize].start;
                found.before[found.before_len] = (parent_start, judge.order_of(parent, at));
                found.before_len += 1;
            }
            at = self.before[at as usize];
        }
        found
    }

    /// The children whose order may depend on this one.
    pub fn each_neighbour(&self, child: u32, mut visit: impl FnMut(u32)) {
        for next in [&self.before, &self.behind] {
            let mut at = next[child as usize];
            for _ in 0..NEIGHBOURS {
                if at == NONE {
                    break;
                }
                visit(at);
                at = next[at as usize];
            }
        }
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.before) + of_vec(&self.behind)
    }
}

/// Slope and curvature of the likelihood of a pair of kinds.
#[derive(Debug, Clone, Copy, Default)]
struct Slope {
    pairs: u32,
    slope: f32,
    curvature: f32,
}

/// Makes one Newton step on the log odds of each pair of kinds, by children that could have changed places.
pub fn learn(judge: &mut Judge<'_>, choices: &Choices, links: &[u32], lists: &mut Lists, order: &mut [f32]) {
    lists.gather(judge.parents.len(), links);
    let follows = fan_outs(judge, lists);
    let mut slopes = vec![Slope::default(); order.len()];
    let mut recent = vec![[NONE; PLACES]; judge.layout.callees];
    for child in 0..judge.children.len() {
        if !follows[child] {
            continue;
        }
        let recent = &mut recent[judge.children[child].kind as usize];
        for &other in recent.iter().filter(|&&other| other != NONE) {
            compare(judge, choices, links, other as usize, child, order, &mut slopes);
        }
        recent.rotate_right(1);
        recent[0] = child as u32;
    }
    for (order, slope) in order.iter_mut().zip(&slopes).filter(|(_, slope)| slope.pairs > 0) {
        let known = assumed(*order);
        let step = (slope.slope - (known - PRIOR_ORDER)) / (slope.curvature + 1.0);
        *order = (known + step).clamp(MIN_COMPARED, MAX_ORDER);
    }
}

/// Whether each child follows from a start where it is.
fn fan_outs(judge: &Judge<'_>, lists: &Lists) -> Vec<bool> {
    let mut follows = vec![false; judge.children.len()];
    for (place, parent) in judge.parents.iter().enumerate() {
        let list = lists.of(place);
        for (at, &child) in list.iter().enumerate() {
            let start = judge.children[child as usize].start;
            let (reference, _) = reference(judge.layout, parent, &list[..at], judge.children, start);
            follows[child as usize] = is_fan_out(judge.layout, reference);
        }
    }
    follows
}

/// Compares two children of a kind, the first of which starts no later, with their parents exchanged.
fn compare(
    judge: &mut Judge<'_>,
    choices: &Choices,
    links: &[u32],
    first: usize,
    second: usize,
    order: &[f32],
    slopes: &mut [Slope],
) {
    let (first_link, second_link) = (links[first], links[second]);
    if first_link == NONE || second_link == NONE || first_link == second_link {
        return;
    }
    let can = |child: usize, parent: u32| choices.of(child).iter().any(|choice| choice.parent == parent);
    if !can(first, second_link) || !can(second, first_link) {
        return;
    }
    let (a, b) = (&judge.parents[first_link as usize], &judge.parents[second_link as usize]);
    let (c, d) = (&judge.children[first], &judge.children[second]);
    if a.kind != b.kind || a.start == b.start || c.start == d.start {
        return;
    }
    let inverted = a.start > b.start;
    let (early, late) = if inverted { (b, a) } else { (a, b) };
    let mut ln_start = |parent, child| judge.frozen.ln_start(parent, child);
    let odds = ln_start(late, c) + ln_start(early, d) - ln_start(early, c) - ln_start(late, d);
    let pair = judge.layout.pair(a.kind, c.kind);
    let p = 1.0 / (1.0 + exp(f64::from(assumed(order[pair]) - odds))) as f32;
    let slope = &mut slopes[pair];
    slope.pairs += 1;
    slope.slope += p - f32::from(u8::from(inverted));
    slope.curvature += p * (1.0 - p);
}

/// Log odds from which a step is made.
fn assumed(order: f32) -> f32 {
    if order < MIN_COMPARED {
        PRIOR_ORDER
    } else {
        order
    }
}
