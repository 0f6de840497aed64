//! Ctrl-C and SIGTERM ask for an orderly end instead of killing the process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use anyhow::Context;

/// Tells whether the user has asked for the end. Cheap to ask once per record.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Catches the signals of this process from now on. A second one ends it at once, with code 130.
    ///
    /// # Errors
    /// When the process has installed a handler before.
    pub fn catch_signals() -> anyhow::Result<Self> {
        let interrupt = Self::default();
        let flag = Arc::clone(&interrupt.0);
        ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        })
        .context("cannot catch Ctrl-C")?;
        Ok(interrupt)
    }

    /// Whether the end was asked for.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
