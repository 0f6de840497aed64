//! Calls at an address that is called, and calls others.

use callweave_core::attribute::{Address, Counts, Decision, Leg, Scratch, Settings, Window};
use proptest::prelude::*;

/// Windows are short, so that a few calls fill many.
pub const WINDOW_MS: i64 = 500;
const LOOK_AHEAD_MS: i64 = 100;
const SEED: u64 = 7;

/// All calls of an address.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    pub parents: Vec<Leg>,
    pub children: Vec<Leg>,
}

/// Calls with up to three children each, some of which outlive them, and some without parent.
pub fn traffic(parents: usize, within_ms: i64) -> impl Strategy<Value = Traffic> {
    let child = (0i64..120, -10i64..120, 0u64..3);
    let parent = (0..within_ms, 0i64..300, 0u64..2, prop::collection::vec(child, 0..4));
    let orphan = (0..within_ms, 0i64..80, 0u64..3);
    (prop::collection::vec(parent, 1..parents), prop::collection::vec(orphan, 0..4), any::<bool>()).prop_map(
        move |(parents, orphans, calls_itself)| {
            let mut traffic = Traffic::default();
            let mut key = 0;
            let mut leg = |start_ms: i64, duration: i64, peer: u64| {
                key += 1;
                let mixed = (key as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
                Leg { start_ms, end_ms: start_ms + duration.max(0), peer, key: mixed }
            };
            for (start, duration, caller, children) in parents {
                traffic.parents.push(leg(start, duration, 100 + caller));
                for (after, duration, callee) in children {
                    traffic.children.push(leg(start + after, duration, callee));
                }
            }
            traffic
                .children
                .extend(orphans.into_iter().map(|(start, duration, callee)| leg(start, duration, callee)));
            if calls_itself {
                // A call from the address to itself stands on both sides.
                let own = leg(within_ms / 2, 50, 9);
                traffic.parents.push(own);
                traffic.children.push(own);
            }
            traffic
        },
    )
}

/// How the windows of an address are worked.
pub struct Host {
    pub settings: Settings,
    pub scratch: Scratch,
    pub counts: Counts,
}

impl Host {
    pub fn new(effort: u32) -> Self {
        Self {
            settings: Settings { effort, ..Settings::default() },
            scratch: Scratch::default(),
            counts: Counts::default(),
        }
    }

    /// Works the windows of all calls in order; `between` sees what is known after each. Returns the child's key
    /// with each decision.
    pub fn play(
        &mut self,
        traffic: &Traffic,
        mut between: impl FnMut(&mut Address, Window),
    ) -> Vec<(u128, Decision)> {
        let mut address = Address::default();
        let mut all = Vec::new();
        let last = traffic.parents.iter().chain(&traffic.children).map(|leg| leg.start_ms).max().unwrap_or(0);
        let (mut begin, mut seen) = (0, i64::MIN);
        while begin <= last {
            let end = begin + WINDOW_MS;
            let window = Window { begin_ms: begin, end_ms: end, visible_ms: end + LOOK_AHEAD_MS };
            let within = |legs: &[Leg], from: i64| -> Vec<Leg> {
                let is_within = |leg: &&Leg| (from..window.visible_ms).contains(&leg.start_ms);
                legs.iter().filter(is_within).copied().collect()
            };
            let (parents, children) = (within(&traffic.parents, seen), within(&traffic.children, begin));
            let mut out = Vec::new();
            let Self { settings, scratch, counts } = self;
            address.decide(window, settings, SEED, &parents, &children, scratch, &mut out, counts);
            all.extend(out.into_iter().map(|decision| (children[decision.child as usize].key, decision)));
            between(&mut address, window);
            (begin, seen) = (end, window.visible_ms);
        }
        all
    }

    /// The decisions by child, without the places of the children.
    pub fn decide(&mut self, traffic: &Traffic) -> Vec<(u128, Option<u128>, f32)> {
        by_child(self.play(traffic, |_, _| {}))
    }
}

pub fn by_child(decisions: Vec<(u128, Decision)>) -> Vec<(u128, Option<u128>, f32)> {
    let mut by_child: Vec<_> =
        decisions.into_iter().map(|(key, decision)| (key, decision.parent, decision.confidence)).collect();
    by_child.sort_by_key(|decision| decision.0);
    by_child
}
