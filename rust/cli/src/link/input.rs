//! The rounds of all inputs, one after the other, or in order of time.

use super::round::{Round, Rounds};
use super::sort::{LineSorter, SortedLines};
use crate::files::Position;
use crate::paths::InputPath;
use crate::progress::Progress;

/// The files of the input.
pub struct Inputs {
    files: std::vec::IntoIter<Rounds>,
    current: Option<Rounds>,
}

/// How far the files of the input have been read.
pub struct Positions(Vec<Position>);

impl Inputs {
    /// Opens all files.
    ///
    /// # Errors
    /// When one of them cannot be opened.
    pub fn open(paths: &[InputPath]) -> anyhow::Result<(Self, Positions)> {
        let opened = paths.iter().zip(0..).map(|(path, number)| Rounds::open(path, number));
        let (files, positions): (Vec<_>, _) = opened.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        Ok((Self { files: files.into_iter(), current: None }, Positions(positions)))
    }

    /// The next round; `None` at the end of the last file.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn next(&mut self) -> anyhow::Result<Option<Round>> {
        loop {
            if let Some(round) = self.current.as_mut().map_or(Ok(None), Rounds::next)? {
                return Ok(Some(round));
            }
            self.current = self.files.next();
            if self.current.is_none() {
                return Ok(None);
            }
        }
    }

    /// Reads everything, and gives it back in order.
    ///
    /// # Errors
    /// When a file cannot be read or a temporary one written.
    pub fn sort(mut self, mut sorter: LineSorter, positions: &Positions) -> anyhow::Result<SortedLines> {
        let mut progress = Progress::of_bytes("sorting", positions.length());
        while let Some(round) = self.next()? {
            sorter.add(&round)?;
            progress.set(positions.bytes());
        }
        progress.finish();
        sorter.finish()
    }
}

impl Positions {
    /// Bytes read so far, as they lie on the disk.
    pub fn bytes(&self) -> u64 {
        self.0.iter().map(Position::bytes).sum()
    }

    /// The length of all files; `None` if one of them is a pipe.
    pub fn length(&self) -> Option<u64> {
        self.0.iter().map(Position::length).sum()
    }
}
