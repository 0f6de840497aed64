//! Files of lines, compressed or not.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use anyhow::Context;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use crate::decompress::{decompress, peek, Compression};
use crate::format::{Format, HEAD_BYTES};

const BUFFER_BYTES: usize = 1 << 20;

/// The name that stands for stdin or stdout.
pub const STANDARD: &str = "-";

/// How much of a file has been read, as it lies on the disk. Clones tell the same.
#[derive(Clone, Debug, Default)]
pub struct Position {
    read: Arc<AtomicU64>,
    length: Option<u64>,
}

impl Position {
    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The length of the file; `None` if it has none, as a pipe.
    pub fn length(&self) -> Option<u64> {
        self.length
    }
}

struct Counted<R> {
    inner: R,
    position: Position,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.position.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

/// Opens a file, or stdin for `-`. Whether it is compressed with gzip or zstd is told by its first
/// bytes.
///
/// # Errors
/// When it cannot be opened, or its beginning cannot be read.
pub fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead + Send>> {
    let (file, _, _) = open_plain(path)?;
    Ok(file)
}

/// Opens a file as [`open`] does, and tells how much of it has been read. Its lines must be JSON objects.
///
/// # Errors
/// As [`open`], and when its beginning shows that it is something else: then the error says what, and
/// which command makes lines of it.
pub fn open_lines(path: &Path) -> anyhow::Result<(Box<dyn BufRead + Send>, Position)> {
    let (file, compression, position) = open_plain(path)?;
    let (head, file) = peek(file, HEAD_BYTES).with_context(|| cannot_read(path))?;
    if let Some(format) = Format::of_file(&head) {
        anyhow::bail!("{}", format.refusal(path, compression));
    }
    Ok((Box::new(file), position))
}

type Opened = (Box<dyn BufRead + Send>, Option<Compression>, Position);

fn open_plain(path: &Path) -> anyhow::Result<Opened> {
    let failed = || cannot_read(path);
    let mut position = Position::default();
    let inner: Box<dyn Read + Send> = if path == Path::new(STANDARD) {
        Box::new(std::io::stdin())
    } else {
        let file = File::open(path).with_context(failed)?;
        let metadata = file.metadata().with_context(failed)?;
        anyhow::ensure!(
            !metadata.is_dir(),
            "{path} is a folder; files are wanted, as {path}/*",
            path = path.display()
        );
        position.length = metadata.is_file().then_some(metadata.len());
        Box::new(file)
    };
    let counted = Counted { inner, position: position.clone() };
    let file = BufReader::with_capacity(BUFFER_BYTES, counted);
    let (file, compression) = decompress(file).with_context(failed)?;
    Ok((file, compression, position))
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read {}", path.display())
}

/// A file in the making, compressed as the end of its name says: `.gz`, `.zst`, or not at all.
///
/// Dropped before it is [finished](Self::finish), it leaves nothing behind, unless it was created in
/// place, as `-`, a pipe and a device always are.
pub struct OutputFile {
    encoder: Encoder,
    /// The file under another name, until it is finished.
    unfinished: Option<tempfile::TempPath>,
    path: PathBuf,
}

enum Encoder {
    Plain(Box<dyn Write + Send>),
    Gzip(GzEncoder<Box<dyn Write + Send>>),
    Zstd(zstd::Encoder<'static, Box<dyn Write + Send>>),
}

impl OutputFile {
    /// Begins a file that appears when it is finished.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new(STANDARD) || path.metadata().is_ok_and(|found| !found.is_file()) {
            return Self::create_in_place(path);
        }
        let failed = || cannot_create(path);
        let (file, unfinished) = beside(path).with_context(failed)?.into_parts();
        let encoder = Encoder::new(Box::new(file), path).with_context(failed)?;
        Ok(Self { encoder, unfinished: Some(unfinished), path: path.to_owned() })
    }

    /// Begins a file that can be followed while it grows.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create_in_place(path: &Path) -> anyhow::Result<Self> {
        let failed = || cannot_create(path);
        let file: Box<dyn Write + Send> = if path == Path::new(STANDARD) {
            Box::new(std::io::stdout())
        } else {
            Box::new(File::create(path).with_context(failed)?)
        };
        let encoder = Encoder::new(file, path).with_context(failed)?;
        Ok(Self { encoder, unfinished: None, path: path.to_owned() })
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
        let failed = format!("cannot write {}", self.path.display());
        let flushed = match self.encoder {
            Encoder::Plain(mut file) => file.flush(),
            Encoder::Gzip(encoder) => encoder.finish().and_then(|mut file| file.flush()),
            Encoder::Zstd(encoder) => encoder.finish().and_then(|mut file| file.flush()),
        };
        flushed.with_context(|| failed.clone())?;
        match self.unfinished {
            Some(unfinished) => unfinished.persist(&self.path).context(failed),
            None => Ok(()),
        }
    }

    fn failed(&self) -> String {
        format!("cannot write {}", self.path.display())
    }
}

impl Encoder {
    fn new(file: Box<dyn Write + Send>, path: &Path) -> std::io::Result<Self> {
        let file: Box<dyn Write + Send> = Box::new(BufWriter::with_capacity(BUFFER_BYTES, file));
        Ok(match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Encoder::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => Encoder::Zstd(zstd::Encoder::new(file, 0)?),
            _ => Encoder::Plain(file),
        })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Encoder::Plain(file) => file,
            Encoder::Gzip(encoder) => encoder,
            Encoder::Zstd(encoder) => encoder,
        }
    }
}

fn cannot_create(path: &Path) -> String {
    format!("cannot create {}", path.display())
}

/// An empty file in the folder of `path`, where renaming it to `path` is one step.
fn beside(path: &Path) -> std::io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".callweave-").suffix(".unfinished");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(name: &str) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut file = OutputFile::create(&path).unwrap();
        file.write(b"one\n").unwrap();
        assert!(!path.exists(), "not before it is finished");
        file.write(b"two\n").unwrap();
        file.finish().unwrap();
        let mut text = String::new();
        open(&path).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntwo\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        std::fs::read(path).unwrap()
    }

    #[test]
    fn what_was_written_is_read_back_compressed_or_not() {
        assert_eq!(round_trip("plain"), b"one\ntwo\n");
        assert!(round_trip("lines.jsonl.gz").starts_with(&[0x1f, 0x8b]));
        assert!(round_trip("lines.jsonl.zst").starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    }

    #[test]
    fn a_file_of_several_gzip_members_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("members");
        let member = round_trip("a.gz");
        std::fs::write(&path, [member.clone(), member].concat()).unwrap();
        let mut text = String::new();
        open(&path).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntwo\none\ntwo\n");
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
    fn errors_name_the_file() {
        let missing = Path::new("/nowhere/lines");
        assert_eq!(open(missing).err().unwrap().to_string(), "cannot read /nowhere/lines");
        assert_eq!(OutputFile::create(missing).err().unwrap().to_string(), "cannot create /nowhere/lines");
    }
}
