//! The life of an alert.

use super::rules::Limits;

/// Why an alert ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is as usual again.
    Usual,
    /// It lasted so long that it is usual now.
    Accepted,
    /// The series has not been seen for a week.
    Gone,
}

impl Ending {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Accepted => "accepted",
            Self::Gone => "gone",
        }
    }
}

/// What becomes of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It begins.
    Begins,
    /// It ends.
    Ends(Ending),
}

/// What is known of the alert of a rule and a series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Status {
    /// Whether it has begun.
    pub firing: bool,
    /// Windows in a row that it was true of; once it has begun, that it was not true of.
    pub streak: u32,
    /// The first of the windows that it was true of.
    pub since: i64,
    /// The first window in which it may begin again.
    pub silent_until: i64,
}

impl Status {
    /// Takes in whether the rule is true of a window; `None` where that cannot be said.
    pub fn step(
        &mut self,
        is_true: Option<bool>,
        window: i64,
        limits: &Limits,
        accept_after: u32,
    ) -> Option<Change> {
        if !self.firing {
            if is_true != Some(true) {
                self.streak = 0;
                return None;
            }
            if self.streak == 0 {
                self.since = window;
            }
            self.streak = self.streak.saturating_add(1);
            if self.streak < limits.windows || window < self.silent_until {
                return None;
            }
            (self.firing, self.streak) = (true, 0);
            return Some(Change::Begins);
        }
        match is_true {
            Some(true) => self.streak = 0,
            Some(false) => self.streak += 1,
            None => {}
        }
        let ending = if self.streak >= limits.end_windows {
            Ending::Usual
        } else if window.saturating_sub(self.since) >= i64::from(accept_after) {
            Ending::Accepted
        } else {
            return None;
        };
        *self = Status { silent_until: window.saturating_add(limits.silence.into()), ..Self::default() };
        Some(Change::Ends(ending))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        on: true,
        mads: 0.0,
        share: 0.0,
        step: 0.0,
        min_calls: 1,
        windows: 2,
        end_windows: 2,
        silence: 4,
    };

    /// The windows with changes: `+` begins, `-` is usual again, `a` is accepted.
    fn changes(windows: &str) -> String {
        let mut status = Status::default();
        let step = |(window, mark): (i64, char)| {
            let is_true = match mark {
                'x' => Some(true),
                '.' => Some(false),
                _ => None,
            };
            match status.step(is_true, window, &LIMITS, 8) {
                None => ' ',
                Some(Change::Begins) => '+',
                Some(Change::Ends(Ending::Usual)) => '-',
                Some(Change::Ends(_)) => 'a',
            }
        };
        (0..).zip(windows.chars()).map(step).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn an_alert_begins_and_ends_with_windows_in_a_row_and_is_silent_after_its_end() {
        assert_eq!(changes("x.x.x."), "");
        assert_eq!(changes("x?x?x?"), "");
        assert_eq!(changes("xx.x.."), " +   -");
        assert_eq!(changes("xx?.?."), " +   -");
        assert_eq!(changes("xx..xxxxx"), " + -   +");
        assert_eq!(changes("xxxxxxxxxxxxxx"), " +      a   +");
        assert_eq!(changes("xx????????"), " +      a");
    }
}
