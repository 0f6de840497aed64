//! Every way in which the job's output can be wrong is found, and what is right is let pass.

use super::{call_json, input, right_output, INPUT_TOPIC};
use crate::{compare, judge, Difference, Output, Record, Report, Rules};

/// Three linked calls, a repeat, and one record for each reason but `late`.
fn mixed_input() -> Vec<Record> {
    let values = [
        call_json("id1", 1, 2, 100_000, 100_500),
        call_json("id2", 2, 3, 100_100, 100_300),
        call_json("id3", 2, 4, 100_200, 100_400),
        call_json("id2", 2, 3, 100_100, 100_300).replace(":200,", ":200.5,"),
        "{".to_owned(),
        "{}".to_owned(),
        call_json("bad", 1, 2, 100_000, 100_010).replace(":10,", ":20,"),
        call_json("long", 1, 2, 100_000, 130_000),
        call_json("future", 1, 2, 1_800_000_000_000, 1_800_000_000_001),
    ];
    let numbered = values.iter().zip(0..);
    numbered.map(|(value, offset)| input(offset, value)).collect()
}

fn check(input: &[Record], results: &[Record], rejects: &[Record], rules: &Rules) -> Report {
    let output = Output { results: Some(results), rejects, ..Output::default() };
    compare(INPUT_TOPIC, input, &judge(input, rules), output, rules)
}

/// Compares after the right output has been changed.
fn check_changed(change: impl FnOnce(&mut Vec<Record>, &mut Vec<Record>)) -> Report {
    let (input, rules) = (mixed_input(), Rules::default());
    let (mut results, mut rejects) = right_output(&input, &rules);
    change(&mut results, &mut rejects);
    check(&input, &results, &rejects, &rules)
}

fn edit(record: &mut Record, from: &str, to: &str) {
    let value = String::from_utf8(record.value.take().unwrap()).unwrap();
    assert!(value.contains(from), "{value}");
    record.value = Some(value.replace(from, to).into_bytes());
}

fn assert_only(report: &Report, kind: Difference, count: u64) {
    assert_eq!(report.differences.of(kind), count, "{:?}", report.differences);
    assert_eq!(report.differences.total(), count, "{:?}", report.differences);
    assert!(!report.is_same());
}

#[test]
fn right_output_is_the_same() {
    let report = check_changed(|_, _| {});
    assert!(report.is_same(), "{:?}", report.differences);
    assert_eq!((report.read, report.written, report.rejected), (9, 3, 5));
    assert_eq!((report.duplicates, report.links), (1, Some(2)));
    assert_eq!(report.rejected_by_reason["too_long"], 1);
}

#[test]
fn order_of_records_and_the_written_repeat_do_not_matter() {
    let report = check_changed(|results, rejects| {
        results.reverse();
        rejects.reverse();
        edit(&mut results[1], "\"latency_msec\":200,", "\"latency_msec\":200.5,");
    });
    assert!(report.is_same(), "{:?}", report.differences);
}

#[test]
fn no_job_at_all_is_everything_missing() {
    let report = check_changed(|results, rejects| {
        results.clear();
        rejects.clear();
    });
    assert_eq!(report.differences.of(Difference::Missing), 3);
    assert_eq!(report.differences.of(Difference::MissingReject), 5);
    assert!(!report.is_conserved());
}

#[test]
fn missing_twice_and_unexpected_results_are_found() {
    let missing = check_changed(|results, _| drop(results.remove(0)));
    assert_only(&missing, Difference::Missing, 1);
    let twice = check_changed(|results, _| results.push(results[0].clone()));
    assert_only(&twice, Difference::Twice, 1);
    for value in ["x", "{}", "[]"] {
        let unexpected = check_changed(|results, _| results.push(input(7, value)));
        assert_only(&unexpected, Difference::Unexpected, 1);
    }
    let moved = check_changed(|results, _| edit(&mut results[0], "100500", "100501"));
    assert_eq!(moved.differences.of(Difference::Unexpected), 1);
    assert_eq!(moved.differences.of(Difference::Missing), 1);
}

