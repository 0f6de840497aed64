//! What every decision on the parents of an address keeps to, whatever the traffic.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bounds;
mod saved;
mod traffic;
mod windows;
