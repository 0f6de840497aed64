//! What a window may cost: chosen from its calls alone, never from the clock, so that a replay decides the
//! same. The unit is the gain of one choice, about 20 ns.

/// Sweeps by which a warm window is learned from, and by which it is decided; more find nothing better. A cold one has
/// no fewer.
const SWEEPS: usize = 12;
/// A window that is cold, or cheap enough to decide but not to learn from as well, may have more: as many as visit this
/// many children in all, and at most [`MAX_SWEEPS`].
const SWEPT_CHILDREN: usize = 24_000;
const MAX_SWEEPS: usize = 60;
/// Fewer sweeps than that decide worse than each link by itself.
const LEAST_SWEEPS: usize = 3;
/// Rounds in which a cold window's own model is made, from flat to sharp; one of fewer than [`FEW_CHILDREN`] has one
/// sharp round.
const COLD_ROUNDS: usize = 3;
const FEW_CHILDREN: usize = 12;
/// How many times the budget learning from a cold window may cost, and its decision besides: what it teaches wrongly
/// stays for long.
const COLD_EFFORT: f64 = 2.5;
const COLD_DECISION: f64 = 1.5;
/// Sweeps of a decision for each sweep of learning, and those that it takes in any case.
const DECIDING: f64 = 8.0 / 3.0;
const OVERHEAD: f64 = 3.0;
/// Limits of the exact solver for each child, and the effort from which on they are so high.
const MAX_SUBSETS: f64 = 200.0;
const MAX_TRANSITIONS: f64 = 1_000.0;
const FULL_EFFORT: f64 = 2_000.0;
/// Units of a transition of the exact solver, and of a list that it scores.
const TRANSITION: f64 = 0.6;
const LIST: f64 = 3.75;
/// Units of a choice in a sweep, and the siblings in a list that cost as much again.
const CHOICE: f64 = 4.5;
const SIBLINGS: f64 = 16.0;
/// The exchanges that are tried with each child, as choices.
const EXCHANGES: usize = 4;

/// Units of scoring a child in a list, and of the states and rows that are made where nobody has been.
const SCORE: f64 = 6.0;
const STATE: f64 = 12.0;
const ROW: f64 = 37.5;
/// Part of the estimate of a sweep that it costs even if nothing is scored.
const UNSCORED: f64 = 0.6;
/// How far above its estimate the sampler may come before it stops early.
const SLACK: f64 = 1.5;

/// What a window may cost.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Units for each undecided child.
    units: u32,
    /// Units for the window.
    budget: f64,
    /// Rounds in which its own model is made if it is cold.
    pub cold_rounds: usize,
}

/// What a solution of the exact solver cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    pub transitions: u64,
    pub lists: u64,
}

/// Limits of the exact solver, for each child of a part.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub subsets: usize,
    pub transitions: u64,
}

/// Sweeps of the sampler in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweeps {
    /// While it learns; 0 if it shall not.
    pub learning: usize,
    /// While it decides; 0 if each link is decided by itself.
    pub deciding: usize,
}

impl Effort {
    pub fn new(units: u32, children: usize) -> Self {
        let cold_rounds = if children < FEW_CHILDREN { 1 } else { COLD_ROUNDS };
        Self { units, budget: f64::from(units) * children as f64, cold_rounds }
    }

    /// Whether anything but the links themselves is looked at.
    pub fn is_none(&self) -> bool {
        self.units == 0
    }

    /// Below full effort the solver's limits fall with its square: what it leaves to the sampler is decided
    /// nearly as well, and can be cut short.
    pub fn limits(&self) -> Limits {
        let share = (f64::from(self.units) / FULL_EFFORT).min(1.0);
        let of = |limit: f64| (limit * share * share).ceil();
        Limits { subsets: of(MAX_SUBSETS) as usize, transitions: of(MAX_TRANSITIONS) as u64 }
    }

