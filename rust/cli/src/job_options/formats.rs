//! The form of the records that are read, and of those that are written.

use std::path::Path;

use callweave_core::call::map::{Mapping, OwnMessage, OwnMessageConfig};
use callweave_core::protobuf::RecordFormat;

use super::table::{INPUT_FORMAT, OUTPUT_FORMAT};
use crate::files;
use crate::format::Names;
use crate::framing::format_by_name;
use crate::values::reader;

/// The word of both formats for messages.
const PROTOBUF: &str = "protobuf";

/// The form of the job's input.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct InputOptions {
    /// Where the fields of a call stand in a record, FIELD=PATH[:UNIT],… or envoy, hubble, zipkin or otlp
    #[arg(long, value_name = "MAP", value_parser = reader(InputMap::read))]
    pub map: Option<InputMap>,
    /// The message that records in protobuf are, for --map to read: a descriptor set, as protoc --include_imports
    /// --descriptor_set_out writes it, and the full name of the message
    #[arg(long, value_name = "FILE:NAME", value_parser = reader(InputMessage::read))]
    pub input_message: Option<InputMessage>,
    /// How records are written: json or protobuf, which is a Call of proto/callweave.proto; files whose names end in
    /// .pb, .pb.gz or .pb.zst are read as protobuf anyway
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = INPUT_FORMAT.default,
        value_parser = INPUT_FORMAT.word()
    )]
    pub input_format: String,
}

/// How the job writes its records.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct OutputOptions {
    /// How records are written: json or protobuf; a file whose name ends in .pb, .pb.gz or .pb.zst gets protobuf
    /// anyway
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = OUTPUT_FORMAT.default,
        value_parser = OUTPUT_FORMAT.word()
    )]
    pub output_format: String,
}

impl OutputOptions {
    /// The format of what goes to a file; `None` is none.
    pub fn format(&self, file: Option<&Path>) -> RecordFormat {
        format(&self.output_format, file.map(format_by_name))
    }
}

/// A format by its word, or by the name of a file.
pub fn format(word: &str, by_name: Option<RecordFormat>) -> RecordFormat {
    match word {
        PROTOBUF => RecordFormat::Protobuf,
        _ => by_name.unwrap_or_default(),
    }
}

/// A map, and as it was written.
#[derive(Clone, Debug)]
pub struct InputMap {
    /// As it was written.
    pub text: String,
    /// What it says.
    pub mapping: Mapping,
}

impl InputMap {
    fn read(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.to_owned(), mapping: Mapping::read(text)? })
    }
}

/// A message of the user's own.
#[derive(Clone, Debug)]
pub struct InputMessage {
    /// As settings carry it.
    pub config: OwnMessageConfig,
    message: OwnMessage,
}

impl InputMessage {
    fn read(text: &str) -> Result<Self, String> {
        let (file, name) = text
            .rsplit_once(':')
            .filter(|(file, name)| !file.is_empty() && !name.is_empty())
            .ok_or_else(|| format!("is '{text}'; FILE:NAME is wanted, as calls.desc:mesh.v1.Span"))?;
        let set = files::read_small_bytes(Path::new(file)).map_err(|error| format!("{error:#}"))?;
        let config = OwnMessageConfig::new(&set, name);
        let message = OwnMessage::read(&config).map_err(|wrong| format!("{text} {wrong}"))?;
        Ok(Self { config, message })
    }
}

impl InputOptions {
    /// What reads records that are not in the built-in form.
    ///
    /// # Errors
    /// When the map reads what the message does not have.
    pub fn mapping(&self) -> anyhow::Result<Option<Mapping>> {
        let Some(map) = &self.map else {
            return Ok(None);
        };
        let mapping = map.mapping.clone();
        let mapping = match &self.input_message {
            Some(own) => mapping.of_message(&own.message),
            None => Ok(mapping),
        };
        mapping.map(Some).map_err(|wrong| anyhow::anyhow!("--map {wrong}"))
    }

    /// The format of all records, given what the names of the inputs say.
    ///
    /// # Errors
    /// When the names say different things, or a map and a message are not of this format.
    pub fn format(&self, by_name: impl IntoIterator<Item = RecordFormat>) -> anyhow::Result<RecordFormat> {
        let mut formats = by_name.into_iter().map(|by_name| format(&self.input_format, Some(by_name)));
        let first = formats.next().unwrap_or_default();
        anyhow::ensure!(
            formats.all(|other| other == first),
            "some of the inputs are protobuf by their names, others are not: give one kind at a time, or say \
             --input-format protobuf for all"
        );
        anyhow::ensure!(
            first == RecordFormat::Json || self.map.is_none() || self.input_message.is_some(),
            "--map reads JSON, but the input is protobuf: name the message that it is to read with --input-message"
        );
        anyhow::ensure!(
            self.input_message.is_none() || (first == RecordFormat::Protobuf && self.map.is_some()),
            "--input-message names a message for --map to read: set --input-format protobuf and --map"
        );
        Ok(first)
    }

    /// How the fields of records of this format are called.
    pub fn names(&self, format: RecordFormat) -> Names {
        match (format, &self.map) {
            (RecordFormat::Protobuf, _) => Names::Protobuf,
            (RecordFormat::Json, Some(_)) => Names::Mapped,
            (RecordFormat::Json, None) => Names::BuiltIn,
        }
    }
}
