//! What linking promises, held against the independent reference.

use callweave_core::protobuf::RecordFormat;
use callweave_core::route::RouteConfig;
use callweave_core::spans::{SpanStyle, SpansConfig, SpansFormat};
use callweave_reference::{compare, judge, Output, Record, Report, Rules, WindowRules};
use proptest::prelude::*;
use serde_json::value::RawValue;

use super::batch::Reject;
use super::chains::ChainTotals;
use super::lines::Lines;
use super::linker::{Linker, Totals};
use super::round::{Origin, Origins, Round};
use super::settings::{ChainSettings, Settings, WindowSettings};
use super::sort::LineSorter;
use super::windows::WindowTotals;
use crate::clock::now_ms;
use crate::framing::{self, Framing};

const INPUT: &str = "input";
const BASE_MS: i64 = 1_700_000_000_000;
const OUT_OF_ORDER_MS: i64 = 5_000;

fn settings(threads: usize, bucket_ms: i64, max_links: u32) -> Settings {
    Settings {
        route: RouteConfig {
            bucket_ms,
            ip_groups: 16,
            max_latency_ms: 20_000,
            max_future_skew_ms: 10_000,
            max_record_bytes: 65_536,
            pass_through: false,
            map: String::new(),
            format: RecordFormat::Json,
            merge_reports: false,
        },
        output_format: RecordFormat::Json,
        id_groups: 4,
        max_links,
        chains: Some(ChainSettings {
            window_ms: 5 * bucket_ms,
            look_ahead_ms: bucket_ms,
            effort: 2_000,
            max_chain_calls: 10_000,
            writes_records: true,
            format: RecordFormat::Json,
            spans: None,
        }),
        windows: None,
        services: String::new(),
        max_out_of_order_ms: OUT_OF_ORDER_MS,
        threads,
    }
}

/// What a linker made of its input.
#[derive(Default)]
struct Outcome {
    lines: Vec<u8>,
    chains: Vec<u8>,
    edges: Vec<u8>,
    alerts: Vec<u8>,
    spans: Vec<u8>,
    rejects: Vec<Reject>,
    totals: Totals,
    chain_totals: ChainTotals,
    window_totals: WindowTotals,
}

impl Outcome {
    fn take(&mut self, lines: Lines) -> anyhow::Result<()> {
        match lines {
            Lines::Links(lines) => self.lines.extend(lines),
            Lines::Chains(lines) => self.chains.extend(lines),
            Lines::Edges(lines) => self.edges.extend(lines),
            Lines::Alerts(lines) => self.alerts.extend(lines),
            Lines::Spans(lines) => self.spans.extend(lines),
        }
        Ok(())
    }

    /// The chains, sorted.
    fn chains(&self) -> Vec<&[u8]> {
        sorted(&self.chains)
    }
}

/// Links rounds of lines.
fn link(settings: &Settings, rounds: &[Vec<String>]) -> Outcome {
    let mut linker = Linker::new(settings.clone()).unwrap();
    let mut outcome = Outcome::default();
    let mut before = 0;
    for lines in rounds {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let mut rejects = linker.take(text.as_bytes(), now_ms()).unwrap();
        rejects.iter_mut().for_each(|reject| reject.position += before);
        before += lines.len();
        outcome.rejects.append(&mut rejects);
        linker.advance(|lines| outcome.take(lines)).unwrap();
    }
    linker.finish(|lines| outcome.take(lines)).unwrap();
    outcome.totals = linker.totals();
    outcome.chain_totals = linker.chain_totals().unwrap_or_default();
    outcome.window_totals = linker.window_totals().unwrap_or_default();
    outcome
}

