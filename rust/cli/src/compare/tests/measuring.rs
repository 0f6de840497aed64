use std::fs::write;
use std::path::Path;

use crate::compare::args::Args;
use crate::compare::figures::Figures;
use crate::compare::measure::{measure, Outcome};
use crate::kafka::KafkaArgs;
use crate::source::Source;

fn call(id: &str, parents: &str, children: &str) -> String {
    format!(
        r#"{{"id":"{id}","src_ip":"a","dst_ip":"b","start_at_ms":0,"latency_msec":1,"end_at_ms":1,"parents":[{parents}],"children":[{children}]}}"#
    )
}

fn true_call(id: &str, trace: &str, parents: &str) -> String {
    format!(r#"{{"id":"{id}","trace":"{trace}","parents":[{parents}],"src":"A","dst":"B"}}"#)
}

fn try_measure(folder: &Path, truth: &[String], result: &[String]) -> anyhow::Result<Figures> {
    let source = |name: &str, lines: &[String]| {
        let path = folder.join(name);
        write(&path, lines.join("\n")).unwrap();
        Source::File(path)
    };
    let args = Args {
        results: Vec::new(),
        truth: None,
        kafka: KafkaArgs { bootstrap: String::new(), kafka_config: None },
        input_format: String::from("json"),
        json: false,
        show: 3,
        memory_mib: 1,
        temp_dir: folder.to_owned(),
    };
    match measure(&args, &source("truth", truth), &source("result", result))? {
        Outcome::Links(figures) => Ok(figures),
        Outcome::Chains(figures) => panic!("chains: {figures:?}"),
    }
}

fn figures(truth: &[String], result: &[String]) -> Figures {
    try_measure(tempfile::tempdir().unwrap().path(), truth, result).unwrap()
}

/// Two traces: a → b → c and a → d; e → f.
fn truth() -> Vec<String> {
    vec![
        true_call("a", "1", ""),
        true_call("b", "1", r#""a""#),
        true_call("c", "1", r#""b""#),
        true_call("d", "1", r#""a""#),
        true_call("e", "2", ""),
        true_call("f", "2", r#""e""#),
    ]
}

/// What a perfect job makes of them.
fn right() -> Vec<String> {
    vec![
        call("f", r#""e""#, ""),
        call("e", "", r#""f""#),
        call("d", r#""a""#, ""),
        call("c", r#""b""#, ""),
        call("b", r#""a""#, r#""c""#),
        call("a", "", r#""d","b""#),
    ]
}

#[test]
fn a_result_that_is_the_truth_is_fully_right() {
    let figures = figures(&truth(), &right());
    assert_eq!((figures.precision(), figures.recall()), (Some(1.0), Some(1.0)));
    assert_eq!((figures.calls_right, figures.calls_in_truth), (6, 6));
    assert_eq!((figures.traces_right, figures.traces), (2, 2));
    assert_eq!((figures.links_in_truth, figures.links_right, figures.one_sided_links), (4, 4, 0));
}

#[test]
fn a_false_link_costs_precision_and_a_missing_one_recall() {
    let mut result = right();
    result[3] = call("c", r#""b","e""#, "");
    result[0] = call("f", "", "");
    let figures = figures(&truth(), &result);
    assert_eq!(figures.precision(), Some(0.75));
    assert_eq!(figures.recall(), Some(0.75));
    assert_eq!((figures.calls_right, figures.traces_right), (4, 0));
    assert_eq!(figures.one_sided_links, 2, "e → c is in no list of children, e → f in no list of parents");
}

#[test]
fn calls_of_one_side_are_counted_and_their_links_too() {
    let mut result = right();
    result[0] = call("x", r#""e""#, "");
    let figures = figures(&truth(), &result);
    assert_eq!((figures.only_in_truth, figures.only_in_result), (1, 1));
    assert_eq!((figures.precision(), figures.recall()), (Some(0.75), Some(0.75)));
    assert_eq!((figures.calls_right, figures.traces_right), (5, 1));
}

#[test]
fn an_id_that_repeats_is_counted_and_its_first_record_measured() {
    let (mut truth, mut result) = (truth(), right());
    truth.push(true_call("f", "3", ""));
    result.push(call("a", r#""f""#, ""));
    result.push(call("a", r#""f""#, ""));
    let figures = figures(&truth, &result);
    assert_eq!((figures.repeated_in_truth, figures.repeated_in_result), (1, 2));
    assert_eq!((figures.precision(), figures.traces), (Some(1.0), 2));
}

#[test]
fn an_omitted_parent_makes_a_call_not_right() {
    let mut result = right();
    result[0] = result[0].replace('}', r#","parents_omitted":2}"#);
    let figures = figures(&truth(), &result);
    assert_eq!((figures.calls_right, figures.traces_right), (5, 1));
    assert_eq!((figures.parents_omitted, figures.recall()), (2, Some(1.0)));
}

#[test]
fn records_that_are_no_result_are_counted_and_no_links_have_no_precision() {
    let figures = figures(&truth(), &["nothing".into()]);
    assert_eq!(figures.unreadable.count(), 1);
    assert_eq!((figures.precision(), figures.recall()), (None, Some(0.0)));
    assert!(figures.table().contains("no result: line 1: "), "{}", figures.table());
}

#[test]
fn a_line_that_is_no_truth_is_an_error_that_shows_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let truth = [true_call("a", "1", ""), r#"{"id":7,"trace":"1"}"#.into()];
    let error = try_measure(folder.path(), &truth, &right()).unwrap_err().to_string();
    assert!(error.contains("truth, line 2: missing field `parents`"), "{error}");
    assert!(error.contains("a line of a truth is {\"id\":…,\"trace\":…,\"parents\":[…]}"), "{error}");
}
