use super::*;

fn add(tally: &mut Tally, partition: usize, written_ms: Option<i64>, value: Option<&str>) {
    let place = Place::Offset { partition: partition as i32, offset: 7 };
    let record = SourceRecord { place, written_ms, value: value.map(str::as_bytes), rejection: None };
    tally.add(partition, record, || place.to_string());
}

#[test]
fn every_reason_is_counted_and_shown_with_its_place() {
    let lines = [
        call(1, "a", "b", NOW_MS, 20),
        "{".to_owned(),
        call(2, "", "b", NOW_MS, 20),
        r#"{"id":3,"src_ip":"a","dst_ip":"b","start_at_ms":5,"latency_msec":5,"end_at_ms":50}"#.to_owned(),
        call(4, "a", "b", NOW_MS, 20_001),
        call(5, "a", "b", NOW_MS + 10_001, 20),
        call(6, "a", "b", NOW_MS - 40_000, 20),
    ];
    let facts = check(&job(), &lines);
    for (reason, place) in [
        ("malformed", "line 2"),
        ("invalid", "line 3"),
        ("inconsistent", "line 4"),
        ("too_long", "line 5"),
        ("future", "line 6"),
        ("late", "line 7"),
    ] {
        let rejects = &facts.records.rejected_by_reason[reason];
        assert_eq!(rejects.count, 1, "{reason}");
        assert_eq!(rejects.examples[0].place, place);
        assert!(lines.iter().any(|line| line.starts_with(rejects.examples[0].value.trim_end_matches('…'))));
        assert!(report(&facts).contains(&format!("  {reason}, {place}: ")));
    }
    assert_eq!((facts.records.read, facts.records.accepted, facts.records.rejected), (7, 1, 6));
}

#[test]
fn only_some_examples_are_kept() {
    let facts = check(&job(), &vec!["{".to_owned(); 10]);
    assert_eq!(facts.records.rejected_by_reason["malformed"].examples.len(), 3);
    assert_eq!(rejected(&facts, "malformed"), 10);
    assert!(facts.latency.is_none() && facts.disorder.is_none() && facts.load.is_none());
}

#[test]
fn a_null_is_malformed() {
    let mut tally = Tally::new(&job(), &InputOptions::default(), RecordFormat::Json, NOW_MS, 3).unwrap();
    tally.add_partition("kafka:calls/0".to_owned());
    add(&mut tally, 0, Some(NOW_MS), None);
    let facts = tally.facts(vec!["kafka:calls".to_owned()], 5).unwrap();
    let example = &facts.records.rejected_by_reason["malformed"].examples[0];
    assert_eq!(
        (example.value.as_str(), example.place.as_str(), example.detail.as_str()),
        ("null", "partition 0, offset 7", "the record's value is null")
    );
}

#[test]
fn future_goes_by_the_time_of_writing_where_it_is_known() {
    let value = call(1, "a", "b", NOW_MS, 20);
    for (written_ms, expected) in [(NOW_MS - 10_001, 1), (NOW_MS - 10_000, 0)] {
        let mut tally =
            Tally::new(&job(), &InputOptions::default(), RecordFormat::Json, i64::MAX, 3).unwrap();
        tally.add_partition("kafka:calls/0".to_owned());
        add(&mut tally, 0, Some(written_ms), Some(&value));
        let facts = tally.facts(vec!["kafka:calls".to_owned()], 5).unwrap();
        assert_eq!(rejected(&facts, "future"), expected);
    }
}

#[test]
fn a_partition_is_late_only_for_itself() {
    let mut tally = Tally::new(&job(), &InputOptions::default(), RecordFormat::Json, NOW_MS, 3).unwrap();
    for id in 0..3 {
        tally.add_partition(format!("kafka:calls/{id}"));
    }
    let (early, on_time) = (call(1, "a", "b", NOW_MS - 100_000, 20), call(2, "a", "b", NOW_MS, 20));
    add(&mut tally, 0, None, Some(&on_time));
    add(&mut tally, 1, None, Some(&early));
    add(&mut tally, 0, None, Some(&early));
    let facts = tally.facts(vec!["kafka:calls".to_owned()], 5).unwrap();
    assert_eq!(rejected(&facts, "late"), 1);
    let partitions = &facts.partitions;
    assert_eq!(partitions.all.iter().map(|p| p.records).collect::<Vec<_>>(), [2, 1, 0]);
    assert_eq!(partitions.skew, 2.0, "a partition without records counts in the mean");
    assert_eq!(partitions.all[2].first_start_ms, None);
    assert!(report(&facts).contains("each partition judged by itself"));
}

#[test]
fn a_late_call_just_behind_its_bucket_tells_what_it_needs() {
    // The bucket of the second call ends at 1999.
    let late = |max_out_of_order_ms| {
        let job = JobOptions { max_out_of_order_ms, ..job() };
        rejected(&check(&job, &[call(1, "a", "b", 6999, 1), call(2, "a", "b", 1500, 1)]), "late")
    };
    assert_eq!((late(5000), late(5001)), (1, 0));
}

#[test]
fn too_long_calls_are_in_the_latencies() {
    let too_long_and_future = call(2, "a", "b", NOW_MS * 2, 50_000);
    let facts = check(&job(), &[call(1, "a", "b", NOW_MS, 299), too_long_and_future]);
    assert_eq!(rejected(&facts, "too_long"), 1);
    let latency = facts.latency.unwrap();
    assert_eq!((latency.calls, latency.percentiles.max_ms, latency.below_300_ms), (2, 50_000, 0.5));
}

#[test]
fn nothing_to_check_is_an_error() {
    let tally = Tally::new(&job(), &InputOptions::default(), RecordFormat::Json, NOW_MS, 3).unwrap();
    let error = tally.facts(vec!["lines".to_owned()], 5).unwrap_err();
    assert_eq!(
        error.to_string(),
        "lines has no records: there is nothing to check; give an input with calls"
    );
}
