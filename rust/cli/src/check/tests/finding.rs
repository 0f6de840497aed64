use super::*;

fn found(lines: &[String]) -> Vec<String> {
    let facts = check(&job(), lines);
    assert_eq!(facts.is_clean(), facts.records.rejected == 0 && facts.findings.is_empty());
    facts.findings
}

/// Calls there and, within them, on: `step_ms` apart.
fn chain(calls: u64, begin_ms: i64, step_ms: i64) -> Vec<String> {
    let call = |n: u64| {
        let (src, dst, latency_ms) = [("a", "b", step_ms + 5), ("b", "c", 5)][n as usize % 2];
        call(n, src, dst, begin_ms + n as i64 * step_ms, latency_ms)
    };
    (0..calls).map(call).collect()
}

#[test]
fn nothing_is_found_in_usual_calls() {
    assert!(found(&chain(50, NOW_MS - 10_000, 100)).is_empty());
}

#[test]
fn starts_in_other_units_are_named_with_what_makes_milliseconds_of_them() {
    for (begin, step, unit, cure) in [
        (NOW_MS / 1000, 1, "seconds", ".start_at_ms |= (tonumber * 1000)"),
        (NOW_MS * 1000, 1000, "microseconds", ".start_at_ms |= (tonumber / 1000 | floor)"),
        (NOW_MS * 1_000_000, 1_000_000, "nanoseconds", ".start_at_ms |= (tonumber / 1000000 | floor)"),
    ] {
        let found = found(&chain(20, begin, step));
        let says = format!(
            "start_at_ms looks like {unit}, not milliseconds, in 20 of 20 records (first: line 1): jq -c '{cure}' mends it"
        );
        assert_eq!(found[0], says);
    }
}

#[test]
fn of_times_in_another_unit_there_is_no_advice_unless_they_are_few() {
    let (seconds, usual) = (chain(20, NOW_MS / 1000, 1), chain(30, NOW_MS - 10_000, 100));
    assert_eq!(check(&job(), &seconds).advice, None);
    let mixed = [usual, seconds].concat();
    assert!(check(&job(), &mixed).advice.is_some());
    let says = "start_at_ms looks like seconds, not milliseconds, in 20 of 50 records (first: line 31): mend what writes those";
    assert_eq!(found(&mixed)[0], says);
}

