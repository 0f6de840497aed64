//! Loads over days, and noise that is the same in every run.

use super::{DAY_S, TICK_S};

/// A load.
#[derive(Clone, Copy)]
pub struct Load {
    pub name: &'static str,
    pub days: u64,
    /// Records a second at a time, s.
    pub per_s: fn(u64) -> f64,
    /// From one look to the next: the greatest share by which the input is more or less.
    pub noise: f64,
    /// When the job does not run at all.
    pub is_down: fn(u64) -> bool,
}

pub const LOADS: &[Load] = &[
    Load { name: "daily wave", days: 7, per_s: wave, noise: 0.1, is_down: never },
    Load { name: "bursts", days: 7, per_s: bursts, noise: 0.1, is_down: never },
    Load { name: "slow growth", days: 14, per_s: growth, noise: 0.1, is_down: never },
    Load { name: "outage", days: 2, per_s: steady, noise: 0.1, is_down: outage },
    Load { name: "noise", days: 7, per_s: steady, noise: 0.5, is_down: never },
];

fn never(_: u64) -> bool {
    false
}

/// Three hours in the first morning.
fn outage(at_s: u64) -> bool {
    (8 * 3_600..11 * 3_600).contains(&at_s)
}

fn steady(_: u64) -> f64 {
    3_000.0
}

/// From 1000 at night to 7000 by day.
fn wave(at_s: u64) -> f64 {
    let day = (at_s % DAY_S) as f64 / DAY_S as f64;
    4_000.0 - 3_000.0 * (day * std::f64::consts::TAU).cos()
}

/// Three times as much for twenty minutes, four times a day.
fn bursts(at_s: u64) -> f64 {
    let is_burst = at_s % (DAY_S / 4) < 1_200;
    if is_burst {
        6_000.0
    } else {
        2_000.0
    }
}

/// From 1000 to 8000 in two weeks, with a small wave.
fn growth(at_s: u64) -> f64 {
    let share = at_s as f64 / (14 * DAY_S) as f64;
    let day = (at_s % DAY_S) as f64 / DAY_S as f64;
    (1_000.0 + 7_000.0 * share) * (1.0 - 0.2 * (day * std::f64::consts::TAU).cos())
}

/// The same numbers in every run, by the steps of SplitMix64.
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed * TICK_S)
    }

    /// Between 1 - share and 1 + share.
    pub fn factor(&mut self, share: f64) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let unit = (mixed >> 11) as f64 / (1_u64 << 53) as f64;
        1.0 + share * (2.0 * unit - 1.0)
    }
}
