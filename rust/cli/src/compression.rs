//! How files are compressed.

/// What a member of gzip begins with.
pub const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A frame that readers skip; pzstd begins its files with one. The first byte ends in any digit.
const ZSTD_SKIPPABLE_MAGIC: [u8; 4] = [0x50, 0x2a, 0x4d, 0x18];

/// Bytes of the beginning of a file that tell how it is compressed.
pub const LONGEST_MAGIC: usize = ZSTD_MAGIC.len();

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// With gzip, in one member or several.
    Gzip,
    /// With zstd, in one frame or several.
    Zstd,
}

impl Compression {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Gzip, Self::Zstd];

    /// The bytes that a file, member or frame of it begins with.
    pub fn magic(self) -> &'static [u8] {
        match self {
            Self::Gzip => &GZIP_MAGIC,
            Self::Zstd => &ZSTD_MAGIC,
        }
    }

    /// The command that reads and writes it.
    pub fn command(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Told by the first bytes, not by a name: no JSON begins like either.
    pub fn of(begin: &[u8]) -> Option<Self> {
        if begin.starts_with(&GZIP_MAGIC) {
            return Some(Self::Gzip);
        }
        let &[first, second, third, fourth] = begin else {
            return None;
        };
        let skippable = [first & 0xf0, second, third, fourth] == ZSTD_SKIPPABLE_MAGIC;
        (begin == ZSTD_MAGIC || skippable).then_some(Self::Zstd)
    }
}
