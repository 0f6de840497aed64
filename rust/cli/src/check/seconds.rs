//! The second in which most calls start.

/// Seconds that are told apart, about twelve days.
const SLOTS: usize = 1 << 20;

/// Calls per second of their start. Takes 16 MB at most, whatever the span.
#[derive(Clone, Debug)]
pub struct Seconds {
    /// A second and its calls, at the place that the second's number gives; empty before the first
    /// call, so that nothing is paid for an input without one.
    slots: Vec<(i64, u64)>,
    /// The second with most calls, and how many.
    peak: (i64, u64),
}

impl Seconds {
    /// No calls yet.
    pub fn new() -> Self {
        Self { slots: Vec::new(), peak: (0, 0) }
    }

    /// Counts a call that starts at `start_ms`. A second that lies more than twelve days behind
    /// another may be counted from 0 again.
    pub fn add(&mut self, start_ms: i64) {
        if self.slots.is_empty() {
            self.slots = vec![(0, 0); SLOTS];
        }
        let second = start_ms.div_euclid(1000);
        let slot = &mut self.slots[second.rem_euclid(SLOTS as i64) as usize];
        if slot.0 != second {
            *slot = (second, 0);
        }
        slot.1 += 1;
        if slot.1 > self.peak.1 {
            self.peak = *slot;
        }
    }

    /// The most calls in a second, and its beginning in ms of the epoch.
    pub fn peak(&self) -> (u64, i64) {
        (self.peak.1, self.peak.0 * 1000)
    }
}
