//! The rounds of all inputs, one after the other, or in order of time.

use std::collections::VecDeque;

use super::round::{Origin, Origins, Round, ROUND_BYTES};
use super::sort::{LineSorter, SortedLines};
use crate::format::Names;
use crate::lines::LineReader;
use crate::paths::InputPath;
use crate::position::Position;
use crate::progress::Progress;

/// The files of the input.
pub struct Inputs {
    /// Each with its position among the inputs; the first is being read.
    files: VecDeque<(u32, LineReader)>,
}

/// How far the files of the input have been read.
pub struct Positions(Vec<Position>);

impl Inputs {
    /// Opens all files, whose lines have these names.
    ///
    /// # Errors
    /// When one of them cannot be opened.
    pub fn open(paths: &[InputPath], names: Names) -> anyhow::Result<(Self, Positions)> {
        let (mut files, mut positions) = (VecDeque::new(), Vec::new());
        for (path, number) in paths.iter().zip(0..) {
            let (lines, position) = LineReader::open(path, ROUND_BYTES, names)?;
            files.push_back((number, lines));
            positions.push(position);
        }
        Ok((Self { files }, Positions(positions)))
    }

    /// The next round; `None` at the end of the last file.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn next(&mut self) -> anyhow::Result<Option<Round>> {
        while let Some((file, lines)) = self.files.front_mut() {
            if let Some(piece) = lines.next()? {
                let origins = Origins::From(Origin { file: *file, line: piece.first });
                return Ok(Some(Round { text: piece.text, origins }));
            }
            self.files.pop_front();
        }
        Ok(None)
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
