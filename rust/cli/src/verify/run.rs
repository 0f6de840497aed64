//! Reads the topics of the job and compares them.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use callweave_reference::{
    check_rejects, compare, count_chain_calls, count_dropped, judge, Judged, Output, Record, Report, Rules,
    WindowCounts,
};

use super::alerts::{self, AlertRules};
use super::args::Args;
use super::records::TopicRecords;
use super::report::{json, table};
use crate::console::{ensure_stdout, print, tell};
use crate::kafka::{Cluster, TopicReader};

/// How long one look for new records lasts while waiting.
const LOOK: Duration = Duration::from_millis(500);
/// How long nothing may come after everything is there.
const SETTLE: Duration = Duration::from_secs(3);
const REPORT_EVERY: Duration = Duration::from_secs(5);
const EXIT_DIFFERENT: u8 = 1;

/// Compares, and prints the report on stdout.
///
/// # Errors
/// When no broker answers, a topic is missing or the input is empty.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ensure_stdout()?;
    let rules = args.rules()?;
    let alert_rules = args.alert_rules()?;
    let deadline = Instant::now() + Duration::from_secs(args.timeout);
    let cluster = Cluster::new(&args.kafka)?;
    let input = TopicReader::open(&cluster, &args.input_topic)?;
    let mut input = TopicRecords::of(input.with_context(|| cluster.has_no_topic(&args.input_topic))?);
    input.read_to_end()?;
    anyhow::ensure!(
        !input.all().is_empty(),
        "topic {} on {} has no records: there is nothing to verify; --input-topic names another",
        args.input_topic,
        cluster.bootstrap()
    );
    let judged = judge(input.all(), &rules);
    let open_if =
        |is_written: bool, topic: &str| is_written.then(|| open(&cluster, args, topic, deadline)).transpose();
    let mut verification = Verification {
        results: open_if(args.outputs.links, &args.output_topic)?,
        chains: open_if(args.outputs.chains, &args.chains_topic)?,
        chain_calls: ChainCalls::default(),
        edges: open_if(args.outputs.edges, &args.edges_topic)?,
        in_windows: InWindows::default(),
        spans: open_if(args.outputs.spans, args.spans_topic())?,
        alerts: alert_rules
            .map(|rules| anyhow::Ok((open(&cluster, args, &args.alerts_topic, deadline)?, rules)))
            .transpose()?,
        rejects: open(&cluster, args, &args.rejects_topic, deadline)?,
        input_topic: &args.input_topic,
        input: input.all(),
        most_dropped: count_dropped(&judged, &vec![false; judged.len()], &rules),
        judged,
        rules,
    };
    verification.topics().try_for_each(TopicRecords::read_to_end)?;
    if args.wait {
        verification.wait(deadline);
    }
    let mut report = verification.compare()?;
    if args.wait && verification.more_came() {
        tell("more records came after every record of the input was accounted for");
        report = verification.compare()?;
    }
    let show = args.show.into();
    print(if args.json { json(&report, show) } else { table(&report, show) })?;
    Ok(if report.is_same() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_DIFFERENT) })
}

/// Opens a topic of the job. The job may still have to create it, if there is time to wait.
fn open(cluster: &Cluster, args: &Args, topic: &str, deadline: Instant) -> anyhow::Result<TopicRecords> {
    loop {
        if let Some(reader) = TopicReader::open(cluster, topic)? {
            return Ok(TopicRecords::of(reader));
        }
        anyhow::ensure!(args.wait && Instant::now() < deadline, "{}", cluster.has_no_topic(topic));
        std::thread::sleep(LOOK);
    }
}

struct Verification<'a> {
    input_topic: &'a str,
    input: &'a [Record],
    judged: Vec<Judged>,
    /// The duplicates and the calls that were told twice, if none of them was late.
    most_dropped: usize,
    /// `None` where the job does not write them.
    results: Option<TopicRecords>,
    chains: Option<TopicRecords>,
    chain_calls: ChainCalls,
    edges: Option<TopicRecords>,
    in_windows: InWindows,
    spans: Option<TopicRecords>,
    alerts: Option<(TopicRecords, AlertRules)>,
    rejects: TopicRecords,
    rules: Rules,
}

/// The calls that the chains stand for, as far as they were looked at.
#[derive(Default)]
struct ChainCalls {
    calls: usize,
    chains: usize,
}

impl ChainCalls {
    /// Counts those of the chains that have come since.
    fn count(&mut self, chains: &[Record]) -> usize {
        let new = chains[self.chains..].iter().map(count_chain_calls);
        self.calls += new.sum::<u64>() as usize;
        self.chains = chains.len();
        self.calls
    }
}

