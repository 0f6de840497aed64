//! How many parents are found on traces whose parents are known. Needs the sets beside the checkout.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod play;
mod sets;

use callweave_core::attribute::Settings;
use play::{play, score, Known, Play, Score};

/// Noise of links and of traces, from one choice of windows to another.
const NOISE: (f64, f64) = (0.002, 0.007);
/// How far confidence may be off.
const MAX_GAP: f64 = 0.01;

/// Plays of a set, and how much later each is.
const PLAYS: usize = 3;
const SHIFT_MS: i64 = 1_637;

/// Holds a set to shares of links, of traces and of traces without the addresses that several call.
fn hold(name: &str, squeeze: i64, links: f64, traces: f64, single: f64) {
    let Some(score) = played(name, squeeze, Play::default()) else { return };
    assert!(score.links >= links - NOISE.0, "{name}: links {:.4}", score.links);
    assert!(score.traces >= traces - NOISE.1, "{name}: traces {:.4}", score.traces);
    assert!(score.single >= single - NOISE.1, "{name}: traces of single callers {:.4}", score.single);
    assert!(score.gap <= MAX_GAP, "{name}: confidence is off by {:.4}", score.gap);
}

/// The mean of plays whose windows begin elsewhere: one alone is off by as much as the noise.
fn played(name: &str, squeeze: i64, how: Play) -> Option<Score> {
    if sets::folder().is_none() {
        println!("skipped: there is no ../shared/data/traces beside this checkout");
        return None;
    }
    let mut calls = sets::read(name);
    sets::squeeze(&mut calls, squeeze);
    let mut mean = Score { links: 0.0, traces: 0.0, single: 0.0, gap: 0.0 };
    for _ in 0..PLAYS {
        let one = score(&calls, &play(&calls, how, &mut Known::default()));
        for (mean, one) in [
            (&mut mean.links, one.links),
            (&mut mean.traces, one.traces),
            (&mut mean.single, one.single),
            (&mut mean.gap, one.gap),
        ] {
            *mean += one / PLAYS as f64;
        }
        for call in &mut calls {
            call.start_ms += SHIFT_MS;
            call.end_ms += SHIFT_MS;
        }
    }
    Some(mean)
}

#[test]
fn a_hotel_under_light_load() {
    hold("hotel_load25", 1, 0.996, 0.986, 0.986);
}

#[test]
fn a_hotel_under_load() {
    hold("hotel_load75", 1, 0.991, 0.971, 0.971);
}

#[test]
fn media_reviews_under_light_load() {
    hold("media_load25", 1, 0.979, 0.895, 0.948);
}

#[test]
fn media_reviews_under_load() {
    hold("media_load75", 1, 0.939, 0.690, 0.858);
}

#[test]
fn a_fan_out_that_is_served_in_order() {
    hold("node_load50", 1, 0.997, 0.987, 0.987);
}

#[test]
fn train_tickets_with_asynchronous_calls() {
    hold("nezha_2023-01-30", 1, 0.999, 0.994, 0.994);
}

#[test]
fn train_tickets_ten_times_as_dense() {
    hold("nezha_2023-01-30", 10, 0.992, 0.964, 0.964);
}

#[test]
fn at_half_the_effort_nearly_everything_is_kept() {
    let how = Play { settings: Settings { effort: 900, ..Settings::default() }, ..Play::default() };
    let Some(score) = played("media_load75", 1, how) else { return };
    assert!(score.links >= 0.939 - NOISE.0 && score.traces >= 0.688 - NOISE.1, "{score:?}");
}

#[test]
fn without_effort_each_link_is_decided_by_itself() {
    let how = Play { settings: Settings { effort: 0, ..Settings::default() }, ..Play::default() };
    let Some(score) = played("hotel_load75", 1, how) else { return };
    assert!(score.links >= 0.975 && score.traces >= 0.92, "{score:?}");
}