/// Compares an outcome with the reference.
fn compare_with_reference(rounds: &[Vec<String>], outcome: &Outcome, settings: &Settings) -> Report {
    let rules = Rules {
        max_out_of_order_ms: settings.max_out_of_order_ms,
        max_links: settings.max_links as usize,
        bucket_ms: settings.route.bucket_ms,
        ..Rules::default()
    };
    let record = |(offset, line): (i64, &[u8])| Record {
        offset,
        timestamp_ms: Some(now_ms()),
        value: Some(line.to_vec()),
        ..Record::default()
    };
    let lines = rounds.iter().flatten().map(String::as_bytes);
    let input: Vec<Record> = (0..).zip(lines).map(record).collect();
    let results = (0..).zip(framing::lines(&outcome.lines)).map(|(offset, line)| {
        let call: std::collections::HashMap<String, &RawValue> = serde_json::from_slice(line).unwrap();
        let id = call["id"].get();
        Record { key: Some(id.trim_matches('"').as_bytes().to_vec()), ..record((offset, line)) }
    });
    let results: Vec<Record> = results.collect();
    let rejects: Vec<Record> = outcome
        .rejects
        .iter()
        .map(|reject| {
            assert_eq!(Some(&reject.value), input[reject.position].value.as_ref());
            input[reject.position].rejected(INPUT, reject.reason.name(), &reject.detail)
        })
        .collect();
    let output = Output { results: Some(&results), rejects: &rejects, ..Output::default() };
    compare(INPUT, &input, &judge(&input, &rules), output, &rules)
}

fn call(id: u32, src: u8, dst: u8, start_ms: i64, latency_ms: i64) -> String {
    format!(
        r#"{{"id":"c{id}","src_ip":"10.0.0.{src}","dst_ip":"10.0.0.{dst}","start_at_ms":{},"latency_msec":{latency_ms},"end_at_ms":{}}}"#,
        BASE_MS + start_ms,
        BASE_MS + start_ms + latency_ms
    )
}