/// What the windows sum up, as far as they were looked at.
#[derive(Default)]
struct InWindows {
    counts: WindowCounts,
    records: usize,
}

impl InWindows {
    /// Counts what has come since: the calls that are in all of their windows, of which those of so many chains
    /// are known to be summed up only if all of the chains are.
    fn count(&mut self, edges: &[Record], chains: usize, overlap: u64) -> usize {
        edges[self.records..].iter().for_each(|record| self.counts.add(record));
        self.records = edges.len();
        let missing_chains = chains.saturating_sub((self.counts.chains / overlap) as usize);
        ((self.counts.calls / overlap) as usize).saturating_sub(missing_chains)
    }
}

impl Verification<'_> {
    /// Waits by numbers alone; whether they are the right records is seen once, at the end.
    fn wait(&mut self, deadline: Instant) {
        let mut last_report = Instant::now();
        while Instant::now() < deadline {
            let accounted = self.accounted_for();
            if accounted >= self.input.len() && self.alerts_are_there() {
                return;
            }
            if last_report.elapsed() >= REPORT_EVERY {
                last_report = Instant::now();
                tell(format_args!("waiting: {accounted} of {} records are accounted for", self.input.len()));
            }
            self.topics().for_each(|topic| topic.read_more(LOOK));
        }
        tell("the time is up before every record of the input was accounted for");
    }

    /// Records of the input that were written, rejected, or dropped as duplicates or merged, by number. One counts as
    /// written when it is in every output.
    fn accounted_for(&mut self) -> usize {
        let results = self.results.as_ref().map(|results| results.all().len());
        let in_chains = self.chains.as_ref().map(|chains| self.chain_calls.count(chains.all()));
        let chains = self.chains.as_ref().map_or(0, |chains| chains.all().len());
        let overlap = self.rules.windows.overlap();
        let in_windows = self.edges.as_ref().map(|edges| self.in_windows.count(edges.all(), chains, overlap));
        let spans = self.spans.as_ref().map(|spans| spans.all().len());
        // A chain is one record of spans.
        let in_spans =
            spans.zip(in_chains).map(|(spans, calls)| calls.saturating_sub(chains.saturating_sub(spans)));
        let written =
            results.into_iter().chain(in_chains).chain(in_windows).chain(in_spans).min().unwrap_or(0);
        let there = written + self.rejects.all().len();
        // To tell what is dropped from what was late, every reject is checked: only at the end.
        if there + self.most_dropped < self.input.len() {
            return there;
        }
        let rejects = self.rejects.all();
        let check = check_rejects(self.input_topic, self.input, &self.judged, rejects);
        there + count_dropped(&self.judged, &check.rejected_late, &self.rules)
    }

    /// Whether there are as many alerts as the windows give rise to; they can come a checkpoint later.
    fn alerts_are_there(&self) -> bool {
        let edges = self.edges.as_ref().map_or(&[][..], TopicRecords::all);
        self.alerts.as_ref().is_none_or(|(alerts, rules)| {
            // Windows that cannot be judged are told of when all is compared.
            alerts::due(edges, rules).map_or(true, |due| due.len() <= alerts.all().len())
        })
    }

    /// Whether anything comes that should not.
    fn more_came(&mut self) -> bool {
        let count = |topics: &mut Self| topics.topics().map(|topic| topic.all().len()).sum::<usize>();
        let before = count(self);
        let mut quiet = SETTLE;
        for topic in self.topics() {
            topic.read_more(quiet);
            quiet = LOOK;
        }
        count(self) > before
    }

    /// What the job writes.
    fn topics(&mut self) -> impl Iterator<Item = &mut TopicRecords> {
        let alerts = self.alerts.iter_mut().map(|(alerts, _)| alerts);
        let of_chains = self.chains.iter_mut().chain(&mut self.spans);
        let of_windows = self.edges.iter_mut().chain(alerts);
        self.results.iter_mut().chain(of_chains).chain(of_windows).chain([&mut self.rejects])
    }

    fn compare(&self) -> anyhow::Result<Report> {
        let output = Output {
            results: self.results.as_ref().map(TopicRecords::all),
            chains: self.chains.as_ref().map(TopicRecords::all),
            edges: self.edges.as_ref().map(TopicRecords::all),
            spans: self.spans.as_ref().map(TopicRecords::all),
            rejects: self.rejects.all(),
        };
        let mut report = compare(self.input_topic, self.input, &self.judged, output, &self.rules);
        if let Some((alerts, rules)) = &self.alerts {
            let due = alerts::due(output.edges.unwrap_or_default(), rules)?;
            report.differences.append(alerts::check(due, alerts.all()));
            report.alerts = Some(alerts.all().len() as u64);
        }
        Ok(report)
    }
}
