//! What a simulation promises, at fixed seeds.

use std::collections::HashMap;

use callweave_reference::{judge, Record, Rules};
use serde_json::Value;

use crate::dice::ARRIVAL_LIMIT_MS;
use crate::{
    Call, Delay, Delivered, IdKind, Kind, Limit, Settings, Shares, Simulation, Topology, MAX_SKEW_MS,
};

const END_MS: i64 = 1_700_000_000_000;
const HOUR_MS: i64 = 3_600_000;

fn settings(seed: u64, calls: u64) -> Settings {
    Settings { std_dev_ms: 1.0, ..Settings::new(seed, Limit::Calls(calls), 1000.0).unwrap() }
}

fn all_shares(share: f64) -> Shares {
    Kind::FAULTS
        .into_iter()
        .chain([Kind::Duplicate, Kind::Report])
        .fold(Shares::default(), |shares, kind| shares.with(kind, share))
}

fn run(settings: Settings) -> Vec<(Delivered, Vec<u8>)> {
    let simulation = Simulation::new(settings, Topology::built_in().unwrap()).unwrap();
    simulation.into_records().map(|(record, value)| (record, value.unwrap_or_default())).collect()
}

fn of_kind(records: &[(Delivered, Vec<u8>)], kind: Kind) -> Vec<&(Delivered, Vec<u8>)> {
    records.iter().filter(|(r, _)| r.kind == kind).collect()
}

#[test]
fn every_child_lies_inside_its_parent() {
    let records = run(settings(1, 50_000));
    let calls: HashMap<u128, _> = records.iter().map(|(r, _)| (r.call.id, r.call)).collect();
    assert_eq!(calls.len(), 50_000);
    let mut children = 0;
    for call in calls.values().filter(|call| call.parent != 0) {
        let parent = calls[&call.parent];
        assert_eq!(parent.trace, call.trace);
        assert_eq!(parent.dst, call.src);
        assert!(parent.start_ms <= call.start_ms && call.end_ms <= parent.end_ms);
        children += 1;
    }
    assert!((35_000..40_000).contains(&children), "{children}");
}

#[test]
fn what_is_written_says_what_the_call_is() {
    let number = |call: &Value, name: &str| call[name].as_f64();
    for (record, value) in run(settings(2, 20_000)) {
        let json: Value = serde_json::from_slice(&value).unwrap();
        let start = number(&json, "start_at_ms").unwrap();
        assert_eq!(start, record.call.start_ms as f64);
        let latency = number(&json, "latency_msec");
        let end = number(&json, "end_at_ms").unwrap_or_else(|| start + latency.unwrap().floor());
        assert_eq!(end, record.call.end_ms as f64);
        let latency = latency.unwrap_or(end - start);
        assert!((start + latency - end).abs() < 1.0, "{json}");
        assert!((0.0..=20_000.0).contains(&latency), "{json}");
    }
}

#[test]
fn all_spellings_occur() {
    let text = |(_, value): &(Delivered, Vec<u8>)| String::from_utf8(value.clone()).unwrap();
    let records: Vec<String> = run(settings(3, 5_000)).iter().map(text).collect();
    let count = |pattern: &str| records.iter().filter(|r| r.contains(pattern)).count();
    assert!(count(".0,\"end_at_ms\"") > 1000);
    assert!(count(".7,\"end_at_ms\"") > 50);
    assert!(records.len() - count("latency_msec") > 20);
    assert!(records.len() - count("end_at_ms") > 20);
    assert!(count("\"fd00::1:3\"") > 100 && count("\"FD00:0:0:0:0:0:1:0003\"") > 100);
    assert!(count("\"node3.service2.example\"") > 50 && count("\"Node3.Service2.EXAMPLE\"") > 50);
}

#[test]
fn the_latency_profile_holds() {
    for seed in 0..5 {
        let records = run(settings(seed, 100_000));
        let latency = |(r, _): &(Delivered, Vec<u8>)| r.call.end_ms - r.call.start_ms;
        let latencies: Vec<i64> = records.iter().map(latency).collect();
        let below = latencies.iter().filter(|&&ms| ms < 300).count() as f64;
        let share = below / latencies.len() as f64;
        assert!((0.9..0.92).contains(&share), "{share}");
        assert!(latencies.iter().all(|&ms| (0..=20_000).contains(&ms)));
        assert!(latencies.iter().filter(|&&ms| ms > 10_000).count() > 100);
        assert!(latencies.iter().any(|&ms| ms > 19_500));
    }
}

