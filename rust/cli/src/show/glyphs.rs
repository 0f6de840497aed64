//! The characters that a picture is made of.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use super::tree::Branch;
use crate::printable::push_printable;

/// Columns of one level of the tree.
pub const LEVEL_COLUMNS: usize = 2;

/// The characters of a picture, of Unicode or of ASCII alone.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    through: &'static str,
    fork: &'static str,
    last: &'static str,
    /// Between caller and called service.
    pub arrow: &'static str,
    /// In the place of what was cut.
    pub ellipsis: &'static str,
    /// By how many eighths of a column are filled, from the left. ASCII knows full and not full.
    pub eighths: [&'static str; 9],
    is_ascii: bool,
}

/// Of Unicode.
pub const UNICODE: Glyphs = Glyphs {
    through: "│ ",
    fork: "├ ",
    last: "└ ",
    arrow: " → ",
    ellipsis: "…",
    eighths: [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    is_ascii: false,
};

/// Of ASCII.
pub const ASCII: Glyphs = Glyphs {
    through: "| ",
    fork: "|-",
    last: "`-",
    arrow: " -> ",
    ellipsis: "...",
    eighths: [" ", " ", " ", " ", "#", "#", "#", "#", "#"],
    is_ascii: true,
};

impl Glyphs {
    /// What stands for a level of the tree.
    pub fn branch(&self, branch: Branch) -> &'static str {
        match branch {
            Branch::Through => self.through,
            Branch::Open => "  ",
            Branch::Fork => self.fork,
            Branch::Last => self.last,
        }
    }

    /// A text of unknown origin. What a terminal would act on, or cannot show, stands there as an escape.
    pub fn printable(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        for char in text.chars() {
            if self.is_ascii && !char.is_ascii() {
                // In other encodings the bytes of a character may be control characters.
                shown.extend(char.escape_unicode());
            } else {
                push_printable(&mut shown, char);
            }
        }
        shown
    }

    /// The text, cut to so many columns.
    pub fn fitted<'a>(&self, text: &'a str, columns: usize) -> Cow<'a, str> {
        if width(text) <= columns {
            return Cow::Borrowed(text);
        }
        let room = columns.saturating_sub(width(self.ellipsis));
        let mut cut = String::new();
        let mut used = 0;
        for char in text.chars() {
            used += char_width(char);
            if used > room {
                break;
            }
            cut.push(char);
        }
        cut.push_str(self.ellipsis);
        Cow::Owned(cut)
    }
}

/// The columns that a printable text takes.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(char: char) -> usize {
    char.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_the_columns_that_it_takes() {
        assert_eq!(UNICODE.fitted("grüße", 5), "grüße");
        assert_eq!(UNICODE.fitted("grüße", 4), "grü…");
        assert_eq!(UNICODE.fitted("東京駅", 6), "東京駅");
        assert_eq!(UNICODE.fitted("東京駅", 5), "東京…");
        assert_eq!(UNICODE.fitted("東京駅", 4), "東…");
        assert_eq!(ASCII.fitted("frontend", 6), "fro...");
    }

    #[test]
    fn no_control_character_is_left_and_in_ascii_nothing_else() {
        let text = "a\x1b[2J\u{9b}\r\n\u{202e}ü";
        assert_eq!(UNICODE.printable(text), "a\\u{1b}[2J\\u{9b}\\r\\n\\u{202e}ü");
        assert_eq!(ASCII.printable(text), "a\\u{1b}[2J\\u{9b}\\r\\n\\u{202e}\\u{fc}");
        assert!([ASCII.arrow, ASCII.ellipsis].concat().is_ascii() && ASCII.eighths.concat().is_ascii());
    }
}
