//! Between what a figure was in each hour of the last week.

use crate::edges::bins::value_of;

const HOUR_MS: i64 = 3_600_000;
const DAY_HOURS: i64 = 24;
/// Hours that are kept.
pub const WEEK_HOURS: i64 = 7 * DAY_HOURS;
/// Bins that are one step of what is kept: a level is at most 8 % off.
const STEP: u16 = 4;

/// The lowest and the highest level of an hour, each plus 1; 0 where there is none.
pub type Levels = [u8; 2];

/// The levels of a figure, by hours of the week. A level is what two windows in a row had, so that one window alone
/// excuses nothing a day later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours {
    /// The hour that is not over, since the epoch.
    pub now: i64,
    /// Its levels so far.
    pub open: Levels,
    /// The bin of the window before, if it had a figure.
    pub last: Option<u16>,
    /// By hour of the week; empty while there is none.
    pub slots: Vec<Levels>,
}

/// The hour of a moment.
pub fn hour_of(time_ms: i64) -> i64 {
    time_ms.div_euclid(HOUR_MS)
}

fn slot(hour: i64) -> usize {
    hour.rem_euclid(WEEK_HOURS) as usize
}

impl Hours {
    /// Moves on to an hour: closes those before it.
    pub fn advance(&mut self, hour: i64) {
        if hour <= self.now {
            return;
        }
        if self.open != [0; 2] && self.slots.is_empty() {
            self.slots = vec![[0; 2]; WEEK_HOURS as usize];
        }
        if !self.slots.is_empty() {
            self.slots[slot(self.now)] = self.open;
            let passed = (hour - self.now - 1).min(WEEK_HOURS);
            (1..=passed).for_each(|more| self.slots[slot(self.now.wrapping_add(more))] = [0; 2]);
        }
        (self.now, self.open) = (hour, [0; 2]);
    }

    /// Adds the figure of a window of the hour that is not over, as its bin; `None` where it has none.
    pub fn add(&mut self, bin: Option<u16>) {
        if let (Some(last), Some(bin)) = (self.last, bin) {
            let level = |bin: u16| (bin / STEP + 1).min(u16::from(u8::MAX)) as u8;
            let (low, high) = (level(last.max(bin)), level(last.min(bin)));
            self.open = match self.open {
                [0, _] => [low, high],
                [lowest, highest] => [lowest.min(low), highest.max(high)],
            };
        }
        self.last = bin;
    }

    /// Between what the figure was in the same hour of yesterday and of last week, where that is known.
    pub fn same_hour(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let kept = |hour: i64| self.slots.get(slot(hour)).copied().unwrap_or_default();
        let levels = [kept(self.now.wrapping_sub(DAY_HOURS)), kept(self.now)];
        levels.into_iter().filter(|levels| *levels != [0; 2]).map(|[low, high]| {
            let first = |level: u8| u16::from(level.saturating_sub(1)) * STEP;
            (f64::from(value_of(first(low))), f64::from(value_of(first(high) + STEP - 1)))
        })
    }

    /// Bytes held beside its own.
    pub fn memory_bytes(&self) -> usize {
        crate::memory::of_vec(&self.slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edges::bins::bin_of;

    fn hour(hours: &mut Hours, hour: i64, figures: &[u32]) {
        hours.advance(hour);
        figures.iter().for_each(|&figure| hours.add(Some(bin_of(figure))));
    }

    #[test]
    fn the_same_hour_is_that_of_yesterday_and_of_last_week_and_no_older() {
        let mut hours = Hours::default();
        hour(&mut hours, 1_000, &[100, 100, 200, 200]);
        hours.advance(1_023);
        assert_eq!(hours.same_hour().count(), 0);
        hours.advance(1_024);
        let levels: Vec<_> = hours.same_hour().collect();
        assert!(
            matches!(levels[..], [(low, high)] if (95.0..=100.0).contains(&low) && (200.0..220.0).contains(&high))
        );
        hour(&mut hours, 1_025, &[]);
        assert_eq!(hours.same_hour().count(), 0);
        hours.advance(1_168);
        assert_eq!(hours.same_hour().count(), 1);
        hours.advance(1_168 + WEEK_HOURS);
        assert_eq!(hours.same_hour().count(), 0);
    }

    #[test]
    fn one_window_alone_is_no_level() {
        let mut hours = Hours::default();
        hour(&mut hours, 5, &[100, 900, 100, 3, 100]);
        hours.advance(5 + DAY_HOURS);
        let levels: Vec<_> = hours.same_hour().collect();
        assert!(matches!(levels[..], [(low, high)] if low > 90.0 && high < 110.0), "{levels:?}");
    }
}
