//! Records in protobuf by a message of the user's own, as JSON that a map reads: of each record only what is read.

use std::fmt::Write as _;
use std::io::Write;

use base64::prelude::{Engine, BASE64_STANDARD};
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value,
};
use serde::{Deserialize, Serialize};

use super::super::protobuf::no_message;
use super::super::{check_length, malformed, Limits, Rejection};
use super::tree::{Node, Step, Tree};

/// What prost says before what is wrong.
const PREFIX: &str = "failed to decode Protobuf message: ";
/// So many names are told where another is wanted.
const MOST_NAMED: usize = 20;
/// Seconds and nanoseconds, as one number of nanoseconds.
const INSTANTS: [&str; 2] = ["google.protobuf.Timestamp", "google.protobuf.Duration"];
const NANOS_PER_S: i128 = 1_000_000_000;

/// A message and the descriptor set that it is in, as settings carry them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnMessageConfig {
    /// A `FileDescriptorSet`, as `protoc --include_imports --descriptor_set_out` writes it, in Base64.
    pub set: String,
    /// The full name of the message, with its package.
    pub name: String,
}

/// A message that records are.
#[derive(Debug, Clone)]
pub struct OwnMessage(MessageDescriptor);

/// Reads of a message what a map reads of it.
#[derive(Debug, Clone)]
pub struct Reader {
    message: MessageDescriptor,
    fields: Vec<Wanted>,
}

/// A field that is read.
#[derive(Debug, Clone)]
struct Wanted {
    field: FieldDescriptor,
    shape: Shape,
}

/// What is read of the values of a field.
#[derive(Debug, Clone)]
enum Shape {
    Scalar,
    /// The nanoseconds of one of [`INSTANTS`].
    Nanos,
    Fields(Vec<Wanted>),
}

impl OwnMessageConfig {
    /// With the bytes of a descriptor set.
    pub fn new(set: &[u8], name: &str) -> Self {
        Self { set: BASE64_STANDARD.encode(set), name: name.to_owned() }
    }
}

impl OwnMessage {
    /// Looks a message up.
    ///
    /// # Errors
    /// When it is no descriptor set, lacks a file that another imports, or has no such message; to follow the name
    /// of the option.
    pub fn read(config: &OwnMessageConfig) -> Result<Self, String> {
        let set =
            BASE64_STANDARD.decode(&config.set).map_err(|error| format!("is not in Base64: {error}"))?;
        let pool = DescriptorPool::decode(set.as_slice()).map_err(|error| {
            format!("has no whole descriptor set, as protoc --include_imports --descriptor_set_out writes it: {error}")
        })?;
        pool.get_message_by_name(&config.name).map(Self).ok_or_else(|| {
            let all = pool.all_messages().map(|known| known.full_name().to_owned());
            let own = names(all.filter(|name| !name.starts_with("google.protobuf.")));
            format!("names the message {}, which is not in the set; it has {own}", config.name)
        })
    }

    /// What reads the places of a map.
    ///
    /// # Errors
    /// When the message does not have one of them; to follow the name of the option.
    pub(super) fn reader(&self, tree: &Tree) -> Result<Reader, String> {
        let fields = wanted(&self.0, &steps([tree.root()])?, "")?;
        Ok(Reader { message: self.0.clone(), fields })
    }
}

/// Some of these names in order, and how many more there are.
fn names(all: impl Iterator<Item = String>) -> String {
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    match all.len().checked_sub(MOST_NAMED) {
        _ if all.is_empty() => "none".to_owned(),
        Some(more @ 1..) => format!("{} and {more} more", all[..MOST_NAMED].join(", ")),
        _ => all.join(", "),
    }
}

/// The names that are read of an object, each with what is read there.
type Steps<'a> = Vec<(&'a str, Vec<&'a Node>)>;

/// The steps into an object, of all these nodes.
fn steps<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Result<Steps<'a>, String> {
    let mut steps: Steps<'a> = Vec::new();
    for (step, node) in nodes.into_iter().flat_map(Node::steps) {
        match step {
            Step::Name(name) => add(&mut steps, name, Some(node)),
            Step::Where { name, .. } => {
                return Err(format!("looks for an element by its field {name} in what is no list"))
            }
        }
    }
    Ok(steps)
}

