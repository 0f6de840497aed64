//! `callweave link`: what the job does, on files, without Flink or Kafka.
//!
//! The way of a call: `input` reads the lines in rounds of some MiB (`round`), `sort` brings them
//! into order if they are in none, `linker` takes a round in (`batch`), moves the watermark, and
//! fires the cells that it closes (`cells`), each with one of the kernels of a `pool`. Reading and
//! writing go on beside that in threads of their own.

mod args;
mod batch;
mod cells;
mod chains;
mod input;
mod lines;
mod linker;
mod pool;
mod rejects;
mod reports;
mod round;
mod settings;
mod sort;
mod spare;
mod windows;

#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::sync::mpsc::{sync_channel, Receiver, SyncSender};
use std::time::{Duration, Instant};

use anyhow::Context;
use callweave_core::call::Reason;
use callweave_parquet::Table;

use crate::clock::now_ms;
use crate::console::tell;
use crate::format::Names;
use crate::output::OutputFile;
use crate::paths::OutputPath;
use crate::progress::Progress;

pub use args::Args;
use chains::ChainTotals;
use input::Inputs;
use lines::Lines;
use linker::{Linker, Totals};
use rejects::Rejects;
use round::Round;
use settings::Settings;
use sort::LineSorter;
use spare::Spare;
use windows::WindowTotals;

/// What is done with the bytes of the input, and with its lines.
const LINKING: [&str; 2] = ["linking", "lines linked"];
const LEARNING: [&str; 2] = ["learning", "lines learned from"];
/// Rounds that wait between two threads.
const WAITING_ROUNDS: usize = 2;
/// Outputs of cells that wait to be written.
const WAITING_OUTPUTS: usize = 256;

/// Links the files, and prints the summary on stderr.
///
/// # Errors
/// When a file cannot be read or written.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let begin = Instant::now();
    let settings = args.settings()?;
    let names = args.input.names(settings.route.format);
    rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads)
        .build_global()
        .context("cannot start the threads; --threads asks for fewer")?;
    let mut linker = Linker::new(settings.clone())?;
    if args.learn_first {
        linker.begin_with(learn(args, settings, names)?);
    }
    let rejects = Rejects::create(args.rejects.as_deref(), &args.inputs, names)?;
    let rounds = Rounds::open(args, names, LINKING)?;
    let table = |path: &Option<OutputPath>, table| {
        path.as_deref().map(|path| OutputFile::create_table(path, table)).transpose()
    };
    let outputs = Outputs {
        links: OutputFile::create_table(&args.out, Table::Links)?,
        chains: table(&args.chains, Table::Chains)?,
        edges: table(&args.edges, Table::Edges)?,
        alerts: table(&args.alerts, Table::Alerts)?,
        spans: args.spans.as_deref().map(OutputFile::create).transpose()?,
    };
    let (linker, rejects) = Linking { linker, rejects }.run(rounds, outputs)?;
    let totals = linker.totals();
    tell(summary(&totals, &rejects, begin.elapsed()));
    if let Some(chains) = linker.chain_totals() {
        tell(summary_of_chains(&chains));
        anyhow::ensure!(
            chains.calls + chains.omitted == totals.written,
            "{} calls were linked but {} are in chains: a fault of callweave itself, please report it",
            totals.written,
            chains.calls + chains.omitted
        );
    }
    if let Some(windows) = linker.window_totals() {
        if args.edges.is_some() {
            tell(summary_of_windows(&windows));
        }
        if args.alerts.is_some() {
            tell(format_args!(
                "wrote {} alerts that began and {} ends of them",
                windows.begun, windows.ended
            ));
        }
    }
    rejects.formats().for_each(tell);
    let late = rejects.of(Reason::Late);
    if late > 0 {
        tell(format_args!("{late} calls are late: --sort links an input in any order"));
    }
    if totals.read == 0 {
        tell("the input is empty: there was nothing to link");
    } else if rejects.total() == totals.read {
        tell(
            "no line of the input is a call that can be linked: callweave check says what is wrong with them",
        );
    }
    let accounted = totals.written + rejects.total() + totals.duplicates + totals.merged.unwrap_or(0);
    anyhow::ensure!(
        accounted == totals.read,
        "{} lines were read but {accounted} accounted for: a fault of callweave itself, please report it",
        totals.read
    );
    Ok(ExitCode::SUCCESS)
}

/// What chains learn from all of the input, which is read for it once.
fn learn(args: &Args, settings: Settings, names: Names) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut linker = Linker::new(settings)?;
    let Rounds { mut next, mut progress, done } = Rounds::open(args, names, LEARNING)?;
    while let Some(round) = next()? {
        linker.take(&round.text, now_ms())?;
        linker.advance(|_| Ok(()))?;
        progress.set(done(&linker.totals()));
    }
    linker.finish(|_| Ok(()))?;
    progress.finish();
    Ok(linker.learned()?)
}

/// The input, and how far it was read.
struct Rounds {
    next: Box<dyn FnMut() -> anyhow::Result<Option<Round>> + Send>,
    progress: Progress,
    done: Box<dyn Fn(&Totals) -> u64>,
}