#[test]
fn nothing_valid_comes_30_s_after_what_came_before() {
    let mut settings = settings(4, 100_000);
    // Delays that would be far too long if they were not capped.
    settings.delay = Delay::new(2.0, 20_000.0, 100_000.0).unwrap();
    settings.shares = all_shares(0.05);
    let mut highest_start = 0;
    let mut last_time = i64::MIN;
    let mut disorder_ms = 0;
    for (record, _) in run(settings) {
        assert!(record.time_ms >= last_time, "delivered in order of time");
        last_time = record.time_ms;
        if matches!(record.kind, Kind::Valid | Kind::Duplicate | Kind::Report) {
            disorder_ms = disorder_ms.max(highest_start - record.call.start_ms);
            highest_start = highest_start.max(record.call.start_ms);
            assert!(record.call.end_ms <= record.time_ms);
        }
        if record.kind == Kind::Valid {
            assert!(record.time_ms <= record.call.start_ms + ARRIVAL_LIMIT_MS);
        }
    }
    assert!((25_000..30_000).contains(&disorder_ms), "{disorder_ms}");
}

#[test]
fn nothing_valid_is_late_or_far_ahead_where_clocks_differ() {
    let mut settings = settings(16, 100_000);
    settings.clock_skew_ms = MAX_SKEW_MS;
    settings.delay = Delay::new(2.0, 20_000.0, 100_000.0).unwrap();
    settings.shares = all_shares(0.05);
    let skew_ms = i64::from(MAX_SKEW_MS);
    let mut highest_start = 0;
    let (mut disorder_ms, mut ahead_ms) = (0, 0);
    for (record, _) in run(settings) {
        if matches!(record.kind, Kind::Valid | Kind::Duplicate) {
            disorder_ms = disorder_ms.max(highest_start - record.call.start_ms);
            highest_start = highest_start.max(record.call.start_ms);
            ahead_ms = ahead_ms.max(record.call.start_ms - record.time_ms);
        }
    }
    assert!((20_000..30_000).contains(&disorder_ms), "{disorder_ms}");
    assert!((1..=skew_ms).contains(&ahead_ms), "{ahead_ms}");
}

#[test]
fn the_called_host_stamps_the_call_and_its_clock_is_always_off_by_the_same() {
    let right = settings(17, 5_000);
    let by_id = |settings: Settings| -> HashMap<u128, Call> {
        run(settings).into_iter().map(|(record, _)| (record.call.id, record.call)).collect()
    };
    let true_calls = by_id(right.clone());
    let mut ahead_ms = HashMap::new();
    for (id, call) in by_id(Settings { clock_skew_ms: 500, ..right }) {
        let true_call = &true_calls[&id];
        // The run ends at the same time, and calls arrive up to twice the skew earlier.
        let off_ms = call.start_ms - true_call.start_ms - 1000;
        assert_eq!(call.end_ms - call.start_ms, true_call.end_ms - true_call.start_ms);
        assert_eq!((call.parent, call.src, call.dst), (true_call.parent, true_call.src, true_call.dst));
        assert!((-500..=500).contains(&off_ms), "{off_ms}");
        assert_eq!(*ahead_ms.entry(call.dst).or_insert(off_ms), off_ms);
    }
    assert!(ahead_ms.len() == 16 && ahead_ms.values().any(|&ms| ms < 0));
}

#[test]
fn a_bounded_run_ends_at_its_anchor() {
    for limit in [Limit::Calls(20_000), Limit::Traces(5_000)] {
        let records = run(Settings { limit, ..settings(5, 0) });
        let last_ms = records.last().unwrap().0.time_ms;
        assert!((END_MS - ARRIVAL_LIMIT_MS..=END_MS).contains(&last_ms));
        assert!(records.iter().all(|(r, _)| r.call.end_ms <= END_MS));
    }
}

