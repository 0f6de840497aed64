//! Refuses a command line that writes a file twice, or a file that it reads.
//!
//! The types of the flags say which files are read and which are written: [`InputPath`],
//! [`OutputPath`] and [`Source`]. So a new flag is looked at without further ado. Files are compared
//! as what they are, not as they are spelled, and before any is opened for writing.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};

use crate::console::STANDARD;
use crate::paths::{own_descriptor, resolve, Identity, InputPath, Kind, OutputPath};
use crate::source::Source;

/// What is done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// A file and what names it.
#[derive(Clone, Debug)]
struct Use {
    /// An option and its value, or a standard stream.
    name: String,
    access: Access,
    stream: Option<Stream>,
    /// It is a stream that no option names.
    is_redirection: bool,
    identity: Option<Identity>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Stdin,
    Stdout,
    Stderr,
}

/// Looks at all files of a command line, and at what stdout and stderr are redirected to.
///
/// # Errors
/// When a file is written twice, or is both read and written, or a pipe is read twice: one line that
/// names both.
pub fn refuse(command: &Command, matches: &ArgMatches) -> anyhow::Result<()> {
    let mut named = Vec::new();
    for arg in command.get_arguments() {
        named.extend(paths_of(arg, matches).into_iter().map(|(access, path)| Use::of(arg, access, &path)));
    }
    let redirected = [
        Use::of_stream("stdout", Stream::Stdout, std::io::stdout().as_fd()),
        Use::of_stream("stderr", Stream::Stderr, std::io::stderr().as_fd()),
    ];
    for (position, one) in named.iter().enumerate() {
        for other in named[position + 1..].iter().chain(&redirected) {
            if let Some(problem) = one.clashes_with(other) {
                anyhow::bail!(problem);
            }
        }
    }
    Ok(())
}

fn paths_of(arg: &Arg, matches: &ArgMatches) -> Vec<(Access, PathBuf)> {
    let id = arg.get_id().as_str();
    if let Ok(Some(paths)) = matches.try_get_many::<InputPath>(id) {
        return paths.map(|path| (Access::Read, path.to_path_buf())).collect();
    }
    if let Ok(Some(paths)) = matches.try_get_many::<OutputPath>(id) {
        return paths.map(|path| (Access::Write, path.to_path_buf())).collect();
    }
    let Ok(Some(sources)) = matches.try_get_many::<Source>(id) else {
        return Vec::new();
    };
    let files = sources.filter_map(|source| match source {
        Source::File(path) => Some((Access::Read, path.clone())),
        Source::Topic(_) => None,
    });
    files.collect()
}

impl Use {
    fn of(arg: &Arg, access: Access, path: &Path) -> Self {
        let option = match (arg.get_long(), arg.get_value_names()) {
            (Some(long), _) => format!("--{long}"),
            (None, Some([name, ..])) => name.to_string(),
            (None, _) => arg.get_id().to_string(),
        };
        let name = format!("{option} {}", path.display());
        let stream = standard_stream(access, path);
        let identity = match stream {
            Some(Stream::Stdin) => of_descriptor(std::io::stdin().as_fd()),
            Some(Stream::Stdout) => of_descriptor(std::io::stdout().as_fd()),
            // What cannot be looked at cannot be opened either, and is an error then.
            _ => Identity::of(path).ok(),
        };
        Self { name, access, stream, is_redirection: false, identity }
    }

    fn of_stream(name: &str, stream: Stream, descriptor: BorrowedFd<'_>) -> Self {
        Self {
            name: name.to_owned(),
            access: Access::Write,
            stream: Some(stream),
            is_redirection: true,
            identity: of_descriptor(descriptor),
        }
    }

    /// What is wrong if both are one file.
    fn clashes_with(&self, other: &Use) -> Option<String> {
        let same_file = self.identity.is_some() && self.identity == other.identity;
        let same_stream = self.stream.is_some() && self.stream == other.stream;
        // An option may name the stream that all other text goes to, too.
        let is_asked_for = self.access == Access::Write && self.stream.is_some() && other.is_redirection;
        if is_asked_for || !(same_file || same_stream) {
            return None;
        }
        let kind = self.identity.as_ref().map(Identity::kind);
        let (one, two) = (&self.name, &other.name);
        let how =
            if other.is_redirection { "redirect it to another file" } else { "give each a file of its own" };
        match (self.access, other.access) {
            (Access::Write, Access::Write) if same_stream || kind != Some(Kind::TwoWay) => {
                Some(format!("{one} and {two} would write the same file: {how}"))
            }
            (Access::Read, Access::Read) if same_stream || kind == Some(Kind::Pipe) => {
                Some(format!("{one} and {two} are the same stream, which can be read only once: {how}"))
            }
            (Access::Read, Access::Write) if kind != Some(Kind::TwoWay) => {
                Some(format!("{two} would write the file that {one} reads: {how}"))
            }
            (Access::Write, Access::Read) if kind != Some(Kind::TwoWay) => {
                Some(format!("{one} would write the file that {two} reads: {how}"))
            }
            _ => None,
        }
    }
}

/// The standard stream that a path stands for.
fn standard_stream(access: Access, path: &Path) -> Option<Stream> {
    let is_standard = path == Path::new(STANDARD);
    match access {
        Access::Read => is_standard.then_some(Stream::Stdin),
        Access::Write if is_standard => Some(Stream::Stdout),
        Access::Write => {
            let descriptor = own_descriptor(&resolve(path).ok()?);
            (descriptor == Some(2)).then_some(Stream::Stderr)
        }
    }
}

/// The file behind a descriptor; `None` if it is closed.
fn of_descriptor(descriptor: BorrowedFd<'_>) -> Option<Identity> {
    let metadata = File::from(descriptor.try_clone_to_owned().ok()?).metadata().ok()?;
    Some(Identity::of_existing(&metadata))
}
