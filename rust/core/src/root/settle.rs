//! Finds the chains of the calls at hand.
//!
//! Calls are looked at in order of start. From each the way goes up, from call to parent, until a call whose
//! chain is known, or one without parent. What decides is looked for up to [`AHEAD_MS`] behind the start of
//! the call, and nothing else: so the outcome is the same wherever windows begin and in whatever order calls
//! came.

use super::index::{Index, Known};
use crate::block::chain_calls::ChainCall;
use crate::block::open_calls::ChainRef;
use crate::memory;

/// A parent may start this much later than its child, and its parent later than that: how far ahead of a call
/// its ancestors are looked for, ms. A link to one that starts later still is cut.
pub const AHEAD_MS: i64 = 20;
/// A call that ends this much behind the root of its chain starts a chain of its own, ms.
pub const OUTLIVE_MS: i64 = 1_000;

/// How many links were cut, and why.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// They closed a cycle.
    pub cycles: u64,
    /// The call ended long after the root.
    pub outlived: u64,
    /// The parent is not here.
    pub lost: u64,
}

/// Calls at hand and the chains found for them.
#[derive(Debug, Default)]
pub struct Settling {
    /// The numbers of the calls in order.
    order: Vec<u32>,
    /// The chain of each call.
    chains: Vec<Option<ChainRef>>,
    /// The way up from the call that is looked at.
    path: Vec<u32>,
    /// For each call its place on the way plus 1; 0 where it is not there.
    places: Vec<u32>,
    cut: Cut,
}

/// How far a way up led.
enum Way {
    /// To a call whose chain is known, above all of the path.
    Known(ChainRef),
    /// To a call without parent, the last of the path.
    Root,
    /// To a call that stands on the path, at this place.
    Cycle(usize),
}

impl Settling {
    /// Settles the calls that start before that moment, and what stands above them. Links that cannot be are
    /// taken away from `calls`.
    pub fn settle(&mut self, calls: &mut [ChainCall], index: &mut Index, before_ms: i64) {
        self.chains.clear();
        self.chains.resize(calls.len(), None);
        self.places.clear();
        self.places.resize(calls.len(), 0);
        self.order.clear();
        self.order.extend(0..calls.len() as u32);
        self.order.sort_unstable_by_key(|&number| {
            let ChainCall { start_ms, end_ms, key, .. } = calls[number as usize];
            (start_ms, end_ms, key)
        });
        for (number, call) in (0..).zip(calls.iter()) {
            index.add(call.key, number);
        }
        for at in 0..self.order.len() {
            let number = self.order[at];
            if calls[number as usize].start_ms >= before_ms {
                break;
            }
            if self.chains[number as usize].is_none() {
                self.settle_one(number, calls, index);
            }
        }
    }

    fn settle_one(&mut self, number: u32, calls: &mut [ChainCall], index: &Index) {
        let mut above = loop {
            match self.climb(number, calls, index) {
                Way::Known(chain) => break Some(chain),
                Way::Root => break None,
                Way::Cycle(begin) => self.cut_cycle(begin, calls),
            }
        };
        while let Some(number) = self.path.pop() {
            self.places[number as usize] = 0;
            let call = &mut calls[number as usize];
            let outlives = |chain: &ChainRef| call.end_ms > chain.root_end_ms + OUTLIVE_MS;
            if above.as_ref().is_some_and(outlives) {
                self.cut.outlived += 1;
                above = None;
            }
            let chain = above.unwrap_or_else(|| {
                call.parent = None;
                ChainRef { root: call.key, root_end_ms: call.end_ms }
            });
            self.chains[number as usize] = Some(chain);
            above = Some(chain);
        }
    }

    /// Goes up from a call and notes the way.
    fn climb(&mut self, number: u32, calls: &mut [ChainCall], index: &Index) -> Way {
        let latest_ms = calls[number as usize].start_ms + AHEAD_MS;
        self.path.drain(..).for_each(|number| self.places[number as usize] = 0);
        let mut next = number;
        loop {
            self.path.push(next);
            self.places[next as usize] = self.path.len() as u32;
            let Some(parent) = calls[next as usize].parent else {
                return Way::Root;
            };
            match index.get(parent) {
                Some(Known::Settled(chain)) => return Way::Known(chain),
                Some(Known::AtHand(parent)) => {
                    if let Some(chain) = self.chains[parent as usize] {
                        return Way::Known(chain);
                    }
                    if calls[parent as usize].start_ms <= latest_ms {
                        if let Some(begin) = self.places[parent as usize].checked_sub(1) {
                            return Way::Cycle(begin as usize);
                        }
                        next = parent;
                        continue;
                    }
                }
                None => {}
            }
            self.cut.lost += 1;
            calls[next as usize].parent = None;
            return Way::Root;
        }
    }

    /// Cuts the least sure link of a cycle; of equally sure ones that of the first call.
    fn cut_cycle(&mut self, begin: usize, calls: &mut [ChainCall]) {
        let cycle = self.path[begin..].iter().copied();
        let least = cycle.min_by_key(|&number| {
            let ChainCall { start_ms, end_ms, key, confidence, .. } = calls[number as usize];
            (confidence, start_ms, end_ms, key)
        });
        if let Some(number) = least {
            calls[number as usize].parent = None;
            self.cut.cycles += 1;
        }
    }

    /// The calls that were settled, with their chains, in order.
    pub fn settled(&self) -> impl Iterator<Item = (u32, ChainRef)> + use<'_> {
        self.order.iter().filter_map(|&number| Some((number, self.chains[number as usize]?)))
    }

    /// The calls that have to wait, in order.
    pub fn waiting(&self) -> impl Iterator<Item = u32> + use<'_> {
        self.order.iter().copied().filter(|&number| self.chains[number as usize].is_none())
    }

    /// How many links were cut since the last call of this function.
    pub fn take_cut(&mut self) -> Cut {
        std::mem::take(&mut self.cut)
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.order.clear();
        self.chains.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_vec(&self.order)
            + memory::of_vec(&self.chains)
            + memory::of_vec(&self.path)
            + memory::of_vec(&self.places)
    }
}
