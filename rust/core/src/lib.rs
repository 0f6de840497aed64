//! The kernels of callweave: functions from blocks of calls to blocks of calls.
//!
//! No I/O, no clock, no threads. A call goes through [`route`], [`link`] and [`assemble`]; what
//! passes between them are packed blocks, in frames of [`wire`].
//!
//! ```
//! use callweave_core::assemble::{Assemble, AssembleConfig};
//! use callweave_core::kernel::{CellKernel, Outbox, Pulled};
//! use callweave_core::link::{Link, LinkConfig};
//! use callweave_core::protobuf::RecordFormat;
//! use callweave_core::route::{Route, RouteConfig};
//! use callweave_core::wire::batch::{write, Record};
//! use callweave_core::wire::frames::{blocks, records};
//!
//! /// The frames that a kernel has to give.
//! fn pull(kernel: &mut impl Outbox) -> Vec<u8> {
//!     let mut frames = vec![0; 4096];
//!     match kernel.pull(&mut frames) {
//!         Ok(Pulled::Filled(bytes)) => frames[..bytes].to_vec(),
//!         other => panic!("{other:?}"),
//!     }
//! }
//!
//! let mut batch = Vec::new();
//! for call in [
//!     r#"{"id":"a","src_ip":"10.0.0.1","dst_ip":"10.0.0.2","start_at_ms":1000,"end_at_ms":1500}"#,
//!     r#"{"id":"b","src_ip":"10.0.0.2","dst_ip":"10.0.0.3","start_at_ms":1100,"end_at_ms":1300}"#,
//! ] {
//!     write(&mut batch, Record { partition: 0, value: Some(call.as_bytes()) });
//! }
//! let mut route = Route::new(RouteConfig {
//!     bucket_ms: 1000,
//!     ip_groups: 1,
//!     max_latency_ms: 20_000,
//!     max_future_skew_ms: 10_000,
//!     max_record_bytes: 65_536,
//!     pass_through: false,
//!     map: String::new(),
//!     format: RecordFormat::Json,
//!     message: None,
//!     merge_reports: false,
//! })?;
//! let (nothing_is_late_ms, now_ms) = (i64::MIN, 2000);
//! route.push_batch(&batch, nothing_is_late_ms, now_ms, &mut Vec::new())?;
//! route.flush(i64::MAX)?;
//!
//! // Both calls lie in the bucket from 1000 to 1999 ms.
//! let bucket = 1;
//! let mut link = Link::new(LinkConfig { bucket_ms: 1000, id_groups: 1, max_links: 1000, edges: None })?;
//! for frame in blocks(&pull(&mut route)) {
//!     link.push(frame?.block)?;
//! }
//! link.fire(bucket)?;
//!
//! let mut assemble = Assemble::new(AssembleConfig { max_links: 1000, format: RecordFormat::Json })?;
//! for frame in blocks(&pull(&mut link)) {
//!     assemble.push(frame?.block)?;
//! }
//! assemble.fire(bucket)?;
//! for frame in records(&pull(&mut assemble)) {
//!     let frame = frame?;
//!     let lists: &[u8] = match frame.key {
//!         b"a" => br#""parents":[],"children":["b"]}"#,
//!         _ => br#""parents":["a"],"children":[]}"#,
//!     };
//!     assert!(frame.value.ends_with(lists));
//! }
//! # Ok::<(), callweave_core::error::Error>(())
//! ```

#![forbid(unsafe_code)]

pub mod address;
pub mod alerts;
mod arena;
pub mod assemble;
pub mod attribute;
pub mod block;
pub mod call;
pub mod call_key;
pub mod cell;
pub mod chain;
pub mod confidence;
pub mod counters;
mod digits;
pub mod edges;
pub mod error;
mod id;
mod id_table;
mod json_ids;
mod json_text;
pub mod kernel;
pub mod link;
mod memory;
pub mod merge;
mod nearest;
pub mod number;
mod packed_ids;
pub mod protobuf;
mod queue;
mod renumbering;
pub mod root;
pub mod route;
pub mod seeded;
pub mod spans;
mod tables;
mod texts;
pub mod wire;

pub use memory::is_worth_a_trim;
