//! The wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// The wall clock, ms of the epoch.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
