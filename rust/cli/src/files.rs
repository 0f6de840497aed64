//! Input files of lines, compressed or not.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::Context;

use crate::compression::Compression;
use crate::console::{self, STANDARD};
use crate::csv;
use crate::decompress::{decompress, peek};
use crate::format::{Format, Names, HEAD_BYTES};
use crate::parquet::{is_parquet, RowLines};
use crate::position::{Counted, Position};

const BUFFER_BYTES: usize = 1 << 20;

/// Opens a file, or stdin for `-`. Whether it is compressed with gzip or zstd, or has the rows of Parquet, is told
/// by its first bytes.
///
/// # Errors
/// When it cannot be opened, or its beginning cannot be read.
pub fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead + Send>> {
    let (file, _, _) = open_plain(path)?;
    Ok(file)
}

/// Opens a file of records as [`open`] does, or one with the rows of CSV, which its name tells, and tells how much of
/// it has been read. Its lines must be JSON objects with these names.
///
/// # Errors
/// As [`open`], and when its beginning shows that it is something else: then the error says what, and
/// which command makes lines of it.
pub fn open_lines(path: &Path, names: Names) -> anyhow::Result<(Box<dyn BufRead + Send>, Position)> {
    let (mut file, mut packing, position) = open_plain(path)?;
    if csv::is_by_name(path) && packing != Packing::Rows("Parquet") {
        let rows = csv::RowLines::new(file).with_context(|| cannot_read(path))?;
        (file, packing) = (Box::new(BufReader::with_capacity(BUFFER_BYTES, rows)), Packing::Rows("CSV"));
    }
    if let (Packing::Rows(kind), Names::Protobuf) = (packing, names) {
        anyhow::bail!(
            "{} is a {kind} file, whose rows are read as JSON: leave out --input-format protobuf",
            path.display()
        );
    }
    let file = peek(file, HEAD_BYTES);
    // Of a file that breaks off here not even its beginning is known; who reads it comes to the error.
    let format = Format::of_file(file.head()).filter(|format| !file.has_failed() && !names.fit(format));
    if let Some(format) = format {
        match packing {
            Packing::Rows(kind) => anyhow::bail!("{}", format.refusal_of_rows(path, kind)),
            Packing::Lines(compression) => anyhow::bail!("{}", format.refusal(path, compression)),
        }
    }
    Ok((Box::new(file), position))
}

/// The text of a small file.
///
/// # Errors
/// When it cannot be read, is larger than 1 MiB, or is not UTF-8.
pub fn read_small(path: &Path) -> anyhow::Result<String> {
    String::from_utf8(read_small_bytes(path)?).map_err(|_| anyhow::anyhow!("{} is not UTF-8", path.display()))
}

/// What is in a small file.
///
/// # Errors
/// When it cannot be read, or is larger than 1 MiB.
pub fn read_small_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    const MAX_BYTES: u64 = 1 << 20;
    let mut bytes = Vec::new();
    open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).with_context(|| cannot_read(path))?;
    anyhow::ensure!(bytes.len() as u64 <= MAX_BYTES, "{} is larger than 1 MiB", path.display());
    Ok(bytes)
}

/// What the lines of a file were before they were read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    /// Lines, compressed or not.
    Lines(Option<Compression>),
    /// Rows of this kind of file.
    Rows(&'static str),
}

type Opened = (Box<dyn BufRead + Send>, Packing, Position);

fn open_plain(path: &Path) -> anyhow::Result<Opened> {
    let failed = || cannot_read(path);
    let mut position = Position::default();
    let inner: Box<dyn Read + Send> = if path == Path::new(STANDARD) {
        Box::new(console::stdin().with_context(failed)?)
    } else {
        let file = File::open(path).with_context(failed)?;
        let metadata = file.metadata().with_context(failed)?;
        anyhow::ensure!(
            !metadata.is_dir(),
            "{path} is a folder; files are wanted, as {path}/*",
            path = path.display()
        );
        position = Position::of(metadata.is_file().then_some(metadata.len()));
        if metadata.is_file() && is_parquet(&file).with_context(failed)? {
            let rows = RowLines::open(file, position.clone()).with_context(failed)?;
            return Ok((
                Box::new(BufReader::with_capacity(BUFFER_BYTES, rows)),
                Packing::Rows("Parquet"),
                position,
            ));
        }
        Box::new(file)
    };
    let counted = Counted::new(inner, position.clone());
    let file = BufReader::with_capacity(BUFFER_BYTES, counted);
    let (file, compression) = decompress(file).with_context(failed)?;
    Ok((file, Packing::Lines(compression), position))
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::OutputFile;

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
    fn a_small_file_is_read_as_it_is_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("services.csv");
        std::fs::write(&path, "10.0.0.1,shop\n").unwrap();
        assert_eq!(read_small(&path).unwrap(), "10.0.0.1,shop\n");
    }

    #[test]
    fn errors_name_the_file() {
        let missing = Path::new("/nowhere/lines");
        assert_eq!(open(missing).err().unwrap().to_string(), "cannot read /nowhere/lines");
    }
}
