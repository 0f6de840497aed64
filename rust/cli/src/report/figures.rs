//! Everything that is summed up while records are read.

use std::collections::HashMap;

use callweave_core::chain::services::Services;

use super::chains::Chains;
use super::names::Names;
use super::record::{as_latency, Linked, Record, Reject, Window};
use super::rejects::Rejects;
use super::traffic::{Call, Links, Traffic};
use crate::show::Chain;
use crate::source::{Rejection, SourceRecord};

/// Numbers of parents that are told apart: none, one, two and so on; the last one stands for all above.
pub const PARENT_COUNTS: usize = 6;

/// Calls of a window, and all their latencies, ms: more is a mistake, and sums of it might be too large.
const MAX_SUM: u64 = 1 << 48;

/// How many records of each kind an input had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Linked calls.
    pub linked: u64,
    /// Chains.
    pub chains: u64,
    /// Windows.
    pub windows: u64,
    /// Rejects.
    pub rejects: u64,
}

impl Kinds {
    /// All of them.
    pub fn total(self) -> u64 {
        self.linked + self.chains + self.windows + self.rejects
    }
}

/// What was found.
#[derive(Debug)]
pub struct Figures {
    /// The names of services.
    pub names: Names,
    /// Linked calls.
    pub linked: Traffic,
    /// Calls of chains.
    pub chained: Traffic,
    /// Calls as windows tell of them.
    pub windowed: Traffic,
    /// By service, what windows say that its calls are to blame for, and their own time, ms.
    pub blame: HashMap<u32, [u64; 2]>,
    /// Linked calls by the number of their parents.
    pub parents: [u64; PARENT_COUNTS],
    /// Chains.
    pub chains: Chains,
    /// Rejects.
    pub rejects: Rejects,
    /// Edges that windows tell of only as a sum.
    pub summed_edges: u64,
}

impl Figures {
    /// Nothing yet. So many of the slowest chains are kept.
    pub fn new(services: Services, slowest: usize) -> Self {
        Self {
            names: Names::new(services),
            linked: Traffic::default(),
            chained: Traffic::default(),
            windowed: Traffic::default(),
            blame: HashMap::new(),
            parents: [0; PARENT_COUNTS],
            chains: Chains::new(slowest),
            rejects: Rejects::default(),
            summed_edges: 0,
        }
    }

    /// Adds a record, and counts it among its kind; or tells what is wrong with it.
    pub fn take(&mut self, record: SourceRecord<'_>, kinds: &mut Kinds) -> Result<(), String> {
        if let Some(Rejection { reason, detail }) = record.rejection {
            let (reason, detail) = (String::from_utf8_lossy(reason), String::from_utf8_lossy(detail));
            let reject = Reject { reason, detail, ..Reject::default() };
            self.rejects.add(&reject, || record.place.to_string(), record.value);
            kinds.rejects += 1;
            return Ok(());
        }
        match Record::read(record.value)? {
            Record::Linked(call) => {
                self.add_linked(&call);
                kinds.linked += 1;
            }
            Record::Chain(chain) => {
                self.add_chain(&chain, record.value.unwrap_or_default());
                kinds.chains += 1;
            }
            Record::Window(window) => {
                self.add_window(&window)?;
                kinds.windows += 1;
            }
            Record::Reject(reject) => {
                let place = || match (&reject.file, reject.line) {
                    (Some(file), Some(line)) => format!("{file}, line {line}"),
                    _ => record.place.to_string(),
                };
                self.rejects.add(&reject, place, reject.value.as_ref().map(|value| value.as_bytes()));
                kinds.rejects += 1;
            }
        }
        Ok(())
    }

    fn add_linked(&mut self, linked: &Linked<'_>) {
        let Linked { start_ms, latency_ms, parents, is_cut, .. } = *linked;
        let links = Links::of_parents(parents, is_cut);
        let src = self.names.of_address(&linked.src_ip);
        let dst = self.names.of_address(&linked.dst_ip);
        self.linked.add(Call { src, dst, start_ms, latency_ms, links }, 0, 0);
        self.parents[(parents as usize).min(PARENT_COUNTS - 1)] += 1;
    }

    fn add_chain(&mut self, chain: &Chain<'_>, record: &[u8]) {
        let mut entry = 0;
        for (place, hop) in chain.hops.iter().enumerate() {
            let src = self.names.of_hop(&hop.src, hop.src_ip.as_deref());
            let dst = self.names.of_hop(&hop.dst, hop.dst_ip.as_deref());
            if place == chain.root {
                entry = dst;
            }
            let links = Links::of_confidence(hop.confidence);
            let call =
                Call { src, dst, start_ms: hop.start_ms, latency_ms: as_latency(hop.latency_ms()), links };
            self.chained.add(call, as_latency(hop.critical_ms), as_latency(hop.self_ms));
        }
        self.chains.add(chain, entry, record);
    }

    fn add_window(&mut self, window: &Window<'_>) -> Result<(), String> {
        let width_ms = window.window_end_ms.saturating_sub(window.window_start_ms);
        if width_ms < 1 {
            return Err("a window that ends before it starts".to_owned());
        }
        let most_ms = u128::from(window.count) * u128::from(window.max_msec);
        if window.count.max(window.sum_msec) > MAX_SUM || u128::from(window.sum_msec) > most_ms {
            return Err("a window whose calls took longer than its longest call says".to_owned());
        }
        // Of windows that overlap, those that lie end to end: in these each call counts once.
        if window.window_start_ms.rem_euclid(width_ms) != 0 || window.count == 0 {
            return Ok(());
        }
        match (&*window.kind, &window.src, &window.dst, &window.service) {
            ("edge", Some(src), Some(dst), _) => {
                let (src, dst) = (self.names.of_series(src), self.names.of_series(dst));
                self.windowed.add_window(src, dst, window);
                self.summed_edges = self.summed_edges.max(window.series_omitted.unwrap_or_default());
            }
            ("service", _, _, Some(service)) => {
                let blame = self.blame.entry(self.names.of_series(service)).or_default();
                blame[0] = blame[0].saturating_add(window.critical_msec);
                blame[1] = blame[1].saturating_add(window.self_msec);
            }
            ("entry", ..) => {}
            _ => return Err("a window of neither an edge, an entry nor a service".to_owned()),
        }
        Ok(())
    }
}
