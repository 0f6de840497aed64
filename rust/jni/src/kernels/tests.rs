use std::sync::atomic::{AtomicBool, Ordering};

use callweave_core::error::Result as KernelResult;
use callweave_core::kernel::{CellKernel, Outbox};

use super::*;

/// A kernel that does what its block says.
struct Scripted {
    answer: Pulled,
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

    fn take_counts(&mut self) -> Counts {
        Counts::default()
    }

    fn memory_bytes(&self) -> usize {
        0
    }
}

fn open(registry: &Registry, answer: Pulled) -> u64 {
    registry.open(Kernel::Cell(Box::new(Scripted { answer })))
}

fn route() -> RouteConfig {
    RouteConfig {
        bucket_ms: 1000,
        ip_groups: 16,
        max_latency_ms: 10_000,
        max_future_skew_ms: 60_000,
        max_record_bytes: 65_536,
        pass_through: true,
    }
}

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
    let batches = registry.open_route(route()).unwrap();
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
    let handle = registry.open_route(route()).unwrap();
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
        fn take_counts(&mut self) -> Counts {
            Counts::default()
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
