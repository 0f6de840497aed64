//! CSV files, read and written as lines of JSON: by RFC 4180, with the names of the columns in the first row.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;

use callweave_parquet::Table;
use csv::{ByteRecord, Reader, ReaderBuilder};
use serde_json::value::RawValue;

use crate::framing::plain_extension;

/// Whether the name of a file says that it has rows of CSV, compressed or not.
pub fn is_by_name(path: &Path) -> bool {
    plain_extension(path).is_some_and(|extension| extension == "csv")
}

/// The rows of a file as lines of JSON. A value becomes a string, which stands for a number where one is wanted; an
/// empty one becomes null. What is no row of the columns becomes a line that is no JSON.
pub struct RowLines<R> {
    rows: Reader<R>,
    /// As JSON strings.
    names: Vec<String>,
    row: ByteRecord,
    line: Vec<u8>,
    taken: usize,
}

impl<R: Read> RowLines<R> {
    /// Reads the first row.
    ///
    /// # Errors
    /// When the file cannot be read, or has something else than commas between its columns.
    pub fn new(file: R) -> io::Result<Self> {
        let mut rows = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
        let mut row = ByteRecord::new();
        rows.read_byte_record(&mut row)?;
        let other = row.iter().flatten().find(|byte| matches!(byte, b';' | b'\t'));
        if let (1, Some(other)) = (row.len(), other) {
            let found = if *other == b';' { "semicolons" } else { "tabs" };
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("there are {found} between the names in its first row; commas are wanted"),
            ));
        }
        let names = row.iter().map(json_string).collect();
        Ok(Self { rows, names, row, line: Vec::new(), taken: 0 })
    }

    fn next(&mut self) -> io::Result<bool> {
        self.line.clear();
        self.taken = 0;
        if !self.rows.read_byte_record(&mut self.row)? {
            return Ok(false);
        }
        if self.row.len() == self.names.len() {
            self.write_object();
        } else {
            // A line of a file has no end of a line within.
            let values = self.row.iter().map(|value| value.escape_ascii().to_string());
            self.line.extend_from_slice(values.collect::<Vec<_>>().join(",").as_bytes());
        }
        self.line.push(b'\n');
        Ok(true)
    }

    fn write_object(&mut self) {
        let mut separator = b'{';
        for (name, value) in self.names.iter().zip(&self.row) {
            self.line.push(separator);
            self.line.extend_from_slice(name.as_bytes());
            self.line.push(b':');
            match value {
                b"" => self.line.extend_from_slice(b"null"),
                value => self.line.extend_from_slice(json_string(value).as_bytes()),
            }
            separator = b',';
        }
        self.line.push(b'}');
    }
}

fn json_string(text: &[u8]) -> String {
    serde_json::Value::from(String::from_utf8_lossy(text)).to_string()
}

impl<R: Read> Read for RowLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.line.len() && !self.next()? {
            return Ok(0);
        }
        let left = &self.line[self.taken..];
        let bytes = left.len().min(buffer.len());
        buffer[..bytes].copy_from_slice(&left[..bytes]);
        self.taken += bytes;
        Ok(bytes)
    }
}

/// Takes lines of JSON, and writes the fields that have a column as rows to a file: texts as they are, lists and
/// objects as JSON, and nothing for what is null or missing, where an empty text has quotes.
pub struct RowWriter<W> {
    columns: Vec<&'static str>,
    file: W,
    /// The beginning of a line whose end was not written yet.
    rest: Vec<u8>,
}

impl<W: Write> RowWriter<W> {
    /// Writes the first row.
    ///
    /// # Errors
    /// When the file does not take it.
    pub fn new(mut file: W, table: Table) -> io::Result<Self> {
        let columns: Vec<_> = table.names().collect();
        writeln!(file, "{}", columns.join(","))?;
        Ok(Self { columns, file, rest: Vec::new() })
    }

    /// Writes the last line, if it has no end; the file is to be flushed.
    ///
    /// # Errors
    /// When the file does not take it.
    pub fn finish(mut self) -> io::Result<W> {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.write_row(&rest)?;
        }
        Ok(self.file)
    }

    fn write_row(&mut self, line: &[u8]) -> io::Result<()> {
        let fields: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(line)?;
        let mut row = Vec::with_capacity(line.len());
        for (number, column) in self.columns.iter().enumerate() {
            if number > 0 {
                row.push(b',');
            }
            match fields.get(*column).map(|value| value.get()) {
                None | Some("null") => {}
                Some(text) if text.starts_with('"') => {
                    append(&serde_json::from_str::<Cow<'_, str>>(text)?, &mut row)
                }
                Some(value) => append(value, &mut row),
            }
        }
        row.push(b'\n');
        self.file.write_all(&row)
    }
}

