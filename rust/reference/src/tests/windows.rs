//! Every way in which a window of edges can be wrong is found.

use super::{call_json, input, INPUT_TOPIC};
use crate::{compare, judge, Difference, Output, Record, Report, Rules, WindowRules};

/// Two calls of one edge in the window from 60 s to 120 s, one of another edge.
fn calls() -> Vec<Record> {
    let values = [
        call_json("a", 1, 2, 60_000, 60_500),
        call_json("b", 2, 3, 60_100, 60_200),
        call_json("c", 2, 3, 119_999, 120_030),
        call_json("b", 2, 3, 60_100, 60_200),
    ];
    values.iter().zip(0..).map(|(value, offset)| input(offset, value)).collect()
}

fn series(key: &str, value: &str) -> Record {
    Record { key: Some(key.into()), value: Some(value.into()), ..Record::default() }
}

fn right() -> Vec<Record> {
    vec![
        series(
            r#"["edge","10.0.0.1","10.0.0.2"]"#,
            r#"{"kind":"edge","src":"10.0.0.1","dst":"10.0.0.2","window_start_ms":60000,"window_end_ms":120000,"count":1,"rate_per_s":0.017,"sum_msec":500,"mean_msec":500.000,"sd_msec":0.000,"min_msec":500,"max_msec":500,"p50_msec":503,"p90_msec":500,"p95_msec":500,"p99_msec":500,"exemplars":["a"],"without_parent":1,"at_latency_limit":0}"#,
        ),
        series(
            r#"["edge","10.0.0.2","10.0.0.3"]"#,
            r#"{"kind":"edge","src":"10.0.0.2","dst":"10.0.0.3","window_start_ms":60000,"window_end_ms":120000,"count":2,"rate_per_s":0.033,"sum_msec":131,"mean_msec":65.500,"sd_msec":34.500,"min_msec":31,"max_msec":100,"p50_msec":31,"p90_msec":100,"p95_msec":100,"p99_msec":100,"exemplars":["b","c"],"without_parent":1,"at_latency_limit":0}"#,
        ),
    ]
}

fn check(edges: &[Record], rules: &Rules) -> Report {
    let calls = calls();
    let output = Output { edges: Some(edges), ..Output::default() };
    compare(INPUT_TOPIC, &calls, &judge(&calls, rules), output, rules)
}

fn check_changed(change: impl FnOnce(&mut Vec<Record>)) -> Report {
    let mut edges = right();
    change(&mut edges);
    check(&edges, &Rules::default())
}

fn assert_only(report: &Report, kind: Difference) {
    assert_eq!((report.differences.of(kind), report.differences.total()), (1, 1), "{report:?}");
    assert!(!report.is_same());
}

#[test]
fn right_windows_are_the_same_and_account_for_every_call() {
    let report = check(&right(), &Rules::default());
    assert!(report.is_same(), "{report:?}");
    assert_eq!((report.written, report.duplicates, report.series), (3, 1, Some(2)));
}

#[test]
fn a_figure_that_is_not_that_of_the_calls_is_found() {
    for (from, to) in [
        ("\"count\":2", "\"count\":3"),
        ("0.033", "0.034"),
        ("\"sum_msec\":131", "\"sum_msec\":130"),
        ("65.500", "65.400"),
        ("34.500", "48.790"),
        ("\"min_msec\":31", "\"min_msec\":30"),
        ("\"max_msec\":100", "\"max_msec\":101"),
        ("\"p50_msec\":31", "\"p50_msec\":32"),
        ("\"p90_msec\":100", "\"p90_msec\":102"),
        ("[\"b\",\"c\"]", "[\"c\",\"b\"]"),
        ("\"without_parent\":1", "\"without_parent\":2"),
        (",\"at_latency_limit\":0", ""),
        ("\"at_latency_limit\":0", "\"at_latency_limit\":0,\"more\":1"),
        ("\"window_end_ms\":120000", "\"window_end_ms\":120001"),
    ] {
        let report = check_changed(|edges| {
            let value = String::from_utf8(edges[1].value.take().unwrap()).unwrap();
            assert!(value.contains(from), "{from}");
            edges[1].value = Some(value.replace(from, to).into_bytes());
        });
        assert_only(&report, Difference::WrongSeries);
    }
}

#[test]
fn a_series_that_is_lost_doubled_foreign_or_unreadable_is_found() {
    assert_only(&check_changed(|edges| drop(edges.pop())), Difference::MissingSeries);
    assert_only(&check_changed(|edges| edges.push(edges[0].clone())), Difference::SeriesTwice);
    let moved = check_changed(|edges| {
        let value = String::from_utf8(edges[0].value.take().unwrap()).unwrap();
        edges[0].value = Some(value.replace("60000,\"window_end", "0,\"window_end").into_bytes());
    });
    assert_eq!(moved.differences.of(Difference::UnexpectedSeries), 1);
    assert_eq!(moved.differences.of(Difference::MissingSeries), 1);
    let keyed = check_changed(|edges| edges[0].key = Some(b"[\"edge\"]".to_vec()));
    assert_eq!(keyed.differences.of(Difference::UnreadableSeries), 1);
    assert_eq!(check_changed(|edges| edges[0].value = None).differences.of(Difference::UnreadableSeries), 1);
}

#[test]
fn what_is_above_the_limit_must_be_summed_as_other() {
    let rules =
        Rules { windows: WindowRules { max_series: 1, ..WindowRules::default() }, ..Rules::default() };
    let mut edges = right();
    assert!(!check(&edges, &rules).is_same());
    let other = String::from_utf8(edges[0].value.take().unwrap()).unwrap();
    let other = other.replace("10.0.0.1", "other").replace("10.0.0.2", "other");
    let other = other.replace("\"at_latency_limit\":0", "\"at_latency_limit\":0,\"series_omitted\":1");
    edges[0] = series("[\"edge\"]", &other);
    let report = check(&edges, &rules);
    assert!(report.is_same(), "{report:?}");
}
