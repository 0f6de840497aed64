use crate::compare::bytes::Reader;
use crate::compare::linked::{decode_place, encode_place, IdList, Linked, Links};
use crate::source::Place;

fn record(fields: &str) -> String {
    let rest = r#""src_ip":"10.0.0.1","dst_ip":"10.0.0.2","latency_msec":500,"parents":[],"children":[]"#;
    format!("{{{fields},{rest}}}")
}

fn wrong(value: &str) -> String {
    Linked::read(Some(value.as_bytes())).unwrap_err()
}

/// The key and the links of a record.
fn encoded(value: &str) -> (Vec<u8>, Vec<u8>) {
    let call = Linked::read(Some(value.as_bytes())).unwrap();
    let (mut key, mut body) = (Vec::new(), Vec::new());
    call.identity.encode(&mut key);
    call.encode_links(Place::Line(1), &mut body);
    (key, body)
}

#[test]
fn a_record_that_is_no_result_says_what_is_wrong() {
    assert_eq!(Linked::read(None).unwrap_err(), "a null record");
    assert_eq!(Linked::read(Some(b"{\"id\":\"\xff\"}")).unwrap_err(), "not UTF-8 at byte 7");
    for no_object in ["", "7", r#"[7,"10.0.0.1","10.0.0.2",1000,500,1500,[],[],0,0]"#] {
        assert_eq!(wrong(no_object), "not a JSON object");
    }
    assert!(wrong("{").starts_with("EOF"), "{}", wrong("{"));
    let no_end = record(r#""id":7,"start_at_ms":1000"#);
    assert_eq!(wrong(&no_end), format!("missing field `end_at_ms`, at byte {}", no_end.len()));
    let times = r#""start_at_ms":1000,"end_at_ms":1500"#;
    assert_eq!(
        wrong(&record(&format!(r#""id":null,{times}"#))),
        "the id null is neither a string nor a number"
    );
    assert_eq!(
        wrong(&record(r#""id":7,"start_at_ms":0.5,"end_at_ms":1"#)),
        "start_at_ms is 0.5; an integer of 64 bits is wanted"
    );
    let no_address = record(&format!(r#""id":7,{times}"#)).replace("10.0.0.2", "");
    assert_eq!(wrong(&no_address), "dst_ip is empty; an IPv4 or IPv6 address or a host name is wanted: \"\"");
    let no_latency = record(&format!(r#""id":7,{times}"#)).replace(":500,", ":\"500\",");
    assert_eq!(wrong(&no_latency), "latency_msec is \"500\"; a number is wanted");
}

#[test]
fn every_spelling_of_a_time_is_that_time_and_other_fields_do_not_matter() {
    let usual = encoded(&record(r#""id":7,"start_at_ms":1000,"end_at_ms":1500"#));
    let unusual = encoded(&record(r#""id":7,"more":{"a":[1]},"start_at_ms":1e3,"end_at_ms":1500.0"#));
    assert_eq!(usual, unusual);
}

#[test]
fn links_are_the_same_in_any_order_and_only_then() {
    let with = |parents: &str| {
        let text = record(r#""id":7,"start_at_ms":1000,"end_at_ms":1500"#);
        encoded(&text.replace("\"parents\":[]", parents)).1
    };
    assert_eq!(with(r#""parents":["a","b",7]"#), with(r#""parents":[7, "b", "a"]"#));
    let all = [
        with(r#""parents":[]"#),
        with(r#""parents":["a"]"#),
        with(r#""parents":["a","a"]"#),
        with(r#""parents":["ab"]"#),
        with(r#""parents":["a","b"]"#),
        with(r#""parents":["7"]"#),
        with(r#""parents":[7]"#),
        with(r#""parents":[7],"parents_omitted":1"#),
    ];
    let distinct: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}

#[test]
fn encoded_links_give_back_their_lists_and_place() {
    let text = record(r#""id":7,"start_at_ms":1000,"end_at_ms":1500,"children_omitted":3"#)
        .replace("\"children\":[]", "\"children\":[\"ä\",1]");
    let (_, body) = encoded(&text);
    let links = Links::decode(&body).unwrap();
    assert_eq!(links.place, Place::Line(1));
    assert_eq!(IdList::decode(links.parents).unwrap(), IdList::default());
    let children = IdList { ids: vec!["\"ä\"", "1"], omitted: 3 };
    assert_eq!(IdList::decode(links.children).unwrap(), children);
}

#[test]
fn places_are_in_order_of_their_bytes() {
    let of = |partition, offset| Place::Offset { partition, offset };
    for places in [
        vec![Place::Line(1), Place::Line(255), Place::Line(256), Place::Line(u64::MAX)],
        vec![of(0, 0), of(0, 256), of(1, 5), of(256, 0), of(i32::MAX, i64::MAX)],
    ] {
        let encoded: Vec<Vec<u8>> = places
            .iter()
            .map(|&place| {
                let mut bytes = Vec::new();
                encode_place(place, &mut bytes);
                assert_eq!(decode_place(&mut Reader::new(&bytes)).unwrap(), place);
                bytes
            })
            .collect();
        assert!(encoded.is_sorted());
    }
}

#[test]
fn the_difference_of_two_lists_counts_every_occurrence() {
    let list = |ids: &[&'static str]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        IdList { ids, omitted: 0 }
    };
    let (a, b) = (list(&["a", "b", "b", "d"]), list(&["e", "b", "c", "a"]));
    assert_eq!(a.differences(&b), (vec!["b", "d"], vec!["c", "e"]));
    assert_eq!(b.differences(&a), (vec!["c", "e"], vec!["b", "d"]));
    assert_eq!(a.differences(&a), (vec![], vec![]));
}
