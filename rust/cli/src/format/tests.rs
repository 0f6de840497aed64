use std::path::Path;

use callweave_core::call::map::READY;

use super::*;
use crate::compression::Compression;

const CALL: &str =
    r#"{"id":"a","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":1700000000000,"latency_msec":5}"#;

const ZIPKIN: &str =
    r#"{"traceId":"7","id":"8","timestamp":1700000000000000,"duration":5000,"localEndpoint":{}}"#;

fn ready(name: &str) -> Format {
    Format::Ready(READY.iter().find(|ready| ready.name == name).unwrap())
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn pretty(text: &str) -> String {
    text.replace('{', "{\n  ").replace(",\"", ",\n  \"").replace('}', "\n}")
}

/// Files of each format but those that are only seen line by line.
fn files() -> Vec<(Vec<u8>, Format)> {
    let tar = [vec![b'a'; 257], b"ustar\x0000".to_vec(), vec![0; 300]].concat();
    let quoted = serde_json::to_string(CALL).unwrap();
    let text = |text: String, format: Format| (text.into_bytes(), format);
    let other = vec![("srcIp".to_owned(), "src_ip"), ("startAtMs".to_owned(), "start_at_ms")];
    vec![
        (b"BZh91AY&SY".to_vec(), Format::Bzip2),
        (b"\xfd7zXZ\0\0\x04".to_vec(), Format::Xz),
        (b"\x04\x22\x4d\x18\x64\x40".to_vec(), Format::Lz4),
        (b"PK\x03\x04\x14\0".to_vec(), Format::Zip),
        (tar, Format::Tar),
        (b"\xff\xfe\0\0{\0\0\0".to_vec(), Format::Utf32),
        (b"\0\0\xfe\xff\0\0\0{".to_vec(), Format::Utf32),
        (utf16(&format!("\u{feff}{CALL}\n"), u16::to_le_bytes), Format::Utf16),
        (utf16(&format!("\u{feff}{CALL}\n"), u16::to_be_bytes), Format::Utf16),
        (utf16(CALL, u16::to_le_bytes), Format::Utf16Le),
        (utf16(CALL, u16::to_be_bytes), Format::Utf16Be),
        ([b"\0\0\0\0\x07", CALL.as_bytes(), b"\n"].concat(), Format::SchemaRegistry),
        text(format!("[{CALL}, {CALL}]\n"), Format::JsonArray),
        text(format!("[\n{CALL},\n{CALL}\n]\n"), Format::JsonArray),
        text(format!("\u{feff}[\n  {},\n  {}\n]\n", pretty(CALL), pretty(CALL)), Format::JsonArray),
        text(format!("[{}{CALL}]", format!("{CALL},").repeat(1000)), Format::JsonArray),
        text(format!("{}\n{}\n", pretty(CALL), pretty(CALL)), Format::PrettyPrinted),
        text(format!("{}\n", pretty(CALL)).repeat(1000), Format::PrettyPrinted),
        text(format!("{CALL}{CALL}\n"), Format::Concatenated),
        text(format!("{CALL} {CALL}"), Format::Concatenated),
        text(CALL.repeat(1000), Format::Concatenated),
        text(format!("\x1e{CALL}\n\x1e{CALL}\n"), Format::TextSequence),
        text(format!("{CALL},\n{CALL}, \r\n"), Format::TrailingComma),
        text("id,src_ip,dst_ip\na,b,c\n".to_owned(), Format::Table(',')),
        text("\"ID\";\"Src IP\";\"x\"\na;b;c\n".to_owned(), Format::Table(';')),
        text("srcIp\tdstIp\nb\tc\n".to_owned(), Format::Table('\t')),
        text("a,10.0.0.1,10.0.0.2,1700000000000,5\n".to_owned(), Format::Values(',')),
        text("::1\t::2\t1700000000000\t1700000000005\n".to_owned(), Format::Values('\t')),
        text(CALL.replace('"', "'"), Format::PythonRepr),
        text(format!("{{\"schema\": {{}}, \"payload\": {CALL}}}\n"), Format::Payload),
        text(format!("{quoted}\n"), Format::JsonInString),
        text(format!("{{\"value\": {quoted}}}\n"), Format::JsonInField("value".to_owned())),
        text(format!("{{\"data\": {CALL}}}\n"), Format::ObjectInField("data".to_owned())),
        text(
            format!("{{\"specversion\": \"1.0\", \"id\": \"x\", \"data\": {CALL}}}\n"),
            Format::ObjectInField("data".to_owned()),
        ),
        text(format!("{{\"calls\": [{CALL}, {CALL}]}}\n"), Format::ArrayInField("calls".to_owned())),
        text(
            format!("{{\"log\": {quoted}, \"stream\": \"stdout\"}}\n"),
            Format::JsonInField("log".to_owned()),
        ),
        text(format!("# exported\n\n{{\"message\": {quoted}}}\n"), Format::JsonInField("message".to_owned())),
        text(CALL.replace("src_ip", "srcIp").replace("start_at_ms", "startAtMs"), Format::OtherNames(other)),
        text(format!("{ZIPKIN}\n"), ready("zipkin")),
        text("{\"flow\":{\"time\":\"x\",\"IP\":{}}}\n".to_owned(), ready("hubble")),
    ]
}

#[test]
fn a_file_of_each_format_is_recognised_by_its_beginning() {
    for (file, format) in files() {
        let head = &file[..file.len().min(HEAD_BYTES)];
        assert_eq!(
            Format::of_file(head),
            Some(format),
            "{}",
            String::from_utf8_lossy(&head[..60.min(head.len())])
        );
    }
}

#[test]
fn other_names_are_gathered_from_all_lines() {
    let text = "{\"srcIp\":1}\n{\"SRC_IP\":1,\"dst_ip\":2}\n{\"srcIp\":2}\n";
    let names = vec![("SRC_IP".to_owned(), "src_ip"), ("srcIp".to_owned(), "src_ip")];
    assert_eq!(Format::of_file(text.as_bytes()), Some(Format::OtherNames(names)));
}

#[test]
fn a_file_with_a_line_that_is_a_call_is_read_whatever_its_other_lines_are() {
    let lines = [
        "{",
        "",
        "# comment",
        "// comment",
        "{\"log\":\"{}\"}",
        "\"{}\"",
        "[1]",
        "[{}]",
        "{'a': 1}",
        "id,src_ip",
    ];
    for line in lines {
        for text in [format!("{line}\n{CALL}\n"), format!("\u{feff}{CALL}\r\n{line}\n")] {
            assert_eq!(Format::of_file(text.as_bytes()), None, "{text}");
        }
    }
}

#[test]
fn a_file_that_is_nothing_known_is_left_to_the_judge_of_each_line() {
    for text in [
        "",
        "\n",
        "# only\n# comments\n",
        "{",
        "{\n",
        "{}\n{}\n",
        "[2023-11-14] started\n",
        "text, text\n",
        "\0",
        "\u{feff}",
    ] {
        assert_eq!(Format::of_file(text.as_bytes()), None, "{text:?}");
    }
}

#[test]
fn lines_are_recognised_by_themselves() {
    for (line, format) in [
        ("", Some(Format::Blank)),
        (" \r", Some(Format::Blank)),
        ("# comment", Some(Format::Comment)),
        ("// comment", Some(Format::Comment)),
        ("/ no comment", None),
        ("[{},{}]", Some(Format::JsonArray)),
        ("[1,2]", None),
        ("\"text\"", None),
        ("{\"id\":1}", None),
        ("{\"id\":1", None),
        ("{\"id\":1}x", None),
        (CALL, None),
    ] {
        assert_eq!(Format::of_record(line.as_bytes()), format, "{line}");
    }
}

#[test]
fn a_refusal_names_the_file_and_the_command_for_it() {
    let says = |path: &str, compression| Format::JsonArray.refusal(Path::new(path), compression);
    assert_eq!(
        says("calls.json", None),
        "calls.json is a JSON array; one call a line is wanted: `jq -c '.[]' calls.json` prints that, and - \
         reads it from a pipe"
    );
    for (path, compression, command) in [
        ("my calls.json", None, "`jq -c '.[]' 'my calls.json'`"),
        ("calls.gz", Some(Compression::Gzip), "`gzip -dc calls.gz | jq -c '.[]'`"),
        ("calls.zst", Some(Compression::Zstd), "`zstd -dc calls.zst | jq -c '.[]'`"),
        ("-", None, "`jq -c '.[]'`"),
    ] {
        assert!(says(path, compression).contains(command), "{}", says(path, compression));
    }
    let sequence = |path: &str| Format::TextSequence.refusal(Path::new(path), None);
    assert!(sequence("calls").contains("`tr -d '\\036' < calls`"));
    assert!(sequence("-").contains("`tr -d '\\036'`"));
    let tar = Format::Tar.refusal(Path::new("calls.tgz"), Some(Compression::Gzip));
    assert!(tar.contains("`tar -xOf calls.tgz`"), "{tar}");
}

#[test]
fn every_refusal_is_one_line_with_a_command_or_a_map() {
    for (_, format) in files() {
        let refusal = format.refusal(Path::new("calls"), None);
        let names_cure = ["`", ": --map ", "ends in .csv"].iter().any(|cure| refusal.contains(cure));
        assert!(!refusal.contains('\n') && names_cure, "{refusal}");
    }
}

#[test]
fn what_is_known_by_its_names_alone_fits_a_map() {
    let says = ready("zipkin").refusal(Path::new("spans"), None);
    assert_eq!(
        says,
        "spans is not calls with the job's names, but each line is a span of Zipkin: --map zipkin reads it"
    );
    let mut seen = Seen::new(Names::Mapped);
    assert!(!seen.add(ZIPKIN.as_bytes(), String::new));
    assert!(seen.add(format!("[{ZIPKIN}]").as_bytes(), || "line 2".to_owned()));
    assert!(files().iter().filter(|(_, format)| Names::Mapped.fit(format)).count() > 5);
    assert!(files().iter().all(|(_, format)| !Names::BuiltIn.fit(format)));
}

#[test]
fn records_are_counted_by_their_format_with_the_place_of_the_first() {
    let mut seen = Seen::default();
    let quoted = serde_json::to_string(CALL).unwrap();
    for (value, line) in ["", &quoted, "x", "", "{\"SrcIp\":1}", "{\"dstIp\":1}"].into_iter().zip(1..) {
        assert_eq!(seen.add(value.as_bytes(), || format!("line {line}")), value != "x");
    }
    let said: Vec<String> = seen.formats().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "2 rejects are each a blank line (first: line 1): leave such lines out",
            "1 reject is JSON in a JSON string (line 2): encode each call once, not twice",
            "2 rejects are each JSON with the names SrcIp (first: line 5): call them src_ip",
        ]
    );
}
