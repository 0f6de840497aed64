//! Exchanges of children between two parents: moves of the sampler that one child cannot make alone.

use super::lists::{Change, MovingLists};
use super::math::ln_f32;
use super::moves::Moves;
use super::order::Sequence;
use super::scene::NONE;
use crate::memory::of_vec;

/// Children that are exchanged at once, at most.
const MAX_TAIL: usize = 64;
/// What order can add to a gain, about.
const MAX_ORDER_GAIN: f32 = 12.0;

/// What an exchange gains, as long as both lists are of these versions.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    own: u32,
    other: u32,
    gain: f32,
    /// The child that is swapped for, or [`NONE`] if none can be.
    fit: u32,
}

/// Proposes exchanges.
#[derive(Debug, Default)]
pub struct Exchanges {
    /// By choice.
    swaps: Vec<Known>,
    tails: Vec<Known>,
    is_moving: Vec<bool>,
    fits: Vec<u32>,
    first: Vec<u32>,
    second: Vec<u32>,
    /// The children that change their parents, in order.
    changing: Vec<u32>,
}

/// Two parents between which is exchanged, and the choice of the child that leads to the other.
#[derive(Debug, Clone, Copy)]
struct Pair {
    own: u32,
    other: u32,
    place: usize,
}

impl Exchanges {
    /// Forgets what is known; only these children move.
    pub fn begin(&mut self, moves: &Moves<'_, '_>, moving: &[u32]) {
        for known in [&mut self.swaps, &mut self.tails] {
            known.clear();
            known.resize(moves.choices.len(), Known::default());
        }
        self.is_moving.clear();
        self.is_moving.resize(moves.links.len(), false);
        for &child in moving {
            self.is_moving[child as usize] = true;
        }
    }

    /// Draws another parent of a child; none if the same is drawn.
    fn draw(moves: &mut Moves<'_, '_>, child: u32) -> Option<Pair> {
        let own = moves.links[child as usize];
        let range = moves.choices.range(child as usize);
        if own == NONE || range.len() < 2 {
            return None;
        }
        let drawn = moves.random.below(range.len());
        let other = moves.choices.of(child as usize)[drawn].parent;
        (other != own).then_some(Pair { own, other, place: range.start + drawn })
    }

    /// Exchanges a child with one of the same kind of another parent, if chance agrees.
    pub fn swap(
        &mut self,
        moves: &mut Moves<'_, '_>,
        lists: &mut MovingLists,
        order: Option<&Sequence>,
        child: u32,
        beta: f32,
    ) {
        let Some(pair) = Self::draw(moves, child) else { return };
        let known = self.swaps[pair.place];
        let is_known = (known.own, known.other) == (lists.version(pair.own), lists.version(pair.other));
        if !is_known {
            self.find_fits(moves, lists, child, pair);
        }
        let fit = match (is_known, self.fits.len()) {
            (true, _) => known.fit,
            (false, 0) => NONE,
            (false, 1) => self.fits[0],
            (false, count) => self.fits[moves.random.below(count)],
        };
        let floor = floor(moves, beta);
        if is_known && (fit == NONE || is_hopeless(known.gain, floor, order)) {
            return;
        }
        let mut gain = f32::NEG_INFINITY;
        if fit != NONE {
            self.lay_out_swap(lists, child, fit, pair);
            gain = if is_known { known.gain } else { self.gain(moves, lists, pair) };
        }
        if !is_known && self.fits.len() < 2 {
            let (own, other) = (lists.version(pair.own), lists.version(pair.other));
            self.swaps[pair.place] = Known { own, other, gain, fit };
        }
        if fit != NONE {
            self.settle(moves, lists, order, pair, gain, floor);
        }
    }

    /// Finds the children of the other parent that the child may be swapped for.
    fn find_fits(&mut self, moves: &Moves<'_, '_>, lists: &MovingLists, child: u32, pair: Pair) {
        let kind = moves.judge.children[child as usize].kind;
        self.fits.clear();
        for &fit in lists.children(pair.other) {
            if moves.judge.children[fit as usize].kind == kind
                && self.is_moving[fit as usize]
                && moves.choices.of(fit as usize).iter().any(|choice| choice.parent == pair.own)
            {
                self.fits.push(fit);
            }
        }
    }

    fn lay_out_swap(&mut self, lists: &MovingLists, child: u32, fit: u32, pair: Pair) {
        let (from, until) = (child.min(fit), child.max(fit));
        self.changing.clear();
        self.changing.extend([from, until]);
        for (list, gone, come, out) in [
            (lists.children(pair.own), child, fit, &mut self.first),
            (lists.children(pair.other), fit, child, &mut self.second),
        ] {
            out.clear();
            let begin = list.partition_point(|&at| at < from);
            let end = list.partition_point(|&at| at <= until);
            out.extend(list[begin..end].iter().copied().filter(|&at| at != gone));
            let place = out.partition_point(|&at| at < come);
            out.insert(place, come);
        }
    }

