//! Alerts: which series of the windows are not as they usually are.
//!
//! [`Alerts`] takes the sums that [`Windows`](crate::edges::Windows) takes, window by window, and compares each edge
//! and entry with its own past: the last windows, and the same hour of yesterday and of last week. What it keeps of
//! a series are quantised figures, a kilobyte and a half at most. It says when an alert begins, and when it ends.
//!
//! What is true of most series is said once: of their sum, not of each.

pub(crate) mod board;
pub(crate) mod hours;
mod json;
mod judge;
mod kernel;
pub(crate) mod known;
pub(crate) mod past;
mod rules;
pub(crate) mod status;

pub use board::Board;
pub use json::write as write_record;
pub use kernel::{Alerts, AlertsConfig, BEGUN, ENDED, SERIES_OMITTED};
pub use known::{Alert, Figures, Name, Seen};
pub use rules::{Limits, Rule, Rules, DEFAULTS, MAX_HISTORY};
pub use status::{Change, Ending};
