//! The sums of entries and services, of the chains of a cell.

use std::collections::BTreeMap;

use super::services::Services;
use super::tree::Tree;
use crate::block::sums::take_blocks;
use crate::edges::panes::Panes;
use crate::edges::series::{Series, SeriesTable};
use crate::edges::Kind;
use crate::memory;

/// Adds up chains, by the windows in which their roots start: all calls of a chain count there, so that what its
/// services are to blame for adds up to the time of the roots.
#[derive(Debug)]
pub struct ChainSums {
    panes: Panes,
    /// By pane.
    tables: BTreeMap<i64, SeriesTable>,
    /// One that was taken, with its memory.
    spare: SeriesTable,
}

impl ChainSums {
    /// No chains yet.
    pub fn new(panes: Panes) -> Self {
        ChainSums { panes, tables: BTreeMap::new(), spare: SeriesTable::default() }
    }

    /// The same settings with memory of its own.
    pub fn renew(&self) -> Self {
        Self::new(self.panes)
    }

    /// Adds a chain. Costs a look-up or two per call.
    pub fn add(&mut self, tree: &Tree<'_>, services: &Services) {
        let Tree { members, root, figures, omitted, .. } = tree;
        let root = &members[*root];
        let pane = self.panes.pane(root.call.start_ms);
        let table = self.tables.entry(pane).or_insert_with(|| std::mem::take(&mut self.spare));
        let entry = table.name_of(root.written.dst, services);
        let (sums, texts) = table.sums_mut(Series { kind: Kind::Entry, src: entry, dst: entry });
        let root_ms = latency_ms(root.call.start_ms, root.call.end_ms);
        let calls = (members.len() + omitted) as u64;
        let depth = figures.depth.iter().max().copied().unwrap_or(0).into();
        sums.add(root_ms);
        for (at, own) in [calls, depth].into_iter().enumerate() {
            sums.own[at] += own;
            sums.own_most[at] = sums.own_most[at].max(own);
        }
        sums.exemplars.offer(root_ms, texts, |out| root.written.id.write(out));
        for (place, member) in members.iter().enumerate() {
            let service = table.name_of(member.written.dst, services);
            let (sums, texts) = table.sums_mut(Series { kind: Kind::Service, src: service, dst: service });
            let member_ms = latency_ms(member.call.start_ms, member.call.end_ms);
            sums.add(member_ms);
            sums.own[0] += figures.critical_ms[place].max(0) as u64;
            sums.own[1] += figures.self_ms[place].max(0) as u64;
            sums.exemplars.offer(member_ms, texts, |out| root.written.id.write(out));
        }
    }

    /// Hands on the sums of the first pane left as blocks, each with its window, and forgets them; returns whether
    /// there was one.
    pub fn take_blocks(&mut self, give: impl FnMut(i64, &[u8])) -> bool {
        let first = self.tables.pop_first();
        if let Some((pane, mut table)) = first {
            take_blocks(&mut table, self.panes, pane, give);
            self.spare = table;
            return true;
        }
        false
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.tables.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        let tables = self.tables.values().chain([&self.spare]);
        memory::of_tree(&self.tables) + tables.map(SeriesTable::memory_bytes).sum::<usize>()
    }
}

/// By rounding a call can end 1 ms before its start.
fn latency_ms(start_ms: i64, end_ms: i64) -> u32 {
    (end_ms - start_ms).clamp(0, u32::MAX.into()) as u32
}
