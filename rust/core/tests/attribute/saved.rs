//! What is known of an address goes through a savepoint unchanged; what no writer made is refused.

use callweave_core::attribute::{Address, Leg};
use proptest::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::traffic::{by_child, traffic, Host, Traffic};

fn save(address: &Address) -> Vec<u8> {
    let mut state = Vec::new();
    address.save(&mut state).unwrap();
    state
}

/// What is saved of an address in the midst of its traffic.
fn sound_state() -> Vec<u8> {
    let mut traffic = Traffic::default();
    for n in 0..200u64 {
        let (start_ms, key) = (n as i64 * 11, u128::from(n) * 3);
        let leg = |from: i64, to: i64, peer, key| Leg {
            start_ms: start_ms + from,
            end_ms: start_ms + to,
            peer,
            key,
        };
        traffic.parents.push(leg(0, 60, n % 3, key));
        traffic.children.push(leg(5, 20, 7, key + 1));
        traffic.children.push(leg(22, 50, 8, key + 2));
    }
    let mut state = Vec::new();
    Host::new(2_000).play(&traffic, |address, _| state = save(address));
    state
}

fn reseal(state: &mut [u8]) {
    let content = state.len() - 4;
    let checksum = xxh3_64(&state[..content]) as u32;
    state[content..].copy_from_slice(&checksum.to_le_bytes());
}

fn refusal(state: &[u8]) -> String {
    Address::load(state).map_or_else(|error| error.to_string(), |_| "loaded".into())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_savepoint_between_two_windows_changes_nothing(traffic in traffic(80, 3_000)) {
        let straight = Host::new(2_000).decide(&traffic);
        let mut host = Host::new(2_000);
        let interrupted = host.play(&traffic, |address, _| {
            let loaded = Address::load(&save(address)).unwrap();
            assert_eq!(*address, loaded);
            *address = loaded;
        });
        prop_assert_eq!(straight, by_child(interrupted));
    }

    #[test]
    fn a_state_that_was_changed_is_refused_or_worked_without_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
        traffic in traffic(20, 900),
    ) {
        let mut state = sound_state();
        if let Some(cut) = cut {
            // A byte of content is left.
            state.truncate(6 + cut.index(state.len() - 6));
        }
        for (place, byte) in changes {
            let place = 1 + place.index(state.len() - 5);
            state[place] = byte;
        }
        reseal(&mut state);
        if let Ok(loaded) = Address::load(&state) {
            let mut host = Host::new(2_000);
            let mut first = Some(loaded);
            host.play(&traffic, |address, _| {
                if let Some(loaded) = first.take() {
                    *address = loaded;
                }
            });
        }
    }
}

#[test]
fn a_damaged_state_is_refused_with_the_reason() {
    let state = sound_state();
    assert_eq!(refusal(&state), "loaded");
    assert_eq!(refusal(&[]), "loaded", "an address that is new");
    for bit in 8..state.len() * 8 {
        let mut flipped = state.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(refusal(&flipped).contains("checksum"), "bit {bit}");
    }
    assert!(refusal(&state[..3]).contains("checksum"));
    let mut newer = state.clone();
    newer[0] = 2;
    assert!(refusal(&newer).contains("version 2; this build reads version 1:"));
    let mut longer = state.clone();
    longer.splice(state.len() - 4..state.len() - 4, [0; 9]);
    reseal(&mut longer);
    assert!(refusal(&longer).contains("was not written by callweave"));
}

#[test]
fn an_address_is_forgotten_when_nothing_is_known_or_it_was_silent_for_a_day() {
    assert!(Address::default().is_empty());
    let leg = |start_ms, key| Leg { start_ms, end_ms: start_ms + 20, peer: 1, key };
    let roots = Traffic { parents: Vec::new(), children: vec![leg(0, 1), leg(700, 2)] };
    Host::new(2_000).play(&roots, |address, _| assert!(address.is_empty()));
    let served = Traffic { parents: vec![leg(480, 1)], children: vec![leg(600, 2)] };
    let mut idle = Vec::new();
    Host::new(2_000).play(&served, |address, at| {
        let after = |hours: i64| address.is_forgotten(at.end_ms + hours * 3_600_000);
        idle.push((address.is_empty(), after(23), after(25)));
    });
    assert_eq!(idle, [(false, false, true); 2], "a parent is open, then a model is known");
}
