//! `callweave simulate`: traffic with a known truth, into Kafka or a file.
//!
//! The crate `callweave-simulate` makes the records. Here is the command around it: its flags, the `sink`
//! and the `truth` file that take the records, and the pace of the clock.

mod args;
mod help;
mod kinds;
mod share_args;
mod sink;
mod summary;
mod topology;
mod truth;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use callweave_core::protobuf::{call_of_json, RecordFormat};
use callweave_simulate::{Delivered, Kind, Limit, Service, Simulation, Topology, BUILT_IN};

use crate::clock::now_ms;
use crate::console::STANDARD;
use crate::console::{ensure_stdout, print, tell};
use crate::interrupt;
use crate::kafka::{Cluster, TopicWriter};
use crate::output::{has_rows, OutputFile};
use crate::progress::Progress;

pub use args::Args;
pub use help::LONG_ABOUT;

use sink::{FileSink, Sink};
use summary::{Counts, Summary};
use truth::TruthFile;

/// A pause is cut into pieces of this length, so that Ctrl-C is heard.
const NAP: Duration = Duration::from_millis(50);

/// Runs the simulation to its end or to a signal, and prints its summary on stderr.
///
/// # Errors
/// When the topology is wrong, or the file or the broker cannot take the records.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.print_topology {
        print(BUILT_IN.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let topology = match &args.topology {
        Some(path) => topology::read(path)?,
        None => Topology::built_in()?,
    };
    let settings = args.settings(&topology)?;
    let services = topology.services.clone();
    // Before anything is created or overwritten: it may refuse the topology.
    let simulation = Simulation::new(settings, topology.clone())?;
    if let Some(path) = &args.incidents_truth {
        write_incidents(path, &simulation, &topology)?;
    }
    let summary = Delivery::open(args, &services)?.run(simulation)?;
    tell(summary);
    anyhow::ensure!(
        summary.acknowledged >= summary.counts.total(),
        "only {} of {} records were acknowledged: see whether the brokers at {} are up, and repeat the run",
        summary.acknowledged,
        summary.counts.total(),
        args.kafka.bootstrap
    );
    Ok(match interrupt::exit_code() {
        Some(code) if !summary.is_whole => ExitCode::from(code),
        _ => ExitCode::SUCCESS,
    })
}

/// Known before anything is simulated.
fn write_incidents(path: &Path, simulation: &Simulation, topology: &Topology) -> anyhow::Result<()> {
    let incidents = &simulation.settings().incidents;
    let mut file = OutputFile::create(path)?;
    for line in incidents.truth(topology, simulation.writer(), simulation.begin_ms()) {
        file.write(line.as_bytes())?;
        file.write(b"\n")?;
    }
    file.finish()
}

struct Delivery {
    sink: Box<dyn Sink>,
    truth: Option<TruthFile>,
    print: bool,
    format: RecordFormat,
    /// The last record as a message.
    message: Vec<u8>,
    follow_clock: bool,
}

/// A file of rows is complete at its end, and has calls alone.
fn ensure_rows(args: &Args, format: RecordFormat) -> anyhow::Result<()> {
    let Some(path) = args.record_file().filter(|path| has_rows(path)) else {
        return Ok(());
    };
    let conflict = match () {
        () if args.stream => "--stream has no end, and such a file is complete at its end",
        () if args.shares.malformed > 0.0 => "what --malformed writes is no row",
        () if args.shares.invalid > 0.0 => "what --invalid writes is no row of these columns",
        () if format == RecordFormat::Protobuf => "it has no messages; leave out --output-format protobuf",
        () => return Ok(()),
    };
    anyhow::bail!("--out {} has rows of calls: {conflict}", path.display())
}

impl Delivery {
    fn open(args: &Args, services: &[Service]) -> anyhow::Result<Self> {
        let standard = Path::new(STANDARD);
        let records_on_stdout = args.prints_beside() || args.record_file() == Some(standard);
        anyhow::ensure!(
            !(records_on_stdout && args.truth.as_deref() == Some(standard)),
            "--truth - would mix with the records on stdout: give it a file"
        );
        if args.prints_beside() {
            ensure_stdout()?;
        }
        // Before the records' file, which is emptied at once if it can be followed while it grows.
        let truth = args.truth.as_ref().map(|path| TruthFile::create(path, services));
        let truth = truth.transpose()?;
        let format = args.format.format(args.record_file());
        ensure_rows(args, format)?;
        let sink: Box<dyn Sink> = match args.record_file() {
            Some(path) => Box::new(FileSink::create(path, format.into(), args.follows_clock())?),
            None => Box::new(TopicWriter::open(
                &Cluster::new(&args.kafka)?,
                &args.topic,
                args.partitions,
                args.hot_partition,
            )?),
        };
        let (print, follow_clock) = (args.prints_beside(), args.follows_clock());
        Ok(Self { sink, truth, print, format, message: Vec::new(), follow_clock })
    }

    fn run(mut self, mut simulation: Simulation) -> anyhow::Result<Summary> {
        let (what, total) = match simulation.settings().limit {
            Limit::Calls(calls) => ("calls", Some(calls)),
            Limit::Traces(traces) => ("traces", Some(traces)),
            Limit::Endless => ("calls", None),
        };
        let by_traces = what == "traces";
        let mut progress = Progress::start(what, total);
        let mut counts = Counts::default();
        let mut value = Vec::new();
        // So that what was sent is complete.
        interrupt::end_by_yourself();
        let is_endless = simulation.settings().limit == Limit::Endless;
        if is_endless {
            self.sink.keep()?;
        }
        let mut is_whole = true;
        while let Some(record) = simulation.deliver(&mut value) {
            if self.follow_clock {
                self.wait_until(record.time_ms)?;
                simulation.catch_up(now_ms());
            }
            if interrupt::is_asked() {
                // Of a stream a signal is the end that it is meant to have.
                is_whole = is_endless;
                break;
            }
            self.deliver(&record, &value, &simulation)?;
            counts.add(record.kind);
            progress.set(if by_traces { simulation.traces_made() } else { counts.of(Kind::Valid) });
        }
        let acknowledged = self.sink.finish(is_whole)?;
        if let Some(truth) = self.truth {
            truth.finish(is_whole)?;
        }
        Ok(Summary {
            counts,
            acknowledged,
            traces: simulation.traces_made(),
            seed: simulation.settings().seed,
            elapsed: progress.finish(),
            is_whole,
        })
    }

    fn deliver(&mut self, record: &Delivered, value: &[u8], simulation: &Simulation) -> anyhow::Result<()> {
        self.message.clear();
        let sent = match self.format {
            // What is no JSON object is no message either.
            RecordFormat::Protobuf if call_of_json(value, &mut self.message) => &self.message,
            _ => value,
        };
        self.sink.send((!record.is_null).then_some(sent))?;
        if let (Some(truth), Kind::Valid) = (&mut self.truth, record.kind) {
            truth.add(&record.call, simulation.writer())?;
        }
        if self.print {
            print(String::from_utf8_lossy(value))?;
        }
        Ok(())
    }

    fn wait_until(&mut self, time_ms: i64) -> anyhow::Result<()> {
        let mut ahead_ms = time_ms - now_ms();
        if ahead_ms > 0 {
            self.sink.before_pause()?;
        }
        while ahead_ms > 0 && !interrupt::is_asked() {
            std::thread::sleep(NAP.min(Duration::from_millis(ahead_ms as u64)));
            ahead_ms = time_ms - now_ms();
        }
        Ok(())
    }
}
