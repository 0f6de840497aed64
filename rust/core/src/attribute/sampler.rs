//! The sampler: decides the parts that are too large for the exact solver, by moves of a Markov chain.

use super::choices::Choices;
use super::effort;
use super::judge::Judge;
use super::lists::{Change, MovingLists};
use super::math::exp;
use super::random::Random;
use super::scene::NONE;
use super::tally::Tally;

/// Children that are exchanged between two parents at once, at most.
const MAX_TAIL: usize = 64;
/// Children of a kind before and behind one whose order is looked at.
const NEIGHBOURS: usize = 3;
/// Inverse temperature at which marginals are taken.
const MARGINAL_BETA: f32 = 0.7;
/// Marginal from which on a child is settled.
const SETTLED: f32 = 0.99;
/// Inverse temperature of the last sweeps.
const COLD_BETA: f32 = 50.0;
const COLD_SWEEPS: usize = 3;

/// The sampler's memory, used again from window to window.
#[derive(Debug, Default)]
pub struct Sampler {
    lists: MovingLists,
    /// The children that move, in canonical order.
    moving: Vec<u32>,
    /// The child of the same kind before and behind each.
    before: Vec<u32>,
    behind: Vec<u32>,
    /// Sums of the weights by choice, and for no parent by child.
    sums: Vec<f32>,
    null_sums: Vec<f32>,
    gains: Vec<f32>,
    fits: Vec<u32>,
    first: Vec<u32>,
    second: Vec<u32>,
    /// Children that change their parent in a proposal.
    changing: Vec<u32>,
    has_order: bool,
}

/// What the moves depend on beside the lists.
pub struct Moves<'a, 'b> {
    pub judge: &'a mut Judge<'b>,
    pub choices: &'a Choices,
    /// The parent of each child: the state of the chain.
    pub links: &'a mut [u32],
    pub random: &'a mut Random,
}

impl Sampler {
    /// Takes up parts: their parents and children. The chain begins at `links`.
    pub fn begin(&mut self, judge: &mut Judge<'_>, parents: &[u32], children: &[u32], links: &[u32]) {
        self.lists.begin(judge, parents.iter().copied());
        self.moving.clear();
        self.moving.extend_from_slice(children);
        self.moving.sort_unstable();
        for &child in &self.moving {
            if links[child as usize] != NONE {
                self.lists.insert(links[child as usize], child);
            }
        }
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
        self.lists.rescore(judge);
    }

    /// Units of work of a sweep.
    pub fn sweep_cost(&self, choices: &Choices) -> f64 {
        let cost = |&child: &u32| {
            let of = choices.of(child as usize);
            let listed: usize = of.iter().map(|choice| self.lists.children(choice.parent).len()).sum();
            effort::of_child(of.len(), listed as f64 / of.len() as f64)
        };
        self.moving.iter().map(cost).sum()
    }

    /// Learns: half of the sweeps to warm up, half to count. Without sweeps it counts what is.
    pub fn expect(&mut self, moves: &mut Moves<'_, '_>, sweeps: usize, beta: f32, tally: &mut Tally) {
        self.prepare(moves);
        let half = sweeps / 2;
        for sweep in 0..half {
            let warmth = (sweep + 1) as f32 / half as f32;
            self.sweep(moves, beta * (0.3 + 0.7 * warmth), false);
        }
        for _ in 0..half {
            self.sweep(moves, beta, false);
            self.count(moves.judge, tally, 1.0 / half as f32);
        }
        if half == 0 {
            self.count(moves.judge, tally, 1.0);
        }
    }

    fn count(&self, judge: &mut Judge<'_>, tally: &mut Tally, weight: f32) {
        for (parent, children) in self.lists.all() {
            let parent = &judge.parents[parent as usize];
            if parent.teaches() {
                tally.add_list(judge.automaton, parent, children, judge.children, weight);
            }
        }
    }

    /// Decides: the marginals of what the links are at the end.
    pub fn decide(&mut self, moves: &mut Moves<'_, '_>, sweeps: usize, marginal: &mut [f32]) {
        self.prepare(moves);
        for _ in 0..sweeps * 2 / 3 {
            self.sweep(moves, MARGINAL_BETA, false);
        }
        self.sums.clear();
        self.sums.resize(moves.choices.len(), 0.0);
        self.null_sums.clear();
        self.null_sums.resize(moves.links.len(), 0.0);
        for _ in 0..sweeps {
            self.sweep(moves, MARGINAL_BETA, true);
        }
        let settled = |child: u32| self.share(moves, child, sweeps) >= SETTLED;
        let moving: Vec<u32> = self.moving.iter().copied().filter(|&child| !settled(child)).collect();
        let all = std::mem::replace(&mut self.moving, moving);
        for sweep in 0..sweeps {
            let cold = sweep + COLD_SWEEPS >= sweeps;
            self.sweep(moves, if cold { COLD_BETA } else { (sweep + 1) as f32 }, false);
        }
        self.moving = all;
        for &child in &self.moving {
            marginal[child as usize] = self.share(moves, child, sweeps);
        }
    }