impl Rounds {
    /// Opens the input; `words` say what is done with its bytes, and with lines.
    fn open(args: &Args, names: Names, words: [&'static str; 2]) -> anyhow::Result<Self> {
        let (mut inputs, positions) = Inputs::open(&args.inputs, names)?;
        anyhow::ensure!(
            !args.learn_first || positions.length().is_some(),
            "--learn-first reads the input twice, which a pipe cannot be: give it a file"
        );
        if !args.sort {
            return Ok(Self {
                next: Box::new(move || inputs.next()),
                progress: Progress::of_bytes(words[0], positions.length()),
                done: Box::new(move |_| positions.bytes()),
            });
        }
        let map = args.input.mapping()?;
        let sorter = LineSorter::new((args.sort_mib as usize) << 20, &args.temp_dir(), map, names.framing());
        let mut sorted = inputs.sort(sorter, &positions)?;
        Ok(Self {
            progress: Progress::start(words[1], Some(sorted.lines())),
            next: Box::new(move || sorted.next()),
            done: Box::new(|totals| totals.read),
        })
    }
}

struct Linking {
    linker: Linker,
    rejects: Rejects,
}

impl Linking {
    /// Links the input, and completes the files.
    fn run(mut self, rounds: Rounds, outputs: Outputs) -> anyhow::Result<(Linker, Rejects)> {
        let Rounds { next, mut progress, done } = rounds;
        let (to_link, rounds) = sync_channel(WAITING_ROUNDS);
        let (to_write, lines) = sync_channel(WAITING_OUTPUTS);
        let written = std::thread::scope(|scope| {
            scope.spawn(move || read(next, &to_link));
            let spare = self.linker.spare();
            let writer = scope.spawn(move || outputs.write(&lines, &spare));
            let linked = self.link(rounds, to_write, |totals| progress.set(done(totals)));
            let written = writer.join().unwrap_or_else(|_| Err(anyhow::anyhow!("the writing thread failed")));
            // If both failed, linking did because nobody took its output.
            written.and_then(|outputs| linked.map(|()| outputs))
        });
        progress.finish();
        let Outputs { links, chains, edges, alerts, spans } = written?;
        let others =
            self.rejects.take_file().into_iter().chain(chains).chain(edges).chain(alerts).chain(spans);
        OutputFile::finish_all(others.chain([links]))?;
        Ok((self.linker, self.rejects))
    }

    fn link(
        &mut self,
        rounds: Receiver<anyhow::Result<Round>>,
        to_write: SyncSender<Lines>,
        mut progress: impl FnMut(&Totals),
    ) -> anyhow::Result<()> {
        let mut emit = |lines| to_write.send(lines).context("nobody takes the output");
        for round in rounds {
            let round = round?;
            let rejects = self.linker.take(&round.text, now_ms())?;
            self.rejects.add(&rejects, &round.origins)?;
            self.linker.advance(&mut emit)?;
            progress(&self.linker.totals());
        }
        self.linker.finish(&mut emit)
    }
}

/// Sends rounds until there are no more, or nobody listens.
fn read(
    mut next: impl FnMut() -> anyhow::Result<Option<Round>>,
    to_link: &SyncSender<anyhow::Result<Round>>,
) {
    while let Some(round) = next().transpose() {
        let is_last = round.is_err();
        if to_link.send(round).is_err() || is_last {
            return;
        }
    }
}

/// Where lines go.
struct Outputs {
    links: OutputFile,
    chains: Option<OutputFile>,
    edges: Option<OutputFile>,
    alerts: Option<OutputFile>,
    spans: Option<OutputFile>,
}

impl Outputs {
    /// Writes what comes, until nothing more can come.
    fn write(mut self, outputs: &Receiver<Lines>, spare: &Spare) -> anyhow::Result<Self> {
        for lines in outputs {
            let (file, lines) = match lines {
                Lines::Links(lines) => (Some(&mut self.links), lines),
                Lines::Chains(lines) => (self.chains.as_mut(), lines),
                Lines::Edges(lines) => (self.edges.as_mut(), lines),
                Lines::Alerts(lines) => (self.alerts.as_mut(), lines),
                Lines::Spans(lines) => (self.spans.as_mut(), lines),
            };
            file.map_or(Ok(()), |file| file.write(&lines))?;
            spare.give(lines);
        }
        Ok(self)
    }
}

/// What chains were made, in one line.
fn summary_of_chains(totals: &ChainTotals) -> String {
    let ChainTotals { chains, calls, omitted, truncated } = totals;
    let cut = match omitted {
        0 => String::new(),
        omitted => format!(", and {omitted} calls left out of {truncated} chains by max-chain-calls"),
    };
    format!("wrote {chains} chains of {calls} calls{cut}")
}

/// What was written of windows, in one line.
fn summary_of_windows(totals: &WindowTotals) -> String {
    let WindowTotals { records, omitted, .. } = totals;
    let cut = match omitted {
        0 => String::new(),
        omitted => format!(", and {omitted} series summed as other by max-series"),
    };
    format!("wrote {records} series of windows{cut}")
}

/// What was done, in one line.
fn summary(totals: &Totals, rejects: &Rejects, elapsed: Duration) -> String {
    let Totals { read, written, links, duplicates, merged, truncated } = totals;
    let reasons = Reason::ALL.iter().map(|&reason| (reason, rejects.of(reason)));
    let reasons = reasons.filter(|(_, count)| *count > 0);
    let reasons: Vec<String> = reasons.map(|(reason, count)| format!("{} {count}", reason.name())).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    let cut = match truncated {
        0 => String::new(),
        cut => format!(" ({cut} of the calls with a list cut at max-links)"),
    };
    let merged = merged.map(|merged| format!(", merged {merged}")).unwrap_or_default();
    let seconds = elapsed.as_secs_f64();
    format!(
        "read {read} lines: linked {written} calls with {links} links{cut}, rejected {}{reasons}, \
         duplicates {duplicates}{merged}; {seconds:.1} s, {:.0} lines a second",
        rejects.total(),
        *read as f64 / seconds.max(1e-3),
    )
}
