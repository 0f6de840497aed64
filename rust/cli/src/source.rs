//! Records to read: the lines of a file, or a topic.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use callweave_core::protobuf::RecordFormat;
use rdkafka::message::{BorrowedHeaders, Headers, Message};

use crate::format::Names;
use crate::framing::format_by_name;
use crate::kafka::{check_topic_name, Cluster, TopicReader};
use crate::lines::LineReader;
use crate::values::{reader, Reader};

/// What a topic begins with on the command line.
const TOPIC_PREFIX: &str = "kafka:";
/// Bytes of a file that are read at once: few enough for the processor's caches.
const PIECE_BYTES: usize = 256 << 10;

/// Where records come from, as it is written on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file of JSON lines or messages, compressed or not; `-` is stdin.
    File(PathBuf),
    /// A topic: `kafka:NAME`.
    Topic(String),
}

/// Where a record stands in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The number of a line or message, from 1.
    Line(u64),
    /// A record of a topic.
    Offset {
        /// Its partition.
        partition: i32,
        /// Its offset.
        offset: i64,
    },
}

/// A record, borrowed from where it was read.
#[derive(Clone, Copy, Debug)]
pub struct SourceRecord<'a> {
    /// Where it stands.
    pub place: Place,
    /// When it was written to its topic, ms of the epoch.
    pub written_ms: Option<i64>,
    /// Its value; a line without its end.
    pub value: Option<&'a [u8]>,
    /// Why the job has rejected it, where it has: the headers of a record of a topic say so.
    pub rejection: Option<Rejection<'a>>,
}

/// Why a record was rejected.
#[derive(Clone, Copy, Debug)]
pub struct Rejection<'a> {
    /// In a word.
    pub reason: &'a [u8],
    /// In a sentence, where there is more to say.
    pub detail: &'a [u8],
}

/// The headers of a reject that say why.
const REASON_HEADER: &str = "callweave.reason";
const DETAIL_HEADER: &str = "callweave.detail";

impl<'a> Rejection<'a> {
    fn of(headers: &'a BorrowedHeaders) -> Option<Self> {
        let value = |key| headers.iter().find(|header| header.key == key)?.value;
        Some(Self { reason: value(REASON_HEADER)?, detail: value(DETAIL_HEADER).unwrap_or_default() })
    }
}

impl Source {
    /// Reads a source from the command line.
    pub fn reader() -> Reader<impl Fn(&str) -> Result<Self, String> + Clone> {
        reader(Self::parse)
    }

    /// Reads a source of JSON from the command line.
    pub fn json_reader() -> Reader<impl Fn(&str) -> Result<Self, String> + Clone> {
        reader(|text| {
            match Self::parse(text)? {
            source if source.format_by_name() == RecordFormat::Protobuf => Err(format!(
                "{text} has messages, by its name, and JSON lines are wanted: callweave link writes them where the \
                 name does not end in .pb"
            )),
            source => Ok(source),
        }
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let Some(topic) = text.strip_prefix(TOPIC_PREFIX) else {
            return Ok(Source::File(text.into()));
        };
        check_topic_name(topic).map_err(|wrong| format!("{wrong}, after {TOPIC_PREFIX}"))?;
        Ok(Source::Topic(topic.to_owned()))
    }

    /// The format of its records as far as its name says it: a topic has none.
    pub fn format_by_name(&self) -> RecordFormat {
        match self {
            Source::File(path) => format_by_name(path),
            Source::Topic(_) => RecordFormat::Json,
        }
    }

    /// Hands all records to `take`, a file only if its lines may have these names; those of a partition or of a file in order. A topic is read
    /// with `read_committed`, from its beginning to the end that it has now.
    ///
    /// # Errors
    /// When it cannot be read, or what `take` returns.
    pub fn read(
        &self,
        cluster: &Cluster,
        names: Names,
        take: impl FnMut(SourceRecord<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        match self {
            Source::File(path) => read_lines(path, names, take),
            Source::Topic(topic) => read_topic(cluster, topic, take),
        }
    }
}

fn read_lines(
    path: &Path,
    names: Names,
    mut take: impl FnMut(SourceRecord<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (mut reader, _) = LineReader::open(path, PIECE_BYTES, names)?;
    while let Some(piece) = reader.next()? {
        for (number, line) in (piece.first..).zip(names.framing().records(&piece.text)) {
            let place = Place::Line(number);
            take(SourceRecord { place, written_ms: None, value: Some(line), rejection: None })?;
        }
    }
    Ok(())
}

fn read_topic(
    cluster: &Cluster,
    topic: &str,
    mut take: impl FnMut(SourceRecord<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let reader = TopicReader::open(cluster, topic)?;
    let mut reader = reader.with_context(|| cluster.has_no_topic(topic))?;
    reader.read_to_end(|message, was_there| {
        if !was_there {
            return Ok(());
        }
        let (partition, offset) = (message.partition(), message.offset());
        take(SourceRecord {
            place: Place::Offset { partition, offset },
            written_ms: message.timestamp().to_millis(),
            value: message.payload(),
            rejection: message.headers().and_then(Rejection::of),
        })
    })
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => write!(f, "{}", path.display()),
            Source::Topic(topic) => write!(f, "{TOPIC_PREFIX}{topic}"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(number) => write!(f, "line {number}"),
            Place::Offset { partition, offset } => write!(f, "partition {partition}, offset {offset}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str) -> Vec<(Place, String)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        std::fs::write(&path, text).unwrap();
        let mut lines = Vec::new();
        read_lines(&path, Names::BuiltIn, |record| {
            let text = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
            lines.push((record.place, text));
            Ok(())
        })
        .unwrap();
        lines
    }

    #[test]
    fn every_line_is_a_record_whether_or_not_the_last_one_ends() {
        let expected =
            [(Place::Line(1), "a".into()), (Place::Line(2), String::new()), (Place::Line(3), "b".into())];
        assert_eq!(lines_of("a\n\nb\n"), expected);
        assert_eq!(lines_of("a\n\nb"), expected);
        assert_eq!(lines_of("a\r\n\r\nb"), expected);
        assert_eq!(lines_of(""), []);
    }

    #[test]
    fn a_topic_is_told_from_a_file_by_its_prefix() {
        let parse = |text: &str| Source::parse(text).unwrap();
        assert_eq!(parse("kafka:calls"), Source::Topic("calls".into()));
        assert_eq!(parse("calls"), Source::File("calls".into()));
        for text in ["kafka:calls", "calls.gz", "-"] {
            assert_eq!(parse(text).to_string(), text);
        }
    }
}
