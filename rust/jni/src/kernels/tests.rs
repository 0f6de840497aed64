use std::sync::atomic::{AtomicBool, Ordering};

use callweave_core::counters::Counters;
use callweave_core::error::Result as KernelResult;
use callweave_core::kernel::{CellKernel, KeyedKernel, Outbox};

use super::*;

/// A kernel that does what its block says.
struct Scripted {
    answer: Pulled,
    counters: Counters,
}

impl CellKernel for Scripted {
    fn push(&mut self, block: &[u8]) -> KernelResult<()> {
        match block {
            b"panic" => panic!("a block of {} bytes", block.len()),
            b"corrupt" => Err(callweave_core::error::Error::corrupt("no magic")),
            _ => Ok(()),
        }
    }

    fn fire(&mut self, _bucket: i64) -> KernelResult<()> {
        Ok(())
    }
}

impl Outbox for Scripted {
    fn pull(&mut self, _out: &mut [u8]) -> KernelResult<Pulled> {
        Ok(self.answer)
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    fn memory_bytes(&self) -> usize {
        0
    }
}

fn open(registry: &Registry, answer: Pulled) -> u64 {
    registry.open(Kernel::Cell(Box::new(Scripted { answer, counters: Counters::new(&["pushed"]) })))
}

const ROUTE: &[u8] = br#"{"bucket_ms":1000,"ip_groups":16,"max_latency_ms":10000,"max_future_skew_ms":60000,
    "max_record_bytes":65536,"pass_through":true}"#;

#[test]
fn a_panic_breaks_its_kernel_and_no_other() {
    let registry = Registry::new();
    let broken = open(&registry, Pulled::Filled(0));
    let sound = open(&registry, Pulled::Filled(0));

    let panic = registry.push(broken, b"panic");
    assert!(matches!(panic, Err(Error::Kernel(text)) if text == "panic: a block of 5 bytes"));
    let later = registry.fire(broken, 0).unwrap_err().to_string();
    assert!(later.contains("failed before: panic: a block of 5 bytes"), "{later}");
    registry.push(sound, b"fine").unwrap();

    registry.close(broken).unwrap();
    assert!(matches!(registry.fire(broken, 0), Err(Error::State(_))));
}

#[test]
fn a_refused_block_leaves_the_kernel_open() {
    let registry = Registry::new();
    let handle = open(&registry, Pulled::Filled(0));
    assert!(matches!(registry.push(handle, b"corrupt"), Err(Error::Kernel(text)) if text == "no magic"));
    registry.push(handle, b"fine").unwrap();
}

#[test]
fn a_handle_is_never_used_twice() {
    let registry = Registry::new();
    let first = open(&registry, Pulled::Filled(0));
    registry.close(first).unwrap();
    assert!(matches!(registry.close(first), Err(Error::State(_))));
    assert_ne!(open(&registry, Pulled::Filled(0)), first);
    assert!(matches!(registry.push(first, b"fine"), Err(Error::State(_))));
    assert!(matches!(registry.push(0, b"fine"), Err(Error::State(_))));
}

#[test]
fn a_handle_of_the_wrong_kind_is_refused_and_stays_usable() {
    let registry = Registry::new();
    let cell = open(&registry, Pulled::Filled(0));
    assert!(matches!(registry.flush(cell, 0), Err(Error::Argument(_))));
    registry.fire(cell, 0).unwrap();
    let batches = registry.open_kernel("route", ROUTE).unwrap();
    assert!(matches!(registry.fire(batches, 0), Err(Error::Argument(_))));
    registry.flush(batches, 0).unwrap();
}

#[test]
fn an_answer_that_does_not_match_the_buffer_is_an_error() {
    let registry = Registry::new();
    let mut out = [0; 16];
    for (answer, pulled) in [
        (Pulled::Filled(0), Some(0)),
        (Pulled::Filled(16), Some(16)),
        (Pulled::Filled(17), None),
        (Pulled::Needs(16), None),
        (Pulled::Needs(17), Some(-17)),
        (Pulled::Needs(usize::MAX), None),
    ] {
        let handle = open(&registry, answer);
        assert_eq!(registry.pull(handle, &mut out).ok(), pulled, "{answer:?}");
    }
}

#[test]
fn a_verdict_that_does_not_fit_names_both_sizes() {
    let registry = Registry::new();
    let handle = registry.open_kernel("route", ROUTE).unwrap();
    assert_eq!(registry.push_batch(handle, &[], 0, 0, &mut [0; 8]).unwrap(), 8);
    let error = registry.push_batch(handle, &[], 0, 0, &mut [0; 7]).unwrap_err().to_string();
    assert!(error.contains("needs 8 bytes") && error.contains("has 7"), "{error}");
}

#[test]
fn two_threads_on_one_handle_take_turns() {
    struct Alone(AtomicBool);
    impl CellKernel for Alone {
        fn push(&mut self, _block: &[u8]) -> KernelResult<()> {
            assert!(!self.0.swap(true, Ordering::SeqCst));
            std::thread::yield_now();
            self.0.store(false, Ordering::SeqCst);
            Ok(())
        }
        fn fire(&mut self, _bucket: i64) -> KernelResult<()> {
            Ok(())
        }
    }
    impl Outbox for Alone {
        fn pull(&mut self, _out: &mut [u8]) -> KernelResult<Pulled> {
            Ok(Pulled::Filled(0))
        }
        fn counters(&mut self) -> &mut Counters {
            unreachable!("nobody asks")
        }
        fn memory_bytes(&self) -> usize {
            0
        }
    }
    let registry = Registry::new();
    let handle = registry.open(Kernel::Cell(Box::new(Alone(AtomicBool::new(false)))));
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| (0..500).for_each(|_| registry.push(handle, &[]).unwrap()));
        }
    });
}

