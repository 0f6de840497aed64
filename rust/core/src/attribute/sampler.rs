//! The sampler: decides the parts that are too large for the exact solver, by moves of a Markov chain.

use super::choices::Choices;
use super::effort::{self, Meter};
use super::exchanges::Exchanges;
use super::judge::Judge;
use super::lists::{Change, MovingLists};
use super::math::exp_f32;
use super::moves::Moves;
use super::order::{Sequence, MIN_ORDER};
use super::scene::NONE;
use super::tally::Tally;
use crate::memory::of_vec;

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
    sequence: Sequence,
    /// Sums of the weights by choice, and for no parent by child.
    sums: Vec<f32>,
    null_sums: Vec<f32>,
    known: Vec<Gain>,
    /// The weights of the choices of each child, and behind them that of no parent.
    weights: Vec<f32>,
    /// What is known of each child.
    states: Vec<State>,
    exchanges: Exchanges,
    has_order: bool,
}

/// What a child gains by a choice, as long as the list is that of this version.
#[derive(Debug, Clone, Copy, Default)]
struct Gain {
    version: u32,
    gain: f32,
    /// Whether the child would follow from a start.
    follows: bool,
    /// What it costs that calls of its kind would be served out of order, while its neighbours are where they are.
    disorder: f32,
}