    /// Exchanges all that moves from a child on between two parents, if chance agrees.
    pub fn exchange_tails(
        &mut self,
        moves: &mut Moves<'_, '_>,
        lists: &mut MovingLists,
        order: Option<&Sequence>,
        child: u32,
        beta: f32,
    ) {
        let Some(pair) = Self::draw(moves, child) else { return };
        let versions = (lists.version(pair.own), lists.version(pair.other));
        let known = self.tails[pair.place];
        let is_known = (known.own, known.other) == versions;
        let floor = floor(moves, beta);
        if is_known && is_hopeless(known.gain, floor, order) {
            return;
        }
        let can = self.lay_out_tails(moves, lists, child, pair);
        let gain = match (can, is_known) {
            (false, _) => f32::NEG_INFINITY,
            (true, true) => known.gain,
            (true, false) => self.gain(moves, lists, pair),
        };
        self.tails[pair.place] = Known { own: versions.0, other: versions.1, gain, fit: NONE };
        if can {
            self.settle(moves, lists, order, pair, gain, floor);
        }
    }

    /// False if a child cannot go to the other parent, or there are too many.
    fn lay_out_tails(&mut self, moves: &Moves<'_, '_>, lists: &MovingLists, child: u32, pair: Pair) -> bool {
        self.changing.clear();
        let tail = |parent: u32| {
            let list = lists.children(parent);
            &list[list.partition_point(|&at| at < child)..]
        };
        for (from, to) in [(pair.own, pair.other), (pair.other, pair.own)] {
            for &at in tail(from).iter().filter(|&&at| self.is_moving[at as usize]) {
                let fits = moves.choices.of(at as usize).iter().any(|choice| choice.parent == to);
                if !fits || self.changing.len() == MAX_TAIL {
                    return false;
                }
                self.changing.push(at);
            }
        }
        self.changing.sort_unstable();
        let last = self.changing.last().map_or(child, |&last| last);
        self.first.clear();
        self.second.clear();
        for parent in [pair.own, pair.other] {
            for &at in tail(parent).iter().take_while(|&&at| at <= last) {
                let stays = !self.is_moving[at as usize];
                if stays == (parent == pair.own) { &mut self.first } else { &mut self.second }.push(at);
            }
        }
        self.first.sort_unstable();
        self.second.sort_unstable();
        true
    }

    /// What replaces the lists between the first and the last child that changes.
    fn changes(&self, lists: &MovingLists, pair: Pair) -> (Change, Change) {
        let (from, until) = (self.changing[0], self.changing[self.changing.len() - 1]);
        let change = |list: &[u32]| Change {
            from: list.partition_point(|&at| at < from),
            rest: list.partition_point(|&at| at <= until),
        };
        (change(lists.children(pair.own)), change(lists.children(pair.other)))
    }

    fn gain(&self, moves: &mut Moves<'_, '_>, lists: &mut MovingLists, pair: Pair) -> f32 {
        let (own, other) = self.changes(lists, pair);
        let before = lists.score(pair.own) + lists.score(pair.other);
        lists.score_with(moves.judge, pair.own, own, &self.first).0
            + lists.score_with(moves.judge, pair.other, other, &self.second).0
            - before
    }

    /// Makes the exchange that is laid out if its gain, with that of order, is above the floor.
    fn settle(
        &self,
        moves: &mut Moves<'_, '_>,
        lists: &mut MovingLists,
        order: Option<&Sequence>,
        pair: Pair,
        mut gain: f32,
        floor: f32,
    ) {
        if is_hopeless(gain, floor, order) {
            return;
        }
        if let Some(order) = order {
            gain += self.disorder(moves, lists, order);
            if gain < floor {
                return;
            }
            self.flip(moves, pair);
            gain -= self.disorder(moves, lists, order);
            self.flip(moves, pair);
        }
        if gain >= floor {
            let (own, other) = self.changes(lists, pair);
            lists.apply(moves.judge, pair.own, own, &self.first);
            lists.apply(moves.judge, pair.other, other, &self.second);
            self.flip(moves, pair);
            lists.changed.extend_from_slice(&self.changing);
        }
    }

    fn flip(&self, moves: &mut Moves<'_, '_>, pair: Pair) {
        for &child in &self.changing {
            let link = &mut moves.links[child as usize];
            *link = if *link == pair.own { pair.other } else { pair.own };
        }
    }

    fn disorder(&self, moves: &Moves<'_, '_>, lists: &MovingLists, order: &Sequence) -> f32 {
        let of = |&child: &u32| {
            let parent = moves.links[child as usize];
            let neighbours = order.neighbours(moves.judge, moves.links, lists, child, &self.changing);
            let follows = lists.is_fan_out[child as usize];
            let odds = moves.judge.order_of(parent, child);
            neighbours.disorder(&moves.judge.parents[parent as usize], odds, follows)
        };
        self.changing.iter().map(of).sum()
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.swaps)
            + of_vec(&self.tails)
            + of_vec(&self.is_moving)
            + of_vec(&self.fits)
            + of_vec(&self.first)
            + of_vec(&self.second)
            + of_vec(&self.changing)
    }
}

/// The gain from which on an exchange is made.
fn floor(moves: &mut Moves<'_, '_>, beta: f32) -> f32 {
    ln_f32(moves.random.unit().max(1e-12) as f32) / beta
}

/// Whether an exchange is not made, whatever order says.
fn is_hopeless(gain: f32, floor: f32, order: Option<&Sequence>) -> bool {
    gain + if order.is_some() { MAX_ORDER_GAIN } else { 0.0 } < floor
}