/// In quotes where it has to be: an empty text is, to be told from none.
fn append(value: &str, row: &mut Vec<u8>) {
    if value.is_empty() || value.contains([',', '"', '\n', '\r']) {
        row.push(b'"');
        row.extend_from_slice(value.replace('"', "\"\"").as_bytes());
        row.push(b'"');
    } else {
        row.extend_from_slice(value.as_bytes());
    }
}

impl<W: Write> Write for RowWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = bytes;
        while let Some(end) = memchr::memchr(b'\n', lines) {
            let (line, others) = lines.split_at(end);
            lines = &others[1..];
            if self.rest.is_empty() {
                self.write_row(line)?;
            } else {
                let mut whole = std::mem::take(&mut self.rest);
                whole.extend_from_slice(line);
                self.write_row(&whole)?;
            }
        }
        self.rest.extend_from_slice(lines);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;
    use crate::format::Names;
    use crate::output::OutputFile;
    use proptest::prelude::*;
    use serde_json::{json, Value};

    fn read(text: &[u8]) -> Vec<String> {
        let mut lines = String::new();
        RowLines::new(text).unwrap().read_to_string(&mut lines).unwrap();
        lines.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_row_is_an_object_with_the_names_of_the_columns() {
        let text = "\u{feff}id,\"src_ip\",end\n\"a,\"\"b\"\"\",10.0.0.1,\r\n\n7,\"two\nlines\",1.5";
        let wanted = [
            r#"{"id":"a,\"b\"","src_ip":"10.0.0.1","end":null}"#,
            r#"{"id":"7","src_ip":"two\nlines","end":"1.5"}"#,
        ];
        assert_eq!(read(text.as_bytes()), wanted);
        assert!(read(b"").is_empty() && read(b"id,src_ip\n").is_empty());
    }

    #[test]
    fn a_row_with_more_or_fewer_columns_is_a_line_that_is_no_json() {
        assert_eq!(read(b"a,b\n1\n1,2,3\n4,5\n"), ["1", "1,2,3", r#"{"a":"4","b":"5"}"#]);
        assert_eq!(read(b"a,b\n\"{\n\"\n"), ["{\\n"]);
    }

    #[test]
    fn other_separators_are_refused() {
        for (text, found) in [("id;src_ip\n1;2\n", "semicolons"), ("id\tsrc_ip\n", "tabs")] {
            let error = RowLines::new(text.as_bytes()).err().unwrap().to_string();
            assert_eq!(
                error,
                format!("there are {found} between the names in its first row; commas are wanted")
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            texts in prop::collection::vec(("\\PC{0,8}", prop::option::of("[a,\"\r\n\u{e9}]{0,6}")), 0..20),
            piece in 1usize..50,
        ) {
            let records: Vec<Value> = texts
                .iter()
                .map(|(id, dst)| json!({"id": id, "no column": 1, "parents": [id, "b"], "dst_ip": dst}))
                .collect();
            let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
            let mut writer = RowWriter::new(Vec::new(), Table::Links).unwrap();
            for bytes in lines.as_bytes().chunks(piece) {
                writer.write_all(bytes).unwrap();
            }
            let back = read(&writer.finish().unwrap());
            prop_assert_eq!(back.len(), records.len());
            for (line, (id, dst)) in back.iter().zip(&texts) {
                let back: Value = serde_json::from_str(line).unwrap();
                // An empty text cannot be told from none where it is read.
                let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
                prop_assert_eq!(&back["id"], &text(id));
                prop_assert_eq!(&back["dst_ip"], &dst.as_deref().map_or(Value::Null, text));
                prop_assert_eq!(&back["parents"], &json!(json!([id, "b"]).to_string()));
                prop_assert_eq!(&back["src_ip"], &Value::Null);
                prop_assert_eq!(back.get("no column"), None);
            }
        }
    }

    #[test]
    fn a_file_is_csv_by_its_name_compressed_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let call = "{\"id\":\"a\",\"src_ip\":\"10.0.0.1\",\"dst_ip\":\"10.0.0.2\",\"start_at_ms\":1000}\n";
        for name in ["calls.csv", "calls.csv.gz", "calls.csv.zst"] {
            let path = folder.path().join(name);
            let mut file = OutputFile::create_table(&path, Table::Links).unwrap();
            file.write(call.as_bytes()).unwrap();
            file.finish().unwrap();
            let (mut reader, _) = files::open_lines(&path, Names::BuiltIn).unwrap();
            let mut line = String::new();
            reader.read_to_string(&mut line).unwrap();
            assert!(
                line.starts_with(
                    r#"{"id":"a","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":"1000","#
                ),
                "{line}"
            );
        }
    }
}