/// Lines in rounds: calls within the allowed disorder, repeats, and lines that are no calls.
fn rounds() -> impl Strategy<Value = Vec<Vec<String>>> {
    let line =
        (0u8..5, 0u8..5, 0i64..60_000, prop_oneof![0i64..300, 0i64..20_000], 0i64..OUT_OF_ORDER_MS, 0u8..40);
    prop::collection::vec(line, 0..300).prop_flat_map(|calls| {
        let mut calls: Vec<(i64, Vec<String>)> = calls
            .into_iter()
            .zip(0..)
            .map(|((src, dst, start_ms, latency_ms, delay_ms, fate), id)| {
                let line = call(id, src, dst, start_ms, latency_ms);
                let lines = match fate {
                    0 => vec![line.clone(), line],
                    1 => vec!["{}".to_owned(), line],
                    2 => vec![String::new()],
                    _ => vec![line],
                };
                (start_ms + delay_ms, lines)
            })
            .collect();
        calls.sort();
        let lines: Vec<String> = calls.into_iter().flat_map(|(_, lines)| lines).collect();
        (1usize..100).prop_map(move |size| lines.chunks(size).map(<[String]>::to_vec).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn calls_within_the_allowed_disorder_are_linked_as_the_reference_links_them(
        rounds in rounds(),
        threads in 1usize..4,
        bucket_ms in prop_oneof![Just(1000), 7i64..5000],
        max_links in prop_oneof![Just(1000), 1u32..4],
    ) {
        let settings = settings(threads, bucket_ms, max_links);
        let outcome = link(&settings, &rounds);
        let report = compare_with_reference(&rounds, &outcome, &settings);
        prop_assert!(report.is_same(), "{report:?}");
        let Totals { read, written, duplicates, .. } = outcome.totals;
        prop_assert_eq!(read, rounds.iter().flatten().count() as u64);
        prop_assert_eq!(read, written + duplicates + outcome.rejects.len() as u64);
    }

    #[test]
    fn sorted_lines_come_in_order_of_start_whether_or_not_they_fit_into_memory(
        starts in prop::collection::vec(prop::option::of(0i64..100), 0..400),
        sizes in 1usize..50,
        limit in prop_oneof![Just(usize::MAX), 1usize..20_000],
    ) {
        let line = |start: &Option<i64>| start.map_or_else(|| "no call".to_owned(), |start| call(0, 1, 2, start, 5));
        let lines: Vec<String> = starts.iter().map(line).collect();
        let mut sorter = LineSorter::new(limit, &std::env::temp_dir(), None, Framing::Lines);
        for (round, file) in lines.chunks(sizes).zip(0..) {
            let text: String = round.iter().map(|line| format!("{line}\n")).collect();
            sorter.add(&Round { text: text.into_bytes(), origins: Origins::From(Origin { file, line: 1 }) }).unwrap();
        }
        let mut sorted = sorter.finish().unwrap();
        prop_assert_eq!(sorted.lines(), lines.len() as u64);
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|&index| starts[index]);
        let expected: Vec<(&str, Origin)> = order
            .into_iter()
            .map(|index| {
                (lines[index].as_str(), Origin { file: (index / sizes) as u32, line: (index % sizes) as u64 + 1 })
            })
            .collect();
        let round = sorted.next().unwrap().unwrap_or_default();
        let texts = framing::lines(&round.text).map(|line| std::str::from_utf8(line).unwrap());
        let actual: Vec<(&str, Origin)> = texts.enumerate().map(|(index, text)| (text, round.origins.of(index))).collect();
        prop_assert_eq!(actual, expected);
        prop_assert!(sorted.next().unwrap().is_none());
    }
}

#[test]
fn a_call_whose_bucket_was_closed_is_late_and_the_rest_is_linked() {
    let rounds = [
        vec![call(1, 1, 2, 0, 100), call(2, 2, 3, 20_000, 100)],
        vec![call(3, 2, 3, 10, 50), call(4, 2, 3, 15_500, 50)],
    ];
    let settings = settings(1, 1000, 1000);
    let outcome = link(&settings, &rounds);
    assert_eq!(outcome.rejects.len(), 1);
    assert_eq!((outcome.rejects[0].reason.name(), outcome.rejects[0].position), ("late", 2));
    let report = compare_with_reference(&rounds, &outcome, &settings);
    assert!(report.is_same(), "{report:?}");
}

#[test]
fn a_call_is_handed_on_as_soon_as_the_watermark_has_passed_its_end() {
    let mut linker = Linker::new(settings(2, 1000, 1000)).unwrap();
    let mut lines = Vec::new();
    for second in 0..100 {
        let text = call(second, 1, 2, i64::from(second) * 1000, 500) + "\n";
        assert!(linker.take(text.as_bytes(), now_ms()).unwrap().is_empty());
        linker
            .advance(|more| {
                if let Lines::Links(more) = more {
                    lines.extend(more);
                }
                Ok(())
            })
            .unwrap();
        // The watermark is 5 s behind; it closes whole seconds.
        let complete = (second as usize).saturating_sub(5);
        assert_eq!(framing::lines(&lines).count(), complete);
    }
}

#[test]
fn every_call_is_in_one_chain_whatever_the_threads_groups_and_rounds() {
    let lines: Vec<String> = (0..4_000)
        .map(|n| {
            let (src, dst) = ((n % 7) as u8, ((n * 5 + 1) % 9) as u8);
            call(n, src, dst, i64::from(n) * 13, 40 + i64::from(n * 7_919 % 900))
        })
        .collect();
    let one = link(&settings(1, 1000, 1000), std::slice::from_ref(&lines));
    assert_eq!(one.totals.written, 4_000);
    assert_eq!((one.chain_totals.calls, one.chain_totals.omitted), (4_000, 0));
    assert_eq!(one.chains().len() as u64, one.chain_totals.chains);
    let rounds: Vec<Vec<String>> = lines.chunks(300).map(<[_]>::to_vec).collect();
    let mut other = settings(3, 1000, 1000);
    (other.route.ip_groups, other.id_groups) = (5, 1);
    assert_eq!(link(&other, &rounds).chains(), one.chains());
}

fn windows() -> WindowSettings {
    WindowSettings {
        window_ms: 10_000,
        slide_ms: 5_000,
        max_series: 10_000,
        format: RecordFormat::Json,
        writes_records: true,
        rules: None,
    }
}

/// The lines of windows as records with the keys that the job gives them.
fn series_records(lines: &[u8]) -> Vec<Record> {
    let key = |line: &[u8]| {
        let series: serde_json::Value = serde_json::from_slice(line).unwrap();
        let names = ["src", "dst", "entry", "service"].into_iter().filter_map(|name| series.get(name));
        let names = names.filter(|_| series.get("series_omitted").is_none());
        serde_json::to_vec(&[&series["kind"]].into_iter().chain(names).collect::<Vec<_>>()).unwrap()
    };
    let record =
        |line: &[u8]| Record { key: Some(key(line)), value: Some(line.to_vec()), ..Record::default() };
    framing::lines(lines).map(record).collect()
}

#[test]
fn windows_are_those_of_the_reference_whatever_the_threads_groups_and_rounds() {
    let lines: Vec<String> = (0..4_000)
        .map(|n| {
            let (src, dst) = ((n % 7) as u8, ((n * 5 + 1) % 9) as u8);
            call(n, src, dst, i64::from(n) * 13, 40 + i64::from(n * 7_919 % 19_900))
        })
        .collect();
    let one = Settings { windows: Some(windows()), ..settings(1, 1000, 1000) };
    let outcome = link(&one, std::slice::from_ref(&lines));
    let (input, rules) = (
        lines.iter().map(|line| Record { value: Some(line.clone().into_bytes()), ..Record::default() }),
        Rules {
            windows: WindowRules { window_ms: 10_000, slide_ms: 5_000, ..WindowRules::default() },
            ..Rules::default()
        },
    );
    let input: Vec<Record> = input.collect();
    let chains = framing::lines(&outcome.chains).map(|line| {
        let chain: serde_json::Value = serde_json::from_slice(line).unwrap();
        let key = chain["chain"].as_str().unwrap().as_bytes().to_vec();
        Record { key: Some(key), value: Some(line.to_vec()), ..Record::default() }
    });
    let (chains, edges) = (chains.collect::<Vec<_>>(), series_records(&outcome.edges));
    let output = Output { chains: Some(&chains), edges: Some(&edges), ..Output::default() };
    let report = compare(INPUT, &input, &judge(&input, &rules), output, &rules);
    assert!(report.is_same() && report.series > Some(200), "{report:?}");
    assert_eq!(report.series, Some(outcome.window_totals.records));

    let rounds: Vec<Vec<String>> = lines.chunks(300).map(<[_]>::to_vec).collect();
    let mut other = Settings { windows: Some(windows()), ..settings(3, 1000, 1000) };
    (other.route.ip_groups, other.id_groups) = (5, 1);
    assert_eq!(sorted(&link(&other, &rounds).edges), sorted(&outcome.edges));
    let edges_alone = Settings { chains: None, ..other };
    let edges_alone = link(&edges_alone, &rounds).edges;
    let edges = sorted(&outcome.edges).into_iter().filter(|line| line.starts_with(br#"{"kind":"edge""#));
    assert_eq!(sorted(&edges_alone), edges.collect::<Vec<_>>());
}

/// A shop whose cart is slow for a while, behind an edge that has always been there.
#[test]
fn alerts_are_the_same_whatever_the_threads_groups_and_rounds_and_with_and_without_windows() {
    let lines: Vec<String> = (0..12_000)
        .map(|n| {
            let is_slow = (7_000..9_000).contains(&n);
            let latency_ms = if n % 2 == 0 && is_slow { 400 } else { 40 };
            call(n, 1, 2 + (n % 2) as u8, i64::from(n) * 50, latency_ms)
        })
        .collect();
    let rules = "history: 10\nlearning: 5\nlatency-rose: {min-calls: 20}\n".to_owned();
    let judged = WindowSettings { slide_ms: 10_000, rules: Some(rules), ..windows() };
    let one = Settings { windows: Some(judged.clone()), ..settings(1, 1000, 1000) };
    let outcome = link(&one, std::slice::from_ref(&lines));
    let alerts: Vec<serde_json::Value> = framing::lines(&outcome.alerts)
        .map(|line| serde_json::from_slice(line).unwrap())
        .filter(|alert: &serde_json::Value| alert["of"] == "edge")
        .collect();
    let states: Vec<_> = alerts.iter().map(|alert| alert["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["firing", "resolved"], "{alerts:?}");
    assert_eq!((&alerts[0]["rule"], &alerts[0]["dst"]), (&"latency-rose".into(), &"10.0.0.2".into()));
    assert_eq!((outcome.window_totals.begun, outcome.window_totals.ended), (2, 2), "of the entry, too");

    let rounds: Vec<Vec<String>> = lines.chunks(900).map(<[_]>::to_vec).collect();
    let alone = WindowSettings { writes_records: false, ..judged };
    let mut other = Settings { windows: Some(alone), ..settings(3, 1000, 1000) };
    (other.route.ip_groups, other.id_groups) = (5, 1);
    let other = link(&other, &rounds);
    assert_eq!(sorted(&other.alerts), sorted(&outcome.alerts));
    assert!(other.edges.is_empty());
}

#[test]
fn spans_have_every_call_of_the_chains_once_with_and_without_their_records() {
    let lines: Vec<String> = (0..2_000)
        .map(|n| {
            let (src, dst) = ((n % 7) as u8, ((n * 5 + 1) % 9) as u8);
            call(n, src, dst, i64::from(n) * 13, 40 + i64::from(n * 7_919 % 900))
        })
        .collect();
    let with = |format, writes_records, threads| {
        let spans = Some(SpansConfig { format, style: SpanStyle::Server });
        let base = settings(threads, 1000, 1000);
        let chains = base.chains.clone().map(|chains| ChainSettings { writes_records, spans, ..chains });
        Settings { chains, ..base }
    };
    let one = link(&with(SpansFormat::Zipkin, true, 1), std::slice::from_ref(&lines));
    let mut spans: Vec<(String, String)> = Vec::new();
    for line in framing::lines(&one.spans) {
        let list: serde_json::Value = serde_json::from_slice(line).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let of_list = list.as_array().unwrap().iter();
        spans.extend(of_list.map(|span| (text(&span["traceId"]), text(&span["tags"]["callweave.id"]))));
    }
    let mut hops: Vec<(String, String)> = Vec::new();
    for line in framing::lines(&one.chains) {
        let chain: serde_json::Value = serde_json::from_slice(line).unwrap();
        let id = |hop: &serde_json::Value| hop["id"].to_string().trim_matches('"').to_owned();
        let trace_id = chain["trace_id"].as_str().unwrap();
        hops.extend(chain["hops"].as_array().unwrap().iter().map(|hop| (trace_id.to_owned(), id(hop))));
    }
    spans.sort();
    hops.sort();
    assert_eq!((spans.len(), &spans), (2_000, &hops));

    let rounds: Vec<Vec<String>> = lines.chunks(300).map(<[_]>::to_vec).collect();
    let alone = link(&with(SpansFormat::Zipkin, false, 3), &rounds);
    assert!(alone.chains.is_empty());
    assert_eq!(sorted(&alone.spans), sorted(&one.spans));
    assert_eq!(alone.chain_totals, one.chain_totals);

    let otlp = link(&with(SpansFormat::OtlpJson, false, 2), &rounds);
    assert_eq!(framing::lines(&otlp.spans).count() as u64, otlp.chain_totals.chains);
    assert!(framing::lines(&otlp.spans).all(|line| line.starts_with(br#"{"resourceSpans":[{"#)));
}

fn sorted(lines: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<_> = framing::lines(lines).collect();
    lines.sort_unstable();
    lines
}
