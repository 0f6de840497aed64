//! Assemble: join the halves of every call that ended in one bucket and write them as JSON.
//!
//! A cell holds, per call, one half with its parents and one half for each bucket in which it has
//! children. Halves are joined by id, start, end and both addresses, compared exactly.

use std::cmp::Ordering;

use crate::block::halves::{self, Half};
use crate::error::{Error, Result};
use crate::kernel::{CellKernel, Counts, Outbox, Pulled};
use crate::tables::{CallRow, Role, Tables};

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
    halves: Vec<Half>,
    /// Ids of all lists.
    listed: Vec<u32>,
    /// Per half the bucket of the cell that found it, and its index.
    order: Vec<(i64, u32)>,
    /// How far `order` is written.
    written: usize,
    /// A finished frame that did not fit into the last buffer.
    frame: Vec<u8>,
    scratch: halves::Scratch,
    counts: Counts,
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
            halves: Vec::new(),
            listed: Vec::new(),
            order: Vec::new(),
            written: 0,
            frame: Vec::new(),
            scratch: halves::Scratch::default(),
            counts: Counts::default(),
        })
    }

    fn clear(&mut self) {
        self.tables.clear();
        self.halves.clear();
        self.listed.clear();
        self.order.clear();
        self.written = 0;
        self.frame.clear();
    }

    /// Writes the next call into `frame`; leaves it empty when there is none.
    fn write_next(&mut self) -> Result<()> {
        let rest = &self.order[self.written..];
        let Some(&(_, first)) = rest.first() else {
            return Ok(());
        };
        let (role, call) = self.halves[first as usize].row;
        let same = rest
            .iter()
            .take_while(|(_, half)| order(&self.tables, &call, &self.halves[*half as usize].row.1).is_eq())
            .count();
        let (of_child, of_parent) = rest[..same].split_at(1);
        if role != Role::Child
            || of_parent.iter().any(|(_, half)| self.halves[*half as usize].row.0 == Role::Child)
        {
            let mut id = Vec::new();
            self.tables.ids.get(call.id).write(&mut id);
            return Err(Error::corrupt(format!(
                "call {} has not exactly one half with its parents: state is lost or was restored twice",
                String::from_utf8_lossy(&id)
            )));
        }
        let parents = Links::join(of_child, &self.halves, &self.listed, self.max_links);
        let children = Links::join(of_parent, &self.halves, &self.listed, self.max_links);
        write_frame(&mut self.frame, &self.tables, &call, &parents, &children);
        self.written += same;
        self.counts.calls += 1;
        self.counts.truncated += u64::from(parents.omitted + children.omitted > 0);
        Ok(())
    }
}

/// Who a call is; halves of one call are equal here.
fn order(tables: &Tables, a: &CallRow, b: &CallRow) -> Ordering {
    let address = |spelling: u32| tables.addresses.entry(spelling).address;
    let key = |call: &CallRow| (call.start_ms, call.end_ms, address(call.dst), address(call.src));
    key(a).cmp(&key(b)).then_with(|| tables.ids.get(a.id).cmp(&tables.ids.get(b.id)))
}

/// One list of a call.
struct Links<'a> {
    pieces: Vec<&'a [u32]>,
    omitted: u64,
}

impl<'a> Links<'a> {
    /// The lists of these halves, one after the other, up to `max_links` ids.
    fn join(order: &[(i64, u32)], halves: &[Half], listed: &'a [u32], max_links: usize) -> Self {
        let mut links = Links { pieces: Vec::with_capacity(order.len()), omitted: 0 };
        let mut room = max_links;
        for &(_, half) in order {
            let Half { list, len, omitted, .. } = halves[half as usize];
            let taken = len.min(room);
            links.pieces.push(&listed[list..list + taken]);
            links.omitted = links.omitted.saturating_add(omitted).saturating_add((len - taken) as u64);
            room -= taken;
        }
        links
    }

    /// Appends the list as a JSON array.
    fn write(&self, out: &mut Vec<u8>, tables: &Tables) {
        out.push(b'[');
        for &id in self.pieces.iter().copied().flatten() {
            tables.ids.write_json(id, out);
            out.push(b',');
        }
        if out.last() == Some(&b',') {
            out.pop();
        }
        out.push(b']');
    }
}