    /// Sweeps over so many children, if one over all costs so much and the exact solver did for each pass. A warm
    /// window whose budget does not cover learning, too, is only decided.
    pub fn sweeps(&self, children: usize, sweep: f64, exact: Cost, is_cold: bool) -> Sweeps {
        let wanted = SWEPT_CHILDREN.checked_div(children).unwrap_or(0).clamp(SWEEPS, MAX_SWEEPS);
        let used = TRANSITION * exact.transitions as f64 + LIST * exact.lists as f64;
        let scaled = |budget: f64, cost: f64| (wanted as f64 * (budget / cost).clamp(0.0, 1.0)) as usize;
        let decision = sweep * (DECIDING * wanted as f64 + OVERHEAD);
        let sweeps = if is_cold {
            let rounds = self.cold_rounds as f64;
            let budget = COLD_EFFORT * self.budget - (rounds + 1.0) * used;
            let deciding = scaled(COLD_DECISION * self.budget - used, decision);
            Sweeps { learning: scaled(budget, rounds * sweep * wanted as f64), deciding }
        } else if self.budget - 2.0 * used >= sweep * ((1.0 + DECIDING) * SWEEPS as f64 + OVERHEAD) {
            Sweeps { learning: SWEEPS, deciding: SWEEPS }
        } else {
            Sweeps { learning: 0, deciding: scaled(self.budget - used, decision) }
        };
        let enough = |sweeps: usize| if sweeps < LEAST_SWEEPS { 0 } else { sweeps };
        Sweeps { learning: enough(sweeps.learning), deciding: enough(sweeps.deciding) }
    }
}

/// Units of scoring so many children, when so many states and rows were made for it.
pub fn of_scoring(children: u64, states: usize, rows: usize) -> f64 {
    SCORE * children as f64 + STATE * states as f64 + ROW * rows as f64
}

/// Holds the sampler to its estimate: there may be next to nothing that it finds scored already.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meter {
    sweep: f64,
    swept: usize,
    begin: f64,
    allowed: f64,
}

impl Meter {
    /// Begins so many sweeps, each of which should cost so much; `spent` are the units of scoring so far.
    pub fn begin(sweeps: usize, sweep: f64, spent: f64) -> Self {
        Self { sweep, swept: 0, begin: spent, allowed: SLACK * sweep * sweeps as f64 }
    }

    /// Counts a sweep; false if it shall be the last.
    pub fn goes_on(&mut self, spent: f64) -> bool {
        self.swept += 1;
        UNSCORED * self.sweep * self.swept as f64 + spent - self.begin < self.allowed
    }
}

/// Units of a sweep for a child with so many choices, whose lists have so many children on average.
pub fn of_child(choices: usize, mean_list: f64) -> f64 {
    CHOICE * (choices + EXCHANGES) as f64 * (1.0 + mean_list / SIBLINGS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweeps(units: u32, is_cold: bool) -> Sweeps {
        Effort::new(units, 1_000).sweeps(
            1_000,
            8_000.0,
            Cost { transitions: 100_000, lists: 10_000 },
            is_cold,
        )
    }

    #[test]
    fn sweeps_that_find_little_scored_already_are_fewer() {
        let sweeps = |spent_a_sweep: f64| {
            let mut meter = Meter::begin(20, 100.0, 5_000.0);
            (1..=20).take_while(|&swept| meter.goes_on(5_000.0 + spent_a_sweep * f64::from(swept))).count()
        };
        assert_eq!(sweeps(0.0), 20);
        assert_eq!(sweeps(80.0), 20);
        assert_eq!(sweeps(240.0), 9);
    }

    #[test]
    fn less_effort_means_fewer_sweeps_then_no_learning_then_no_sampling() {
        assert_eq!(sweeps(2_000, false), Sweeps { learning: 12, deciding: 12 });
        assert_eq!(sweeps(600, false), Sweeps { learning: 12, deciding: 12 });
        assert_eq!(sweeps(400, false), Sweeps { learning: 0, deciding: 13 });
        assert_eq!(sweeps(250, false), Sweeps { learning: 0, deciding: 6 });
        assert_eq!(sweeps(50, false), Sweeps { learning: 0, deciding: 0 });
        assert_eq!(sweeps(300, true), Sweeps { learning: 15, deciding: 15 });
    }
}
