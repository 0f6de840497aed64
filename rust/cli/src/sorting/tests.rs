use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::compare::groups::{for_each_group, Side};
use crate::sorting::{Sorted, Sorter};

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

fn sorted(entries: &Entries, limit_bytes: usize) -> Sorted {
    let mut sorter = Sorter::new(limit_bytes, &std::env::temp_dir());
    for (key, body) in entries {
        sorter.push(key, body).unwrap();
    }
    sorter.finish().unwrap()
}

/// Per key, in order: how many entries, and the first bodies.
type Groups = Vec<(Vec<u8>, [(u64, Vec<Vec<u8>>); 2])>;

fn groups(a: Sorted, b: Sorted) -> Groups {
    let mut groups = Vec::new();
    for_each_group([a, b], |group| {
        let side = |side: &Side| (side.count, side.bodies.clone());
        groups.push((group.key.clone(), [side(&group.sides[0]), side(&group.sides[1])]));
        Ok(())
    })
    .unwrap();
    groups
}

/// The same, from a map in memory.
fn model(a: &Entries, b: &Entries) -> Groups {
    let mut groups: BTreeMap<Vec<u8>, [Vec<Vec<u8>>; 2]> = BTreeMap::new();
    for (side, entries) in [a, b].into_iter().enumerate() {
        for (key, body) in entries {
            groups.entry(key.clone()).or_default()[side].push(body.clone());
        }
    }
    let first = |mut bodies: Vec<Vec<u8>>| {
        bodies.sort();
        let count = bodies.len() as u64;
        bodies.truncate(Side::KEPT);
        (count, bodies)
    };
    groups.into_iter().map(|(key, sides)| (key, sides.map(first))).collect()
}

fn entries() -> impl Strategy<Value = Entries> {
    // Few and short keys, so that many are equal or differ by a zero at their end alone.
    let key = prop_oneof![vec(0_u8..2, 0..4), vec(any::<u8>(), 7..12)];
    vec((key, vec(any::<u8>(), 0..20)), 0..80)
}

proptest! {
    #[test]
    fn groups_are_those_of_a_map_whatever_the_memory(
        a in entries(),
        b in entries(),
        a_limit in 0_usize..3000,
        b_limit in 0_usize..3000,
    ) {
        let expected = model(&a, &b);
        prop_assert_eq!(&groups(sorted(&a, usize::MAX), sorted(&b, usize::MAX)), &expected);
        prop_assert_eq!(&groups(sorted(&a, a_limit), sorted(&b, b_limit)), &expected);
    }
}

#[test]
fn a_small_input_never_touches_the_disk() {
    let mut sorter = Sorter::new(1000, "/nowhere".as_ref());
    sorter.push(b"key", b"body").unwrap();
    assert!(matches!(sorter.finish().unwrap(), Sorted::Memory { .. }));
}

#[test]
fn an_input_beyond_the_limit_is_in_one_file_without_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut sorter = Sorter::new(1000, folder.path());
    for number in 0..100_u32 {
        sorter.push(&number.to_be_bytes(), b"body").unwrap();
    }
    let sorted = sorter.finish().unwrap();
    assert!(matches!(&sorted, Sorted::File { runs, .. } if runs.len() > 1));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_takes_no_file_is_named_with_its_flag() {
    let mut sorter = Sorter::new(0, "/nowhere".as_ref());
    let error = sorter.push(b"key", b"body").unwrap_err().to_string();
    assert!(error.starts_with("cannot make a temporary file in /nowhere: No such file"), "{error}");
    assert!(error.ends_with("; give another folder with --temp-dir"), "{error}");
}
