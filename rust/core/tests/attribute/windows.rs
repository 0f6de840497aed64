//! Each child is decided once, for a parent that may have caused it, whatever the order of the calls.

use std::collections::HashMap;

use callweave_core::attribute::Leg;
use proptest::prelude::*;

use crate::traffic::{traffic, Host};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_child_is_decided_once_for_a_parent_that_may_have_caused_it(
        traffic in traffic(60, 2_000),
        effort in prop::sample::select(vec![0u32, 60, 2_000]),
    ) {
        let decisions = Host::new(effort).decide(&traffic);
        let mut expected: Vec<u128> = traffic.children.iter().map(|leg| leg.key).collect();
        expected.sort_unstable();
        prop_assert_eq!(decisions.iter().map(|decision| decision.0).collect::<Vec<_>>(), expected);
        let by_key = |legs: &[Leg]| -> HashMap<u128, Leg> { legs.iter().map(|leg| (leg.key, *leg)).collect() };
        let (parents, children) = (by_key(&traffic.parents), by_key(&traffic.children));
        for (child, parent, confidence) in decisions {
            prop_assert!((0.0..=1.0).contains(&confidence));
            let Some(parent) = parent else { continue };
            prop_assert_ne!(child, parent, "a call is not its own parent");
            let (child, parent) = (children[&child], parents[&parent]);
            prop_assert!(parent.start_ms <= child.start_ms + 4);
            prop_assert!(parent.end_ms + 20 >= child.start_ms);
        }
    }

    #[test]
    fn the_order_of_the_calls_does_not_matter(
        (traffic, shuffled) in traffic(60, 1_500).prop_flat_map(|traffic| {
            let parents = Just(traffic.parents.clone()).prop_shuffle();
            let children = Just(traffic.children.clone()).prop_shuffle();
            (Just(traffic), (parents, children))
        }),
    ) {
        let straight = Host::new(2_000).decide(&traffic);
        let (parents, children) = shuffled;
        let other = Host::new(2_000).decide(&crate::traffic::Traffic { parents, children });
        prop_assert_eq!(straight, other);
    }

    #[test]
    fn memory_that_was_used_before_does_not_matter(first in traffic(60, 1_500), second in traffic(60, 1_500)) {
        let mut used = Host::new(2_000);
        used.decide(&first);
        prop_assert_eq!(used.decide(&second), Host::new(2_000).decide(&second));
    }
}

#[test]
fn a_call_that_waits_for_another_is_not_caused_by_one_that_has_ended() {
    // The parent ends 21 ms before the child does, then 20.
    for (end_ms, is_parent) in [(79, false), (80, true)] {
        let leg = |start_ms, end_ms, peer, key| Leg { start_ms, end_ms, peer, key };
        let traffic = crate::traffic::Traffic {
            parents: vec![leg(0, end_ms, 1, 1)],
            children: vec![leg(10, 100, 2, 2)],
        };
        let decisions = Host::new(2_000).decide(&traffic);
        assert_eq!(decisions[0].1.is_some(), is_parent);
    }
}

#[test]
fn calls_that_outlive_their_parents_again_and_again_get_them() {
    let mut traffic = crate::traffic::Traffic::default();
    for n in 0..40 {
        let start_ms = n * 200;
        let key = n as u128 * 2 + 1;
        traffic.parents.push(Leg { start_ms, end_ms: start_ms + 30, peer: 1, key });
        traffic.children.push(Leg { start_ms: start_ms + 10, end_ms: start_ms + 150, peer: 2, key: key + 1 });
    }
    let decisions = Host::new(2_000).decide(&traffic);
    let right = decisions.iter().filter(|(child, parent, _)| *parent == Some(child - 1)).count();
    assert!(right >= 34, "{right} of 40: all but those before the kind was known");
}
