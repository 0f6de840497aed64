use std::collections::HashSet;

use callweave_core::call::{parse, Limits};
use callweave_reference::{link, Call, Rules};
use proptest::prelude::*;

use super::*;
use crate::check::addresses::Addresses;
use crate::check::sample::{Sample, SampleCounts};

/// A call by numbers: id, from, to, start, latency.
type Numbers = (u64, u8, u8, i64, i64);

const NO_LIMITS: Limits = Limits {
    max_record_bytes: usize::MAX,
    max_latency_ms: i64::MAX,
    latest_start_ms: i64::MAX,
    pass_through: false,
};

fn line((id, src, dst, start_ms, latency_ms): Numbers) -> String {
    call(id, &format!("host{src}"), &format!("host{dst}"), start_ms, latency_ms)
}

fn sample_of(calls: &[Numbers], most_rows: usize) -> SampleCounts {
    let mut addresses = Addresses::new(usize::MAX);
    let mut sample = Sample::new(20_000, most_rows);
    for &numbers in calls {
        let line = line(numbers);
        let call = parse(line.as_bytes(), &NO_LIMITS).unwrap();
        let (src, dst) = addresses.add(&call);
        sample.add(&call, src, dst);
    }
    sample.count(1)
}

/// How many parents each call has.
fn parents(calls: &[Numbers]) -> Vec<u64> {
    let read = |&call: &Numbers| Call::read(Some(line(call).as_bytes()), None, &Rules::default()).unwrap();
    let calls: Vec<Call> = calls.iter().map(read).collect();
    let calls: Vec<&Call> = calls.iter().collect();
    link(&calls, 20_000, usize::MAX).iter().map(|links| links.parents.len() as u64).collect()
}

/// Calls of chains of random length, at a steady rate.
fn steady_stream(calls: u64) -> Vec<Numbers> {
    let mut state = 1u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    (0..calls)
        .map(|id| {
            let latency_ms = if below(20) == 0 { 300 + below(4000) } else { 1 + below(200) };
            let hop = below(3) as u8;
            (id, hop, hop + 1, (id * 10 + below(100)) as i64, latency_ms as i64)
        })
        .collect()
}

proptest! {
    #[test]
    fn a_whole_sample_has_the_links_of_the_link_rule(
        calls in prop::collection::vec((0u64..40, 0u8..3, 0u8..3, 0i64..4000, 0i64..3000), 1..80)
    ) {
        let distinct: Vec<Numbers> = calls.iter().copied().collect::<HashSet<_>>().into_iter().collect();
        let parents = parents(&distinct);
        let counts = sample_of(&calls, usize::MAX);
        prop_assert!(counts.is_whole);
        prop_assert_eq!(counts.calls, distinct.len() as u64);
        prop_assert_eq!(counts.repeats, (calls.len() - distinct.len()) as u64);
        prop_assert_eq!(counts.links, parents.iter().sum::<u64>());
        prop_assert_eq!(Some(&counts.most_parents), parents.iter().max());
        prop_assert_eq!(counts.cut, parents.iter().filter(|&&parents| parents > 1).count() as u64);
        prop_assert_eq!(counts.by_address.values().map(|&(_, links)| links).sum::<u64>(), counts.links);
    }
}

#[test]
fn a_sample_of_an_eighth_has_the_mean_of_the_whole_within_a_tenth() {
    let calls = steady_stream(20_000);
    let exact = parents(&calls).iter().sum::<u64>() as f64 / calls.len() as f64;
    let counts = sample_of(&calls, 5_000);
    assert!(!counts.is_whole);
    assert!((1_000..5_000).contains(&counts.calls), "{}", counts.calls);
    let sampled = counts.links as f64 / counts.calls as f64;
    assert!((sampled / exact - 1.0).abs() < 0.1, "{sampled} of {exact}");
}

#[test]
fn a_second_too_large_for_the_sample_leaves_it_empty() {
    let calls: Vec<Numbers> = (0..100).map(|id| (id, 0, 1, 1500, 10)).collect();
    let counts = sample_of(&calls, 50);
    assert_eq!((counts.calls, counts.is_whole), (0, false));
}

#[test]
fn a_call_that_ends_before_its_start_is_a_parent_in_the_next_second() {
    // The end may be 1 ms off start plus latency.
    let early_end = |id: u64, src: &str, dst: &str, start_ms: i64, latency_ms: i64, end_ms: i64| {
        call(id, src, dst, start_ms, latency_ms).replace('}', &format!(r#","end_at_ms":{end_ms}}}"#))
    };
    let lines = [early_end(1, "a", "b", 999, 0, 999), early_end(2, "b", "c", 1000, 0, 999)];
    let sample = check(&job(), &lines).load.unwrap().sample.unwrap();
    assert_eq!(sample.links_per_call, 0.5);
}

#[test]
fn no_slice_can_fill_the_sample_for_ever() {
    for start_ms in [0, 1000, 1_700_000_000_000] {
        let calls: Vec<Numbers> = (0..20).map(|id| (id, 0, 1, start_ms, 0)).collect();
        let sample = sample_of(&calls, 10);
        assert_eq!((sample.slices, sample.calls), (0, 0));
        assert!(!sample.is_whole);
    }
}

#[test]
fn calls_of_one_address_are_counted_together_however_it_is_spelled() {
    let lines = [
        call(1, "10.0.0.1", "FD00:0:0:0:0:0:0:1", 1000, 500),
        call(2, "10.0.0.1", "fd00::1", 1000, 100),
        call(3, "fd00::1", "Api", 1100, 100),
        call(4, "::ffff:10.0.0.1", "api", 2000, 100),
    ];
    let load = check(&job(), &lines).load.unwrap();
    assert_eq!((load.calling_addresses, load.called_addresses), (2, 2));
    let hottest: Vec<_> =
        load.hottest.iter().map(|a| (a.address.as_str(), a.calls, a.links_per_call)).collect();
    assert_eq!(hottest, [("api", 2, None), ("fd00::1", 2, Some(1.0))]);
    // 600 ms of calls in the second from the first start to the last.
    assert!((load.hottest[1].under_way - 0.6).abs() < 1e-9);
}

#[test]
fn addresses_without_room_are_counted_as_such() {
    // Room for two, about.
    let mut addresses = Addresses::new(450);
    let mut add = |src: &str, dst: &str| {
        let line = call(1, src, dst, 1000, 1);
        addresses.add(&parse(line.as_bytes(), &NO_LIMITS).unwrap())
    };
    assert_eq!(add("a", "b"), (Some(0), Some(1)));
    assert_eq!(add("A", "c"), (Some(0), None), "another spelling of a known address is known");
    assert_eq!((addresses.counts().len(), addresses.unknown()), (2, 1));
}

#[test]
fn the_bytes_of_a_result_are_those_that_the_job_writes() {
    let lines = [call(1, "a", "b", 1000, 500), call(2, "b", "c", 1100, 50)];
    let results = [
        r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":1000,"latency_msec":500,"end_at_ms":1500,"parents":[],"children":[2]}"#,
        r#"{"id":2,"src_ip":"b","dst_ip":"c","start_at_ms":1100,"latency_msec":50,"end_at_ms":1150,"parents":[1],"children":[]}"#,
    ];
    let sample = check(&job(), &lines).load.unwrap().sample.unwrap();
    // A comma more than there is, in each list.
    let written = results.iter().map(|result| result.len() + 1).sum::<usize>();
    assert_eq!(sample.result_bytes, written as f64 / 2.0);
}
