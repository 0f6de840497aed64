//! Output files of lines, compressed or not.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{fchown, FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use callweave_parquet::Table;
use flate2::write::GzEncoder;

use crate::advice::cannot_create;
use crate::console::STANDARD;
use crate::console::{self, tell};
use crate::csv;
use crate::parquet;
use crate::paths::{own_descriptor, resolve};
use crate::unfinished::Unfinished;

const BUFFER_BYTES: usize = 1 << 20;

/// A file in the making, compressed as the end of its name says: `.gz`, `.zst`, or not at all; or one of Parquet, or of CSV.
///
/// A file that was there keeps its permissions, and its owner as far as this process may set it. At
/// the end of a symbolic link it is the file that is written, not the link. Dropped before it is
/// [finished](Self::finish), it leaves nothing behind, unless it goes to `-`, a pipe or a device.
pub struct OutputFile {
    encoder: Encoder,
    /// `None` for what goes to a stream, or is to stay whatever comes.
    unfinished: Option<Unfinished>,
    path: PathBuf,
}

enum Encoder {
    Plain(Box<dyn Write + Send>),
    Gzip(GzEncoder<Box<dyn Write + Send>>),
    Zstd(zstd::Encoder<'static, Box<dyn Write + Send>>),
    Parquet(Box<parquet::RowWriter<Box<dyn Write + Send>>>),
    Csv(Box<csv::RowWriter<Encoder>>),
}

/// A file that only lacks its name.
struct Complete {
    unfinished: Option<Unfinished>,
    failed: String,
}

/// What a path leads to.
enum Destination {
    /// Stdout, stderr, a pipe or a device.
    Stream(Box<dyn Write + Send>),
    /// A regular file, or none yet; through all links.
    Stored(PathBuf),
}

impl OutputFile {
    /// Begins a file that appears when it is finished.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        Self::begin(path, None, beside)
    }

    /// As [`create`](Self::create), for lines of JSON that are the rows of a table: a name that ends in `.parquet`
    /// makes a Parquet file, one in `.csv`, `.csv.gz` or `.csv.zst` one of CSV.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create_table(path: &Path, table: Table) -> anyhow::Result<Self> {
        Self::begin(path, Some(table), beside)
    }

    /// Begins a file that can be followed while it grows; one that is there is emptied at once.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create_in_place(path: &Path) -> anyhow::Result<Self> {
        Self::begin(path, None, Unfinished::in_place)
    }

    fn begin(
        path: &Path,
        table: Option<Table>,
        store: impl FnOnce(&Path) -> io::Result<(File, Unfinished)>,
    ) -> anyhow::Result<Self> {
        let begin = || {
            let table = table_of(path, table)?;
            let (file, unfinished): (Box<dyn Write + Send>, _) = match Destination::of(path)? {
                Destination::Stream(stream) => (stream, None),
                Destination::Stored(target) => {
                    let (file, unfinished) = store(&target)?;
                    (Box::new(file), Some(unfinished))
                }
            };
            Ok(Self { encoder: Encoder::new(file, path, table)?, unfinished, path: path.to_owned() })
        };
        begin().map_err(|error| cannot_create(path, &error))
    }

    /// From now on a file that was created in place keeps what it has, even if it is never finished.
    ///
    /// # Errors
    /// When the system refuses it.
    pub fn keep(&mut self) -> anyhow::Result<()> {
        self.unfinished.take().map_or(Ok(()), Unfinished::finish).with_context(|| self.failed())
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// When the file does not take them.
    pub fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.encoder.writer().write_all(bytes).with_context(|| self.failed())
    }

    /// Hands what was written to the operating system, as far as the compression allows.
    ///
    /// # Errors
    /// When the file does not take it.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        self.encoder.writer().flush().with_context(|| self.failed())
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// When the file does not take what is left.
    pub fn finish(self) -> anyhow::Result<()> {
        Self::finish_all([self])
    }

    /// Ends before the end of what was to be written: what went to a stream is completed, a file is
    /// removed, which is told on stderr.
    ///
    /// # Errors
    /// When the stream does not take what is left.
    pub fn abandon(self) -> anyhow::Result<()> {
        if self.unfinished.is_none() {
            return self.finish();
        }
        tell(format_args!("{} was not finished and is not kept", self.path.display()));
        Ok(())
    }

    /// Completes all files, and only then gives them their names: where one does not take what is left,
    /// none appears.
    ///
    /// # Errors
    /// When one does not take what is left.
    pub fn finish_all(files: impl IntoIterator<Item = Self>) -> anyhow::Result<()> {
        let complete = files.into_iter().map(Self::complete).collect::<anyhow::Result<Vec<_>>>()?;
        complete.into_iter().try_for_each(Complete::persist)
    }

    fn complete(self) -> anyhow::Result<Complete> {
        let failed = self.failed();
        self.encoder.finish().with_context(|| failed.clone())?;
        Ok(Complete { unfinished: self.unfinished, failed })
    }

    fn failed(&self) -> String {
        format!("cannot write {}", self.path.display())
    }
}

