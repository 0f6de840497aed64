//! The flags of `callweave compare`.

use std::path::PathBuf;

use callweave_core::protobuf::RecordFormat;
use clap::ValueHint;

use crate::job_options::format;
use crate::job_options::table::INPUT_FORMAT;
use crate::kafka::KafkaArgs;
use crate::source::Source;
use crate::values::integer;

const EXAMPLES: &str = "\
Examples:
  An old job and this one, side by side on the same input:
    callweave compare kafka:old-linked-topic kafka:linked-topic --bootstrap localhost:9092
  A result that was saved against one that is made anew, with ten examples of each difference:
    callweave compare expected.jsonl.zst kafka:linked-topic --show 10
  For a program, and with little memory:
    callweave compare a.jsonl.gz b.jsonl.gz --json --memory-mib 256 --temp-dir /var/tmp
  How good the links are that the job makes of simulated calls, whose true ones are known:
    callweave simulate --calls 100000 --truth truth.jsonl
    callweave compare --truth truth.jsonl kafka:linked-topic
  And how good its chains are:
    callweave compare --truth truth.jsonl kafka:chains-topic

A result is what the job writes: one JSON object per call with id, src_ip, dst_ip, start_at_ms,
latency_msec, end_at_ms, parents and children, and maybe parents_omitted and children_omitted. It is
a file of JSON lines, plain or compressed with gzip or zstd, `-` for stdin, or a topic as
kafka:NAME, read with read_committed from its beginning to the end that it has now.

Two results:
  The order of the records does not matter, nor that of the ids in a list, nor the spelling of an
  address (::1 is 0:0:0:0:0:0:0:1, and host names have no upper and lower case). Ids are compared as
  they are written in the JSON: 7 and \"7\" are two ids, and so are \"a\" and \"\\u0061\". Two records
  are the same call if id, both addresses, start and end agree. The latency must be there but is not
  compared, as start and end are; nor are other fields. These are differences:
    only in A, only in B            a call that the other result does not have
    other parents, other children   in both, with other ids in the list or another number of omitted
                                    ones; of a call that is there twice, the first record counts
    twice in A, twice in B          each further record of a call, even if both results have it
    no result in A, no result in B  a record that is not JSON or lacks a field

One result and --truth:
  The truth is a file (or topic) of lines {\"id\":…,\"trace\":…,\"parents\":[…]}, as `callweave simulate
  --truth` writes it. Calls are told by id alone; of several records with one id the first counts. A
  link is a pair of parent and child, taken from the lists of parents.
    precision                the share of the result's links that are in the truth
    recall                   the share of the truth's links that are in the result
    calls with right parents the share of the truth's calls whose parents are exactly the true ones
    traces fully right       the share of the truth's traces in which all calls are so
    one-sided links          pairs that stand in a list of parents and in no list of children, or
                             the other way round

Chains and --truth:
  A result may be chains, as the job and `callweave link --chains` write them: then the one parent that
  each call got is measured.
    link accuracy            the share of the calls with a true parent that got it, or one of them
    trace accuracy           the share of the traces in which every call is right: those without a true
                             parent have got none
    confidence gap           calls in ten bins by their confidence: the distance of the mean confidence
                             and the share that is right, weighted by the calls of the bins

Exit codes: 0 same, or measured with --truth; 1 different; 2 error.";

/// Compares two results of the job, or measures one against the known truth.
///
/// Results may be larger than memory: what exceeds --memory-mib is sorted in temporary files without
/// a name, about as large as the results without their field names. Nothing is left behind, however
/// the command ends.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "callweave compare [OPTIONS] A B\n       callweave compare [OPTIONS] --truth FILE RESULT",
    after_long_help = EXAMPLES
)]
pub struct Args {
    /// Two results, A and B, or with --truth one: files of JSON lines, `-`, or kafka:TOPIC
    #[arg(value_name = "RESULT", value_parser = Source::reader())]
    pub results: Vec<Source>,
    /// Measure one result against the true parents in this file
    #[arg(long, value_name = "FILE", value_parser = Source::reader())]
    pub truth: Option<Source>,
    /// How the results are written: json or protobuf, which is LinkedCall of proto/callweave.proto; files whose names
    /// end in .pb, .pb.gz or .pb.zst are read as protobuf anyway
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = INPUT_FORMAT.default,
        value_parser = INPUT_FORMAT.word()
    )]
    pub input_format: String,
    /// How to reach Kafka.
    #[command(flatten)]
    pub kafka: KafkaArgs,

    /// Print one JSON object instead of a table
    #[arg(long)]
    pub json: bool,
    /// Examples of each difference, at most 1000
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = integer::<u64>(0..=1000, ""))]
    pub show: u64,
    /// Memory for the records, in MiB; some 10 MiB for buffers come on top
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = integer::<u64>(1..=1 << 30, "MiB"))]
    pub memory_mib: u64,
    /// Where temporary files go if the memory does not suffice; a folder on a disk, not in memory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value_os_t = std::env::temp_dir())]
    pub temp_dir: PathBuf,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task<'a> {
    /// Compare two results.
    Compare(&'a Source, &'a Source),
    /// Measure a result.
    Measure {
        /// The true links.
        truth: &'a Source,
        /// The links that were found.
        result: &'a Source,
    },
}

impl Args {
    /// Tells what is asked for.
    ///
    /// # Errors
    /// When the number of results does not fit.
    pub fn task(&self) -> anyhow::Result<Task<'_>> {
        match (&self.truth, self.results.as_slice()) {
            (None, [a, b]) => Ok(Task::Compare(a, b)),
            (Some(truth), [result]) => Ok(Task::Measure { truth, result }),
            (None, results) => {
                anyhow::bail!("two results are wanted, or one with --truth; there are {}", results.len())
            }
            (Some(_), results) => {
                anyhow::bail!("with --truth one result is wanted; there are {}", results.len())
            }
        }
    }

    /// The format of a result.
    pub fn format(&self, result: &Source) -> RecordFormat {
        format(&self.input_format, Some(result.format_by_name()))
    }

    /// The bytes that sorters may hold together.
    pub fn memory_bytes(&self) -> usize {
        usize::try_from(self.memory_mib << 20).unwrap_or(usize::MAX)
    }

    /// How many examples are shown.
    pub fn shown(&self) -> usize {
        // At most 1000.
        self.show as usize
    }
}