    /// The marginal of a child's present link.
    fn share(&self, moves: &Moves<'_, '_>, child: u32, sweeps: usize) -> f32 {
        let sum = match moves.links[child as usize] {
            NONE => self.null_sums[child as usize],
            parent => {
                let range = moves.choices.range(child as usize);
                let found =
                    moves.choices.of(child as usize).iter().position(|choice| choice.parent == parent);
                found.map_or(0.0, |place| self.sums[range.start + place])
            }
        };
        sum / sweeps.max(1) as f32
    }

    fn prepare(&mut self, moves: &mut Moves<'_, '_>) {
        self.has_order = moves.judge.order.iter().any(|&order| order > 0.05);
        self.lists.rescore(moves.judge);
    }

    fn sweep(&mut self, moves: &mut Moves<'_, '_>, beta: f32, record: bool) {
        for place in 0..self.moving.len() {
            let child = self.moving[place];
            self.move_one(moves, child, beta, record);
            let choices = moves.choices.of(child as usize);
            let own = moves.links[child as usize];
            if choices.len() < 2 || own == NONE {
                continue;
            }
            let other = choices[moves.random.below(choices.len())].parent;
            if other != own {
                self.swap(moves, child, own, other, beta);
            }
            let own = moves.links[child as usize];
            let other = choices[moves.random.below(choices.len())].parent;
            if other != own {
                self.exchange_tails(moves, child, own, other, beta);
            }
        }
    }

    /// Draws the parent of a child anew.
    fn move_one(&mut self, moves: &mut Moves<'_, '_>, child: u32, beta: f32, record: bool) {
        let choices = moves.choices.of(child as usize);
        let own = moves.links[child as usize];
        self.gains.clear();
        for choice in choices {
            let parent = choice.parent;
            let place = self.lists.children(parent).partition_point(|&other| other < child);
            let (gain, follows) = if parent == own {
                let change = Change { from: place, rest: place + 1 };
                let (without, _) = self.lists.score_with(moves.judge, parent, change, &[]);
                (self.lists.score(parent) - without, self.lists.is_fan_out[child as usize])
            } else {
                let change = Change { from: place, rest: place };
                let (with, follows) = self.lists.score_with(moves.judge, parent, change, &[child]);
                (with - self.lists.score(parent), follows)
            };
            let order = if self.has_order { self.disorder(moves, child, parent, follows, &[]) } else { 0.0 };
            self.gains.push(gain - order);
        }
        self.gains.push(moves.choices.null[child as usize]);
        let most = self.gains.iter().copied().fold(f32::MIN, f32::max);
        let mut sum = 0.0;
        for gain in &mut self.gains {
            *gain = exp(f64::from(beta * (*gain - most))) as f32;
            sum += *gain;
        }
        if record {
            let begin = moves.choices.range(child as usize).start;
            for (place, weight) in self.gains[..choices.len()].iter().enumerate() {
                self.sums[begin + place] += weight / sum;
            }
            self.null_sums[child as usize] += self.gains[choices.len()] / sum;
        }
        let mut left = moves.random.unit() as f32 * sum;
        let drawn = self.gains.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        let chosen = drawn.and_then(|place| choices.get(place)).map_or(NONE, |choice| choice.parent);
        if chosen != own {
            self.set(moves, child, own, chosen);
        }
    }

    fn set(&mut self, moves: &mut Moves<'_, '_>, child: u32, from: u32, to: u32) {
        if from != NONE {
            let place = self.lists.children(from).partition_point(|&other| other < child);
            self.lists.apply(moves.judge, from, Change { from: place, rest: place + 1 }, &[]);
        }
        if to != NONE {
            let place = self.lists.children(to).partition_point(|&other| other < child);
            self.lists.apply(moves.judge, to, Change { from: place, rest: place }, &[child]);
        }
        moves.links[child as usize] = to;
    }

    /// What it costs that a child of this parent overtakes others of its kind or is overtaken. What it
    /// costs those of `counted` that come before it is left out.
    fn disorder(
        &self,
        moves: &Moves<'_, '_>,
        child: u32,
        parent: u32,
        follows: bool,
        counted: &[u32],
    ) -> f32 {
        let judge = &*moves.judge;
        let start = |parent: u32| judge.parents[parent as usize].start;
        let mut sum = 0.0;
        let mut at = self.behind[child as usize];
        for _ in 0..NEIGHBOURS {
            if at == NONE {
                break;
            }
            let other = moves.links[at as usize];
            let later = judge.children[at as usize].start > judge.children[child as usize].start;
            if follows && later && other != NONE && start(other) < start(parent) {
                sum += judge.order_of(parent, child);
            }
            at = self.behind[at as usize];
        }
        let mut at = self.before[child as usize];
        for _ in 0..NEIGHBOURS {
            if at == NONE {
                break;
            }
            let other = moves.links[at as usize];
            let earlier = judge.children[at as usize].start < judge.children[child as usize].start;
            let is_counted = counted.binary_search(&at).is_ok();
            if earlier
                && !is_counted
                && other != NONE
                && start(other) > start(parent)
                && self.lists.is_fan_out[at as usize]
            {
                sum += judge.order_of(other, at);
            }
            at = self.before[at as usize];
        }
        sum
    }

