//! What windows of edges cost beside all else, on one core: CPU time per call of each kernel, with sums and without,
//! in turn, so that what else the machine does falls on both.
//!
//! `cargo run --release -p callweave-bench-kernels --bin callweave-bench-edges -- [rounds=9] [calls=60000] [set …]`

use std::hint::black_box;

use anyhow::{Context, Result};
use callweave_bench_kernels::chains::{new_chain, new_root, root, Attributing, CHAIN_GROUPS};
use callweave_bench_kernels::{
    batches, collect, cpu_ns, fire, link_config, new_assemble, new_link, route, sets, Cells, Groups,
    ID_GROUPS, IP_GROUPS,
};
use callweave_core::block::{is_of, Kind};
use callweave_core::chain::{Chain, ChainConfig};
use callweave_core::edges::{SumsConfig, Windows, WindowsConfig};
use callweave_core::kernel::CellKernel;
use callweave_core::link::{EdgesConfig, Link, LinkConfig};
use callweave_core::protobuf::RecordFormat;
use callweave_core::wire::frames::{records, OfChain};

const WINDOW: SumsConfig = SumsConfig { window_ms: 60_000, slide_ms: 60_000 };
const EFFORT: u32 = 2_000;

fn main() -> Result<()> {
    let (mut rounds, mut calls, mut names) = (9, 60_000, Vec::new());
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("rounds", value)) => rounds = value.parse()?,
            Some(("calls", value)) => calls = value.parse()?,
            _ => names.push(argument),
        }
    }
    if names.is_empty() {
        names.push("mid".into());
    }
    for name in names {
        match sets::read(&name, 1, calls)? {
            Some(calls) => measure(&name, &calls, rounds).with_context(|| name.clone())?,
            None => println!("{name}: skipped, it is not there"),
        }
    }
    Ok(())
}

/// The least CPU time of each kernel, ns.
struct Spent {
    kernels: Vec<(&'static str, u64)>,
}

impl Spent {
    /// Has a kernel work, and notes the time if it is the least so far.
    fn time(&mut self, kernel: &'static str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let begin = cpu_ns();
        work()?;
        let spent = cpu_ns() - begin;
        match self.kernels.iter_mut().find(|(name, _)| *name == kernel) {
            Some((_, least)) => *least = spent.min(*least),
            None => self.kernels.push((kernel, spent)),
        }
        Ok(())
    }

    fn of(&self, kernels: &[&str]) -> f64 {
        let wanted = self.kernels.iter().filter(|(name, _)| kernels.contains(name));
        wanted.map(|(_, ns)| *ns as f64).sum()
    }
}

fn measure(name: &str, calls: &[sets::Call], rounds: usize) -> Result<()> {
    let lines: Vec<Vec<u8>> = calls.iter().map(|call| call.later(0, 0)).collect();
    let batches = batches(&lines.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let (mut legs, mut halves, mut rooted, mut edges, mut entries) =
        (Cells::new(), Cells::new(), Cells::new(), Cells::new(), Cells::new());
    route(&batches, Groups::DEFAULT, |frames| collect(frames, &mut legs))?;
    fire(&mut new_link(Groups::DEFAULT)?, &legs, IP_GROUPS, |frames| collect(frames, &mut halves))?;
    let decided = Attributing::new(EFFORT)?.decide(&legs)?;
    root(&mut new_root()?, &decided, Some(&mut rooted))?;
    let (mut link, mut link_with) = (new_link(Groups::DEFAULT)?, link_with_edges()?);
    let (mut chain, mut chain_with) = (new_chain()?, chain_with_sums()?);
    let (mut assemble, mut root_kernel, mut windows) = (new_assemble()?, new_root()?, windows()?);
    fire(&mut link_with, &legs, IP_GROUPS, |frames| collect(frames, &mut edges))?;
    edges.values_mut().for_each(|blocks| blocks.retain(|block| is_of(block, Kind::Sums)));
    fire(&mut chain_with, &rooted, CHAIN_GROUPS, |frames| {
        for record in records(frames) {
            if let OfChain::Sums { window, block } = OfChain::read(record?)? {
                entries.entry(window).or_default().push(block.to_vec());
            }
        }
        Ok(())
    })?;
    let mut spent = Spent { kernels: Vec::new() };
    for _ in 0..rounds {
        spent.time("route", || Ok(route(&batches, Groups::DEFAULT, drop_frames)?))?;
        spent.time("link", || worked(&mut link, &legs, IP_GROUPS))?;
        spent.time("link with edges", || worked(&mut link_with, &legs, IP_GROUPS))?;
        spent.time("windows of edges", || worked(&mut windows, &edges, 1))?;
        spent.time("assemble", || worked(&mut assemble, &halves, ID_GROUPS))?;
        spent.time("root", || Ok(root(&mut root_kernel, &decided, None)?))?;
        spent.time("chain", || worked(&mut chain, &rooted, CHAIN_GROUPS))?;
        spent.time("chain with sums", || worked(&mut chain_with, &rooted, CHAIN_GROUPS))?;
        spent.time("windows of chains", || worked(&mut windows, &entries, 1))?;
    }
    spent.time("attribute", || {
        black_box(Attributing::new(EFFORT)?.decide(&legs)?);
        Ok(())
    })?;
    report(name, calls.len(), &spent, &edges);
    Ok(())
}

fn report(name: &str, calls: usize, spent: &Spent, edges: &Cells) {
    for (kernel, ns) in &spent.kernels {
        println!("{name:8} {kernel:18} {:9.1} ns a call", *ns as f64 / calls as f64);
    }
    let bytes: usize = edges.values().flatten().map(Vec::len).sum();
    println!("{name:8} sums of edges      {:9.2} bytes a call", bytes as f64 / calls as f64);
    let links = spent.of(&["route", "link", "assemble"]);
    let chains = links + spent.of(&["attribute", "root", "chain"]);
    let edges = spent.of(&["link with edges", "windows of edges"]) - spent.of(&["link"]);
    let entries = spent.of(&["chain with sums", "windows of chains"]) - spent.of(&["chain"]);
    println!("{name:8} edges cost {:.1} % of links", 100.0 * edges / links);
    println!(
        "{name:8} edges, entries and services cost {:.1} % of links and chains",
        100.0 * (edges + entries) / chains
    );
}

fn link_with_edges() -> Result<Link> {
    let edges = EdgesConfig { windows: WINDOW, services: String::new(), max_latency_ms: 20_000 };
    Ok(Link::new(LinkConfig { edges: Some(edges), ..link_config(Groups::DEFAULT) })?)
}

fn chain_with_sums() -> Result<Chain> {
    Ok(Chain::new(ChainConfig {
        max_chain_calls: 10_000,
        services: String::new(),
        windows: Some(WINDOW),
        spans: None,
        records: true,
        format: RecordFormat::Json,
    })?)
}

fn windows() -> Result<Windows> {
    let SumsConfig { window_ms, slide_ms } = WINDOW;
    Ok(Windows::new(WindowsConfig { window_ms, slide_ms, max_series: 10_000, format: RecordFormat::Json })?)
}

fn worked(kernel: &mut impl CellKernel, cells: &Cells, groups: u32) -> Result<()> {
    Ok(fire(kernel, cells, groups, drop_frames)?)
}

/// Takes frames so that they have to be made.
fn drop_frames(frames: &[u8]) -> callweave_core::error::Result<()> {
    black_box(frames);
    Ok(())
}
