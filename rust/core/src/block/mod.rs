//! Blocks: packed, versioned byte arrays that hold many calls.
//!
//! ```text
//! "CW"  version: u8  kind: u8  body  checksum: u32 (low half of XXH3-64 of all before it)
//! ```
//!
//! The body is columnar, see the module of each kind: columns of integers are packed by bits, single
//! integers are LEB128, signed ones in zigzag. A decoder bounds every length that it reads by what is
//! left of the block before it allocates. Blocks lie in savepoints: a change of the layout is a new
//! version, and every version that was ever released stays readable.

mod addresses;
mod as_written;
pub mod attributed;
mod bits;
pub mod bytes;
pub mod chain_calls;
pub mod halves;
mod ids;
pub mod legs;
pub mod models;
pub mod open_calls;
mod packing;
pub(crate) mod pasts;
mod pushed_legs;
pub mod rooted;
mod rows;
mod sparse;
mod steps;
pub mod sums;

use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Result};
pub use as_written::AsWritten;
pub use pushed_legs::PushedLegs;
pub use rows::Rows;

const MAGIC: [u8; 2] = *b"CW";
const HEADER_BYTES: usize = 4;
const CHECKSUM_BYTES: usize = 4;

/// What a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Legs of calls, from Route to Link.
    Legs = 1,
    /// Calls with one of their lists, from Link to Assemble.
    Halves = 2,
    /// Calls with the parents that were decided for them, from Attribute to Root.
    Attributed = 3,
    /// Calls with the chains that they belong to, from Root to Chain.
    Rooted = 4,
    /// Calls that may get children yet, as Root keeps them.
    OpenCalls = 5,
    /// What Attribute knows of addresses.
    Models = 6,
    /// Sums of series, from Link and Chain to Windows.
    Sums = 7,
    /// What Alerts knows of series.
    Pasts = 8,
    /// Calls that Merge will compare with later ones: as children those that it has not decided on.
    Reports = 9,
}

impl Kind {
    /// The versions of the layout that are read; the last of them is written.
    const fn versions(self) -> &'static [u8] {
        match self {
            Self::Legs => &legs::VERSIONS,
            Self::Halves => &halves::VERSIONS,
            Self::Attributed => &attributed::VERSIONS,
            Self::Rooted => &rooted::VERSIONS,
            Self::OpenCalls => &open_calls::VERSIONS,
            Self::Models => &models::VERSIONS,
            Self::Sums => &sums::VERSIONS,
            Self::Pasts => &pasts::VERSIONS,
            Self::Reports => &legs::VERSIONS,
        }
    }

    /// The version that is written.
    const fn written(self) -> u8 {
        let versions = self.versions();
        versions[versions.len() - 1]
    }

    fn unknown_version(self, version: u8) -> Error {
        let read = self.versions().iter().map(u8::to_string).collect::<Vec<_>>().join(" and ");
        Error::corrupt(format!(
            "a block of {self:?} has version {version}; this build reads version {read}: use the release that wrote it, or a later one"
        ))
    }
}

/// Whether a block says that it is of this kind. It is not checked.
pub fn is_of(block: &[u8], kind: Kind) -> bool {
    block.get(3) == Some(&(kind as u8))
}

/// Begins a block of this kind, whose body is appended then; returns where it begins.
fn begin(out: &mut Vec<u8>, kind: Kind) -> usize {
    let start = out.len();
    out.extend_from_slice(&[MAGIC[0], MAGIC[1], kind.written(), kind as u8]);
    start
}

/// Ends the block that begins there: appends the checksum.
fn seal(out: &mut Vec<u8>, start: usize) {
    let checksum = checksum(&out[start..]);
    out.extend_from_slice(&checksum);
}

/// The version and the body of a block of this kind, after all checks: the version is one that is read.
fn open(block: &[u8], kind: Kind) -> Result<(u8, bytes::Reader<'_>)> {
    if block.len() < HEADER_BYTES + CHECKSUM_BYTES {
        return Err(Error::corrupt(format!(
            "a block of {} bytes is shorter than the {} that every block has: its tail is lost",
            block.len(),
            HEADER_BYTES + CHECKSUM_BYTES
        )));
    }
    let (content, sum) = block.split_at(block.len() - CHECKSUM_BYTES);
    if content[..2] != MAGIC {
        return Err(Error::corrupt(format!(
            "a block begins with bytes {:02x} {:02x} in place of \"CW\": this is no block of callweave",
            content[0], content[1]
        )));
    }
    let (version, found) = (content[2], content[3]);
    // Before the checksum, which another version may make otherwise.
    if found == kind as u8 && !kind.versions().contains(&version) {
        return Err(kind.unknown_version(version));
    }
    if checksum(content) != sum {
        return Err(Error::corrupt(format!(
            "the checksum of a block of {} bytes does not match: it was changed or cut after it was written",
            block.len()
        )));
    }
    if found != kind as u8 {
        return Err(Error::corrupt(format!(
            "a block has kind {found} where kind {} ({kind:?}) is read",
            kind as u8
        )));
    }
    Ok((version, bytes::Reader::new(&content[HEADER_BYTES..])))
}

fn checksum(content: &[u8]) -> [u8; CHECKSUM_BYTES] {
    (xxh3_64(content) as u32).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(block: &[u8]) -> String {
        match open(block, Kind::Legs) {
            Err(error) => error.to_string(),
            Ok(_) => "opened".into(),
        }
    }

    /// A block of this version and body.
    fn block(version: u8, kind: Kind, body: &[u8]) -> Vec<u8> {
        let mut block = Vec::new();
        let start = begin(&mut block, kind);
        block[2] = version;
        block.extend_from_slice(body);
        seal(&mut block, start);
        block
    }

    #[test]
    fn a_block_that_was_damaged_is_refused_with_the_reason() {
        let good = block(Kind::Legs.written(), Kind::Legs, b"body");
        assert_eq!(message(&good), "opened");
        assert!(message(&good[..5]).contains("its tail is lost"));
        assert!(message(&good[..good.len() - 1]).contains("checksum"));
        assert!(message(b"XXXXXXXXXXX").contains("no block of callweave"));
        for bit in 0..good.len() * 8 {
            let mut flipped = good.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(message(&flipped), "opened", "bit {bit}");
        }
    }

    #[test]
    fn a_block_of_another_version_or_kind_is_refused_by_name() {
        assert!(
            message(&block(9, Kind::Legs, b"")).contains("Legs has version 9; this build reads version 1:")
        );
        assert!(message(&block(1, Kind::Halves, b"")).contains("kind 2 where kind 1"));
    }
}