impl Complete {
    fn persist(self) -> anyhow::Result<()> {
        self.unfinished.map_or(Ok(()), Unfinished::finish).context(self.failed)
    }
}

impl Encoder {
    fn new(file: Box<dyn Write + Send>, path: &Path, table: Option<Table>) -> io::Result<Self> {
        let file: Box<dyn Write + Send> = Box::new(BufWriter::with_capacity(BUFFER_BYTES, file));
        if let (Some(table), true) = (table, parquet::is_by_name(path)) {
            return Ok(Encoder::Parquet(Box::new(parquet::RowWriter::new(file, table)?)));
        }
        let encoder = match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Encoder::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => Encoder::Zstd(zstd::Encoder::new(file, 0)?),
            _ => Encoder::Plain(file),
        };
        Ok(match table {
            Some(table) => Encoder::Csv(Box::new(csv::RowWriter::new(encoder, table)?)),
            None => encoder,
        })
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Encoder::Plain(mut file) => file.flush(),
            Encoder::Gzip(encoder) => encoder.finish()?.flush(),
            Encoder::Zstd(encoder) => encoder.finish()?.flush(),
            Encoder::Parquet(rows) => rows.finish()?.flush(),
            Encoder::Csv(rows) => rows.finish()?.finish(),
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Encoder::Plain(file) => file,
            Encoder::Gzip(encoder) => encoder,
            Encoder::Zstd(encoder) => encoder,
            Encoder::Parquet(rows) => rows,
            Encoder::Csv(rows) => rows,
        }
    }
}

impl Write for Encoder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}

/// The table that a file has rows of; `None` for lines.
fn table_of(path: &Path, table: Option<Table>) -> io::Result<Option<Table>> {
    match table {
        _ if !has_rows(path) => Ok(None),
        Some(table) => Ok(Some(table)),
        None => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this output has no columns of Parquet or CSV; give its file another ending",
        )),
    }
}

/// Whether the name of a file says that it is to have rows of columns.
pub fn has_rows(path: &Path) -> bool {
    parquet::is_by_name(path) || csv::is_by_name(path)
}

impl Destination {
    fn of(path: &Path) -> io::Result<Self> {
        if path == Path::new(STANDARD) {
            return Ok(Self::Stream(Box::new(console::stdout()?)));
        }
        let target = resolve(path)?;
        // Opened anew, a file behind a descriptor would be written from its beginning.
        match own_descriptor(&target) {
            Some(1) => return Ok(Self::Stream(Box::new(console::stdout()?))),
            Some(2) => return Ok(Self::Stream(Box::new(console::stderr()?))),
            _ => {}
        }
        match target.metadata() {
            Ok(metadata) if is_stream(&metadata) || own_descriptor(&target).is_some() => {
                Ok(Self::Stream(Box::new(OpenOptions::new().write(true).open(target)?)))
            }
            _ => Ok(Self::Stored(target)),
        }
    }
}

fn is_stream(metadata: &std::fs::Metadata) -> bool {
    let kind = metadata.file_type();
    kind.is_fifo() || kind.is_char_device() || kind.is_block_device() || kind.is_socket()
}