/// Appends a frame with the record of one call: its key is the id, its value the JSON object.
fn write_frame(
    out: &mut Vec<u8>,
    tables: &Tables,
    call: &CallRow,
    parents: &Links<'_>,
    children: &Links<'_>,
) {
    let id = tables.ids.get(call.id);
    out.extend_from_slice(&[0; 8]);
    id.write_text(out);
    let value = out.len();
    out[..4].copy_from_slice(&(value as u32 - 8).to_le_bytes());
    out.extend_from_slice(b"{\"id\":");
    id.write(out);
    out.extend_from_slice(b",\"src_ip\":\"");
    tables.addresses.write(call.src, out);
    out.extend_from_slice(b"\",\"dst_ip\":\"");
    tables.addresses.write(call.dst, out);
    out.extend_from_slice(b"\",\"start_at_ms\":");
    write_integer(out, call.start_ms);
    out.extend_from_slice(b",\"latency_msec\":");
    match call.latency {
        Some(text) => out.extend_from_slice(tables.texts.get(text).as_bytes()),
        None => write_integer(out, call.end_ms - call.start_ms),
    }
    out.extend_from_slice(b",\"end_at_ms\":");
    write_integer(out, call.end_ms);
    out.extend_from_slice(b",\"parents\":");
    parents.write(out, tables);
    out.extend_from_slice(b",\"children\":");
    children.write(out, tables);
    for (name, links) in
        [(b",\"parents_omitted\":".as_slice(), parents), (b",\"children_omitted\":", children)]
    {
        if links.omitted > 0 {
            out.extend_from_slice(name);
            write_integer(out, links.omitted);
        }
    }
    if let Some(extras) = call.extras {
        out.push(b',');
        out.extend_from_slice(tables.texts.get(extras).as_bytes());
    }
    out.push(b'}');
    let bytes = (out.len() - value) as u32;
    out[4..8].copy_from_slice(&bytes.to_le_bytes());
}

fn write_integer(out: &mut Vec<u8>, integer: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
}

impl CellKernel for Assemble {
    fn push(&mut self, block: &[u8]) -> Result<()> {
        let first = self.halves.len() as u32;
        match halves::decode(block, &mut self.tables, &mut self.halves, &mut self.listed, &mut self.scratch) {
            Ok(bucket) => {
                self.order.extend((first..self.halves.len() as u32).map(|half| (bucket, half)));
                Ok(())
            }
            Err(error) => {
                self.clear();
                Err(error)
            }
        }
    }

    fn fire(&mut self, _bucket: i64) -> Result<()> {
        let (tables, halves) = (&self.tables, &self.halves);
        let times = |&(_, half): &(i64, u32)| {
            let call = &halves[half as usize].row.1;
            (call.start_ms, call.end_ms)
        };
        self.order.sort_unstable_by_key(times);
        // Only halves of the same times are compared by what stands in the tables.
        for equal in self.order.chunk_by_mut(|a, b| times(a) == times(b)) {
            equal.sort_unstable_by(|&(a_bucket, a), &(b_bucket, b)| {
                let ((a_role, a), (b_role, b)) = (halves[a as usize].row, halves[b as usize].row);
                let as_parent = |role: Role| role == Role::Parent;
                order(tables, &a, &b).then((as_parent(a_role), a_bucket).cmp(&(as_parent(b_role), b_bucket)))
            });
        }
        Ok(())
    }
}

impl Outbox for Assemble {
    fn pull(&mut self, out: &mut [u8]) -> Result<Pulled> {
        let mut filled = 0;
        loop {
            if self.frame.is_empty() {
                if let Err(error) = self.write_next() {
                    self.clear();
                    return Err(error);
                }
            }
            if self.frame.is_empty() {
                if filled == 0 {
                    self.clear();
                }
                return Ok(Pulled::Filled(filled));
            }
            let Some(room) = out.get_mut(filled..filled + self.frame.len()) else {
                return Ok(match filled {
                    0 => Pulled::Needs(self.frame.len()),
                    _ => Pulled::Filled(filled),
                });
            };
            room.copy_from_slice(&self.frame);
            filled += self.frame.len();
            self.frame.clear();
        }
    }

    fn take_counts(&mut self) -> Counts {
        std::mem::take(&mut self.counts)
    }

    fn memory_bytes(&self) -> usize {
        self.tables.memory_bytes()
            + self.halves.capacity() * std::mem::size_of::<Half>()
            + self.listed.capacity() * 4
            + self.order.capacity() * 16
            + self.frame.capacity()
            + self.scratch.memory_bytes()
    }
}
