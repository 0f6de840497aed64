//! Lines of the input that are worked at once.

/// Bytes of a round. Fixed, because the watermark steps from round to round: what is late must not
/// depend on the machine.
pub const ROUND_BYTES: usize = 4 << 20;

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The position of its file among the inputs.
    pub file: u32,
    /// Its number in the file, from 1.
    pub line: u64,
}

/// Some lines, each with its end but perhaps the last.
#[derive(Debug, Default)]
pub struct Round {
    /// Their text.
    pub text: Vec<u8>,
    /// Where they come from.
    pub origins: Origins,
}

/// Where the lines of a [`Round`] come from.
#[derive(Debug)]
pub enum Origins {
    /// They follow each other from this one on.
    From(Origin),
    /// Each from somewhere else.
    Each(Vec<Origin>),
}

impl Origins {
    /// The origin of a line, given its position in the round.
    pub fn of(&self, position: usize) -> Origin {
        match self {
            Origins::From(first) => Origin { line: first.line + position as u64, ..*first },
            Origins::Each(origins) => origins[position],
        }
    }
}

impl Default for Origins {
    fn default() -> Self {
        Origins::Each(Vec::new())
    }
}

/// Cuts a text into at most `parts` parts of whole lines and about the same length.
pub fn split(text: &[u8], parts: usize) -> Vec<&[u8]> {
    let mut rest = text;
    let mut split = Vec::new();
    for left in (1..=parts).rev() {
        let near = rest.len() / left;
        let end = memchr::memchr(b'\n', &rest[near..]).filter(|_| left > 1);
        let (part, tail) = rest.split_at(end.map_or(rest.len(), |end| near + end + 1));
        split.push(part);
        rest = tail;
    }
    split
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lines::lines;

    proptest! {
        #[test]
        fn parts_are_the_whole_text_cut_at_line_ends(text in "[ab\n]{0,60}", parts in 1usize..6) {
            let split = split(text.as_bytes(), parts);
            prop_assert_eq!(split.len(), parts);
            prop_assert_eq!(split.concat(), text.as_bytes());
            let counts: usize = split.iter().map(|part| lines(part).count()).sum();
            prop_assert_eq!(counts, lines(text.as_bytes()).count());
        }
    }
}
