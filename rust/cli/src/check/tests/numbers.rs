use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::check::seconds::Seconds;
use crate::check::times::{Percentiles, Times};

/// The value that stands at the rank in the sorted times.
fn naive_percentiles(mut times_ms: Vec<u64>) -> Percentiles {
    times_ms.sort_unstable();
    let at = |quantile: f64| {
        let rank = (quantile * times_ms.len() as f64).ceil() as usize;
        times_ms[rank - 1]
    };
    Percentiles { p50_ms: at(0.5), p90_ms: at(0.9), p99_ms: at(0.99), p99_9_ms: at(0.999), max_ms: at(1.0) }
}

fn starts() -> impl Strategy<Value = Vec<i64>> {
    let step = prop_oneof![8 => -40i64..100, 2 => -30_000i64..2000];
    prop::collection::vec(step, 1..200).prop_map(|steps| {
        let walk = steps.iter().scan(NOW_MS - 10_000_000, |at, step| {
            *at += step.max(&-40);
            Some(*at + step)
        });
        walk.collect()
    })
}

proptest! {
    #[test]
    fn percentiles_are_those_of_the_sorted_times(times_ms in prop::collection::vec(0u64..32_768, 1..3000)) {
        let mut times = Times::new().unwrap();
        times_ms.iter().for_each(|&ms| times.add(ms));
        prop_assert_eq!(times.percentiles().unwrap(), naive_percentiles(times_ms));
    }

    #[test]
    fn long_times_are_told_within_a_ten_thousandth(times_ms in prop::collection::vec(0u64..1 << 53, 1..500)) {
        let mut times = Times::new().unwrap();
        times_ms.iter().for_each(|&ms| times.add(ms));
        let (told, exact) = (times.percentiles().unwrap(), naive_percentiles(times_ms));
        prop_assert!(told.p50_ms >= exact.p50_ms);
        prop_assert!(told.p50_ms as f64 <= exact.p50_ms as f64 * 1.0001);
        prop_assert_eq!(told.max_ms, exact.max_ms);
    }

    #[test]
    fn disorder_and_late_calls_are_those_of_a_naive_count(starts_ms in starts(), bucket_ms in 1i64..3000, wait_ms in 0i64..20_000) {
        let lines: Vec<String> = starts_ms.iter().map(|&start_ms| call(1, "a", "b", start_ms, 1)).collect();
        let facts = check(&JobOptions { bucket_ms, max_out_of_order_ms: wait_ms, ..job() }, &lines);
        let highest_before = |index: usize| starts_ms[..index].iter().max().copied().unwrap_or(i64::MIN / 2);
        let behind = |index: usize| (highest_before(index) - starts_ms[index]).max(0) as u64;
        let late_for = |wait_ms: i64| {
            let late = (0..starts_ms.len()).filter(|&index| {
                let bucket_end_ms = (starts_ms[index] / bucket_ms + 1) * bucket_ms - 1;
                bucket_end_ms <= highest_before(index) - wait_ms
            });
            late.count() as u64
        };
        let disorder = facts.disorder.clone().unwrap();
        let behind_ms: Vec<u64> = (0..starts_ms.len()).map(behind).collect();
        let mut above_ms = None;
        for row in &disorder.histogram {
            let up_to_ms = row.up_to_ms.unwrap_or(u64::MAX);
            let in_row = behind_ms.iter().filter(|&&ms| ms <= up_to_ms && above_ms.is_none_or(|above| ms > above));
            prop_assert_eq!(row.calls, in_row.count() as u64);
            above_ms = Some(up_to_ms);
        }
        prop_assert_eq!(disorder.behind, naive_percentiles(behind_ms));
        prop_assert_eq!(rejected(&facts, "late"), late_for(wait_ms));
        for choice in &disorder.choices {
            prop_assert_eq!(choice.late, late_for(choice.max_out_of_order_ms as i64));
        }
        let needed_ms = disorder.needed.max_ms as i64;
        prop_assert_eq!(late_for(needed_ms), 0);
        prop_assert!(needed_ms == 0 || late_for(needed_ms - 1) > 0);
    }

    #[test]
    fn the_peak_is_the_second_with_most_starts(starts_ms in prop::collection::vec(0i64..20_000, 1..200)) {
        let mut seconds = Seconds::new();
        let mut naive = HashMap::new();
        for &start_ms in &starts_ms {
            seconds.add(start_ms);
            *naive.entry(start_ms / 1000 * 1000).or_insert(0u64) += 1;
        }
        let (calls, at_ms) = seconds.peak();
        prop_assert_eq!(Some(&calls), naive.values().max());
        prop_assert_eq!(naive[&at_ms], calls);
    }
}

#[test]
fn the_suggestion_leaves_out_what_comes_hours_late() {
    let starts_ms = [7_200_000, 7_190_000, 0, 7_200_001];
    let lines: Vec<String> = starts_ms.iter().map(|&start_ms| call(1, "a", "b", start_ms, 1)).collect();
    let advice = check(&JobOptions { max_latency_ms: 1000, ..job() }, &lines).advice.unwrap();
    // 9001 ms are needed, and half as much again is the reserve.
    assert_eq!((advice.max_out_of_order_ms, advice.late), (14_000, 1));
}

#[test]
fn latencies_are_rounded_up_so_that_the_option_keeps_them() {
    let line = r#"{"id":1,"src_ip":"a","dst_ip":"b","start_at_ms":5,"latency_msec":299.5}"#.to_owned();
    let facts = check(&job(), std::slice::from_ref(&line));
    let latency = facts.latency.unwrap();
    assert_eq!((latency.percentiles.max_ms, latency.below_300_ms), (300, 1.0));
    let kept = |max_latency_ms| check(&JobOptions { max_latency_ms, ..job() }, std::slice::from_ref(&line));
    assert_eq!((kept(300).records.accepted, kept(299).records.accepted), (1, 0));
}