#[test]
fn an_endless_run_begins_at_its_anchor_and_keeps_its_pace() {
    let mut simulation = Simulation::new(
        Settings { limit: Limit::Endless, begin_at_anchor: true, ..settings(6, 0) },
        Topology::built_in().unwrap(),
    )
    .unwrap();
    let mut value = Vec::new();
    let mut starts = Vec::new();
    for _ in 0..50_000 {
        starts.push(simulation.deliver(&mut value).unwrap().call.start_ms);
    }
    assert!(*starts.iter().min().unwrap() >= END_MS - 10);
    // 1000 calls a second.
    let span = starts.iter().max().unwrap() - END_MS;
    assert!((48_000..58_000).contains(&span), "{span}");
}

#[test]
fn who_falls_behind_skips_ahead() {
    let mut settings = settings(7, 1000);
    settings.begin_at_anchor = true;
    let mut simulation = Simulation::new(settings, Topology::built_in().unwrap()).unwrap();
    let mut value = Vec::new();
    assert!(simulation.deliver(&mut value).is_some());
    simulation.catch_up(END_MS + HOUR_MS);
    simulation.catch_up(END_MS + HOUR_MS);
    let mut last_start = 0;
    while let Some(record) = simulation.deliver(&mut value) {
        last_start = last_start.max(record.call.start_ms);
    }
    assert!((END_MS + HOUR_MS..END_MS + HOUR_MS + 40_000).contains(&last_start));
}

#[test]
fn the_shares_made_are_the_shares_asked_for() {
    let mut settings = settings(8, 100_000);
    settings.shares = all_shares(0.02).with(Kind::Invalid, 1.0);
    let records = run(settings.clone());
    for kind in Kind::ALL {
        let made = of_kind(&records, kind).len() as f64 / 100_000.0;
        let asked = match kind {
            Kind::Valid => 1.0,
            kind => settings.shares.of(kind),
        };
        assert!((made - asked).abs() < 0.002, "{}: {made}", kind.name());
    }
}

#[test]
fn broken_records_are_broken_as_they_say() {
    let mut settings = settings(9, 20_000);
    settings.shares = all_shares(0.05);
    let records = run(settings);
    for (_, value) in of_kind(&records, Kind::Malformed) {
        let json = serde_json::from_slice::<Value>(value);
        assert!(!json.is_ok_and(|json| json.is_object()));
    }
    let read = |value: &[u8]| serde_json::from_slice::<Value>(value).unwrap();
    let times = |json: &Value| {
        let time = |name: &str| json[name].as_i64().unwrap();
        (time("start_at_ms"), time("latency_msec"), time("end_at_ms"))
    };
    for (_, value) in of_kind(&records, Kind::Inconsistent) {
        let (start, latency, end) = times(&read(value));
        assert!(end - start - latency >= 5);
    }
    for (_, value) in of_kind(&records, Kind::TooLong) {
        let (start, latency, end) = times(&read(value));
        assert!((20_001..=60_000).contains(&latency) && end == start + latency);
    }
    for (_, value) in of_kind(&records, Kind::Future) {
        assert!(times(&read(value)).0 >= END_MS + HOUR_MS);
    }
    let first_ms = records[0].0.time_ms;
    let last_ms = records.last().unwrap().0.time_ms;
    for (record, value) in of_kind(&records, Kind::Late) {
        assert_eq!(times(&read(value)).0, record.time_ms - HOUR_MS);
        assert!(record.time_ms > (first_ms + last_ms) / 2 - 10_000);
    }
    let nulls = records.iter().filter(|(record, _)| record.is_null).count();
    assert!(nulls > 20);
}

#[test]
fn the_reference_rejects_what_is_broken_and_nothing_else() {
    let mut settings = settings(15, 20_000);
    settings.shares = all_shares(0.05);
    let records = run(settings);
    // The duplicate of a valid call and the late one are valid by themselves.
    let in_topic = records.iter().zip(0..).map(|((record, value), number)| Record {
        partition: number % 5,
        offset: i64::from(number / 5),
        timestamp_ms: Some(END_MS),
        value: (!record.is_null).then(|| value.clone()),
        ..Record::default()
    });
    let in_topic: Vec<Record> = in_topic.collect();
    for ((record, _), judged) in records.iter().zip(judge(&in_topic, &Rules::default())) {
        let kind = record.kind.name();
        match judged.verdict {
            Err(reason) => assert_eq!(reason.name(), kind),
            Ok(_) => assert_eq!(judged.may_be_late, record.kind == Kind::Late, "{kind}"),
        }
    }
}