    /// Exchanges a child with one of the same kind of another parent.
    fn swap(&mut self, moves: &mut Moves<'_, '_>, child: u32, own: u32, other: u32, beta: f32) {
        let kind = moves.judge.children[child as usize].kind;
        self.fits.clear();
        for &fit in self.lists.children(other) {
            let fits = moves.judge.children[fit as usize].kind == kind
                && moves.choices.of(fit as usize).iter().any(|choice| choice.parent == own)
                && self.moving.binary_search(&fit).is_ok();
            if fits {
                self.fits.push(fit);
            }
        }
        if self.fits.is_empty() {
            return;
        }
        let fit = self.fits[moves.random.below(self.fits.len())];
        let from = child.min(fit);
        let until = child.max(fit);
        self.first.clear();
        self.second.clear();
        exchange(self.lists.children(own), child, fit, from, until, &mut self.first);
        exchange(self.lists.children(other), fit, child, from, until, &mut self.second);
        self.changing.clear();
        self.changing.extend([from, until]);
        self.propose(moves, own, other, from, until + 1, beta);
    }

    /// Exchanges all that moves from a child on between two parents.
    fn exchange_tails(&mut self, moves: &mut Moves<'_, '_>, child: u32, own: u32, other: u32, beta: f32) {
        self.changing.clear();
        for (from, to) in [(own, other), (other, own)] {
            let list = self.lists.children(from);
            let begin = list.partition_point(|&at| at < child);
            for &at in &list[begin..] {
                if self.moving.binary_search(&at).is_err() {
                    continue;
                }
                let fits = moves.choices.of(at as usize).iter().any(|choice| choice.parent == to);
                if !fits || self.changing.len() == MAX_TAIL {
                    return;
                }
                self.changing.push(at);
            }
        }
        self.changing.sort_unstable();
        let (own_list, other_list) = (self.lists.children(own), self.lists.children(other));
        let until = self.changing.last().map_or(child, |&last| last) + 1;
        self.first.clear();
        self.second.clear();
        for (list, out, into) in [(own_list, 0, 1), (other_list, 1, 0)] {
            let begin = list.partition_point(|&at| at < child);
            let end = list.partition_point(|&at| at < until);
            for &at in &list[begin..end] {
                let place = if self.changing.binary_search(&at).is_ok() { into } else { out };
                if place == 0 { &mut self.first } else { &mut self.second }.push(at);
            }
        }
        self.first.sort_unstable();
        self.second.sort_unstable();
        self.propose(moves, own, other, child, until, beta);
    }

    /// Replaces what two parents have between these children by `first` and `second`, if chance agrees.
    fn propose(&mut self, moves: &mut Moves<'_, '_>, own: u32, other: u32, from: u32, until: u32, beta: f32) {
        let change = |list: &[u32]| Change {
            from: list.partition_point(|&at| at < from),
            rest: list.partition_point(|&at| at < until),
        };
        let own_change = change(self.lists.children(own));
        let other_change = change(self.lists.children(other));
        let (first, second) = (std::mem::take(&mut self.first), std::mem::take(&mut self.second));
        let mut gain = self.lists.score_with(moves.judge, own, own_change, &first).0 - self.lists.score(own);
        gain += self.lists.score_with(moves.judge, other, other_change, &second).0 - self.lists.score(other);
        if self.has_order {
            gain += self.disorder_of_changing(moves);
            self.flip(moves, own, other);
            gain -= self.disorder_of_changing(moves);
            self.flip(moves, own, other);
        }
        let chance = moves.random.unit();
        if gain >= 0.0 || chance < exp(f64::from(beta * gain)) {
            self.lists.apply(moves.judge, own, own_change, &first);
            self.lists.apply(moves.judge, other, other_change, &second);
            self.flip(moves, own, other);
        }
        (self.first, self.second) = (first, second);
    }

    fn flip(&self, moves: &mut Moves<'_, '_>, own: u32, other: u32) {
        for &child in &self.changing {
            let link = &mut moves.links[child as usize];
            *link = if *link == own { other } else { own };
        }
    }

    fn disorder_of_changing(&self, moves: &Moves<'_, '_>) -> f32 {
        let of = |&child: &u32| {
            let follows = self.lists.is_fan_out[child as usize];
            self.disorder(moves, child, moves.links[child as usize], follows, &self.changing)
        };
        self.changing.iter().map(of).sum()
    }
}

/// Appends the part of a list between two children, with `gone` replaced by `come`.
fn exchange(list: &[u32], gone: u32, come: u32, from: u32, until: u32, out: &mut Vec<u32>) {
    let begin = list.partition_point(|&at| at < from);
    let end = list.partition_point(|&at| at <= until);
    out.extend(list[begin..end].iter().copied().filter(|&at| at != gone));
    let place = out.partition_point(|&at| at < come);
    out.insert(place, come);
}
