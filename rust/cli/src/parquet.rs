//! Parquet files, read and written as lines of JSON.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use callweave_parquet::{Rows, Table, Writer, MAGIC};

use crate::position::Position;

/// Whether the name of a file says that Parquet is to be written.
pub fn is_by_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "parquet")
}

/// Whether a regular file is one of Parquet, by its first bytes.
///
/// # Errors
/// When they cannot be read.
pub fn is_parquet(file: &File) -> io::Result<bool> {
    let mut begin = [0; MAGIC.len()];
    match file.read_exact_at(&mut begin, 0) {
        Ok(()) => Ok(begin == MAGIC),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The rows of a file as lines of JSON.
pub struct RowLines {
    rows: Rows,
    lines: Vec<u8>,
    taken: usize,
    position: Position,
}

impl RowLines {
    /// Opens a file whose position tells how much of it was read.
    ///
    /// # Errors
    /// When it is not whole.
    pub fn open(file: File, position: Position) -> io::Result<Self> {
        let rows = Rows::open(file).map_err(io::Error::other)?;
        Ok(Self { rows, lines: Vec::new(), taken: 0, position })
    }
}

impl Read for RowLines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.lines.len() {
            let more = self.rows.next().map_err(io::Error::other)?;
            // Rows are what it can be told by: which bytes they lie in is up to the file's columns.
            self.position.set_share(self.rows.read(), self.rows.count());
            let Some(lines) = more else {
                return Ok(0);
            };
            (self.lines, self.taken) = (lines, 0);
        }
        let left = &self.lines[self.taken..];
        let bytes = left.len().min(buffer.len());
        buffer[..bytes].copy_from_slice(&left[..bytes]);
        self.taken += bytes;
        Ok(bytes)
    }
}

/// Takes lines of JSON, and writes them as rows to a file.
pub struct RowWriter<W> {
    writer: Writer,
    file: W,
}

impl<W: Write> RowWriter<W> {
    /// Begins a file of an output.
    ///
    /// # Errors
    /// Never for the tables that there are.
    pub fn new(file: W, table: Table) -> io::Result<Self> {
        Ok(Self { writer: Writer::new(table).map_err(io::Error::other)?, file })
    }

    /// Writes what is left, and the end of the file.
    ///
    /// # Errors
    /// When the file does not take it.
    pub fn finish(mut self) -> io::Result<W> {
        self.writer.finish().map_err(io::Error::other)?;
        self.file.write_all(&self.writer.take())?;
        Ok(self.file)
    }
}

impl<W: Write> Write for RowWriter<W> {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.writer.push(lines).map_err(io::Error::other)?;
        self.file.write_all(&self.writer.take())?;
        Ok(lines.len())
    }

    /// Hands on whole row groups: a part of one is not readable yet.
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use crate::files;
    use crate::format::Names;
    use crate::lines::LineReader;
    use crate::output::OutputFile;

    use super::*;

    const CALLS: &str =
        "{\"id\":\"a\",\"src_ip\":\"10.0.0.1\",\"dst_ip\":\"10.0.0.2\",\"start_at_ms\":1000}\n";

    fn written(path: &Path, lines: &str) {
        let mut file = OutputFile::create_table(path, Table::Links).unwrap();
        file.write(lines.as_bytes()).unwrap();
        file.finish().unwrap();
    }

    #[test]
    fn a_table_is_parquet_by_its_name_and_read_back_by_its_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (rows, other_name) = (folder.path().join("calls.parquet"), folder.path().join("calls"));
        written(&rows, CALLS);
        std::fs::rename(&rows, &other_name).unwrap();
        let (mut reader, position) = LineReader::open(&other_name, 1 << 20, Names::BuiltIn).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().text, CALLS.as_bytes());
        assert_eq!(reader.next().unwrap(), None);
        assert_eq!(Some(position.bytes()), position.length());
        let lines = folder.path().join("calls.jsonl");
        written(&lines, CALLS);
        assert_eq!(std::fs::read_to_string(lines).unwrap(), CALLS);
    }

    #[test]
    fn an_output_without_columns_is_no_parquet() {
        let error = OutputFile::create(Path::new("/nowhere/page.parquet")).err().unwrap().to_string();
        assert_eq!(
            error,
            "cannot create /nowhere/page.parquet: this output has no columns of Parquet or CSV; give its file another ending"
        );
    }

    #[test]
    fn a_file_that_is_not_whole_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.parquet");
        written(&path, CALLS);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
        let error = format!("{:#}", files::open_lines(&path, Names::BuiltIn).err().unwrap());
        let says = format!("cannot read {}: it is no whole Parquet file: ", path.display());
        assert!(error.starts_with(&says), "{error}");
    }

    #[test]
    fn rows_with_other_names_and_messages_are_refused_with_what_would_be_right() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.parquet");
        written(&path, CALLS);
        let error = files::open_lines(&path, Names::Protobuf).err().unwrap().to_string();
        assert!(error
            .ends_with("is a Parquet file, whose rows are read as JSON: leave out --input-format protobuf"));
        let mut other = OutputFile::create_table(&path, Table::Rejects).unwrap();
        other.write(serde_json::json!({"value": CALLS.trim_end()}).to_string().as_bytes()).unwrap();
        other.finish().unwrap();
        let error = files::open_lines(&path, Names::BuiltIn).err().unwrap().to_string();
        let says = "JSON in a string in the field value, not calls with the job's names: write a file with a row for";
        assert!(error.starts_with("the rows of the Parquet file ") && error.contains(says), "{error}");
    }

    #[test]
    fn a_pipe_cannot_hold_what_is_read_from_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.parquet.gz");
        let mut file = OutputFile::create(&path).unwrap();
        file.write(&MAGIC).unwrap();
        file.finish().unwrap();
        let error = files::open_lines(&path, Names::BuiltIn).err().unwrap().to_string();
        assert!(
            error.ends_with(
                "is a Parquet file, which is read from its end: name the file itself, not compressed"
            ),
            "{error}"
        );
    }
}
