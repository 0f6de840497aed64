//! Where the bar of a call lies.

use super::glyphs::Glyphs;

/// Parts of a column that a bar can end at.
const EIGHTHS: i128 = 8;

/// The time that all bars of a chain share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Where it begins, ms of the epoch.
    pub begin_ms: i64,
    /// Where it ends, not before.
    pub end_ms: i64,
    /// Its columns, at least one.
    pub columns: usize,
}

/// The columns of a bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    /// Empty columns before it.
    pub before: usize,
    /// Full columns.
    pub full: usize,
    /// Eighths of a column behind them.
    pub eighths: usize,
}

impl Axis {
    /// The bar of a time. Blocks are filled from the left only: a bar begins at the column that is nearest,
    /// and ends to an eighth of one. It is never empty, and lies within the axis.
    pub fn bar(&self, start_ms: i64, end_ms: i64) -> Bar {
        let columns = self.columns as i128;
        let (start, end) = (self.eighths_at(start_ms), self.eighths_at(end_ms.max(start_ms)));
        let in_one_column = start / EIGHTHS == (end - 1).max(start) / EIGHTHS;
        let first = if in_one_column { start / EIGHTHS } else { (start + EIGHTHS / 2) / EIGHTHS };
        let first = first.min(columns - 1);
        let filled = if in_one_column { end - start } else { end - first * EIGHTHS };
        let filled = filled.clamp(1, (columns - first) * EIGHTHS);
        Bar {
            before: first as usize,
            full: (filled / EIGHTHS) as usize,
            eighths: (filled % EIGHTHS) as usize,
        }
    }

    /// Eighths of a column before a moment, rounded.
    fn eighths_at(&self, ms: i64) -> i128 {
        let span = (i128::from(self.end_ms) - i128::from(self.begin_ms)).max(1);
        let since = (i128::from(ms) - i128::from(self.begin_ms)).clamp(0, span);
        (since * self.columns as i128 * EIGHTHS * 2 + span) / (span * 2)
    }
}

impl Bar {
    /// Its text, without the empty columns before it.
    pub fn text(&self, glyphs: &Glyphs) -> String {
        let mut text = glyphs.eighths[8].repeat(self.full);
        let rest = glyphs.eighths[self.eighths];
        // What is there is seen.
        text.push_str(if self.full == 0 && rest == " " { glyphs.eighths[8] } else { rest.trim_end() });
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::glyphs::{width, ASCII, UNICODE};
    use super::*;

    const AXIS: Axis = Axis { begin_ms: 1000, end_ms: 1080, columns: 10 };

    fn drawn(start_ms: i64, end_ms: i64) -> String {
        let bar = AXIS.bar(start_ms, end_ms);
        " ".repeat(bar.before) + &bar.text(&UNICODE)
    }

    #[test]
    fn a_bar_ends_to_an_eighth_of_a_column() {
        assert_eq!(drawn(1000, 1080), "██████████");
        assert_eq!(drawn(1000, 1001), "▏");
        assert_eq!(drawn(1008, 1022), " █▊");
        assert_eq!(drawn(1072, 1080), "         █");
    }

    #[test]
    fn a_bar_begins_at_the_nearest_column_and_is_never_empty() {
        assert_eq!(drawn(1003, 1020), "██▌");
        assert_eq!(drawn(1005, 1020), " █▌");
        assert_eq!(drawn(1005, 1007), "▎");
        assert_eq!(drawn(1020, 1020), "  ▏");
        assert_eq!(drawn(1080, 1080), "         ▏");
        assert_eq!(drawn(1020, 1019), "  ▏");
        assert_eq!(AXIS.bar(1020, 1020).text(&ASCII), "#");
    }

    proptest! {
        #[test]
        fn every_bar_lies_within_its_axis(
            begin_ms in any::<i64>(), end_ms in any::<i64>(), columns in 1usize..300,
            start_ms in any::<i64>(), length_ms in 0i64..i64::MAX,
        ) {
            let axis = Axis { begin_ms, end_ms: end_ms.max(begin_ms), columns };
            let bar = axis.bar(start_ms, start_ms.saturating_add(length_ms));
            for glyphs in [&UNICODE, &ASCII] {
                let text = bar.text(glyphs);
                prop_assert!(!text.is_empty() && bar.before + width(&text) <= columns, "{bar:?} {text}");
            }
        }
    }
}