/// What is known of a child.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// Whether its neighbours are where they were when the disorder of its choices was found.
    is_settled: bool,
    /// The inverse temperature of its weights; 0 if they are not known.
    beta: f32,
    /// The sum of its weights.
    sum: f32,
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
        self.sequence.begin(judge);
        self.lists.rescore(judge);
    }

    /// Units of work of a sweep.
    pub fn sweep_cost(&self, choices: &Choices) -> f64 {
        let cost = |&child: &u32| {
            let of = choices.of(child as usize);
            let listed: usize = of.iter().map(|choice| self.lists.children(choice.parent).len()).sum();
            effort::of_child(of.len(), listed as f64 / of.len().max(1) as f64)
        };
        self.moving.iter().map(cost).sum()
    }

    /// Learns: half of the sweeps to warm up, half to count. Without sweeps it counts what is.
    pub fn expect(&mut self, moves: &mut Moves<'_, '_>, sweeps: usize, beta: f32, tally: &mut Tally) {
        self.prepare(moves);
        let half = sweeps / 2;
        self.sweeps(moves, half, |sweep| beta * (0.3 + 0.7 * (sweep + 1) as f32 / half as f32), false);
        let mut meter = self.meter(moves, half);
        let mut counted = 0;
        while counted < half {
            self.sweep(moves, beta, false);
            self.count(moves.judge, tally, 1.0 / half as f32);
            counted += 1;
            if !meter.goes_on(moves.judge.spent()) {
                break;
            }
        }
        if counted < half || half == 0 {
            self.count(moves.judge, tally, 1.0 - counted as f32 / half.max(1) as f32);
        }
    }

    /// Sweeps at the temperatures of their numbers, fewer if they cost too much. Returns how many it were.
    fn sweeps(
        &mut self,
        moves: &mut Moves<'_, '_>,
        sweeps: usize,
        beta: impl Fn(usize) -> f32,
        record: bool,
    ) -> usize {
        let mut meter = self.meter(moves, sweeps);
        for sweep in 0..sweeps {
            self.sweep(moves, beta(sweep), record);
            if !meter.goes_on(moves.judge.spent()) {
                return sweep + 1;
            }
        }
        sweeps
    }

    fn meter(&self, moves: &Moves<'_, '_>, sweeps: usize) -> Meter {
        Meter::begin(sweeps, self.sweep_cost(moves.choices), moves.judge.spent())
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
        self.sweeps(moves, sweeps * 2 / 3, |_| MARGINAL_BETA, false);
        self.sums.clear();
        self.sums.resize(moves.choices.len(), 0.0);
        self.null_sums.clear();
        self.null_sums.resize(moves.links.len(), 0.0);
        let recorded = self.sweeps(moves, sweeps, |_| MARGINAL_BETA, true);
        let settled = |child: u32| self.share(moves, child, recorded) >= SETTLED;
        let moving: Vec<u32> = self.moving.iter().copied().filter(|&child| !settled(child)).collect();
        let all = std::mem::replace(&mut self.moving, moving);
        self.exchanges.begin(moves, &self.moving);
        self.sweeps(moves, sweeps.saturating_sub(COLD_SWEEPS), |sweep| (sweep + 1) as f32, false);
        for _ in 0..COLD_SWEEPS.min(sweeps) {
            self.sweep(moves, COLD_BETA, false);
        }
        self.moving = all;
        for &child in &self.moving {
            marginal[child as usize] = self.share(moves, child, recorded);
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
        self.has_order = moves.judge.order.iter().any(|&order| order > MIN_ORDER);
        self.lists.rescore(moves.judge);
        self.known.clear();
        self.known.resize(moves.choices.len(), Gain::default());
        self.weights.resize(moves.choices.len() + moves.links.len(), 0.0);
        self.states.clear();
        self.states.resize(moves.links.len(), State::default());
        self.exchanges.begin(moves, &self.moving);
    }

    fn sweep(&mut self, moves: &mut Moves<'_, '_>, beta: f32, record: bool) {
        for place in 0..self.moving.len() {
            let child = self.moving[place];
            self.move_one(moves, child, beta, record);
            let Self { lists, exchanges, .. } = self;
            let order = self.has_order.then_some(&self.sequence);
            exchanges.swap(moves, lists, order, child, beta);
            exchanges.exchange_tails(moves, lists, order, child, beta);
            for changed in self.lists.changed.drain(..) {
                self.sequence.each_neighbour(changed, |near| self.states[near as usize].is_settled = false);
            }
        }
    }

    /// Draws the parent of a child anew.
    fn move_one(&mut self, moves: &mut Moves<'_, '_>, child: u32, beta: f32, record: bool) {
        let choices = moves.choices.of(child as usize);
        let begin = moves.choices.range(child as usize).start;
        let own = moves.links[child as usize];
        let is_same = self.look_up(moves, child, own);
        if !is_same || self.states[child as usize].beta != beta {
            self.weigh(moves, child, beta);
        }
        let sum = self.states[child as usize].sum;
        let at = begin + child as usize;
        let (weights, null_weight) =
            (&self.weights[at..at + choices.len()], self.weights[at + choices.len()]);
        if record {
            for (total, weight) in self.sums[begin..].iter_mut().zip(weights) {
                *total += weight / sum;
            }
            self.null_sums[child as usize] += null_weight / sum;
        }
        let mut left = moves.random.unit() as f32 * sum;
        let drawn = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        let chosen = drawn.map_or(NONE, |place| choices[place].parent);
        if chosen == own {
            return;
        }
        self.set(moves, child, own, chosen);
        // What it gains by the list that it left, and by that which it is in now, is the same.
        for (place, choice) in choices.iter().enumerate() {
            if choice.parent == own || choice.parent == chosen {
                self.known[begin + place].version = self.lists.version(choice.parent);
            }
        }
    }

    /// Finds what the child gains by each choice; true if all was known.
    fn look_up(&mut self, moves: &mut Moves<'_, '_>, child: u32, own: u32) -> bool {
        let begin = moves.choices.range(child as usize).start;
        let is_settled = self.states[child as usize].is_settled || !self.has_order;
        let mut is_same = is_settled;
        let mut neighbours = None;
        for (place, choice) in moves.choices.of(child as usize).iter().enumerate() {
            let mut known = self.known[begin + place];
            let is_known = known.version == self.lists.version(choice.parent);
            if is_known && is_settled {
                continue;
            }
            is_same = false;
            if !is_known {
                known = self.gain(moves, child, choice.parent, choice.parent == own);
            }
            if self.has_order {
                let Self { lists, sequence, .. } = self;
                let neighbours = neighbours
                    .get_or_insert_with(|| sequence.neighbours(moves.judge, moves.links, lists, child, &[]));
                let odds = moves.judge.order_of(choice.parent, child);
                let parent = &moves.judge.parents[choice.parent as usize];
                known.disorder = neighbours.disorder(parent, odds, known.follows);
            }
            self.known[begin + place] = known;
        }
        self.states[child as usize].is_settled = true;
        is_same
    }

    /// Makes the weights of a child's choices.
    fn weigh(&mut self, moves: &Moves<'_, '_>, child: u32, beta: f32) {
        let range = moves.choices.range(child as usize);
        let at = range.start + child as usize;
        let weights = &mut self.weights[at..=at + range.len()];
        for (weight, known) in weights.iter_mut().zip(&self.known[range.clone()]) {
            *weight = known.gain - known.disorder;
        }
        weights[range.len()] = moves.choices.null[child as usize];
        let most = weights.iter().copied().fold(f32::MIN, f32::max);
        let mut sum = 0.0;
        for weight in weights {
            *weight = exp_f32(beta * (*weight - most));
            sum += *weight;
        }
        self.states[child as usize] = State { is_settled: true, beta, sum };
    }

    /// What a child gains by a parent, in whose list it is or not.
    fn gain(&mut self, moves: &mut Moves<'_, '_>, child: u32, parent: u32, is_own: bool) -> Gain {
        let place = self.lists.children(parent).partition_point(|&other| other < child);
        let version = self.lists.version(parent);
        let score = self.lists.score(parent);
        let lists = &mut self.lists;
        if is_own {
            let change = Change { from: place, rest: place + 1 };
            let (without, _) = lists.score_with(moves.judge, parent, change, &[]);
            let follows = lists.is_fan_out[child as usize];
            Gain { version, gain: score - without, follows, disorder: 0.0 }
        } else {
            let change = Change { from: place, rest: place };
            let (with, follows) = lists.score_with(moves.judge, parent, change, &[child]);
            Gain { version, gain: with - score, follows, disorder: 0.0 }
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
        self.lists.changed.push(child);
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.lists.memory_bytes()
            + self.sequence.memory_bytes()
            + self.exchanges.memory_bytes()
            + of_vec(&self.moving)
            + of_vec(&self.sums)
            + of_vec(&self.null_sums)
            + of_vec(&self.known)
            + of_vec(&self.weights)
            + of_vec(&self.states)
    }
}