#[test]
fn ends_and_latencies_in_other_units_are_named() {
    let line = |times: &str| vec![format!(r#"{{"id":1,"src_ip":"a","dst_ip":"b",{times}}}"#)];
    let micros = line(r#""start_at_ms":1700000000000,"latency_msec":40000,"end_at_ms":1700000000040"#);
    let says = "latency_msec looks like microseconds, not milliseconds, in 1 of 1 records (first: line 1): jq -c '.latency_msec |= (tonumber / 1000)' mends it";
    assert_eq!(found(&micros), [says]);
    let texts = line(r#""start_at_ms":"1700000000000","latency_msec":1e999,"end_at_ms":"1700000000""#);
    assert!(found(&texts).iter().all(|finding| finding.starts_with("end_at_ms looks like seconds")));
    assert_eq!(found(&line(r#""start_at_ms":5,"latency_msec":"x","end_at_ms":null"#)), [""; 0]);
}

#[test]
fn one_odd_start_is_told_of_and_leaves_the_figures_as_they_are() {
    let usual = chain(21, NOW_MS - 10_000, 10);
    let figures = |lines: &[String]| {
        let facts = check(&job(), lines);
        let load = facts.load.unwrap();
        let under_way = (load.hottest[0].under_way * 100.0).round();
        (
            load.first_start_ms,
            load.last_start_ms,
            load.calls_per_s,
            under_way,
            facts.disorder.unwrap().behind.p99_ms,
        )
    };
    let clean = figures(&usual);
    assert_eq!(clean.2, 21.0);
    for (odd_ms, says) in [
        (0, "1 call starts at 0 ms, 1970-01-01 00:00:00.000 UTC, far before all others (first: line 22)"),
        (NOW_MS - 7_200_000, "1 call starts at 1699992800000 ms, 2023-11-14 20:13:20.000 UTC, far before all others (first: line 22)"),
    ] {
        let mut lines = usual.clone();
        lines.push(call(99, "a", "x", odd_ms, 5));
        let with_odd = figures(&lines);
        assert_eq!((with_odd.0, with_odd.1, with_odd.2, with_odd.3), (clean.0, clean.1, clean.2, clean.3));
        assert!(found(&lines).iter().any(|finding| finding.starts_with(says)), "{:?}", found(&lines));
    }
    // Long after the others, and first, so that all of them are late.
    let old = chain(21, NOW_MS / 2, 10);
    let clean = figures(&old);
    let lines = [vec![call(99, "a", "x", NOW_MS, 5)], old].concat();
    let with_odd = figures(&lines);
    assert_eq!((with_odd.0, with_odd.1, with_odd.2, with_odd.3), (clean.0, clean.1, clean.2, clean.3));
    let found = found(&lines);
    assert!(
        found[0].contains("far after all others (first: line 1)") && found[0].contains("are late"),
        "{found:?}"
    );
}

#[test]
fn callers_that_are_never_called_are_found() {
    let says = |lines: &[String]| {
        found(lines).iter().any(|finding| finding.starts_with("no address that calls is ever called"))
    };
    let named = |dst: &str, src: &str| {
        [call(1, "10.0.0.1", dst, NOW_MS, 500), call(2, src, "10.0.0.3", NOW_MS + 1, 5)]
    };
    assert!(says(&named("api", "10.0.0.2")));
    let pairs = found(&named("api", "10.0.0.2"));
    assert!(pairs[0].contains(" calls, ") && pairs[0].contains(" is called): "), "{pairs:?}");
    assert!(!says(&named("10.0.0.2", "::ffff:10.0.0.2")));
    assert!(!says(&[call(1, "a", "b", NOW_MS, 5)]), "of one call nothing is said");
    let rejected = named("10.0.0.2", "10.0.0.2")[0].replace("500", "500000");
    let [_, child] = named("10.0.0.2", "10.0.0.2");
    let found = found(&[rejected, child.clone(), child]);
    assert!(
        found[0].contains("is ever called, unless in one of the 1 records that are not valid"),
        "{found:?}"
    );
}

#[test]
fn callers_that_are_called_at_other_times_alone_are_found() {
    let calls = |skew_ms| [call(1, "a", "b", NOW_MS, 500), call(2, "b", "c", NOW_MS + skew_ms, 5)];
    let found_late = found(&calls(900));
    assert!(
        found_late[0].starts_with("addresses that call and are called: 1, but no call lies within"),
        "{found_late:?}"
    );
    assert!(found(&calls(100)).is_empty());
}

#[test]
fn starts_that_count_from_another_moment_are_found() {
    for begin_ms in [0, 28_333_333, 86_400_000] {
        let found = found(&chain(50, begin_ms, 100));
        assert!(found[0].starts_with("calls start from 1970-01-0"), "{found:?}");
    }
}

#[test]
fn latencies_that_are_long_in_milliseconds_are_found_where_no_end_tells_their_unit() {
    let lines = |latency: u64| {
        let call = |n: u64| {
            format!(
                r#"{{"id":{n},"src_ip":"a","dst_ip":"a","start_at_ms":{NOW_MS},"latency_msec":{}}}"#,
                latency + n
            )
        };
        (0..9).map(call).collect::<Vec<_>>()
    };
    let facts = check(&job(), &lines(40_000));
    assert!(facts.findings[0].starts_with("half of the calls take 4000"), "{:?}", facts.findings);
    assert_eq!(facts.advice, None, "it would be for another unit");
    assert!(found(&lines(4000)).is_empty());
    let ended: Vec<String> = lines(40_000)
        .iter()
        .zip(40_000..)
        .map(|(line, latency_ms)| line.replace('}', &format!(",\"end_at_ms\":{}}}", NOW_MS + latency_ms)))
        .collect();
    let facts = check(&job(), &ended);
    assert_eq!(facts.findings, [""; 0], "an end confirms the unit");
    assert_eq!(facts.advice.unwrap().max_latency_ms, 41_000);
}

#[test]
fn ids_of_several_calls_are_found_with_what_they_look_like() {
    let client_and_server = [
        call(1, "a", "b", NOW_MS, 100),
        call(1, "a", "b", NOW_MS + 2, 96),
        call(2, "b", "c", NOW_MS + 10, 20),
        call(2, "b", "c", NOW_MS + 11, 18),
    ];
    assert_eq!(
        found(&client_and_server),
        ["ids are not unique, 4 calls share 2 of them with other times or addresses: 2 look like one call told by both of its ends, which merge-reports makes one; without that, each is linked as a call of its own"]
    );
    let trace =
        [call(1, "a", "b", NOW_MS, 100), call(1, "b", "c", NOW_MS + 2, 50), call(2, "c", "d", NOW_MS, 9)];
    assert!(found(&trace)[0].contains("1 look like the id of a whole trace"));
    let again =
        [call(1, "a", "b", NOW_MS - 5000, 100), call(1, "a", "b", NOW_MS, 100), call(2, "b", "c", NOW_MS, 1)];
    assert!(found(&again)[0].contains("2 calls share 1 of them with other times or addresses; each"));
    let repeats =
        [call(1, "a", "b", NOW_MS, 100), call(1, "a", "b", NOW_MS, 100), call(2, "b", "c", NOW_MS, 1)];
    assert!(found(&repeats).is_empty());
}

#[test]
fn calls_that_are_each_other_s_parent_are_counted() {
    let mutual = |lines: &[String]| check(&job(), lines).load.unwrap().sample.unwrap().mutual;
    let there_and_back = |ms: i64| [call(1, "a", "b", NOW_MS, ms), call(2, "b", "a", NOW_MS, ms)];
    assert_eq!(mutual(&there_and_back(0)), 2);
    assert_eq!(mutual(&there_and_back(15_000)), 2, "each once, though they touch several slices");
    assert_eq!(mutual(&[call(1, "a", "a", NOW_MS, 5)]), 0);
    assert_eq!(mutual(&[call(1, "a", "a", NOW_MS, 5), call(2, "a", "a", NOW_MS, 5)]), 2);
    assert_eq!(mutual(&[call(1, "a", "b", NOW_MS, 5), call(2, "b", "a", NOW_MS, 4)]), 0);
    assert_eq!(
        mutual(&[call(1, "a", "b", NOW_MS, 5), call(1, "a", "b", NOW_MS, 5), call(2, "b", "a", NOW_MS, 5)]),
        2
    );
}

#[test]
fn an_address_of_many_hosts_is_named() {
    let through = (0..60).flat_map(|n| {
        [
            call(n, "client", "gateway", NOW_MS + n as i64, 500),
            call(100 + n, "gateway", "server", NOW_MS + 100, 50),
        ]
    });
    let lines: Vec<String> = through.collect();
    assert!(report(&check(&job(), &lines)).contains(
        "gateway may stand for many hosts (gateway, proxy, NAT): a call that starts there has 60.00 parents"
    ));
    assert!(!report(&check(&job(), &chain(100, NOW_MS, 10))).contains("may stand for"));
}

#[test]
fn times_are_dates_in_the_report() {
    let report = report(&check(&job(), &chain(3, NOW_MS, 10)));
    assert!(report.contains("1700000000000  2023-11-14 22:13:20.000 UTC"), "{report}");
    assert!(report.contains("at 1700000000000 ms, 2023-11-14 22:13:20.000 UTC"), "{report}");
}

#[test]
fn rejects_of_one_format_are_one_line_of_the_report() {
    let quoted = serde_json::to_string(&call(1, "a", "b", NOW_MS, 5)).unwrap();
    let lines = [vec![quoted; 5], vec![String::new(); 2], vec!["{".to_owned()]].concat();
    let facts = check(&job(), &lines);
    assert_eq!(rejected(&facts, "malformed"), 8);
    assert_eq!(facts.records.rejected_by_reason["malformed"].examples.len(), 1);
    let report = report(&facts);
    assert!(report.contains(
        "  5 rejects are each JSON in a JSON string (first: line 1): encode each call once, not twice\n"
    ));
    assert!(report.contains("  2 rejects are each a blank line (first: line 6): leave such lines out\n"));
}