#[test]
fn a_kernel_is_opened_by_its_name_and_settings_that_it_knows() {
    let registry = Registry::new();
    let refusal = |kind: &str, settings: &[u8]| match registry.open_kernel(kind, settings) {
        Err(Error::Argument(text)) => text,
        other => panic!("{other:?}"),
    };
    registry.open_kernel("assemble", br#"{"max_links":1}"#).unwrap();
    let unknown = refusal("sort", b"{}");
    assert_eq!(
        unknown,
        "there is no kernel 'sort'; route, merge, link, assemble, attribute, root, chain, windows and alerts are known, and parquet to a library that was built with it"
    );
    for (settings, says) in [
        (&b""[..], "EOF"),
        (b"{}", "missing field `max_links`"),
        (br#"{"max_links":-1}"#, "invalid value: integer `-1`"),
        (br#"{"max_links":1,"max_link":2}"#, "unknown field `max_link`"),
        (br#"{"max_links":0}"#, "at least 1 is wanted"),
    ] {
        let text = refusal("assemble", settings);
        assert!(text.contains(says), "{text}");
    }
}

#[test]
fn counts_are_taken_by_the_places_of_their_names() {
    let registry = Registry::new();
    let handle = registry.open_kernel("link", br#"{"bucket_ms":1000,"id_groups":4,"max_links":9}"#).unwrap();
    assert_eq!(registry.counter_names(handle).unwrap(), ["callsOut", "links", "duplicates"]);
    let mut counts = [9; 3];
    registry.take_counts(handle, &mut counts).unwrap();
    assert_eq!(counts, [0; 3]);
    for room in [0, 2, 4] {
        let refused = registry.take_counts(handle, &mut vec![0; room]).unwrap_err().to_string();
        assert_eq!(refused, format!("room for 3 counts is wanted, not for {room}"));
    }
}

/// Knows of a key how many bytes its blocks had so far, and gives nothing.
struct Sum {
    known: Option<u64>,
    fired: bool,
    counters: Counters,
}

impl Sum {
    fn open(registry: &Registry) -> u64 {
        let sum = Sum { known: None, fired: false, counters: Counters::new(&["fired"]) };
        registry.open(Kernel::Keyed(Box::new(sum)))
    }
}

impl KeyedKernel for Sum {
    fn load(&mut self, state: &[u8]) -> KernelResult<()> {
        let corrupt = || callweave_core::error::Error::corrupt("a sum has 8 bytes");
        self.fired = false;
        self.known = match state {
            [] => Some(0),
            _ => Some(u64::from_le_bytes(state.try_into().map_err(|_| corrupt())?)),
        };
        Ok(())
    }

    fn save(&mut self, state: &mut Vec<u8>) -> KernelResult<()> {
        let known = self.known.filter(|_| self.fired);
        let known = known.ok_or_else(|| callweave_core::error::Error::corrupt("nothing was fired"))?;
        state.extend_from_slice(&known.to_le_bytes());
        Ok(())
    }
}

impl CellKernel for Sum {
    fn push(&mut self, block: &[u8]) -> KernelResult<()> {
        self.known = self.known.map(|known| known + block.len() as u64);
        Ok(())
    }

    fn fire(&mut self, _bucket: i64) -> KernelResult<()> {
        self.fired = true;
        self.counters.add(0, 1);
        Ok(())
    }
}

impl Outbox for Sum {
    fn pull(&mut self, _out: &mut [u8]) -> KernelResult<Pulled> {
        Ok(Pulled::Filled(0))
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    fn memory_bytes(&self) -> usize {
        0
    }
}

#[test]
fn a_kernel_that_keeps_state_goes_on_from_what_it_saved_key_by_key() {
    let registry = Registry::new();
    let turn = |handle: u64, state: &[u8], block: &[u8]| {
        registry.load(handle, state).unwrap();
        registry.push(handle, block).unwrap();
        registry.fire(handle, 1).unwrap();
        registry.save(handle).unwrap()
    };
    let handle = Sum::open(&registry);
    let one = turn(handle, &[], b"four");
    let other = turn(handle, &[], b"seven..");
    assert_eq!(turn(handle, &one, b"1"), 5u64.to_le_bytes());
    // As after a restore: another kernel, the same state.
    assert_eq!(turn(Sum::open(&registry), &other, b"1"), 8u64.to_le_bytes());
    assert!(matches!(registry.load(handle, b"odd"), Err(Error::Kernel(text)) if text == "a sum has 8 bytes"));
}

#[test]
fn only_a_kernel_that_keeps_state_loads_and_saves() {
    let registry = Registry::new();
    for handle in [open(&registry, Pulled::Filled(0)), registry.open_kernel("route", ROUTE).unwrap()] {
        for refused in [registry.load(handle, &[]).err(), registry.save(handle).err()] {
            let text = refused.unwrap().to_string();
            assert!(text.ends_with("one that keeps state was expected"), "{text}");
        }
    }
}