fn add<'a>(steps: &mut Steps<'a>, name: &'a str, node: Option<&'a Node>) {
    match steps.iter_mut().find(|(known, _)| *known == name) {
        Some((_, nodes)) => nodes.extend(node),
        None => steps.push((name, node.into_iter().collect())),
    }
}

/// The steps into the elements of a list or the values of a map, of all these nodes; what an element is looked for by
/// is read, too.
fn steps_of_elements<'a>(nodes: &[&'a Node]) -> Result<(bool, Steps<'a>), String> {
    let below: Vec<&Node> = nodes.iter().flat_map(|node| node.steps()).map(|(_, node)| node).collect();
    let mut steps = steps(below.iter().copied())?;
    for (step, _) in nodes.iter().flat_map(|node| node.steps()) {
        if let Step::Where { name, .. } = step {
            add(&mut steps, name, None);
        }
    }
    Ok((below.iter().any(|node| node.is_place()), steps))
}

/// The fields of a message that these steps read; `path` is where it stands.
fn wanted(message: &MessageDescriptor, steps: &Steps<'_>, path: &str) -> Result<Vec<Wanted>, String> {
    let find = |(name, nodes): &(&str, Vec<&Node>)| {
        let field = message.get_field_by_name(name).ok_or_else(|| {
            let known = names(message.fields().map(|field| field.name().to_owned()));
            format!("reads {path}{name}, which {} has not; it has {known}", message.full_name())
        })?;
        let path = format!("{path}{name}");
        let shape = shape(&field, nodes, &path).map_err(|wrong| match wrong.starts_with("reads ") {
            true => wrong,
            false => format!("reads {path}, and {wrong}"),
        })?;
        Ok(Wanted { field, shape })
    };
    steps.iter().map(find).collect()
}

fn shape(field: &FieldDescriptor, nodes: &[&Node], path: &str) -> Result<Shape, String> {
    let (is_read, steps) = if field.is_list() || field.is_map() {
        steps_of_elements(nodes)?
    } else {
        (nodes.iter().any(|node| node.is_place()), steps(nodes.iter().copied())?)
    };
    let kind = match field.kind() {
        Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
        kind => kind,
    };
    match kind {
        Kind::Message(message) if steps.is_empty() && INSTANTS.contains(&message.full_name()) => {
            Ok(Shape::Nanos)
        }
        Kind::Message(message) if is_read || steps.is_empty() => {
            Err(format!("a {} is no value; one of its fields is wanted", message.full_name()))
        }
        Kind::Message(message) => wanted(&message, &steps, &format!("{path}.")).map(Shape::Fields),
        _ if steps.is_empty() => Ok(Shape::Scalar),
        kind => Err(format!("a {kind:?} has no fields")),
    }
}

impl Reader {
    /// Writes what is read of a record as JSON into `out`, which is cleared: fields by their names in the `.proto`
    /// file, those that cannot be missing with 0 or `""`, enums by name, bytes as hexadecimal digits, timestamps and
    /// durations in nanoseconds.
    ///
    /// # Errors
    /// When the record is longer than `limits` allow, or no such message.
    pub fn to_json(&self, record: &[u8], limits: &Limits, out: &mut Vec<u8>) -> Result<(), Rejection> {
        check_length(record, limits)?;
        let message = DynamicMessage::decode(self.message.clone(), record).map_err(|error| {
            let what = error.to_string();
            let what = what.strip_prefix(PREFIX).unwrap_or(&what);
            no_message(record, format_args!("as {}: {what}", self.message.full_name()))
        })?;
        out.clear();
        write_fields(&message, &self.fields, out).map_err(|error| malformed(error.to_string()))
    }
}