#[test]
fn a_duplicate_is_the_same_bytes_soon_after() {
    let mut settings = settings(10, 20_000);
    settings.shares = Shares::default().with(Kind::Duplicate, 0.1);
    let records = run(settings);
    let mut originals = HashMap::new();
    for (record, value) in &records {
        match record.kind {
            Kind::Duplicate => {
                let (time_ms, original) = originals[&record.call.id];
                assert_eq!(value, original);
                assert!(record.time_ms - time_ms <= 1000);
            }
            _ => {
                originals.insert(record.call.id, (record.time_ms, value));
            }
        }
    }
    assert!(records.len() > originals.len());
}

#[test]
fn another_report_lies_in_its_call_and_has_its_id_and_addresses() {
    let mut settings = settings(12, 5_000);
    settings.shares = Shares::default().with(Kind::Report, 0.5);
    let records = run(settings);
    let mut calls = HashMap::new();
    let mut reports = 0;
    for (record, value) in &records {
        let fields: Value = serde_json::from_slice(value).unwrap();
        if record.kind == Kind::Valid {
            calls.insert(record.call.id, (record.call, fields));
            continue;
        }
        let (call, of_call) = &calls[&record.call.id];
        assert_eq!((record.call.src, record.call.dst), (call.src, call.dst));
        assert_eq!(fields["id"], of_call["id"]);
        assert!(call.start_ms <= record.call.start_ms && record.call.end_ms < call.end_ms);
        assert!(record.call.start_ms <= record.call.end_ms);
        reports += 1;
    }
    assert!((1_500..2_600).contains(&reports), "{reports}");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let bytes = |seed, end_ms| -> Vec<u8> {
        let settings = Settings { anchor_ms: end_ms, shares: all_shares(0.02), ..settings(seed, 5_000) };
        run(settings).into_iter().flat_map(|(_, v)| v).collect()
    };
    assert_eq!(bytes(11, END_MS), bytes(11, END_MS));
    assert_ne!(bytes(11, END_MS), bytes(12, END_MS));
    assert_ne!(bytes(11, END_MS), bytes(11, END_MS + 1));
}

#[test]
fn ids_are_what_was_asked_for() {
    let id = |value: &[u8]| serde_json::from_slice::<Value>(value).unwrap()["id"].clone();
    let mut settings = settings(13, 2_000);
    let records = run(settings.clone());
    let ids: std::collections::HashSet<String> =
        records.iter().map(|(_, value)| id(value).as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2_000);
    for id in &ids {
        let dashes: Vec<usize> = id.match_indices('-').map(|(at, _)| at).collect();
        assert_eq!((id.len(), dashes), (36, vec![8, 13, 18, 23]));
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]));
    }
    settings.ids = IdKind::Counter;
    settings.shares = Shares::default().with(Kind::Late, 0.1);
    let ids: Vec<String> = run(settings).iter().map(|(_, value)| id(value).to_string()).collect();
    let different: std::collections::HashSet<&String> = ids.iter().collect();
    assert_eq!(different.len(), ids.len());
    assert!(ids.iter().any(|id| id == "2") && ids.iter().any(|id| id == "\"c3\""));
}

#[test]
fn the_structure_of_a_trace_is_the_built_in_one() {
    let records = run(Settings { limit: Limit::Traces(10_000), ip_pool_size: 1, ..settings(14, 0) });
    let mut pairs: HashMap<(u32, u32), u32> = HashMap::new();
    for (record, _) in &records {
        *pairs.entry((record.call.src, record.call.dst)).or_default() += 1;
    }
    assert_eq!(pairs[&(0, 1)], 10_000, "Client calls Main");
    assert_eq!(pairs[&(1, 2)], 10_000, "Main calls SubService1");
    assert_eq!(pairs[&(3, 4)], 10_000, "SubService2 calls SubService3");
    let sub_service_2 = pairs[&(1, 3)];
    assert!((13_800..14_200).contains(&sub_service_2), "{sub_service_2}");
    assert_eq!(pairs.len(), 4);
}

#[test]
fn delays_and_paces_out_of_range_are_refused() {
    assert!(Delay::new(0.0, 1.0, 1.0).is_err());
    assert!(Delay::new(f64::NAN, 1.0, 1.0).is_err());
    assert!(Delay::new(2.0, -1.0, 1.0).is_err());
    assert!(Delay::new(2.0, 1.0, -1.0).is_err());
}
