//! The paths of files on the command line: whether a file is read or written, and which file it is.

use std::fs::Metadata;
use std::io;
use std::ops::Deref;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use clap::builder::{MapValueParser, PathBufValueParser, TypedValueParser, ValueParserFactory};

use crate::console::STANDARD;

/// As many links in a chain as Linux follows.
const MAX_LINKS: usize = 40;

/// A file that the command reads; `-` is stdin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPath(PathBuf);

/// A file that the command writes; `-`, or whatever links to it like `/dev/stdout`, is stdout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputPath(PathBuf);

impl From<PathBuf> for InputPath {
    fn from(path: PathBuf) -> Self {
        Self(path)
    }
}

impl From<PathBuf> for OutputPath {
    fn from(path: PathBuf) -> Self {
        match resolve(&path) {
            Ok(target) if own_descriptor(&target) == Some(1) => Self(STANDARD.into()),
            _ => Self(path),
        }
    }
}

/// A parser of paths that are not empty.
type PathParser<T> = MapValueParser<PathBufValueParser, fn(PathBuf) -> T>;

impl ValueParserFactory for InputPath {
    type Parser = PathParser<Self>;

    fn value_parser() -> Self::Parser {
        PathBufValueParser::new().map(Self::from)
    }
}

impl ValueParserFactory for OutputPath {
    type Parser = PathParser<Self>;

    fn value_parser() -> Self::Parser {
        PathBufValueParser::new().map(Self::from)
    }
}

impl Deref for InputPath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Deref for OutputPath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

/// Which file a path leads to, however it is spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// One that exists, through all links.
    Existing {
        /// Its device and inode.
        node: (u64, u64),
        /// What it is.
        kind: Kind,
    },
    /// One that is yet to be made: the canonical folder, and the name.
    Missing(PathBuf),
}

/// What a file is, as far as it matters who reads and writes it at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file, a block device or a folder.
    Stored,
    /// A pipe: what one reader takes is gone for the others.
    Pipe,
    /// A terminal, `/dev/null` or a socket: reading is not what writing is.
    TwoWay,
}

impl Identity {
    /// The file at the end of a path.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn of(path: &Path) -> io::Result<Self> {
        let target = resolve(path)?;
        match target.metadata() {
            Ok(metadata) => Ok(Self::of_existing(&metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Missing(target)),
            Err(error) => Err(error),
        }
    }

    /// The file that has this metadata.
    pub fn of_existing(metadata: &Metadata) -> Self {
        let kind = metadata.file_type();
        let kind = if kind.is_fifo() {
            Kind::Pipe
        } else if kind.is_char_device() || kind.is_socket() {
            Kind::TwoWay
        } else {
            Kind::Stored
        };
        Self::Existing { node: (metadata.dev(), metadata.ino()), kind }
    }

    /// What the file is; one that is missing becomes a regular one.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Existing { kind, .. } => *kind,
            Self::Missing(_) => Kind::Stored,
        }
    }
}

/// The canonical folder and the name of the file that a path leads to through all links, whether or
/// not that file exists. What `/proc` says of a descriptor stays as it is: behind it may be a pipe,
/// which has no name.
///
/// # Errors
/// When a folder on the way cannot be read, or links go round in a circle.
pub fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Some(name) = path.file_name() else {
            return path.canonicalize();
        };
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder.canonicalize()?,
            _ => Path::new(".").canonicalize()?,
        };
        let target = folder.join(name);
        if is_descriptor_folder(&folder) || !target.is_symlink() {
            return Ok(target);
        }
        path = folder.join(target.read_link()?);
    }
    Err(io::Error::other("its links go round in a circle"))
}

/// The number of the descriptor of this process that a [resolved](resolve) path stands for.
pub fn own_descriptor(target: &Path) -> Option<u32> {
    let own = Path::new("/proc/self/fd").canonicalize().ok()?;
    let name = (target.parent()? == own).then(|| target.file_name())??;
    name.to_str()?.parse().ok()
}

fn is_descriptor_folder(folder: &Path) -> bool {
    folder.starts_with("/proc") && folder.ends_with("fd")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_spelling_of_a_file_is_that_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "").unwrap();
        std::fs::hard_link(at("file"), at("hard")).unwrap();
        symlink("file", at("soft")).unwrap();
        symlink(at("soft"), at("far")).unwrap();
        symlink(folder.path(), at("folder")).unwrap();
        std::fs::create_dir(at("inner")).unwrap();
        let file = Identity::of(&at("file")).unwrap();
        for spelling in ["./file", "hard", "soft", "far", "folder/file", "folder/inner/../soft"] {
            assert_eq!(Identity::of(&at(spelling)).unwrap(), file, "{spelling}");
        }
        std::fs::write(at("other"), "").unwrap();
        assert_ne!(Identity::of(&at("other")).unwrap(), file);
    }

    #[test]
    fn a_file_that_is_yet_to_be_made_is_told_by_its_folder_and_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink("new", at("soft")).unwrap();
        symlink(".", at("folder")).unwrap();
        let new = Identity::of(&at("new")).unwrap();
        for spelling in ["./new", "soft", "folder/soft"] {
            assert_eq!(Identity::of(&at(spelling)).unwrap(), new, "{spelling}");
        }
        assert_ne!(Identity::of(&at("newer")).unwrap(), new);
    }

    #[test]
    fn links_in_a_circle_are_an_error() {
        let folder = tempfile::tempdir().unwrap();
        symlink("a", folder.path().join("a")).unwrap();
        assert!(Identity::of(&folder.path().join("a")).is_err());
    }

    #[test]
    fn a_link_to_stdout_is_stdout() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/proc/self/fd/1", &link).unwrap();
        assert_eq!(*OutputPath::from(link), *Path::new(STANDARD));
    }
}
