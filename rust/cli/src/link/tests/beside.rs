//! What is written beside the links: windows, alerts and spans.

use super::*;

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
