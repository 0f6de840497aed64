//! Blocks of chains that no writer made: refused with an error, or worked without harm, never a panic.

use callweave_core::kernel::{CellKernel, KeyedKernel};
use proptest::prelude::*;

use crate::calls::AnyCall;
use crate::chains::{legs, make, root_state, ChainSettings};
use crate::common::Settings;
use crate::hostile::{reseal, survive};

fn settings() -> ChainSettings {
    let kernels = Settings { ip_groups: 1, ..Settings::default() };
    ChainSettings { kernels, chain_groups: 1, ..ChainSettings::default() }
}

/// A tree of calls, one below the other and side by side, over two windows.
fn calls() -> Vec<AnyCall> {
    (0..12)
        .map(|n: i64| AnyCall {
            id: format!("\"call-{n}\""),
            src: n as usize % 5,
            dst: (n as usize + 1) % 5,
            start_ms: 4_000 + n * 200,
            end_ms: 9_000 - n * 100,
        })
        .collect()
}

/// A block of each kind, and what is known of addresses.
struct Sound {
    attributed: Vec<u8>,
    rooted: Vec<u8>,
    open: Vec<u8>,
    known: Vec<u8>,
}

fn sound() -> Sound {
    let batches = [calls().iter().map(|call| call.json(0)).collect::<Vec<_>>()];
    let made = make(&settings(), &batches);
    let first = |cells: &crate::common::Cells| cells.values().next().unwrap()[0].clone();
    let mut attribute = settings().attribute();
    attribute.load(&[]).unwrap();
    for block in legs(&settings(), &batches).values().flatten() {
        attribute.push(block).unwrap();
    }
    attribute.fire(0).unwrap();
    let mut known = Vec::new();
    attribute.save(&mut known).unwrap();
    let open = root_state(&settings(), &made.attributed);
    Sound { attributed: first(&made.attributed), rooted: first(&made.rooted), open: first(&open), known }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_changed_block_with_a_right_checksum_does_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let Sound { attributed, rooted, open, known } = sound();
        for (kind, mut block) in [attributed, open, rooted, known].into_iter().enumerate() {
            for (place, byte) in &changes {
                let place = place.index(block.len());
                block[place] = *byte;
            }
            if let Some(cut) = cut {
                block.truncate(8 + cut.index(block.len() - 8));
            }
            reseal(&mut block);
            match kind {
                0 | 1 => survive(&mut settings().root(), &block),
                2 => survive(&mut settings().chain(), &block),
                _ => {
                    let mut attribute = settings().attribute();
                    if attribute.load(&block).is_ok() {
                        let _ = attribute.fire(1);
                        let _ = attribute.save(&mut Vec::new());
                    }
                }
            }
        }
    }

    #[test]
    fn random_bytes_are_no_block_of_chains(bytes: Vec<u8>) {
        prop_assert!(settings().root().push(&bytes).is_err());
        prop_assert!(settings().chain().push(&bytes).is_err());
        let mut attribute = settings().attribute();
        prop_assert!(bytes.is_empty() || attribute.load(&bytes).is_err());
        prop_assert!(attribute.push(&bytes).is_err());
    }
}

#[test]
fn a_window_is_not_decided_before_what_is_known_was_loaded() {
    let mut attribute = settings().attribute();
    assert!(attribute.fire(0).unwrap_err().to_string().contains("before what is known"));
}
