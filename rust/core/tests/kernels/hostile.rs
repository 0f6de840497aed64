//! Blocks that no writer made: refused with an error, or worked without harm, never a panic.

use crate::common::{batch, collect, drain, fire_all, Cells, Settings, NOW_MS};
use callweave_core::kernel::{CellKernel, Pulled};
use proptest::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

/// A block of legs and one of halves, of calls with all that a block can hold.
fn sound_blocks() -> (Vec<u8>, Vec<u8>) {
    let settings =
        Settings { ip_groups: 1, id_groups: 1, max_links: 2, pass_through: true, ..Settings::default() };
    let calls: Vec<String> = (0..12)
        .map(|n| {
            format!(
                r#"{{"id":"call-{n}","src_ip":"10.0.0.{}","dst_ip":"{}","start_at_ms":{},"latency_msec":40.5,"x":{n}}}"#,
                n % 3,
                ["10.0.0.1", "::1", "host.example"][n % 3],
                1_000 + n,
            )
        })
        .collect();
    let mut route = settings.route();
    let batch = batch(calls.iter().map(String::as_bytes));
    route.push_batch(&batch, i64::MIN, NOW_MS, &mut Vec::new()).unwrap();
    route.flush(i64::MAX).unwrap();
    let (mut legs, mut halves) = (Cells::new(), Cells::new());
    collect(&drain(&mut route), &mut legs);
    collect(&fire_all(&mut settings.link(), &legs, 1), &mut halves);
    let first = |cells: Cells| cells.into_values().next().unwrap().remove(0);
    (first(legs), first(halves))
}

pub fn reseal(block: &mut [u8]) {
    let content = block.len() - 4;
    let checksum = xxh3_64(&block[..content]) as u32;
    block[content..].copy_from_slice(&checksum.to_le_bytes());
}

/// Pushes and fires; errors are fine.
pub fn survive(kernel: &mut impl CellKernel, block: &[u8]) {
    if kernel.push(block).is_err() || kernel.fire(1).is_err() {
        return;
    }
    let mut buffer = vec![0; 1 << 20];
    while let Ok(Pulled::Filled(1..)) = kernel.pull(&mut buffer) {}
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_changed_block_with_a_right_checksum_does_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (legs, halves) = sound_blocks();
        for (block, is_legs) in [(legs, true), (halves, false)] {
            let mut block = block;
            for (place, byte) in &changes {
                let place = place.index(block.len());
                block[place] = *byte;
            }
            if let Some(cut) = cut {
                block.truncate(8 + cut.index(block.len() - 8));
            }
            reseal(&mut block);
            if is_legs {
                survive(&mut Settings::default().link(), &block);
            } else {
                survive(&mut Settings::default().assemble(), &block);
            }
        }
    }

    #[test]
    fn random_bytes_are_no_block(bytes: Vec<u8>) {
        prop_assert!(Settings::default().link().push(&bytes).is_err());
        prop_assert!(Settings::default().assemble().push(&bytes).is_err());
    }

    #[test]
    fn random_bytes_are_no_batch_and_no_call(bytes: Vec<u8>, records: Vec<Vec<u8>>) {
        let mut route = Settings::default().route();
        let _ = route.push_batch(&bytes, 0, NOW_MS, &mut Vec::new());
        let batch = batch(records.iter().map(Vec::as_slice));
        route.push_batch(&batch, 0, NOW_MS, &mut Vec::new()).unwrap();
    }
}

#[test]
fn a_block_of_the_other_kind_is_refused_and_the_kernel_can_go_on() {
    let (legs, halves) = sound_blocks();
    let mut link = Settings::default().link();
    assert!(link.push(&halves).unwrap_err().to_string().contains("kind 2 where kind 1"));
    link.push(&legs).unwrap();
    link.fire(1).unwrap();
    assert!(!drain(&mut link).is_empty());
    assert!(Settings::default().assemble().push(&legs).is_err());
}

#[test]
fn a_call_whose_half_with_parents_is_lost_is_an_error_not_a_silent_loss() {
    let settings = Settings { ip_groups: 1, id_groups: 1, ..Settings::default() };
    let (_, halves) = sound_blocks();
    let mut assemble = settings.assemble();
    assemble.push(&halves).unwrap();
    assemble.push(&halves).unwrap();
    let error = assemble.fire(1).unwrap_err().to_string();
    assert!(error.contains("not exactly one half"), "{error}");
}

#[test]
fn without_a_fire_there_is_nothing_to_pull() {
    let (legs, halves) = sound_blocks();
    let (mut link, mut assemble) = (Settings::default().link(), Settings::default().assemble());
    link.push(&legs).unwrap();
    assert!(drain(&mut link).is_empty());
    assemble.push(&halves).unwrap();
    assert!(drain(&mut assemble).is_empty());
}
