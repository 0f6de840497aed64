//! The flags of `callweave check`.

use crate::job_options::{InputOptions, JobOptions};
use crate::kafka::KafkaArgs;
use crate::source::Source;
use crate::values::integer;

const EXAMPLES: &str = "\
Examples:
  What would the job reject of a file, and why?
    callweave check calls.jsonl.zst --show 10
  Which options suit the records of a topic?
    callweave check kafka:test-topic --bootstrap localhost:9092
  Would a longer wait help? What does it do to a program's input?
    callweave check calls.jsonl --max-out-of-order-ms 60000
    generate-calls | callweave check - --json | jq .records
  The logs of Envoy, read by the map of that name (without it the check names the map):
    callweave check kafka:access-logs --map envoy

  Messages in protobuf, each behind its length; of a topic, with --input-format protobuf:
    callweave check calls.pb

Sections of the report:
  records     How many the job would take and reject, by reason, with examples. Exact repeats of
              calls are accepted, and then dropped by the job as duplicates.
  latency     Percentiles over the accepted, the late and the too long calls, each rounded up to
              whole ms: so each is also the max-latency-ms that keeps that share of the calls.
  found       What is likely wrong though the job would take it: times in another unit, starts of 1970,
              latencies that are long in milliseconds, few calls that start far from all others (half
              an hour at least), callers that are never called, or never while they call, ids that
              several calls have.
  disorder    How far the start of each call, late ones too, lies behind the highest valid start
              before it in its partition, in percentiles and as a histogram, calls far ahead of all
              others left out; how many calls would be late for some values of
              max-out-of-order-ms; which value would keep so many. Calls above max-latency-ms are
              looked at as well, up to 10 minutes, since the advised value keeps them.
  advice      The two options to set together, and what stays late or too long with both:
              max-latency-ms for the longest call, at most 10 minutes; max-out-of-order-ms half as
              much again as the calls need that it keeps, at most 10 minutes, and no less than
              max-latency-ms: a call may come only when it has ended.
  partitions  Of topics and of several files: records, share, first and last start of the valid
              calls, late ones too, and how much the largest partition is above the mean.
  load        Of the valid calls, late ones too. Their rate is that from the first start to the last,
              but for odd ones. How many are under way at once at an address is a mean: its calls'
              latencies together, over that span. The cores for parents are what the job needs at
              most to choose the parents of its chains, once enough is known of its addresses: as many
              subtasks as cores keep up, and a lower attribution-effort needs fewer. Where few calls
              compete it needs far fewer.
  links       Parents per call on average, which is children per call as well; at an address, of
              the calls that start there. Counted in a sample, not estimated from rates, which
              would miss that calls come in traces and in bursts. Of each slice of time (1 s, more
              if max-latency-ms is above 20 s) all calls are held that are under way in it, one
              row for each, and the links are counted whose child starts in it. If the input has
              more than 2,000,000 rows, every other slice is given up, whatever is in it, and so
              on: then the means have the error of a sample, and the repeats and the calls above
              max-links are only those of the sample. The bytes of a result are about right; no
              list is taken to be cut.

How it judges:
  late        As the job does with max-out-of-order-ms and bucket-ms, each partition by itself.
              The job goes by the partition that is furthest behind, so of several partitions the
              number is an upper bound. Calls may also be late after a pause (idle-flush-ms),
              which a check cannot foresee. A file is one partition, in the order of its lines.
  future      The lines of a file against the clock of now; the records of a topic against the
              timestamps that they were written with, as if the job had read each at once.

Memory: about 500 MB at most, whatever the input. About a million addresses are told apart; the
report says how often others came, which are missing from the counts of addresses and links. The
peak second is exact while the starts lie within 12 days.

Exit codes: 0 everything would be accepted and nothing is found, 1 something would be rejected or is
found, 2 error: an input cannot be read, has no records, or is not one JSON object a line; then the
error names the command that makes such lines.";

/// Tells before the job runs what it would reject, and which options and load to expect.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Files of JSON lines, plain or compressed with gzip or zstd, - for stdin; kafka:TOPIC for a
    /// topic, read with read_committed from its beginning to the end that it has at the start
    #[arg(value_name = "IN", required = true, value_parser = Source::reader())]
    pub inputs: Vec<Source>,
    /// How to reach Kafka.
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// Examples of each reason
    #[arg(
        long,
        value_name = "N",
        default_value_t = 3,
        value_parser = integer::<u16>(0..=1000, "")
    )]
    pub show: u16,
    /// Addresses to tell of: those that are called most
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = integer::<usize>(0..=u64::MAX, ""))]
    pub top: usize,
    /// Print one JSON object instead of the report
    #[arg(long)]
    pub json: bool,

    /// The options of the job.
    #[command(flatten)]
    pub job: JobOptions,
    /// The form of the input.
    #[command(flatten)]
    pub input: InputOptions,
}
