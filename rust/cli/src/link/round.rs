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

/// Some records, each framed, but perhaps for the end of the last line.
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
