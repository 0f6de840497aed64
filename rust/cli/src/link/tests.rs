//! What linking promises, held against the independent reference.

mod beside;

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
            message: None,
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

fn sorted(lines: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<_> = framing::lines(lines).collect();
    lines.sort_unstable();
    lines
}