/// An empty file in the folder of `target`, where renaming it to `target` is one step; with the
/// permissions of the file that it is to replace.
fn beside(target: &Path) -> io::Result<(File, Unfinished)> {
    // As a shell would: what may not be written is not replaced either. A folder is an error, too.
    let replaced = match OpenOptions::new().write(true).open(target) {
        Ok(file) => Some(file.metadata()?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let Some(replaced) = replaced else {
        return Unfinished::beside(target, 0o666);
    };
    // Nobody else reads it before it has its owner.
    let (file, unfinished) = Unfinished::beside(target, 0o600)?;
    let created = file.metadata()?;
    if (created.uid(), created.gid()) != (replaced.uid(), replaced.gid()) {
        // Only root may give files away. A group that one is not in stays with its own.
        let _ = fchown(&file, Some(replaced.uid()), Some(replaced.gid()))
            .or_else(|_| fchown(&file, None, Some(replaced.gid())));
    }
    file.set_permissions(PermissionsExt::from_mode(replaced.mode() & 0o777))?;
    Ok((file, unfinished))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn written(path: &Path, text: &str) {
        let mut file = OutputFile::create(path).unwrap();
        file.write(text.as_bytes()).unwrap();
        file.finish().unwrap();
    }

    #[test]
    fn a_file_that_is_dropped_unfinished_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        std::fs::write(&path, "before").unwrap();
        let mut file = OutputFile::create(&path).unwrap();
        file.write(b"after").unwrap();
        drop(file);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_permissions_and_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        for mode in [0o600, 0o640, 0o666] {
            std::fs::write(&path, "before").unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            // Only root may: for all others the owner is the same before and after anyway.
            let _ = std::os::unix::fs::chown(&path, Some(1), Some(1));
            let before = path.metadata().unwrap();
            written(&path, "after");
            let after = path.metadata().unwrap();
            assert_ne!(after.ino(), before.ino(), "the new file appears when it is finished");
            assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "after");
            assert_eq!(path.metadata().unwrap().mode() & 0o777, mode);
        }
    }

    #[test]
    fn at_the_end_of_links_the_file_is_replaced_and_the_links_stay() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("far")).unwrap();
        std::fs::write(at("far/file"), "before").unwrap();
        symlink("far/file", at("link")).unwrap();
        symlink("link", at("chain")).unwrap();
        symlink("far/new", at("dangling")).unwrap();
        written(&at("chain"), "after");
        written(&at("dangling"), "new");
        assert!(at("chain").is_symlink() && at("link").is_symlink() && at("dangling").is_symlink());
        assert_eq!(std::fs::read_to_string(at("far/file")).unwrap(), "after");
        assert_eq!(std::fs::read_to_string(at("far/new")).unwrap(), "new");
    }

    #[test]
    fn a_device_behind_a_link_is_written_to_and_the_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/dev/null", &link).unwrap();
        written(&link, "nothing");
        OutputFile::create_in_place(&link).unwrap().finish().unwrap();
        assert_eq!(link.read_link().unwrap(), Path::new("/dev/null"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_descriptor_behind_a_link_is_written_to_and_the_link_stays() {
        use std::os::fd::AsRawFd;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let behind = File::create(at("file")).unwrap();
        let descriptor = format!("/proc/self/fd/{}", behind.as_raw_fd());
        symlink(&descriptor, at("link")).unwrap();
        written(&at("link"), "after");
        assert_eq!(at("link").read_link().unwrap(), Path::new(&descriptor));
        assert_eq!(std::fs::read_to_string(at("file")).unwrap(), "after");
        let node = at("file").metadata().unwrap().ino();
        assert_eq!(behind.metadata().unwrap().ino(), node, "written, not replaced");
    }

    #[test]
    fn a_file_that_is_made_in_place_is_gone_if_it_is_dropped_and_stays_if_it_is_to_be_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let mut file = OutputFile::create_in_place(&path).unwrap();
        file.write(b"one\n").unwrap();
        file.flush().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\n", "it can be followed");
        drop(file);
        assert!(!path.exists());
        let mut file = OutputFile::create_in_place(&path).unwrap();
        file.write(b"one\n").unwrap();
        file.keep().unwrap();
        drop(file);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\n");
    }

    #[test]
    fn errors_name_the_file() {
        let missing = Path::new("/nowhere/lines");
        let error = OutputFile::create(missing).err().unwrap().to_string();
        assert!(error.starts_with("cannot create /nowhere/lines: No such file or directory"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        assert!(OutputFile::create(folder.path()).is_err(), "a folder is no file");
        assert!(OutputFile::create_in_place(folder.path()).is_err(), "a folder is no file");
    }
}
