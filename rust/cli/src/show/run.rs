//! Reads the chains and prints their pictures.

use std::process::ExitCode;

use super::args::Args;
use super::draw::{draw, legend};
use super::layout::{layout, Marks};
use super::read::Chain;
use super::screen::{Screen, Stdout};
use super::slowest::Slowest;
use crate::console::{ensure_stdout, print, tell};
use crate::format::Names;
use crate::kafka::Cluster;
use crate::progress::Progress;

const EXIT_NONE: u8 = 1;
/// Progress looks at the clock, so it is not told of every record.
const RECORDS_PER_LOOK: u64 = 1024;

/// What was read.
struct Found {
    slowest: Slowest,
    chains: u64,
    unreadable: u64,
    /// What is wrong with the first of those, and where it stands.
    wrong: Option<String>,
}

/// Draws chains on stdout.
///
/// # Errors
/// When the input cannot be read, or no record of it is a chain.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    ensure_stdout()?;
    let found = read(args)?;
    let (input, matching) = (&args.input, found.slowest.seen());
    if let Some(wrong) = &found.wrong {
        anyhow::ensure!(
            found.chains > 0,
            "{input} has no chain; {wrong}; give what the job writes to its chains topic, or `callweave link --chains`"
        );
        tell(format_args!("{input}: {} records are no chain; the first: {wrong}", found.unreadable));
    }
    if matching == 0 {
        let with = if args.id.is_some() { " with a call of this id" } else { "" };
        tell(format_args!("{input} has no chain{with}"));
        return Ok(ExitCode::from(EXIT_NONE));
    }
    let shown = print_chains(args, found.slowest.into_records())?;
    if shown < matching {
        let with = if args.id.is_some() { " with this call" } else { "" };
        let shown = if shown == 1 { String::new() } else { format!("{shown} ") };
        print(format_args!("the {shown}slowest of {matching} chains{with}; --slowest N shows more"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn read(args: &Args) -> anyhow::Result<Found> {
    let cluster = Cluster::new(&args.kafka)?;
    let mut found = Found { slowest: Slowest::new(args.most()), chains: 0, unreadable: 0, wrong: None };
    let mut progress = Progress::start("records read", None);
    args.input.read(&cluster, Names::BuiltIn, |record| {
        match Chain::read(record.value) {
            Ok(chain) => {
                found.chains += 1;
                let is_wanted = args.id.as_ref().is_none_or(|id| chain.hops.iter().any(|hop| id.is(hop.id)));
                if let (true, Some(value)) = (is_wanted, record.value) {
                    found.slowest.add(chain.total_ms, value);
                }
            }
            Err(wrong) => {
                found.unreadable += 1;
                found.wrong.get_or_insert_with(|| format!("{}: {wrong}", record.place));
            }
        }
        let records = found.chains + found.unreadable;
        if records.is_multiple_of(RECORDS_PER_LOOK) {
            progress.set(records);
        }
        Ok(())
    })?;
    progress.finish();
    Ok(found)
}

/// Returns how many there were.
fn print_chains(args: &Args, records: Vec<Vec<u8>>) -> anyhow::Result<u64> {
    let screen = Screen::new(args, Stdout::of_process(), |name| std::env::var(name).ok());
    let mut marks = Marks::default();
    let mut shown = 0;
    for record in records {
        let chain = Chain::read(Some(&record)).map_err(anyhow::Error::msg)?;
        let laid_out = layout(&chain, &screen, args.id.as_ref());
        marks = marks.and(laid_out.marks);
        print(format_args!("{}\n", draw(&chain, &laid_out, &screen)))?;
        shown += 1;
    }
    if let Some(legend) = legend(marks, args.id.as_ref(), &screen) {
        print(legend)?;
    }
    Ok(shown)
}
