//! The link rule: its worked examples, and the indexed scan against all pairs.

use proptest::prelude::*;

use super::call;
use crate::call::bare_id;
use crate::link::is_parent;
use crate::{link, Call, Links};

fn link_all(calls: &[Call], max_links: usize) -> Vec<Links> {
    let calls: Vec<&Call> = calls.iter().collect();
    link(&calls, 20_000, max_links)
}

#[test]
fn linear() {
    let links = link_all(
        &[call("id1", 1, 2, 1000, 1500), call("id2", 2, 3, 1100, 1300), call("id3", 3, 4, 1120, 1220)],
        1000,
    );
    assert_eq!((&links[0].parents[..], &links[0].children[..]), (&[][..], &[1][..]));
    assert_eq!((&links[1].parents[..], &links[1].children[..]), (&[0][..], &[2][..]));
    assert_eq!((&links[2].parents[..], &links[2].children[..]), (&[1][..], &[][..]));
}

#[test]
fn branch() {
    let links = link_all(
        &[call("id1", 1, 2, 1000, 1500), call("id2", 2, 3, 1100, 1300), call("id3", 2, 4, 1200, 1400)],
        1000,
    );
    assert_eq!(links[0].children, [1, 2]);
    for child in [1, 2] {
        assert_eq!((&links[child].parents[..], &links[child].children[..]), (&[0][..], &[][..]));
    }
}

#[test]
fn many_parents() {
    let links = link_all(
        &[call("id1", 1, 3, 1000, 1400), call("id2", 2, 3, 1050, 1400), call("id3", 3, 4, 1200, 1300)],
        1000,
    );
    assert_eq!(links[2].parents, [0, 1]);
    assert_eq!(links[0].children, [2]);
    assert_eq!(links[1].children, [2]);
}

#[test]
fn equal_bounds_count_and_a_call_is_not_its_own_parent() {
    let links = link_all(
        &[call("a", 1, 1, 1000, 1100), call("b", 1, 1, 1000, 1100), call("c", 1, 2, 1000, 1101)],
        1000,
    );
    assert_eq!((&links[0].parents[..], &links[0].children[..]), (&[1][..], &[1][..]));
    assert_eq!((&links[1].parents[..], &links[1].children[..]), (&[0][..], &[0][..]));
    assert_eq!(links[2], Links::default());
}

#[test]
fn a_parent_as_long_as_allowed_is_found() {
    let links = link_all(&[call("parent", 1, 2, 1000, 21_000), call("child", 2, 3, 21_000, 21_000)], 1000);
    assert_eq!(links[1].parents, [0]);
    // By rounding its end lies 1 ms later, and that of the child 1 ms before its own start.
    let links = link_all(&[call("parent", 1, 2, 1000, 21_001), call("child", 2, 3, 21_002, 21_001)], 1000);
    assert_eq!(links[1].parents, [0]);
}

#[test]
fn of_too_many_the_nearest_in_start_stay() {
    let links = link_all(
        &[
            call("p3", 1, 2, 1002, 1500),
            call("p1", 1, 2, 1001, 1500),
            call("p2", 1, 2, 1001, 1500),
            call("p0", 1, 2, 1000, 1500),
            call("c2", 2, 3, 1100, 1200),
            call("c1", 2, 3, 1100, 1200),
            call("c0", 2, 3, 1101, 1200),
        ],
        2,
    );
    assert_eq!(links[4].parents, [1, 0], "p1 and p3: of p1 and p2 the first by id");
    assert_eq!(links[4].parents_omitted, 2);
    assert_eq!(links[0].children, [5, 4], "c1 and c2");
    assert_eq!(links[0].children_omitted, 1);
}

/// All pairs; the lists are sorted, then cut. Shares only the rule itself with the other one.
fn link_all_pairs(calls: &[Call], max_links: usize) -> Vec<Links> {
    let key = |&index: &usize| {
        let id = &calls[index].id;
        (calls[index].start_ms, bare_id(id).as_bytes(), id.starts_with('"'))
    };
    let of_call = |me: usize| {
        let related = |is: &dyn Fn(usize) -> bool| -> Vec<usize> {
            let mut found: Vec<usize> = (0..calls.len()).filter(|&other| other != me && is(other)).collect();
            found.sort_by_key(key);
            found
        };
        let mut parents = related(&|other| is_parent(&calls[other], &calls[me]));
        let mut children = related(&|other| is_parent(&calls[me], &calls[other]));
        let parents_omitted = parents.len().saturating_sub(max_links);
        let children_omitted = children.len().saturating_sub(max_links);
        // Out goes the earliest start, and of equal ones the last id.
        for _ in 0..parents_omitted {
            let earliest = calls[parents[0]].start_ms;
            let ties = parents.iter().take_while(|&&p| calls[p].start_ms == earliest).count();
            parents.remove(ties - 1);
        }
        children.truncate(max_links);
        Links { parents, parents_omitted, children, children_omitted }
    };
    (0..calls.len()).map(of_call).collect()
}

fn any_calls() -> impl Strategy<Value = Vec<Call>> {
    // Few addresses and times, so that equal bounds and ties are common; some calls are very long. By
    // rounding, an end lies 1 ms before its start or after the longest latency.
    let any_latency = prop_oneof![-1..6_i64, 0..60_i64, 19_990..=20_001_i64];
    let any_start = prop_oneof![0..40_i64, 0..40_000_i64];
    let any_call = (1..5_u8, 1..5_u8, any_start, any_latency);
    prop::collection::vec(any_call, 0..60).prop_map(|fields| {
        let numbered = fields.into_iter().enumerate();
        numbered
            .map(|(number, (src, dst, start, latency))| {
                // Spread the numbers, so that the order of ids is not the order of the list.
                let number = number * 7 % 61;
                let mut call = call("", src, dst, start, start + latency);
                call.id =
                    if number % 2 == 0 { format!("{}", number / 2) } else { format!("\"{}\"", number / 2) };
                call
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn the_scan_finds_what_all_pairs_find(calls in any_calls(), max_links in 1..8_usize) {
        prop_assert_eq!(link_all(&calls, max_links), link_all_pairs(&calls, max_links));
        prop_assert_eq!(link_all(&calls, 1000), link_all_pairs(&calls, 1000));
    }
}
