//! How edges, entries and services are doing, by windows of time.
//!
//! Sums are made where calls are worked anyway: those of edges by [`Link`](crate::link::Link), which has each call
//! in its role as a child once, together with all that can have caused it; those of entries and services by
//! [`Chain`](crate::chain::Chain). What travels on is one sum per series and bucket, not a record per call, however
//! hot an edge is. [`Windows`] adds them up, window by window, and writes JSON.
//!
//! All that is added up are integers, so the same calls make the same bytes in whatever order and parts they come.

pub mod bins;
pub mod exemplars;
mod json;
mod names;
pub mod panes;
mod protobuf;
pub mod series;
pub mod sums;
mod windows;

pub use windows::{Windows, WindowsConfig, SERIES_OMITTED, WRITTEN};

use serde::Deserialize;

/// What a series is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The calls from one service to another. Beside latencies it sums calls without parent, and those that took
    /// as long as a call may.
    Edge = 0,
    /// The chains whose first call went to a service. Beside the latencies of these calls it sums the calls of
    /// the chains and their depths, and looks for the most of both.
    Entry = 1,
    /// The calls of chains that went to a service. Beside latencies it sums the time that they are to blame for,
    /// and that in which they waited for no other call, ms.
    Service = 2,
}

impl Kind {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 3] = [Self::Edge, Self::Entry, Self::Service];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Entry => "entry",
            Self::Service => "service",
        }
    }
}

/// Settings of the sums that Link and Chain make.
#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SumsConfig {
    /// Width of a window, ms: a multiple of the slide.
    pub window_ms: i64,
    /// How much later the next window begins, ms: a multiple of the width of a bucket.
    pub slide_ms: i64,
}
