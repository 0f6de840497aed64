//! What the job must make of its input, worked out independently of it.
//!
//! Nothing here is shared with the kernels, so that a fault of theirs is not repeated: records, JSON
//! numbers and addresses are read by code of its own, and calls are linked by the rule as one would
//! write it down. All of it is plain rather than fast. `callweave verify` holds topics against it, and
//! the tests and fuzz targets of the kernels hold the kernels against it.
//!
//! [`judge`] tells what must become of every input record, [`check_rejects`] holds the rejects against
//! that, [`compare`] links the calls that remain and holds the results against them; chains it takes apart,
//! and computes anew what they say; windows it sums up with all of their calls at hand; spans it holds against chains.
//!
//! ```
//! use callweave_reference::{compare, judge, Output, Record, Rules};
//!
//! let call = r#"{"id":7,"src_ip":"a","dst_ip":"b","start_at_ms":1000,"latency_msec":5}"#;
//! let input = [Record { value: Some(call.into()), ..Record::default() }];
//! let linked = call.replace('}', r#","end_at_ms":1005,"parents":[],"children":[]}"#);
//! let result = Record { key: Some(b"7".to_vec()), value: Some(linked.into()), ..Record::default() };
//!
//! let rules = Rules::default();
//! let judged = judge(&input, &rules);
//! let same = |results: &[Record]| {
//!     let output = Output { results: Some(results), ..Output::default() };
//!     compare("calls", &input, &judged, output, &rules).is_same()
//! };
//! assert!(same(&[result]) && !same(&[]));
//! ```

#![forbid(unsafe_code)]

mod address;
mod call;
mod chains;
mod compare;
mod expect;
mod integer;
mod judge;
mod link;
mod object;
mod record;
mod rejects;
mod report;
mod reports;
mod results;
mod rules;
mod services;
mod spans;
mod unicode;
mod windows;
mod written;

#[cfg(test)]
mod tests;

pub use address::Address;
pub use call::{Call, Reason};
pub use chains::count_chain_calls;
pub use compare::{compare, Output};
pub use expect::count_dropped;
pub use judge::{judge, Judged};
pub use link::{link, Links};
pub use record::Record;
pub use rejects::{check_rejects, RejectCheck};
pub use report::{ChainReport, Difference, Differences, Report};
pub use rules::{Rules, SpanRules, SpansFormat, WindowRules};
pub use services::Services;
pub use spans::count_span_calls;
pub use windows::WindowCounts;