fn write_fields(message: &DynamicMessage, fields: &[Wanted], out: &mut Vec<u8>) -> std::io::Result<()> {
    let mut separator = b'{';
    for Wanted { field, shape } in fields {
        if field.supports_presence() && !message.has_field(field) {
            continue;
        }
        out.push(separator);
        separator = b',';
        write_text(field.name(), out)?;
        out.push(b':');
        write_value(&message.get_field(field), field, shape, out)?;
    }
    if separator == b'{' {
        out.push(b'{');
    }
    out.push(b'}');
    Ok(())
}

fn write_value(
    value: &Value,
    field: &FieldDescriptor,
    shape: &Shape,
    out: &mut Vec<u8>,
) -> std::io::Result<()> {
    match value {
        Value::List(values) => {
            out.push(b'[');
            for (number, value) in values.iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write_value(value, field, shape, out)?;
            }
            out.push(b']');
            Ok(())
        }
        Value::Map(entries) => {
            out.push(b'{');
            for (number, (key, value)) in entries.iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write_key(key, out)?;
                out.push(b':');
                write_value(value, &value_field(field), shape, out)?;
            }
            out.push(b'}');
            Ok(())
        }
        Value::Message(message) => match shape {
            Shape::Fields(fields) => write_fields(message, fields, out),
            _ => write!(out, "{}", nanos(message)),
        },
        value => write_scalar(value, field, out),
    }
}

/// The field of the values of a map.
fn value_field(field: &FieldDescriptor) -> FieldDescriptor {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => entry.map_entry_value_field(),
        _ => field.clone(),
    }
}

fn nanos(instant: &DynamicMessage) -> i128 {
    let number = |number| {
        instant.get_field_by_number(number).and_then(|value| match *value {
            Value::I64(seconds) => Some(i128::from(seconds)),
            Value::I32(nanos) => Some(i128::from(nanos)),
            _ => None,
        })
    };
    number(1).unwrap_or_default() * NANOS_PER_S + number(2).unwrap_or_default()
}

fn write_key(key: &MapKey, out: &mut Vec<u8>) -> std::io::Result<()> {
    match key {
        MapKey::String(text) => write_text(text, out),
        MapKey::Bool(value) => write!(out, "\"{value}\""),
        MapKey::I32(value) => write!(out, "\"{value}\""),
        MapKey::I64(value) => write!(out, "\"{value}\""),
        MapKey::U32(value) => write!(out, "\"{value}\""),
        MapKey::U64(value) => write!(out, "\"{value}\""),
    }
}

