//! Decisions on measurements that are written down.

use super::*;

/// One look every so many seconds.
const TICK_S: u64 = 15;
/// So long after what came before that it does not count.
const LATER_S: u64 = 1_000;

/// Steady load on four subtasks: input and reading per second, and the lag.
fn sample(input_per_s: f64, read_per_s: f64, lag: f64) -> Sample {
    Sample {
        parallelism: 4,
        input_per_s: Some(input_per_s),
        read_per_s: Some(read_per_s),
        lag: Some(lag),
        partitions: Some(24),
        slots: Some(16),
        ..Sample::default()
    }
}

/// Behind, so that it shows that a subtask reads 250 a second.
fn behind() -> Sample {
    sample(1_100.0, 1_000.0, 200_000.0)
}

/// With ease, at 45 % of that.
fn calm() -> Sample {
    sample(450.0, 450.0, 100.0)
}

/// After each of these, one every 15 s from `start_s`.
fn observe(memory: &mut Memory, start_s: u64, samples: impl IntoIterator<Item = Sample>) -> Decision {
    let rules = Rules::default();
    for (number, sample) in samples.into_iter().enumerate() {
        memory.observe(&rules, Sample { at_s: start_s + TICK_S * number as u64, ..sample });
    }
    decide(&rules, memory).unwrap()
}

fn decided(samples: impl IntoIterator<Item = Sample>) -> Decision {
    observe(&mut Memory::default(), 0, samples)
}

fn assert_stays(decision: &Decision, why: &str) {
    assert_eq!(decision.parallelism, 4, "{}", decision.why);
    assert!(decision.why.contains(why), "{}", decision.why);
}

/// Knows what a subtask reads.
fn rested() -> Memory {
    let mut memory = Memory::default();
    observe(&mut memory, 0, vec![behind(); 5]);
    memory
}

#[test]
fn a_job_that_falls_behind_gets_what_reads_input_and_backlog_at_seventy_per_cent() {
    let decision = decided(vec![behind(); 5]);
    // (1100 + 200000 / 600) / (250 × 0.7) = 8.2, and no more than twice as many.
    assert_eq!(decision.parallelism, 8);
    let why = "1100 records/s come in and a backlog of 200000 in 600 s, a subtask reads 250/s and is to be at work \
               for 70 %: 9 are wanted, of which twice as many at once leave 8";
    assert_eq!(decision.why, why);
}

#[test]
fn what_is_missing_is_missing_and_no_zero() {
    for (missing, why) in [
        (Sample { input_per_s: None, ..behind() }, "the rate of the input is not known"),
        (Sample { read_per_s: None, ..behind() }, "the rate of reading is not known"),
        (Sample { lag: None, ..behind() }, "the lag is not known"),
        (Sample { slots: None, ..behind() }, "the slots are not known"),
        (Sample { partitions: None, ..behind() }, "the partitions are not known"),
    ] {
        assert_stays(&observe(&mut rested(), LATER_S, [behind(), behind(), behind(), missing]), why);
    }
    let gap = Sample { lag: None, ..behind() };
    assert_stays(&observe(&mut rested(), LATER_S, [behind(), behind(), gap, behind()]), "something missing");
}

#[test]
fn one_sample_or_two_decide_nothing() {
    assert_stays(&decided(vec![behind(); 2]), "2 of 3 samples");
    let samples = [calm(), calm(), behind(), calm(), behind(), behind()];
    let single = observe(&mut rested(), LATER_S, samples);
    assert_stays(&single, "are right");
}

#[test]
fn what_was_read_with_ease_is_a_bound_that_justifies_no_more_subtasks() {
    assert_stays(&decided(vec![sample(900.0, 900.0, 10.0); 10]), "a subtask reads at least 225/s");
}

