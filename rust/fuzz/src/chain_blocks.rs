//! Blocks of chains, and what is known of addresses, that no writer made, with right checksums.

use callweave_core::attribute::{Address, Counts, Leg, Settings, Window};
use callweave_core::kernel::{CellKernel, KeyedKernel};
use xxhash_rust::xxh3::xxh3_64;

use crate::blocks::{block, survive};
use crate::chains::ChainSettings;

const LEGS: u8 = 1;
const ATTRIBUTED: u8 = 3;
const ROOTED: u8 = 4;
const OPEN_CALLS: u8 = 5;
const MODELS: u8 = 6;
const WINDOW_MS: i64 = 5_000;
/// Bytes that what was loaded and one window more may come to: models are bounded whatever was read.
const MAX_STATE_BYTES: usize = 4 << 20;

/// Attribute refuses the blocks of legs with an error, or decides them without harm, and can read what it saves.
pub fn attribute(data: &[u8]) {
    let mut kernel = ChainSettings::default().attribute();
    if kernel.load(&[]).is_err() {
        return;
    }
    survive(&mut kernel, data, LEGS);
    let mut state = Vec::new();
    if kernel.save(&mut state).is_ok() {
        kernel.load(&state).expect("what was saved is read");
    }
}

/// Attribute refuses what is known of a group with an error, or works on with it.
pub fn models(data: &[u8]) {
    let mut kernel = ChainSettings::default().attribute();
    if kernel.load(&block(data, MODELS)).is_ok() && kernel.fire(1).is_ok() {
        kernel.save(&mut Vec::new()).expect("what was read is written");
    }
}

/// What is known of an address is refused, or three windows are decided with it: each child once, the confidence a
/// probability, and what is saved then is bounded and read again.
pub fn address(data: &[u8]) {
    let mut state = [&[1], data].concat();
    state.extend_from_slice(&(xxh3_64(&state) as u32).to_le_bytes());
    let Ok(mut address) = Address::load(&state) else {
        return;
    };
    let (mut scratch, mut decisions, mut counts) = (Default::default(), Vec::new(), Counts::default());
    for window in 0..3 {
        let begin_ms = window * WINDOW_MS;
        let (parents, children) = traffic(begin_ms);
        decisions.clear();
        address.decide(
            Window { begin_ms, end_ms: begin_ms + WINDOW_MS, visible_ms: begin_ms + WINDOW_MS },
            &Settings::default(),
            1,
            &parents,
            &children,
            &mut scratch,
            &mut decisions,
            &mut counts,
        );
        assert_eq!(decisions.len(), children.len(), "each child is decided once");
        assert!(decisions.iter().all(|made| (0.0..=1.0).contains(&made.confidence)), "{decisions:?}");
    }
    let mut saved = Vec::new();
    if address.save(&mut saved).is_ok() {
        assert!(saved.len() <= data.len() + MAX_STATE_BYTES, "{} bytes", saved.len());
        assert_eq!(Address::load(&saved).expect("what was saved is read"), address);
    }
}

/// Two callers, overlapping parents, each with two calls out.
fn traffic(begin_ms: i64) -> (Vec<Leg>, Vec<Leg>) {
    let (mut parents, mut children) = (Vec::new(), Vec::new());
    for n in 0..12u64 {
        let key = begin_ms as u128 * 1_000 + u128::from(n) * 10;
        let leg = |to: &mut Vec<Leg>, from: i64, until: i64, peer, key| {
            let start_ms = begin_ms + n as i64 * 300;
            to.push(Leg { start_ms: start_ms + from, end_ms: start_ms + until, peer, key });
        };
        leg(&mut parents, 0, 700, n % 2, key);
        leg(&mut children, 5, 20, 7, key + 1);
        leg(&mut children, 22, 350, 8, key + 2);
    }
    (parents, children)
}

/// Root refuses the blocks of decided calls, or of open ones if the first byte is odd, with an error, or works them
/// without harm.
pub fn root(data: &[u8]) {
    if let Some((&choice, data)) = data.split_first() {
        let kind = if choice & 1 == 1 { OPEN_CALLS } else { ATTRIBUTED };
        survive(&mut ChainSettings::default().root(), data, kind);
    }
}

/// Chain refuses the blocks of calls of chains with an error, or works them without harm.
pub fn chain(data: &[u8]) {
    survive(&mut ChainSettings { max_chain_calls: 3, ..ChainSettings::default() }.chain(), data, ROOTED);
}
