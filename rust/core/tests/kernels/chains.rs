//! The kernels of chains put together without Flink.

use std::collections::{BTreeMap, BTreeSet};

use callweave_core::attribute::{Attribute, AttributeConfig};
use callweave_core::block::chain_calls::ChainCalls;
use callweave_core::block::{attributed, is_of, Kind};
use callweave_core::chain::{Chain, ChainConfig};
use callweave_core::kernel::{CellKernel, KeyedKernel};
use callweave_core::protobuf::RecordFormat;
use callweave_core::root::{Root, RootConfig};

use crate::common::{batch, collect, drain, fire_all, Cells, Settings, NOW_MS};

/// Settings of the kernels of chains.
#[derive(Debug, Clone)]
pub struct ChainSettings {
    pub kernels: Settings,
    pub window_ms: i64,
    pub look_ahead_ms: i64,
    pub chain_groups: u32,
    pub max_chain_calls: u32,
    /// Whether the kernels start anew before every window, from what they gave to be kept.
    pub restarts: bool,
}

impl Default for ChainSettings {
    fn default() -> Self {
        ChainSettings {
            kernels: Settings::default(),
            window_ms: 5_000,
            look_ahead_ms: 1_000,
            chain_groups: 4,
            max_chain_calls: 10_000,
            restarts: false,
        }
    }
}

impl ChainSettings {
    pub fn attribute(&self) -> Attribute {
        Attribute::new(AttributeConfig {
            window_ms: self.window_ms,
            look_ahead_ms: self.look_ahead_ms,
            ip_groups: self.kernels.ip_groups,
            effort: 2_000,
        })
        .unwrap()
    }

    pub fn root(&self) -> Root {
        Root::new(RootConfig {
            window_ms: self.window_ms,
            bucket_ms: self.kernels.bucket_ms,
            chain_groups: self.chain_groups,
        })
        .unwrap()
    }

    pub fn chain(&self) -> Chain {
        let max_chain_calls = self.max_chain_calls;
        Chain::new(ChainConfig {
            max_chain_calls,
            services: String::new(),
            windows: None,
            spans: None,
            records: true,
            format: RecordFormat::Json,
        })
        .unwrap()
    }

    /// The window in which the blocks of a bucket are decided.
    fn window(&self, bucket: i64) -> i64 {
        (bucket * self.kernels.bucket_ms - self.look_ahead_ms).div_euclid(self.window_ms)
    }
}

/// What the kernels make of these records, given in batches.
pub struct Made {
    /// Blocks from Attribute to Root, by window.
    pub attributed: Cells,
    /// Blocks from Root to Chain, by cell.
    pub rooted: Cells,
    /// Keys and values of the records of chains.
    pub chains: Vec<(String, String)>,
}

/// Sends records through all kernels.
pub fn make(settings: &ChainSettings, batches: &[Vec<Vec<u8>>]) -> Made {
    let attributed = attribute(settings, &legs(settings, batches));
    let rooted = root(settings, &attributed);
    let chains = crate::common::records(&fire_all(&mut settings.chain(), &rooted, settings.chain_groups));
    Made { attributed, rooted, chains }
}

/// The output of Route for these records.
pub fn legs(settings: &ChainSettings, batches: &[Vec<Vec<u8>>]) -> Cells {
    let mut legs = Cells::new();
    let mut route = settings.kernels.route();
    for records in batches {
        let batch = batch(records.iter().map(Vec::as_slice));
        route.push_batch(&batch, i64::MIN, NOW_MS, &mut Vec::new()).unwrap();
        collect(&drain(&mut route), &mut legs);
    }
    route.flush(i64::MAX).unwrap();
    collect(&drain(&mut route), &mut legs);
    legs
}

/// The output of Attribute for these blocks of Route.
pub fn attribute(settings: &ChainSettings, legs: &Cells) -> Cells {
    let groups = i64::from(settings.kernels.ip_groups);
    let mut windows = Cells::new();
    for (cell, blocks) in legs {
        let window = settings.window(cell.div_euclid(groups));
        windows.entry(window * groups + cell.rem_euclid(groups)).or_default().extend(blocks.iter().cloned());
    }
    let mut kernel = settings.attribute();
    let (mut known, mut out) = (BTreeMap::<i64, Vec<u8>>::new(), Cells::new());
    while let Some((cell, blocks)) = windows.pop_first() {
        if settings.restarts {
            kernel = settings.attribute();
        }
        let state = known.entry(cell.rem_euclid(groups)).or_default();
        kernel.load(state).unwrap();
        blocks.iter().for_each(|block| kernel.push(block).unwrap());
        kernel.fire(cell.div_euclid(groups)).unwrap();
        state.clear();
        kernel.save(state).unwrap();
        let mut given = Cells::new();
        collect(&drain(&mut kernel), &mut given);
        for (cell, blocks) in given {
            for block in blocks {
                let to = if is_of(&block, Kind::Legs) { &mut windows } else { &mut out };
                to.entry(cell).or_default().push(block);
            }
        }
    }
    out
}

/// The output of Root for these blocks of Attribute.
pub fn root(settings: &ChainSettings, attributed: &Cells) -> Cells {
    let mut windows = attributed.clone();
    let mut kernel = settings.root();
    let (mut open, mut out) = (Cells::new(), Cells::new());
    while let Some(window) = windows.keys().chain(open.keys()).min().copied() {
        if settings.restarts {
            kernel = settings.root();
            open.values().flatten().for_each(|block| kernel.push(block).unwrap());
        }
        for block in windows.remove(&window).unwrap_or_default() {
            kernel.push(&block).unwrap();
        }
        open.remove(&window);
        kernel.fire(window).unwrap();
        let mut given = Cells::new();
        collect(&drain(&mut kernel), &mut given);
        for (cell, blocks) in given {
            for block in blocks {
                let to = match () {
                    () if is_of(&block, Kind::Attributed) => &mut windows,
                    () if is_of(&block, Kind::OpenCalls) => &mut open,
                    () => &mut out,
                };
                to.entry(cell).or_default().push(block);
            }
        }
    }
    out
}

/// What Root keeps of the first of these windows.
pub fn root_state(settings: &ChainSettings, attributed: &Cells) -> Cells {
    let mut kernel = settings.root();
    let (&window, blocks) = attributed.first_key_value().unwrap();
    blocks.iter().for_each(|block| kernel.push(block).unwrap());
    kernel.fire(window).unwrap();
    let mut given = Cells::new();
    collect(&drain(&mut kernel), &mut given);
    given.values_mut().for_each(|blocks| blocks.retain(|block| is_of(block, Kind::OpenCalls)));
    given.retain(|_, blocks| !blocks.is_empty());
    given
}

/// The calls in blocks of Attribute.
pub fn decided(attributed: &Cells) -> ChainCalls {
    let mut calls = ChainCalls::default();
    attributed.values().flatten().for_each(|block| attributed::decode(block, &mut calls).unwrap());
    calls
}

/// The lines of the records of chains, in order.
pub fn lines(made: &Made) -> BTreeSet<String> {
    made.chains.iter().map(|(_, value)| value.clone()).collect()
}
