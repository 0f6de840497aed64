//! Reads the inputs and writes the page.

use std::process::ExitCode;

use callweave_core::chain::services::Services;

use super::args::Args;
use super::figures::{Figures, Kinds};
use super::page;
use crate::console::tell;
use crate::files;
use crate::format::Names;
use crate::kafka::Cluster;
use crate::output::OutputFile;
use crate::progress::Progress;
use crate::source::Source;

/// Progress looks at the clock, so it is not told of every record.
const RECORDS_PER_LOOK: u64 = 1024;

/// Writes the page.
///
/// # Errors
/// When an input cannot be read or has no record of a kind that is known, or the page cannot be written.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut figures = Figures::new(read_services(args)?, args.slowest);
    // What cannot be written is told before what takes time.
    let mut out = OutputFile::create(&args.out)?;
    let cluster = Cluster::new(&args.kafka)?;
    let mut progress = Progress::start("records read", None);
    let mut inputs = Vec::new();
    let mut read = 0;
    for input in &args.inputs {
        let kinds = read_input(input, &cluster, &mut figures, &mut |records| progress.set(read + records))?;
        read += kinds.total();
        inputs.push((input.to_string(), kinds));
    }
    progress.finish();
    anyhow::ensure!(
        read > 0,
        "no input has a record; give linked calls, chains, windows of edges or rejects"
    );
    let page = page::make(args, figures, &inputs)?;
    out.write(page.text.as_bytes())?;
    out.finish()?;
    tell(format_args!("{}: {}", args.out.display(), page.summary));
    Ok(ExitCode::SUCCESS)
}

fn read_services(args: &Args) -> anyhow::Result<Services> {
    let Some(path) = &args.services else {
        return Ok(Services::default());
    };
    let text = files::read_small(path)?;
    Services::read(&text).map_err(|wrong| anyhow::anyhow!("--services {}: {wrong}", path.display()))
}

fn read_input(
    input: &Source,
    cluster: &Cluster,
    figures: &mut Figures,
    progress: &mut dyn FnMut(u64),
) -> anyhow::Result<Kinds> {
    let mut kinds = Kinds::default();
    let mut unknown: u64 = 0;
    let mut first_wrong = None;
    // Which names a record has, says which kind it is.
    input.read(cluster, Names::Mapped, |record| {
        if let Err(wrong) = figures.take(record, &mut kinds) {
            unknown += 1;
            first_wrong.get_or_insert_with(|| format!("{}: {wrong}", record.place));
        }
        let records = kinds.total() + unknown;
        if records.is_multiple_of(RECORDS_PER_LOOK) {
            progress(records);
        }
        Ok(())
    })?;
    if let Some(wrong) = first_wrong {
        anyhow::ensure!(
            kinds.total() > 0,
            "{input} has nothing for the page; {wrong}; give what the job writes to its topics, or `callweave link`"
        );
        tell(format_args!("{input}: {unknown} records are left out; the first: {wrong}"));
    }
    Ok(kinds)
}