#[test]
fn a_job_that_reads_by_fits_and_starts_can_do_what_it_reads_over_a_minute() {
    let (stalled, burst) = (sample(1_100.0, 0.0, 200_000.0), sample(1_100.0, 4_000.0, 200_000.0));
    // Three of four looks at which nothing was read, and then three of four at which much was.
    let fits = [stalled.clone(), stalled.clone(), stalled.clone(), burst.clone()];
    let decision = decided([behind()].into_iter().chain(fits));
    assert!(decision.why.contains("a subtask reads 250/s"), "{}", decision.why);
    let short = decided([behind(), stalled, burst.clone(), burst]);
    assert_stays(&short, "it is not known yet what a subtask can do");
}

#[test]
fn a_burst_after_a_moment_without_reading_is_nothing_that_a_subtask_can_do_for_long() {
    let (stalled, burst) = (sample(900.0, 0.0, 13_600.0), sample(900.0, 1_800.0, 100.0));
    let mut samples = vec![sample(900.0, 900.0, 100.0); 12];
    (samples[6], samples[7]) = (stalled, burst);
    assert_stays(&decided(samples), "a subtask reads at least 225/s");
}

#[test]
fn a_source_that_was_held_up_and_keeps_up_now_can_do_more_than_what_comes_in() {
    let mut memory = rested();
    let keeps_up = Sample { back_pressure: Some(1.0), ..sample(450.0, 450.0, 300.0) };
    let decision = observe(&mut memory, LATER_S, vec![keeps_up; 10]);
    assert!(decision.why.contains("a subtask reads 250/s"), "{}", decision.why);
}

#[test]
fn a_source_that_is_held_up_and_leaves_something_unread_shows_what_a_subtask_can_do() {
    let held_up = Sample { back_pressure: Some(0.9), ..sample(1_100.0, 1_000.0, 6_000.0) };
    let decision = decided(vec![held_up.clone(); 5]);
    assert_eq!(decision.parallelism, 7, "{}", decision.why);
    let free = Sample { back_pressure: Some(0.1), ..held_up };
    assert_stays(&decided(vec![free; 5]), "a subtask reads at least 250/s");
}

#[test]
fn from_fifty_to_ninety_per_cent_subtasks_are_left_alone() {
    let steady = |input: f64| vec![sample(input, input, 0.0); 4];
    let mut memory = rested();
    assert_stays(&observe(&mut memory, LATER_S, steady(890.0)), "4 are right");
    assert_stays(&observe(&mut memory, 2 * LATER_S, steady(510.0)), "4 are right");
    assert_eq!(observe(&mut memory, 3 * LATER_S, steady(910.0)).parallelism, 6);
}

#[test]
fn partitions_slots_and_the_bounds_are_never_exceeded() {
    for (limited, expected, why) in [
        (Sample { partitions: Some(5), ..behind() }, 5, "the partitions of the input topic leave 5"),
        (Sample { slots: Some(6), ..behind() }, 6, "the slots leave 6"),
        (Sample { slots: Some(4), ..behind() }, 4, "no more than 4: the slots"),
        (Sample { partitions: Some(3), ..behind() }, 4, "no more than 3: the partitions"),
    ] {
        let decision = decided(vec![limited; 5]);
        assert_eq!(decision.parallelism, expected, "{}", decision.why);
        assert!(decision.why.contains(why), "{}", decision.why);
    }
}

#[test]
fn a_job_outside_of_its_bounds_is_brought_within() {
    let mut memory = rested();
    observe(&mut memory, LATER_S, vec![calm(); 3]);
    let decided = |min_parallelism, max_parallelism| {
        decide(&Rules { min_parallelism, max_parallelism, ..Rules::default() }, &memory).unwrap()
    };
    assert_eq!(
        decided(6, 9),
        Decision { parallelism: 6, why: "at least 6 are allowed: 6 are wanted".to_owned() }
    );
    assert_eq!(decided(20, 30).parallelism, 8, "by steps");
    assert_eq!(decided(1, 2), Decision { parallelism: 2, why: "at most 2 are allowed".to_owned() });
}