fn write_scalar(value: &Value, field: &FieldDescriptor, out: &mut Vec<u8>) -> std::io::Result<()> {
    match value {
        Value::Bool(value) => write!(out, "{value}"),
        Value::I32(value) => write!(out, "{value}"),
        Value::I64(value) => write!(out, "{value}"),
        Value::U32(value) => write!(out, "{value}"),
        Value::U64(value) => write!(out, "{value}"),
        Value::F32(value) if value.is_finite() => write!(out, "{value}"),
        Value::F64(value) if value.is_finite() => write!(out, "{value}"),
        Value::F32(value) => write!(out, "\"{value}\""),
        Value::F64(value) => write!(out, "\"{value}\""),
        Value::String(text) => write_text(text, out),
        Value::Bytes(bytes) => {
            let mut digits = String::with_capacity(2 * bytes.len());
            bytes.iter().for_each(|byte| {
                let _ = write!(digits, "{byte:02x}");
            });
            write_text(&digits, out)
        }
        Value::EnumNumber(number) => match field.kind() {
            Kind::Enum(names) => match names.get_value(*number) {
                Some(value) => write_text(value.name(), out),
                None => write!(out, "{number}"),
            },
            _ => write!(out, "{number}"),
        },
        // Taken apart before.
        Value::Message(_) | Value::List(_) | Value::Map(_) => out.write_all(b"null"),
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) -> std::io::Result<()> {
    serde_json::to_writer(out, text).map_err(std::io::Error::from)
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::super::super::{parse, Reason};
    use super::super::Mapping;
    use super::*;

    const PROTO: &str = r#"
        syntax = "proto3";
        package mesh.v1;
        import "google/protobuf/any.proto";
        import "google/protobuf/timestamp.proto";
        import "google/protobuf/duration.proto";
        enum Kind { UNKNOWN = 0; CLIENT = 1; SERVER = 2; }
        message Span {
          message Peer { string ip = 1; map<string, string> tags = 2; repeated Tag tag = 3; }
          message Tag { string key = 1; string value = 2; }
          string trace = 1;
          bytes span = 2;
          Kind kind = 3;
          Peer from = 4;
          Peer to = 5;
          google.protobuf.Timestamp at = 6;
          google.protobuf.Duration took = 7;
          int64 start_us = 8;
          optional double took_us = 9;
          repeated string hops = 10;
          google.protobuf.Any more = 11;
        }
    "#;

    /// What `protoc` would write.
    fn set() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mesh.proto"), PROTO).unwrap();
        protox::compile(["mesh.proto"], [folder.path()]).unwrap().encode_to_vec()
    }

    fn message(name: &str) -> Result<OwnMessage, String> {
        OwnMessage::read(&OwnMessageConfig::new(&set(), name))
    }

    const LIMITS: Limits = Limits {
        max_record_bytes: 2000,
        max_latency_ms: 20_000,
        latest_start_ms: 1_800_000_000_000,
        pass_through: false,
    };

    /// A message from protobuf's text format.
    fn span(text: &str) -> Vec<u8> {
        let OwnMessage(descriptor) = message("mesh.v1.Span").unwrap();
        DynamicMessage::parse_text_format(descriptor, text).unwrap().encode_to_vec()
    }

    fn mapping(map: &str) -> Result<Mapping, String> {
        Mapping::read(map).unwrap().of_message(&message("mesh.v1.Span").unwrap())
    }

    fn call(map: &str, record: &[u8]) -> Result<String, Rejection> {
        let mut call = Vec::new();
        mapping(map).unwrap().rewrite(record, &LIMITS, &mut call)?;
        parse(&call, &LIMITS.of_rewritten())?;
        Ok(String::from_utf8(call).unwrap())
    }

    const MAP: &str = "id=trace+span,src_ip=from.ip?kind=CLIENT,dst_ip=to.ip,start_at_ms=at:ns|start_us:us,\
         latency_msec=took:ns|took_us:us";

    #[test]
    fn a_call_is_read_from_a_message_by_the_names_of_its_fields() {
        let record = span(
            r#"trace: "t/1" span: "\001\377" kind: CLIENT from { ip: "10.0.0.1" } to { ip: "api.example" }
               at { seconds: 1700000000 nanos: 7900000 } took { nanos: 39700000 } hops: "x""#,
        );
        assert_eq!(
            call(MAP, &record).unwrap(),
            r#"{"id":"t~11/01ff","src_ip":"10.0.0.1","dst_ip":"api.example","start_at_ms":1700000000007.9,"latency_msec":39.7,"end_at_ms":1700000000047}"#
        );
    }

    #[test]
    fn elements_of_lists_and_maps_are_read_by_number_key_and_field() {
        let map = "id=hops.1,src_ip=from.tags.ip,dst_ip=to.tag[key='ip'].value,start_at_ms=start_us:us,\
             latency_msec=took_us:us";
        let record = span(
            r#"hops: "a" hops: "b" from { tags { key: "ip" value: "10.0.0.1" } tags { key: "x" value: "y" } }
               to { tag { key: "x" value: "y" } tag { key: "ip" value: "10.0.0.2" } } start_us: 1000 took_us: 0.5"#,
        );
        assert_eq!(
            call(map, &record).unwrap(),
            r#"{"id":"b","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":1,"latency_msec":0.0005,"end_at_ms":1}"#
        );
    }

    #[test]
    fn what_may_be_missing_is_and_what_may_not_is_0() {
        let peers = r#"trace: "t" span: "s" from { ip: "10.0.0.1" } to { ip: "b" }"#;
        let rejection = call(MAP, &span(&format!("{peers} kind: CLIENT"))).unwrap_err();
        assert_eq!(rejection.reason, Reason::Invalid);
        assert!(rejection.detail.contains("latency_msec"), "{}", rejection.detail);
        assert_eq!(
            call(MAP, &span(&format!("{peers} kind: CLIENT took_us: 0 start_us: 1999"))).unwrap(),
            r#"{"id":"t/73","src_ip":"10.0.0.1","dst_ip":"b","start_at_ms":1.999,"latency_msec":0,"end_at_ms":1}"#
        );
        assert_eq!(call(MAP, &span(&format!("{peers} took_us: 0"))).unwrap_err().detail, "src_ip is missing");
    }

    #[test]
    fn what_is_not_read_may_be_anything() {
        let text = r#"trace: "t" span: "s" kind: CLIENT from { ip: "10.0.0.1" } to { ip: "b" } took_us: 7 start_us: 1"#;
        let known = call(MAP, &span(text)).unwrap();
        let mut record = span(&format!(r#"{text} more {{ type_url: "x/of.nobody" value: "\377" }}"#));
        prost::encoding::string::encode(99, &"new".to_owned(), &mut record);
        assert_eq!(call(MAP, &record).unwrap(), known);
    }

    #[test]
    fn what_is_no_such_message_is_malformed_with_what_it_is() {
        let whole = span(r#"trace: "trace" start_us: 7"#);
        let with_registry = [&[0, 0, 0, 0, 17][..], &whole].concat();
        let mut other_type = Vec::new();
        prost::encoding::int64::encode(1, &5, &mut other_type);
        for (record, says) in [
            (&whole[..3], "the record is no message: as mesh.v1.Span: "),
            (&with_registry, "5 bytes of a schema registry (0, then the id 17"),
            (&br#"{"trace":"t"}"#[..], "looks like JSON"),
            (&other_type, "as mesh.v1.Span: "),
            (&[10; 2001], "2001 bytes; max-record-bytes allows 2000"),
        ] {
            let rejection = call(MAP, record).unwrap_err();
            assert_eq!(rejection.reason, Reason::Malformed);
            assert!(rejection.detail.contains(says), "{}", rejection.detail);
        }
        // No field has to be there, so nothing is a message, too.
        assert_eq!(call(MAP, b"").unwrap_err().reason, Reason::Invalid);
    }

    #[test]
    fn a_map_that_reads_what_the_message_does_not_have_is_refused() {
        let rest = "src_ip=from.ip,dst_ip=to.ip,start_at_ms=at:ns,latency_msec=took:ns";
        for (id, says) in [
            ("spam", "reads spam, which mesh.v1.Span has not; it has at, from, hops, kind, more, span, "),
            ("from.id", "reads from.id, which mesh.v1.Span.Peer has not; it has ip, tag, tags"),
            ("trace.id", "reads trace, and a string has no fields"),
            ("from", "reads from, and a mesh.v1.Span.Peer is no value; one of its fields is wanted"),
            ("from[ip='a'].ip", "reads from, and looks for an element by its field ip in what is no list"),
            ("more", "reads more, and a google.protobuf.Any is no value"),
        ] {
            let refusal = mapping(&format!("id={id},{rest}")).unwrap_err();
            assert!(refusal.starts_with(says), "{refusal}");
        }
    }

    #[test]
    fn a_set_that_is_not_whole_and_a_name_that_is_not_in_it_are_refused() {
        assert_eq!(
            message("mesh.v1.Spam").unwrap_err(),
            "names the message mesh.v1.Spam, which is not in the set; it has mesh.v1.Span, mesh.v1.Span.Peer, \
             mesh.v1.Span.Peer.TagsEntry, mesh.v1.Span.Tag"
        );
        let cut = OwnMessageConfig::new(&set()[..100], "mesh.v1.Span");
        assert!(OwnMessage::read(&cut).unwrap_err().starts_with("has no whole descriptor set"));
        let odd = OwnMessageConfig { set: "?".to_owned(), name: "a".to_owned() };
        assert!(OwnMessage::read(&odd).unwrap_err().starts_with("is not in Base64"));
    }
}
