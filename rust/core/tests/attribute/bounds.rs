//! What one address may keep and cost is bounded, whatever comes.

use callweave_core::attribute::{Address, Leg};

use crate::traffic::{Host, Traffic};

fn leg(start_ms: i64, end_ms: i64, peer: u64, key: u128) -> Leg {
    Leg { start_ms, end_ms, peer, key }
}

fn saved_bytes(address: &Address) -> usize {
    let mut state = Vec::new();
    address.save(&mut state).unwrap();
    state.len()
}

#[test]
fn parents_and_lists_beyond_the_bounds_are_forgotten_and_counted() {
    let mut traffic = Traffic::default();
    for n in 0..300 {
        // Long calls, one of which has nearly all children.
        traffic.parents.push(leg(n, 5_000 + n, 1, n as u128));
        traffic.children.push(leg(400 + n, 450 + n, 2, 1_000 + n as u128));
    }
    let mut host = Host::new(0);
    (host.settings.max_parents, host.settings.max_list) = (100, 5);
    let mut most = 0;
    let decisions = host.play(&traffic, |address, _| most = most.max(saved_bytes(address)));
    assert_eq!(decisions.len(), 300);
    assert_eq!(host.counts.parents_cut, 200);
    assert!(host.counts.list_cut > 0);
    assert!(most < 100 * (30 + 5 * 10) + 1_000, "{most} bytes");
}

#[test]
fn newest_parents_are_looked_at_first_and_no_more_than_256() {
    let mut traffic = Traffic::default();
    for n in 0..400 {
        traffic.parents.push(leg(n / 4, 450, 1, n as u128));
    }
    traffic.children.push(leg(300, 320, 2, 9_999));
    let mut host = Host::new(2_000);
    let decisions = host.decide(&traffic);
    assert_eq!(host.counts.looked_at_cut, 1);
    assert!(decisions[0].1.is_none_or(|parent| parent >= 144));
}

#[test]
fn a_model_of_many_kinds_stays_below_six_kilobytes() {
    let mut traffic = Traffic::default();
    for n in 0..2_000u64 {
        let (start_ms, key) = (n as i64 * 4, u128::from(n) * 4);
        traffic.parents.push(leg(start_ms, start_ms + 60, n % 90, key));
        for k in 0..3 {
            let at = start_ms + 5 + k as i64 * 15;
            traffic.children.push(leg(
                at,
                at + 3 + (n % 9) as i64,
                1_000 + (n * 7 + k * 31) % 150,
                key + 1 + u128::from(k),
            ));
        }
    }
    let mut most = 0;
    let mut host = Host::new(60);
    host.play(&traffic, |address, _| most = most.max(saved_bytes(address)));
    // Beside the model lie the parents that are open at the end of a window.
    assert!(most < 6_000 + 40 * 50, "{most} bytes");
}
