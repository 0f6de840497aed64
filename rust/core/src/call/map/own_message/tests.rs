//! Messages as `protoc` would describe them, read by maps.

use proptest::prelude::*;
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
    let text =
        r#"trace: "t" span: "s" kind: CLIENT from { ip: "10.0.0.1" } to { ip: "b" } took_us: 7 start_us: 1"#;
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
        ("hops", "reads hops, and a list is no value; one of its elements is wanted, as hops.0"),
        ("from.tags", "reads from.tags, and a map is no value; that of a key is wanted, as from.tags.KEY"),
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

proptest! {
    /// Neither of any bytes nor of a message of which some are others.
    #[test]
    fn nothing_makes_it_fail_but_with_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..60), at in 0..100_usize, byte: u8) {
        let map = mapping(MAP).unwrap();
        let mut changed = span(
            r#"trace: "t" span: "s" kind: CLIENT from { ip: "10.0.0.1" tags { key: "a" value: "b" } } to { ip: "b" }
               at { seconds: 1 } took { nanos: 1 }"#,
        );
        let place = at % changed.len();
        changed[place] = byte;
        for record in [bytes, changed] {
            let mut call = Vec::new();
            if map.rewrite(&record, &LIMITS, &mut call).is_ok() {
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&call).is_ok());
            }
        }
    }
}