#[test]
fn wrong_links_are_found() {
    let swapped = check_changed(|results, _| {
        edit(&mut results[0], r#"["id2","id3"]"#, r#"["id3","id2"]"#);
    });
    assert_only(&swapped, Difference::WrongChildren, 1);
    let none = check_changed(|results, _| edit(&mut results[1], r#"["id1"]"#, "[]"));
    assert_only(&none, Difference::WrongParents, 1);
    let omitted = check_changed(|results, _| {
        edit(&mut results[1], r#""children""#, r#""parents_omitted":1,"children""#);
    });
    assert_only(&omitted, Difference::WrongParents, 1);
}

#[test]
fn examples_say_what_is_wrong_with_a_list() {
    let example = |kind, from: &str, to: &str| {
        let report = check_changed(|results, _| edit(&mut results[0], from, to));
        let described = report.differences.examples(kind)[0].clone();
        described.replace("call \"id1\" from 100000 to 100500 ", "")
    };
    let children = |to: &str| example(Difference::WrongChildren, r#"["id2","id3"]"#, to);
    assert_eq!(children(r#"["id3"]"#), r#"lacks the children "id2""#);
    assert_eq!(children(r#"["x","id3"]"#), r#"lacks the children "id2", has wrongly the children "x""#);
    assert_eq!(children(r#"["id3","id2"]"#), "has its 2 children in the wrong order from number 0");
    let parents = example(Difference::WrongParents, "[]", "[1,2,3,4,5,6,7]");
    assert_eq!(parents, "has wrongly the parents 1, 2, 3, 4, 5 and 2 more");
    let omitted = example(Difference::WrongChildren, "[]", r#"[],"children_omitted":1"#);
    assert_eq!(omitted, "says 1 children are omitted, not 0");
}

#[test]
fn wrong_fields_and_keys_are_found() {
    for (from, to) in [
        ("\"latency_msec\":500,", "\"latency_msec\":501,"),
        ("\"10.0.0.1\"", "\"::ffff:10.0.0.1\""),
        ("{", "{\"extra\":1,"),
    ] {
        let report = check_changed(|results, _| edit(&mut results[0], from, to));
        assert_only(&report, Difference::WrongFields, 1);
    }
    let key = check_changed(|results, _| results[0].key = None);
    assert_only(&key, Difference::WrongFields, 1);
    let number = check_changed(|results, _| {
        edit(&mut results[0], "\"latency_msec\":500,", "\"latency_msec\":500.0,");
    });
    assert!(number.is_same(), "the same number");
}

#[test]
fn wrong_rejects_are_found() {
    let missing = check_changed(|_, rejects| drop(rejects.remove(0)));
    assert_only(&missing, Difference::MissingReject, 1);
    let twice = check_changed(|_, rejects| rejects.push(rejects[0].clone()));
    assert_only(&twice, Difference::WrongReject, 1);
    let reason = |rejects: &mut Vec<Record>, reason: &str| {
        rejects[0].headers[0].1 = Some(reason.as_bytes().to_vec());
    };
    for wrong in ["invalid", "late", "MALFORMED"] {
        let report = check_changed(|_, rejects| reason(rejects, wrong));
        assert_only(&report, Difference::WrongReject, 1);
    }
    let detail = check_changed(|_, rejects| drop(rejects[0].headers.remove(1)));
    assert_only(&detail, Difference::WrongReject, 1);
    let value = check_changed(|_, rejects| rejects[1].value = Some(b"{ }".to_vec()));
    assert_only(&value, Difference::WrongReject, 1);
    let null = check_changed(|_, rejects| rejects[1].value = None);
    assert_only(&null, Difference::WrongReject, 1);
    for header in [2, 3, 4] {
        let report = check_changed(|_, rejects| {
            rejects[0].headers[header].1 = Some(b"77".to_vec());
        });
        assert_eq!(report.differences.of(Difference::WrongReject), 1);
        assert_eq!(report.differences.of(Difference::MissingReject), 1);
    }
}

#[test]
fn a_valid_call_that_was_rejected_is_missing_too() {
    let input = mixed_input();
    let report = check_changed(|results, rejects| {
        results.remove(1);
        rejects.push(input[1].rejected(INPUT_TOPIC, "late", "why"));
    });
    assert_eq!(report.differences.of(Difference::WrongReject), 1);
    assert_eq!(report.differences.of(Difference::Missing), 1);
}

/// A call, its child an hour and more behind the watermark, and a parent for the child.
fn late_input() -> Vec<Record> {
    vec![
        input(0, &call_json("parent", 1, 2, 1000, 2000)),
        input(1, &call_json("now", 1, 2, 9_000_000, 9_000_010)),
        input(2, &call_json("child", 2, 3, 1500, 1600)),
    ]
}

#[test]
fn a_call_may_be_late_or_linked_but_not_both() {
    let (input, rules) = (late_input(), Rules::default());
    let (results, _) = right_output(&input, &rules);
    let linked = check(&input, &results, &[], &rules);
    assert!(linked.is_same(), "{:?}", linked.differences);
    assert_eq!(linked.links, Some(1));

    let (without, _) = right_output(&input[..2], &rules);
    let late = [input[2].rejected(INPUT_TOPIC, "late", "why")];
    let report = check(&input, &without, &late, &rules);
    assert!(report.is_same(), "{:?}", report.differences);
    assert_eq!(report.links, Some(0));

    let both = check(&input, &results, &late, &rules);
    assert_eq!(both.differences.of(Difference::Unexpected), 1);
    assert_eq!(both.differences.of(Difference::WrongChildren), 1);
}

#[test]
fn a_late_repeat_is_a_reject_and_no_duplicate() {
    let rules = Rules::default();
    let mut input = late_input();
    input.push(Record { offset: 3, ..input[0].clone() });
    let (results, _) = right_output(&input, &rules);
    let report = check(&input, &results, &[], &rules);
    assert!(report.is_same() && report.duplicates == 1);
    let late = [input[3].rejected(INPUT_TOPIC, "late", "why")];
    let report = check(&input, &results, &late, &rules);
    assert!(report.is_same() && report.duplicates == 0, "{:?}", report.differences);
}

#[test]
fn any_call_may_be_late_after_an_idle_flush() {
    let (input, mut rules) = (mixed_input(), Rules::default());
    let (results, mut rejects) = right_output(&input[1..], &rules);
    rejects.push(input[0].rejected(INPUT_TOPIC, "late", "why"));
    assert!(!check(&input, &results, &rejects, &rules).is_same());
    rules.idle_flush_possible = true;
    let report = check(&input, &results, &rejects, &rules);
    assert!(report.is_same(), "{:?}", report.differences);
}

#[test]
fn null_values_stay_null() {
    let rules = Rules::default();
    let mut null = input(0, "");
    null.value = None;
    let input = [null];
    let (results, mut rejects) = right_output(&input, &rules);
    assert!(check(&input, &results, &rejects, &rules).is_same());
    rejects[0].value = Some(Vec::new());
    assert_only(&check(&input, &results, &rejects, &rules), Difference::WrongReject, 1);
}

#[test]
fn other_fields_are_expected_if_they_pass_through() {
    let mut rules = Rules::default();
    let value = call_json("a", 1, 2, 1000, 1010).replace('{', "{\"x\": {\"y\": 1 },\"parents\":3,");
    let input = [input(0, &value)];
    let (mut results, _) = right_output(&input, &rules);
    assert!(check(&input, &results, &[], &rules).is_same());
    rules.pass_through = true;
    assert_only(&check(&input, &results, &[], &rules), Difference::WrongFields, 1);
    edit(&mut results[0], "{", "{\"x\":{\"y\": 1 },");
    let report = check(&input, &results, &[], &rules);
    assert!(report.is_same(), "{:?}", report.differences);
}

#[test]
fn lists_are_cut_at_max_links() {
    let rules = Rules { max_links: 1, ..Rules::default() };
    let input = mixed_input();
    let (mut results, rejects) = right_output(&input, &rules);
    assert!(check(&input, &results, &rejects, &rules).is_same());
    edit(&mut results[0], "\"children_omitted\":1", "\"children_omitted\":2");
    assert_only(&check(&input, &results, &rejects, &rules), Difference::WrongChildren, 1);
}

#[test]
fn integer_ids_keep_their_type_and_their_key() {
    let rules = Rules::default();
    let input = [
        input(0, &call_json("7", 1, 2, 1000, 1100).replace("\"7\"", "7")),
        input(1, &call_json("8", 2, 3, 1010, 1020)),
    ];
    let (mut results, _) = right_output(&input, &rules);
    assert_eq!(results[0].key.as_deref(), Some(&b"7"[..]));
    assert!(check(&input, &results, &[], &rules).is_same());
    edit(&mut results[1], "[7]", "[\"7\"]");
    assert_only(&check(&input, &results, &[], &rules), Difference::WrongParents, 1);
}

/// Cuts a reject as the job does.
fn cut(reject: &mut Record, length: usize) {
    let value = reject.value.as_mut().unwrap();
    let whole = value.len().to_string();
    value.truncate(length);
    reject.headers.push(("callweave.truncated".to_owned(), Some(whole.into_bytes())));
}

#[test]
fn a_reject_that_the_job_cut_is_right() {
    for length in [0, 1, 20] {
        let report = check_changed(|_, rejects| cut(&mut rejects[2], length));
        assert!(report.is_same(), "{length}: {:?}", report.differences);
    }
}

#[test]
fn a_call_that_was_rejected_as_late_and_cut_is_left_out() {
    let values = [call_json("new", 1, 2, 200_000, 200_001), call_json("old", 1, 2, 100_000, 100_001)];
    let input: Vec<Record> = values.iter().zip(0..).map(|(value, offset)| input(offset, value)).collect();
    let rules = Rules::default();
    let (results, _) = right_output(&input[..1], &rules);
    let mut late = input[1].rejected(INPUT_TOPIC, "late", "why");
    cut(&mut late, 9);
    let report = check(&input, &results, &[late], &rules);
    assert!(report.is_same(), "{:?}", report.differences);
}

#[test]
fn a_cut_reject_that_is_not_the_beginning_of_its_input_or_tells_another_length_is_wrong() {
    let changes: [fn(&mut Record); 5] = [
        |reject| reject.value = Some(b"other".to_vec()),
        |reject| reject.value = None,
        |reject| reject.headers.last_mut().unwrap().1 = Some(b"7".to_vec()),
        |reject| reject.headers.last_mut().unwrap().1 = None,
        // Cut, and not said so.
        |reject| drop(reject.headers.pop()),
    ];
    for change in changes {
        let report = check_changed(|_, rejects| {
            cut(&mut rejects[2], 9);
            change(&mut rejects[2]);
        });
        assert_only(&report, Difference::WrongReject, 1);
    }
    let uncut = check_changed(|_, rejects| cut(&mut rejects[2], usize::MAX));
    assert_only(&uncut, Difference::WrongReject, 1);
}
