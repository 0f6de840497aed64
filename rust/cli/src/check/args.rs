//! The flags of `callweave check`.

use crate::job_options::JobOptions;
use crate::source::Source;

const EXAMPLES: &str = "\
Examples:
  What would the job reject of a file, and why?
    callweave check calls.jsonl.zst --show 10
  Which options suit the records of a topic?
    callweave check kafka:test-topic --bootstrap localhost:9092
  Would a longer wait help? What does it do to a program's input?
    callweave check calls.jsonl --max-out-of-order-ms 60000
    generate-calls | callweave check - --json | jq .records

Sections of the report:
  records      How many the job would take and reject, by reason, with examples. Exact repeats of
               calls are accepted, and then dropped by the job as duplicates.
  latency      Percentiles over the accepted, the late and the too long calls, each rounded up to
               whole ms: so each is also the max-latency-ms that keeps that share of the calls.
  disorder     How far the start of each call, late ones too, lies behind the highest valid start
               before it in its partition, in percentiles and as a histogram; how many calls would
               be late for some values of max-out-of-order-ms; and the value to set: half as much
               again as the calls need, up to 10 minutes. Calls that need more than that are left out.
  partitions   Of topics and of several files: records, share, first and last start of the valid
               calls, and how much larger than the mean the largest partition is.
  load         Of the accepted calls. The rate is that from the first start to the last. Under way at
               once at an address are, on average, its calls' latencies together, over that span.
  links        Parents per call, which is children per call as well. Counted, not estimated, among the
               calls that start in a sample of seconds (longer slices if max-latency-ms is above 20 s);
               all calls that are under way in a slice are held for that. Up to 2,000,000 rows are
               held, one per call and slice that it is under way in: an input with fewer is counted
               whole. Then every other slice is given up, whatever is in it, and so on: the mean then
               has the error of a sample, and the most parents and the repeats are only those of the
               sample. The bytes of a result are about right: no list is taken to be cut.

How it judges:
  late         As the job does with max-out-of-order-ms and bucket-ms, each partition by itself. The
               job goes by the partition that is furthest behind, so of several partitions the number
               is an upper bound. Calls may also be late after a pause (idle-flush-ms), which a check
               cannot foresee. A file counts as one partition, in the order of its lines.
  future       The lines of a file against the clock of now; the records of a topic against the
               timestamps that they were written with, as if the job had read each of them at once.

Memory: up to 500 MB, whatever the input. Up to 1,000,000 spellings of addresses are told apart; of
further ones the report says how often they came, and they are missing from the counts of addresses
and links. The peak is exact for starts that lie within 12 days.

Exit codes: 0 everything would be accepted, 1 something would be rejected, 2 error.";

/// Tells before the job runs what it would reject, and which options and load to expect.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Files of JSON lines, plain or compressed with gzip or zstd, - for stdin; kafka:TOPIC for a
    /// topic, read with read_committed from its beginning to the end that it has at the start
    #[arg(value_name = "IN", required = true)]
    pub inputs: Vec<Source>,
    /// Kafka brokers
    #[arg(long, value_name = "HOST:PORT", env = "KAFKA_BOOTSTRAP", default_value = "localhost:9092")]
    pub bootstrap: String,
    /// Examples of each reason
    #[arg(
        long,
        value_name = "N",
        default_value_t = 3,
        value_parser = clap::value_parser!(u16).range(0..=1000)
    )]
    pub show: u16,
    /// Addresses to tell of: those that are called most
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub top: usize,
    /// Print one JSON object instead of the report
    #[arg(long)]
    pub json: bool,

    /// The options of the job.
    #[command(flatten)]
    pub job: JobOptions,
}
