//! The clocks of the hosts, which need not agree.

use crate::addresses::AddressIndex;
use crate::dice::Dice;

/// The clocks may be off by at most this, ms: twice as much, and the longest call, must pass
/// within the 29 s in which a call arrives.
pub const MAX_SKEW_MS: u32 = 4500;
/// Keeps the clocks' random numbers apart from those of the calls.
const SEED_OF_CLOCKS: u64 = 0x636c_6f63_6b73;

/// How far the clock of each host is ahead, ms. Does not change while the simulation runs.
#[derive(Debug)]
pub struct HostClocks {
    /// Empty if all clocks are right.
    ahead_ms: Vec<i64>,
}

impl HostClocks {
    /// Clocks for `hosts` addresses, evenly between `skew_ms` behind and `skew_ms` ahead.
    pub fn new(hosts: usize, skew_ms: u32, seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ SEED_OF_CLOCKS);
        let mut draw = |_| i64::from(dice.below(2 * skew_ms + 1)) - i64::from(skew_ms);
        let ahead_ms = if skew_ms == 0 { Vec::new() } else { (0..hosts).map(&mut draw).collect() };
        Self { ahead_ms }
    }

    /// How far the clock of this host is ahead, ms; negative if it is behind.
    pub fn ahead_ms(&self, host: AddressIndex) -> i64 {
        self.ahead_ms.get(host as usize).copied().unwrap_or(0)
    }
}