#[test]
fn subtasks_are_taken_away_only_after_half_an_hour_of_less_and_at_most_half_of_them() {
    let mut memory = rested();
    let window = (Rules::default().down_window_s / TICK_S) as usize;
    let little = sample(100.0, 100.0, 0.0);
    let decision = observe(&mut memory, LATER_S, vec![little.clone(); window]);
    assert_stays(&decision, "1 would do, once that is so for 1800 s");
    let decision = observe(&mut memory, LATER_S + Rules::default().down_window_s, [little]);
    assert_eq!(decision.parallelism, 2, "{}", decision.why);
    assert!(decision.why.ends_with("for 1800 s: 1 will do, by this step 2"), "{}", decision.why);
}

#[test]
fn one_sample_of_more_within_the_window_keeps_the_subtasks() {
    let mut samples = vec![calm(); 124];
    samples[60] = sample(800.0, 800.0, 0.0);
    assert_stays(&observe(&mut rested(), LATER_S, samples), "4 are right");
}

#[test]
fn nothing_is_taken_away_from_a_job_in_trouble() {
    for (trouble, why) in [
        (Sample { wall_clock_lag_ms: Some(200_000.0), ..calm() }, "its time is behind the clock"),
        (Sample { gc_share: Some(0.4), ..calm() }, "collects garbage too long"),
        (Sample { checkpoint_share: Some(0.9), ..calm() }, "checkpoints take almost as long"),
        (Sample { slots: None, partitions: None, ..calm() }, "will do"),
    ] {
        let mut samples = vec![calm(); 124];
        samples[60] = trouble;
        let decision = observe(&mut rested(), LATER_S, samples);
        assert!(decision.why.contains(why), "{}", decision.why);
        assert_eq!(decision.parallelism, if why == "will do" { 3 } else { 4 });
    }
}

#[test]
fn after_a_change_nothing_is_done_at_once_and_after_a_failed_one_for_long() {
    let mut memory = rested();
    memory.changed(&Rules::default(), 60, 4);
    assert!(decide(&Rules::default(), &memory).is_none(), "nothing was seen since");
    let soon = observe(&mut memory, 75, vec![behind(); 7]);
    assert_stays(&soon, "in 75 s at the earliest");
    let later = observe(&mut memory, 240, vec![behind(); 1]);
    assert_eq!(later.parallelism, 8);
    memory.failed(255);
    let failed = observe(&mut memory, 400, vec![behind(); 4]);
    assert_stays(&failed, "the last rescale failed 190 s ago");
    let much_later = observe(&mut memory, 2_100, vec![behind(); 4]);
    assert_eq!(much_later.parallelism, 8);
}

#[test]
fn subtasks_that_did_not_help_are_not_followed_by_more() {
    let mut memory = rested();
    memory.changed(&Rules::default(), 60, 8);
    // Twice the subtasks read what four did.
    let eight = Sample { parallelism: 8, ..behind() };
    let decision = observe(&mut memory, 300, vec![eight; 6]);
    assert_eq!(decision.parallelism, 8, "{}", decision.why);
    assert!(decision.why.contains("more than 4 did not help"), "{}", decision.why);
}

#[test]
fn subtasks_that_read_more_by_fits_and_starts_are_not_found_useless() {
    let fits = |burst| [0.0, 0.0, 0.0, 0.0, burst].map(|read_per_s| sample(1_100.0, read_per_s, 200_000.0));
    let mut memory = Memory::default();
    observe(&mut memory, 0, fits(4_000.0));
    memory.changed(&Rules::default(), 60, 8);
    let eight = fits(8_000.0).map(|sample| Sample { parallelism: 8, ..sample });
    let decision = observe(&mut memory, 300, eight);
    assert!(decision.why.contains("a subtask reads 250/s"), "{}", decision.why);
    assert!(!decision.why.contains("did not help"), "{}", decision.why);
}
