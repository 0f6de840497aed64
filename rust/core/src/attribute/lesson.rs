//! How much of a window is learned before it is decided.

/// Parents that were learned before a model counts as such, and how many times the children of a window these are
/// at most: to what is known of so many a window adds nothing.
const LEARNED: u64 = 1_000;
const LEARNED_BY_CHILDREN: u64 = 20;

/// What is learned from a window before it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lesson {
    /// Nothing: it is small beside what is known.
    None,
    /// One step from what is known.
    Step,
    /// All, from the beginning: what is known is little.
    All,
}

impl Lesson {
    /// Of a window with so many undecided children, for a model that has learned so many parents.
    pub fn of(learned: u64, undecided: usize) -> Self {
        if learned.min(LEARNED) >= LEARNED_BY_CHILDREN.saturating_mul(undecided as u64) {
            Self::None
        } else if learned >= LEARNED {
            Self::Step
        } else {
            Self::All
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_is_small_beside_what_is_known_teaches_nothing() {
        for (learned, undecided, lesson) in [
            (0, 1, Lesson::All),
            (119, 6, Lesson::All),
            (120, 6, Lesson::None),
            (999, 50, Lesson::All),
            (1_000, 50, Lesson::None),
            (1_000_000, 51, Lesson::Step),
            (0, 0, Lesson::None),
        ] {
            assert_eq!(Lesson::of(learned, undecided), lesson, "{learned} parents, {undecided} children");
        }
    }
}
