//! Calls in other forms than JSON with the built-in names.

use std::hint::black_box;

use callweave_core::call::map::{Mapping, OwnMessage, OwnMessageConfig};
use callweave_core::call::{parse, Call, Parser};
use callweave_core::error::{Error, Result};
use callweave_core::protobuf::call_of_json;

use crate::LIMITS;

const BUILT_IN: &str =
    "id=id|id_integer,src_ip=src_ip,dst_ip=dst_ip,start_at_ms=start_at_ms,latency_msec=latency_msec,\
    end_at_ms=end_at_ms";

/// Reads records by a map, in two steps, as Route does.
pub struct Mapped {
    mapping: Mapping,
    parser: Parser,
    /// The last record in the built-in form.
    record: Vec<u8>,
}

impl Mapped {
    /// By this map.
    ///
    /// # Errors
    /// When it is wrong.
    pub fn by(map: &str) -> Result<Self> {
        Ok(Self::of(Mapping::read(map).map_err(Error::Config)?))
    }

    /// By a map of the built-in names, from the shipped message as if it were one of the user's own.
    ///
    /// # Errors
    /// When the message is not as that map wants it.
    pub fn own_message() -> Result<Self> {
        let message = OwnMessageConfig::new(&shipped_messages()?, "callweave.v1.Call");
        let mapping = Mapping::read(BUILT_IN).and_then(|map| map.of_message(&OwnMessage::read(&message)?));
        Ok(Self::of(mapping.map_err(Error::Config)?))
    }

    fn of(mapping: Mapping) -> Self {
        Self { mapping, parser: Parser::default(), record: Vec::new() }
    }

    /// Whether the record is a call.
    pub fn is_call(&mut self, record: &[u8]) -> bool {
        self.mapping.rewrite(record, &LIMITS, &mut self.record).is_ok()
            && black_box(self.parser.parse(&self.record, &LIMITS.of_rewritten())).is_ok()
    }
}

/// The shipped messages, as `protoc --include_imports --descriptor_set_out` describes them.
fn shipped_messages() -> Result<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");
    let mut compiler = protox::Compiler::new([folder]).map_err(config)?;
    compiler.open_file("callweave.proto").map_err(config)?;
    Ok(compiler.encode_file_descriptor_set())
}

fn config(error: protox::Error) -> Error {
    Error::Config(error.to_string())
}

/// A record in protobuf.
pub fn message(line: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    call_of_json(line, &mut message);
    message
}

/// The calls of these lines in other forms: with the name of the benchmark and the map of each.
pub fn mapped_records(lines: &[&[u8]]) -> [(&'static str, &'static str, Vec<Vec<u8>>); 3] {
    let calls: Vec<Call<'_>> = lines.iter().filter_map(|line| parse(line, &LIMITS).ok()).collect();
    let records = |json: fn(&str, &str, &str, i64, i64) -> String| {
        let record = |call: &Call<'_>| {
            let mut id = Vec::new();
            call.id.write_text(&mut id);
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let length_ms = call.end_ms - call.start_ms;
            json(&text(&id), &text(call.src), &text(call.dst), call.start_ms, length_ms).into_bytes()
        };
        calls.iter().map(record).collect()
    };
    let renamed = |id: &str, src: &str, dst: &str, start_ms: i64, length_ms: i64| {
        format!(r#"{{"uid":"{id}","from":"{src}","to":"{dst}","at":{start_ms},"took":{length_ms}}}"#)
    };
    let nested = |id: &str, src: &str, dst: &str, start_ms: i64, length_ms: i64| {
        format!(
            r#"{{"@timestamp":{start_ms}000,"event":{{"id":"{id}","duration":{}}},"source":{{"address":"{src}"}},"destination":{{"address":"{dst}","port":80}}}}"#,
            length_ms * 1_000_000
        )
    };
    let zipkin = |id: &str, src: &str, dst: &str, start_ms: i64, length_ms: i64| {
        format!(
            r#"{{"traceId":"5af7183fb1d4cf5f","id":"{id}","kind":"CLIENT","name":"get","timestamp":{start_ms}000,"duration":{},"localEndpoint":{{"serviceName":"a","ipv4":"{src}"}},"remoteEndpoint":{{"ipv4":"{dst}","port":80}},"tags":{{"http.method":"GET","http.path":"/"}}}}"#,
            length_ms * 1_000
        )
    };
    [
        ("parse-renamed", "id=uid,src_ip=from,dst_ip=to,start_at_ms=at,latency_msec=took", records(renamed)),
        (
            "parse-nested",
            "id=event.id,src_ip=source.address,dst_ip=destination.address,start_at_ms=\"@timestamp\":us,latency_msec=event.duration:ns",
            records(nested),
        ),
        ("parse-zipkin", "zipkin", records(zipkin)),
    ]
}
