//! Assemble: join the halves of every call that ended in one bucket and write them, as JSON or in protobuf.
//!
//! A cell holds, per call, one half with its parents and one half for each bucket in which it has
//! children. Halves are joined by id, start, end and both addresses, compared exactly. All cells of a
//! bucket can be worked at once. Calls are written in the order in which their halves with parents came.

mod join;
mod json;
mod protobuf;

use serde::Deserialize;

use crate::block::halves::{self, Decoded};
use crate::counters::Counters;
use crate::error::{Error, Result};
use crate::json_ids::JsonIds;
use crate::kernel::{CellKernel, Outbox, Pulled};
use crate::memory::{self, Upkeep};
use crate::protobuf::RecordFormat;
use crate::tables::Tables;
use join::{ChildHalf, Found, Join, ParentHalf};
use json::Linked;

/// What Assemble counts.
const COUNTERS: [&str; 2] = ["written", "callsWithOmittedLinks"];
/// The place of the count of calls that were written.
pub const WRITTEN: usize = 0;
/// The place of the count of those whose parents or children were more than `max-links`.
pub const TRUNCATED: usize = 1;

/// Settings of [`Assemble`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssembleConfig {
    /// Ids in one list at most, at least 1.
    pub max_links: u32,
    /// How calls are written.
    #[serde(default)]
    pub format: RecordFormat,
}

/// The kernel.
#[derive(Debug)]
pub struct Assemble {
    max_links: usize,
    format: RecordFormat,
    tables: Tables,
    ids: JsonIds,
    decoded: Decoded,
    calls: Vec<ChildHalf>,
    parents: Vec<ParentHalf>,
    join: Join,
    /// Number of the next call to write.
    next: usize,
    /// A finished frame that did not fit into the last buffer.
    frame: Vec<u8>,
    scratch: halves::Scratch,
    counters: Counters,
    upkeep: Upkeep,
}

impl Assemble {
    /// A kernel with these settings.
    pub fn new(config: AssembleConfig) -> Result<Self> {
        if config.max_links < 1 {
            return Err(Error::Config("max-links is 0; at least 1 is wanted".into()));
        }
        Ok(Self::empty(config.max_links as usize, config.format))
    }

    fn empty(max_links: usize, format: RecordFormat) -> Self {
        Assemble {
            max_links,
            format,
            tables: Tables::default(),
            ids: JsonIds::default(),
            decoded: Decoded::default(),
            calls: Vec::new(),
            parents: Vec::new(),
            join: Join::default(),
            next: 0,
            frame: Vec::new(),
            scratch: halves::Scratch::default(),
            counters: Counters::new(&COUNTERS),
            upkeep: Upkeep::default(),
        }
    }

    fn clear(&mut self) {
        self.tables.clear();
        self.ids.clear();
        self.decoded.listed.clear();
        self.calls.clear();
        self.parents.clear();
        self.join.clear();
        self.next = 0;
        self.frame.clear();
        if self.upkeep.is_due(self.memory_bytes()) {
            *self = Assemble { counters: self.counters.clone(), ..Self::empty(self.max_links, self.format) };
        }
    }

    /// Writes the next call at the beginning of `out`, or into `frame` if it may not fit; returns the
    /// bytes written to `out`.
    fn write_next(&mut self, out: &mut [u8]) -> usize {
        let ChildHalf { call, parents } = &self.calls[self.next];
        self.tables.addresses.render(call.src);
        self.tables.addresses.render(call.dst);
        let mut frame = std::mem::take(&mut self.frame);
        let linked = Linked {
            call,
            parents: *parents,
            children: self.join.children(self.next),
            listed: &self.decoded.listed,
            max_links: self.max_links,
        };
        let (bytes, truncated) = match self.format {
            RecordFormat::Protobuf => (0, linked.write_protobuf(&mut frame, &self.tables, &self.ids)),
            RecordFormat::Json => {
                let most = linked.most_bytes(&self.tables, &self.ids);
                if most <= out.len() {
                    linked.write(out, &self.tables, &self.ids)
                } else {
                    frame.resize(most, 0);
                    let (bytes, truncated) = linked.write(&mut frame, &self.tables, &self.ids);
                    frame.truncate(bytes);
                    (0, truncated)
                }
            }
        };
        self.frame = frame;
        self.next += 1;
        self.counters.add(WRITTEN, 1);
        self.counters.add(TRUNCATED, u64::from(truncated));
        bytes
    }

    /// Moves the frame that waits to the beginning of `out`, if it fits; returns its bytes.
    fn move_frame(&mut self, out: &mut [u8]) -> Option<usize> {
        let bytes = self.frame.len();
        out.get_mut(..bytes)?.copy_from_slice(&self.frame);
        self.frame.clear();
        Some(bytes)
    }
}

impl CellKernel for Assemble {
    fn push(&mut self, block: &[u8]) -> Result<()> {
        let Assemble { tables, ids, decoded, scratch, .. } = self;
        let result = tables
            .check_room(ids.bytes())
            .and_then(|()| halves::decode(block, tables, ids, decoded, scratch));
        let bucket = result.inspect_err(|_| self.clear())?;
        let Decoded { rows, lists, .. } = &self.decoded;
        let mut halves = rows.calls.iter().zip(lists).map(|(&call, &list)| (call, list));
        let children = halves.by_ref().take(rows.children);
        self.calls.extend(children.map(|(call, parents)| ChildHalf { call, parents }));
        let found = |list| Found { bucket, list };
        self.parents.extend(halves.map(|(call, list)| ParentHalf { call, children: found(list) }));
        Ok(())
    }

    fn fire(&mut self, _bucket: i64) -> Result<()> {
        let Assemble { join, calls, parents, tables, ids, .. } = self;
        join.join(calls, parents, tables, ids).inspect_err(|_| self.clear())
    }
}

impl Outbox for Assemble {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        let mut filled = 0;
        loop {
            let Some(bytes) = self.move_frame(&mut out[filled..]) else {
                return Ok(match filled {
                    0 => Pulled::Needs(self.frame.len()),
                    _ => Pulled::Filled(filled),
                });
            };
            filled += bytes;
            if self.next == self.join.calls() {
                if filled == 0 {
                    self.clear();
                }
                return Ok(Pulled::Filled(filled));
            }
            filled += self.write_next(&mut out[filled..]);
        }
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    fn memory_bytes(&self) -> usize {
        self.tables.memory_bytes()
            + self.ids.memory_bytes()
            + memory::of_vec(&self.calls)
            + memory::of_vec(&self.parents)
            + self.decoded.memory_bytes()
            + self.join.memory_bytes()
            + self.frame.capacity()
            + self.scratch.memory_bytes()
    }
}
