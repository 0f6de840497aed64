use proptest::prelude::*;

use super::*;
use crate::check::advice::Advice;

fn advised(job: &JobOptions, advice: &Advice) -> JobOptions {
    JobOptions {
        max_latency_ms: advice.max_latency_ms,
        max_out_of_order_ms: advice.max_out_of_order_ms as i64,
        ..*job
    }
}

/// Holds what the advice says of the lines against a check with the advised options.
fn assert_holds(job: &JobOptions, lines: &[String]) -> Result<Advice, TestCaseError> {
    let before = check(job, lines);
    let advice = before.advice.unwrap();
    let after = check(&advised(job, &advice), lines);
    prop_assert_eq!(rejected(&after, "late"), advice.late);
    prop_assert_eq!(rejected(&after, "too_long"), advice.too_long);
    prop_assert_eq!(after.records.accepted, advice.accepted);
    prop_assert_eq!(after.advice.unwrap(), advice, "the advice stays as it is");
    // The job warns of a shorter wait.
    prop_assert!(advice.max_out_of_order_ms as i64 >= advice.max_latency_ms);
    Ok(advice)
}

/// Steps between starts, and latencies: mostly short, some beyond the options, some beyond any advice.
fn traffic() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let step = prop_oneof![16 => 0i64..200, 4 => -40_000i64..0, 1 => -1_000_000i64..1_000_000];
    let latency = prop_oneof![16 => 0i64..500, 4 => 15_000i64..90_000, 1 => 500_000i64..700_000];
    prop::collection::vec((step, latency), 1..150)
}

/// A call with an end, which leaves no doubt of the unit of its latency.
fn ended(id: u64, start_ms: i64, latency_ms: i64) -> String {
    let end = format!(",\"end_at_ms\":{}}}", start_ms + latency_ms);
    call(id, "a", "b", start_ms, latency_ms).replace('}', &end)
}

proptest! {
    #[test]
    fn what_the_advice_says_holds_with_all_advised_options(
        traffic in traffic(),
        max_latency_ms in prop_oneof![Just(20_000i64), 1i64..100_000],
        max_out_of_order_ms in prop_oneof![Just(30_000i64), 0i64..100_000],
        bucket_ms in prop_oneof![Just(1000i64), 1i64..2000],
        logged_at_end in any::<bool>(),
    ) {
        let mut at_ms = NOW_MS - 1_000_000_000;
        let mut calls: Vec<(i64, i64)> = traffic.into_iter().map(|(step_ms, latency_ms)| {
            at_ms += step_ms.max(-1_000_000);
            (at_ms, latency_ms)
        }).collect();
        if logged_at_end {
            calls.sort_by_key(|(start_ms, latency_ms)| start_ms + latency_ms);
        }
        let lines: Vec<String> =
            calls.iter().zip(1..).map(|(&(start_ms, latency_ms), id)| ended(id, start_ms, latency_ms)).collect();
        // The job takes no longer latency than that of 10,000 buckets.
        let job = JobOptions { max_latency_ms: max_latency_ms.min(bucket_ms * 10_000), max_out_of_order_ms, bucket_ms, ..job() };
        let keeps_any = calls.iter().any(|&(_, latency_ms)| latency_ms <= job.max_latency_ms);
        prop_assume!(keeps_any);
        assert_holds(&job, &lines)?;
    }
}

#[test]
fn long_calls_that_are_logged_at_their_end_get_a_wait_as_long() {
    let mut lines: Vec<String> =
        (0..700).map(|n| call(n, "a", "b", NOW_MS - 100_000 + n as i64 * 100, 50)).collect();
    lines.insert(600, call(1000, "a", "b", NOW_MS - 100_000, 60_000));
    let advice = assert_holds(&job(), &lines).unwrap();
    assert_eq!((advice.max_latency_ms, advice.late, advice.too_long), (60_000, 0, 0));
    assert!(advice.max_out_of_order_ms >= 59_000, "{advice:?}");
    let report = report(&check(&job(), &lines));
    let says = format!(
        "set max-out-of-order-ms to {} and max-latency-ms to 60000: with both, no call is late",
        advice.max_out_of_order_ms
    );
    assert!(report.contains(&says), "{report}");
}

#[test]
fn calls_of_an_hour_stay_too_long() {
    let lines = [call(1, "a", "b", NOW_MS - 10_000, 3_600_000), call(2, "b", "c", NOW_MS - 9_000, 50)];
    let advice = assert_holds(&job(), &lines).unwrap();
    assert_eq!((advice.max_latency_ms, advice.too_long, advice.accepted), (20_000, 1, 1));
}

#[test]
fn a_call_far_ahead_spoils_the_judgement_but_not_the_wait_that_is_advised() {
    let mut lines: Vec<String> = (0..100)
        .map(|n| call(n, "a", "b", NOW_MS / 2 + n as i64 * 100 - (n as i64 % 2) * 3000, 50))
        .collect();
    let job = JobOptions { max_latency_ms: 1000, ..job() };
    for at in [0, 50] {
        lines.insert(at, call(1000, "a", "b", NOW_MS, 50));
        let advice = assert_holds(&job, &lines).unwrap();
        assert!((2000..=5000).contains(&advice.max_out_of_order_ms), "{advice:?}");
        assert_eq!(advice.late, 100 - at as u64);
        lines.remove(at);
    }
}
