//! The sums of the edges of a bucket.

use crate::block::sums::take_blocks;
use crate::chain::services::Services;
use crate::edges::panes::Panes;
use crate::edges::series::{Series, SeriesTable};
use crate::edges::Kind;
use crate::id_table::IdTable;
use crate::memory;
use crate::queue::BlockQueue;
use crate::tables::{CallRow, Tables};

/// Adds up the calls of a bucket in their role as children: each is there once.
#[derive(Debug)]
pub struct EdgeSums {
    panes: Panes,
    services: Services,
    max_latency_ms: u32,
    table: SeriesTable,
    /// The number of the name of each spelling, or [`UNKNOWN`].
    names: Vec<u32>,
}

const UNKNOWN: u32 = u32::MAX;

impl EdgeSums {
    /// No calls yet.
    pub fn new(panes: Panes, services: Services, max_latency_ms: i64) -> Self {
        EdgeSums {
            panes,
            services,
            max_latency_ms: max_latency_ms.clamp(0, u32::MAX.into()) as u32,
            table: SeriesTable::default(),
            names: Vec::new(),
        }
    }

    /// The same settings with memory of its own.
    pub fn renew(&mut self) -> Self {
        let services = std::mem::take(&mut self.services);
        Self::new(self.panes, services, self.max_latency_ms.into())
    }

    /// Adds a call.
    #[inline]
    pub fn add(&mut self, call: &CallRow, has_parent: bool, tables: &Tables, ids: &IdTable) {
        let (src, dst) = (self.name(call.src, tables), self.name(call.dst, tables));
        // By rounding a call can end 1 ms before its start.
        let latency_ms = (call.end_ms - call.start_ms).clamp(0, u32::MAX.into()) as u32;
        let (sums, texts) = self.table.sums_mut(Series { kind: Kind::Edge, src, dst });
        sums.add(latency_ms);
        sums.own[0] += u64::from(!has_parent);
        sums.own[1] += u64::from(latency_ms >= self.max_latency_ms);
        sums.exemplars.offer(latency_ms, texts, |out| ids.get(call.id).write(out));
    }

    #[inline]
    fn name(&mut self, spelling: u32, tables: &Tables) -> u32 {
        match self.names.get(spelling as usize) {
            Some(&name) if name != UNKNOWN => name,
            _ => self.learn_name(spelling, tables),
        }
    }

    #[cold]
    fn learn_name(&mut self, spelling: u32, tables: &Tables) -> u32 {
        self.names.resize(tables.addresses.len().max(self.names.len()), UNKNOWN);
        let name = self.table.name_of(tables.addresses.spelling(spelling), &self.services);
        self.names[spelling as usize] = name;
        name
    }

    /// Hands on the sums of the bucket that begins at this moment, and forgets them.
    pub fn write(&mut self, begin_ms: i64, queue: &mut BlockQueue) {
        self.names.clear();
        take_blocks(&mut self.table, self.panes, self.panes.pane(begin_ms), |window, block| {
            queue.push(window, 0, |out| out.extend_from_slice(block));
        });
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.names.clear();
        self.table.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_vec(&self.names) + self.table.memory_bytes() + self.services.memory_bytes()
    }
}
