//! The formats that are recognised, and the words for them.

use std::borrow::Cow;
use std::path::Path;

use callweave_core::call::map::Ready;

use crate::compression::Compression;
use crate::console::STANDARD;

/// What an input is, or a record in it, instead of one JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// Rows of Parquet, where they cannot be read: in a pipe, or compressed as a whole.
    Parquet,
    /// Compressed with bzip2.
    Bzip2,
    /// Compressed with xz.
    Xz,
    /// Compressed with lz4.
    Lz4,
    /// An archive of files.
    Zip,
    /// An archive of files, perhaps compressed as a whole.
    Tar,
    /// Characters of four bytes, after a byte-order mark.
    Utf32,
    /// Characters of two bytes, after a byte-order mark.
    Utf16,
    /// Characters of two bytes, the lower one first.
    Utf16Le,
    /// Characters of two bytes, the higher one first.
    Utf16Be,
    /// `[{…},{…}]`
    JsonArray,
    /// Objects of several lines.
    PrettyPrinted,
    /// `{…}{…}`
    Concatenated,
    /// Objects behind the control character RS, RFC 7464.
    TextSequence,
    /// `{…},`
    TrailingComma,
    /// Names in a first line, then values, separated by this character.
    Table(char),
    /// `{'id': 'a'}`
    PythonRepr,
    /// The values of the fields in their order, separated by this character, without a line of names.
    Values(char),
    /// A zero byte and four bytes with the number of a schema, then JSON.
    SchemaRegistry,
    /// `{"schema":…,"payload":{…}}`
    Payload,
    /// `"{\"id\":…}"`
    JsonInString,
    /// `{"log":"{\"id\":…}\n"}`, with the name of the field.
    JsonInField(String),
    /// `{"data":{"id":…}}`, with the name of the field.
    ObjectInField(String),
    /// `{"calls":[{"id":…}]}`, with the name of the field.
    ArrayInField(String),
    /// `{"srcIp":…}`: the names that are there, and those that are meant.
    OtherNames(Vec<(String, &'static str)>),
    /// `{"start_time":…,"upstream_host":…}`: what a ready map is for.
    Ready(&'static Ready),
    /// Nothing but blanks.
    Blank,
    /// `# …` or `// …`
    Comment,
}

/// What there is to say of a format.
pub struct Row {
    /// Goes on after "the file is …".
    pub what: Cow<'static, str>,
    /// Prints the objects one a line, given the name of the file behind it.
    pub command: Cow<'static, str>,
    /// What who writes such records is to do.
    pub cure: Cow<'static, str>,
}

const PYTHON: &str =
    "python3 -c 'import ast,json,sys; [print(json.dumps(ast.literal_eval(line))) for line in sys.stdin]' <";
// Values become strings, which times may be, too.
const CSV: &str =
    "python3 -c 'import csv,json,sys; [print(json.dumps(row)) for row in csv.DictReader(sys.stdin)]' <";
const SEMICOLONS: &str = "python3 -c 'import csv,json,sys; [print(json.dumps(row)) for row in csv.DictReader(sys.stdin, delimiter=\";\")]' <";
const TSV: &str = "python3 -c 'import csv,json,sys; [print(json.dumps(row)) for row in csv.DictReader(sys.stdin, delimiter=\"\\t\")]' <";
/// The order of the columns is a guess, which the names in the command show.
const VALUES: &str = "python3 -c 'import csv,json,sys; [print(json.dumps(row)) for row in csv.DictReader(sys.stdin, \"id src_ip dst_ip start_at_ms latency_msec end_at_ms\".split(), delimiter=\"SEPARATOR\")]' <";
const UNPACKED: &str = "send the objects themselves; Kafka compresses with compression.type";
const UTF8: &str = "write UTF-8";

impl Format {
    /// The table.
    pub fn row(&self) -> Row {
        let row = |what, command, cure| Row {
            what: Cow::Borrowed(what),
            command: Cow::Borrowed(command),
            cure: Cow::Borrowed(cure),
        };
        match self {
            Self::Parquet => row("a Parquet file", "", "send each row as JSON"),
            Self::Bzip2 => row("compressed with bzip2", "bzip2 -dc", UNPACKED),
            Self::Xz => row("compressed with xz", "xz -dc", UNPACKED),
            Self::Lz4 => row("compressed with lz4", "lz4 -dc", UNPACKED),
            Self::Zip => row("a zip archive", "unzip -p", UNPACKED),
            Self::Tar => row("a tar archive", "tar -xOf", UNPACKED),
            Self::Utf32 => row("UTF-32 text", "iconv -f UTF-32 -t UTF-8", UTF8),
            Self::Utf16 => row("UTF-16 text", "iconv -f UTF-16 -t UTF-8", UTF8),
            Self::Utf16Le => row("UTF-16 text", "iconv -f UTF-16LE -t UTF-8", UTF8),
            Self::Utf16Be => row("UTF-16 text", "iconv -f UTF-16BE -t UTF-8", UTF8),
            Self::JsonArray => row("a JSON array", "jq -c '.[]'", "send each of its objects by itself"),
            Self::PrettyPrinted => row("pretty-printed JSON", "jq -c .", "write each object in one line"),
            Self::Concatenated => {
                row("JSON objects without line ends between them", "jq -c .", "send each object by itself")
            }
            Self::TextSequence => row(
                "a JSON text sequence (RFC 7464)",
                "tr -d '\\036' <",
                "leave out the control character RS (1e)",
            ),
            Self::TrailingComma => {
                row("JSON with a comma at the end", "sed 's/,[[:space:]]*$//'", "leave out the comma")
            }
            Self::Table(',') => row("a CSV table", CSV, "write JSON"),
            Self::Table('\t') => row("a table of tab-separated values", TSV, "write JSON"),
            Self::Table(_) => row("a CSV table", SEMICOLONS, "write JSON"),
            Self::Values(separator) => Row {
                what: "a table without a line of names".into(),
                command: VALUES.replace("SEPARATOR", &separator.escape_default().to_string()).into(),
                cure: "write JSON".into(),
            },
            Self::PythonRepr => row("Python, not JSON", PYTHON, "write json.dumps(call), not str(call)"),
            Self::SchemaRegistry => row(
                "JSON behind the 5 bytes of a schema registry",
                "LC_ALL=C sed 's/^\\x00....//'",
                "use a JSON serializer without a schema registry",
            ),
            Self::Payload => row(
                "in an envelope of Kafka Connect, in its field payload",
                "jq -c .payload",
                "set value.converter.schemas.enable=false",
            ),
            Self::JsonInString => {
                row("JSON in a JSON string", "jq -c fromjson", "encode each call once, not twice")
            }
            Self::JsonInField(field) => Row {
                what: format!("JSON in a string in the field {field}").into(),
                command: format!("jq -c '.{field} | fromjson'").into(),
                cure: format!("send what is in the field {field}").into(),
            },
            Self::ObjectInField(field) => Row {
                what: format!("an envelope with the call in its field {field}").into(),
                command: format!("jq -c .{field}").into(),
                cure: format!("send what is in the field {field}").into(),
            },
            Self::ArrayInField(field) => Row {
                what: format!("an object with many calls in its field {field}").into(),
                command: format!("jq -c '.{field}[]'").into(),
                cure: format!("send each object of the field {field} by itself").into(),
            },
            Self::OtherNames(names) => other_names(names),
            Self::Ready(ready) => Row {
                what: ready.of.into(),
                command: "".into(),
                cure: format!("--map {} reads it", ready.name).into(),
            },
            Self::Blank => row("a blank line", "grep '[^[:space:]]'", "leave such lines out"),
            Self::Comment => row("a comment", "grep -v '^#'", "leave such lines out, JSON has none"),
        }
    }

    /// Why a file of this format is not read, and which command makes lines of it.
    pub fn refusal(&self, path: &Path, compression: Option<Compression>) -> String {
        let Row { what, command, cure } = self.row();
        let name = path.display().to_string();
        if let Self::Ready(_) = self {
            let name = if name == STANDARD { "the standard input" } else { &name };
            return format!("{name} is not calls with the job's names, but each line is {what}: {cure}");
        }
        if *self == Self::Parquet {
            let name = if name == STANDARD { "the standard input" } else { &name };
            return format!(
                "{name} is {what}, which is read from its end: name the file itself, not compressed"
            );
        }
        if matches!(self, Self::Table(',')) && path != Path::new(STANDARD) {
            return format!("{name} is {what}, which is read where the name of the file ends in .csv");
        }
        let by_name = command.trim_end_matches(" <");
        let command = match compression {
            _ if path == Path::new(STANDARD) => by_name.to_owned(),
            Some(compression) if *self != Self::Tar => {
                format!("{} -dc {} | {by_name}", compression.command(), quoted(&name))
            }
            _ => format!("{command} {}", quoted(&name)),
        };
        let name = if name == STANDARD { "the standard input" } else { &name };
        format!("{name} is {what}; one call a line is wanted: `{command}` prints that, and - reads it from a pipe")
    }
}

impl Format {
    /// Why the rows of a file, of Parquet or CSV, that are of this format are not calls, and what to do.
    pub fn refusal_of_rows(&self, path: &Path, kind: &str) -> String {
        let Row { what, cure, .. } = self.row();
        let cure = match self {
            Self::Ready(_) => cure.as_ref(),
            // No map looks into a text or a list.
            Self::JsonInField(_) | Self::ArrayInField(_) => "write a file with a row for each call",
            _ => "--map says where the fields of a call are",
        };
        format!(
            "the rows of the {kind} file {} are {what}, not calls with the job's names: {cure}",
            path.display()
        )
    }
}

fn other_names(names: &[(String, &'static str)]) -> Row {
    let pairs = |pair: fn(&(String, &str)) -> String| names.iter().map(pair).collect::<Vec<_>>().join(", ");
    let found = names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let wanted = names.iter().map(|(_, field)| *field).collect::<Vec<_>>().join(", ");
    // Names go into a program of jq and into a shell's quotes, but they are letters, _, - and blanks only.
    let renamed = pairs(|(name, field)| format!("\"{name}\": \"{field}\""));
    Row {
        what: format!("JSON with the names {found}").into(),
        command: format!("jq -c 'with_entries(.key |= ({{{renamed}}}[.] // .))'").into(),
        cure: format!("call them {wanted}").into(),
    }
}

/// A name as a shell takes it.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c);
    match !name.is_empty() && name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', r"'\''")),
    }
}
