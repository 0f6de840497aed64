//! Assemble: join the halves of every call that ended in one bucket and write them as JSON.
//!
//! A cell holds, per call, one half with its parents and one half for each bucket in which it has
//! children. Halves are joined by id, start, end and both addresses, compared exactly. All cells of a
//! bucket can be worked at once.

mod join;
mod json;

use crate::block::halves::{self, Decoded, List};
use crate::error::{Error, Result};
use crate::json_ids::JsonIds;
use crate::kernel::{CellKernel, Counts, Outbox, Pulled};
use crate::tables::{CallRow, Role, Tables};
use join::Join;
use json::Linked;

/// Settings of [`Assemble`].
#[derive(Debug, Clone)]
pub struct AssembleConfig {
    /// Ids in one list at most, at least 1.
    pub max_links: u32,
}

/// The kernel.
#[derive(Debug)]
pub struct Assemble {
    max_links: usize,
    tables: Tables,
    ids: JsonIds,
    decoded: Decoded,
    halves: Vec<Half>,
    join: Join,
    /// Number of the next call to write.
    next: usize,
    /// A finished frame that did not fit into the last buffer.
    frame: Vec<u8>,
    scratch: halves::Scratch,
    counts: Counts,
}

/// A call with one of its lists.
#[derive(Debug, Clone, Copy)]
pub struct Half {
    /// The call.
    call: CallRow,
    /// The list.
    list: List,
    /// The role in which it has the list.
    role: Role,
    /// The bucket of the cell of Link that found it.
    bucket: i64,
}

impl Assemble {
    /// A kernel with these settings.
    pub fn new(config: AssembleConfig) -> Result<Self> {
        if config.max_links < 1 {
            return Err(Error::Config("max-links is 0; at least 1 is wanted".into()));
        }
        Ok(Assemble {
            max_links: config.max_links as usize,
            tables: Tables::default(),
            ids: JsonIds::default(),
            decoded: Decoded::default(),
            halves: Vec::new(),
            join: Join::default(),
            next: 0,
            frame: Vec::new(),
            scratch: halves::Scratch::default(),
            counts: Counts::default(),
        })
    }

    fn clear(&mut self) {
        self.tables.clear();
        self.ids.clear();
        self.decoded.listed.clear();
        self.halves.clear();
        self.join.clear();
        self.next = 0;
        self.frame.clear();
    }

    /// The halves of a call, by the number of the call.
    fn call(&self, number: usize) -> &[Half] {
        let begin = number.checked_sub(1).map_or(0, |previous| self.join.ends[previous]);
        &self.join.halves[begin as usize..self.join.ends[number] as usize]
    }

    /// The call with this number and its lists.
    fn linked(&self, number: usize) -> Result<Linked<'_>> {
        let halves = self.call(number);
        let (child, parents) = halves.split_at(1);
        if child[0].role != Role::Child || parents.iter().any(|half| half.role == Role::Child) {
            return Err(Error::corrupt(format!(
                "call {} has not exactly one half with its parents: state is lost or was restored twice",
                String::from_utf8_lossy(self.ids.key(child[0].call.id).0)
            )));
        }
        Ok(Linked {
            call: &child[0].call,
            parents: child[0].list,
            children: parents,
            listed: &self.decoded.listed,
            max_links: self.max_links,
        })
    }

    /// Writes the next call at the beginning of `out`, or into `frame` if it may not fit; returns the
    /// bytes written to `out`.
    fn write_next(&mut self, out: &mut [u8]) -> Result<usize> {
        let CallRow { src, dst, .. } = self.call(self.next)[0].call;
        self.tables.addresses.render(src);
        self.tables.addresses.render(dst);
        let mut frame = std::mem::take(&mut self.frame);
        let linked = self.linked(self.next)?;
        let most = linked.most_bytes(&self.tables, &self.ids);
        let (bytes, truncated) = if most <= out.len() {
            linked.write(out, &self.tables, &self.ids)
        } else {
            frame.resize(most, 0);
            let (bytes, truncated) = linked.write(&mut frame, &self.tables, &self.ids);
            frame.truncate(bytes);
            (0, truncated)
        };
        self.frame = frame;
        self.next += 1;
        self.counts.calls += 1;
        self.counts.truncated += u64::from(truncated);
        Ok(bytes)
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
        let (children, parents) = rows.calls.split_at(rows.children);
        let roles = std::iter::repeat_n(Role::Child, children.len());
        let roles = roles.chain(std::iter::repeat_n(Role::Parent, parents.len()));
        let halves = rows.calls.iter().zip(lists).zip(roles);
        self.halves.extend(halves.map(|((&call, &list), role)| Half { call, list, role, bucket }));
        Ok(())
    }

    fn fire(&mut self, _bucket: i64) -> Result<()> {
        self.join.join(&self.halves, &self.tables, &self.ids);
        Ok(())
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
            if self.next == self.join.ends.len() {
                if filled == 0 {
                    self.clear();
                }
                return Ok(Pulled::Filled(filled));
            }
            match self.write_next(&mut out[filled..]) {
                Ok(bytes) => filled += bytes,
                Err(error) => {
                    self.clear();
                    return Err(error);
                }
            }
        }
    }

    fn take_counts(&mut self) -> Counts {
        std::mem::take(&mut self.counts)
    }

    fn memory_bytes(&self) -> usize {
        self.tables.memory_bytes()
            + self.ids.memory_bytes()
            + self.halves.capacity() * std::mem::size_of::<Half>()
            + self.decoded.listed.capacity() * 4
            + self.join.memory_bytes()
            + self.frame.capacity()
            + self.scratch.memory_bytes()
    }
}
