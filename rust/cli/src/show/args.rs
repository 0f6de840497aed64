//! The flags of `callweave show`.

use super::id::WantedId;
use crate::kafka::KafkaArgs;
use crate::source::Source;
use crate::values::integer;

/// Chains that are drawn where nothing says how many.
const DEFAULT_SHOWN: usize = 3;
/// With `--id`: ids are meant to be unique, so there are hardly more.
const DEFAULT_FOUND: usize = 100;
/// Chains that are drawn at most: they are held in memory.
const MAX_SHOWN: usize = 1000;
/// With less there is no room for names, figures and bars beside each other.
pub const MIN_COLUMNS: usize = 60;
const MAX_COLUMNS: usize = 1000;
/// With less there would be no first, last and left-out calls.
pub const MIN_ROWS: usize = 3;

const DETAILS: &str = "\
Examples:
  The slowest chains of a topic:
    callweave show kafka:chains-topic --bootstrap localhost:9092
  The chain of one call, with all its calls:
    callweave show kafka:chains-topic --id order-1234 --all
  Of a file, into a pager:
    callweave link calls.jsonl -o /dev/null --chains chains.jsonl
    callweave show chains.jsonl --slowest 20 --color always | less -R

The picture:
  The first line has the root's id, the time from its start to the last end, how many calls there are,
  how deep they are nested, how many were at work at once at most, the probability that all parents
  are right, and when the chain began. Then each call has a line, below the call that caused it:
    *          it is on the critical path: it held the chain up
    A → B      names of caller and called service by --services, else their addresses
    0.62?      the probability that its parent is right, where that is below 0.90
    ms, self   how long it took, and how much of that without a call of its own under way
    ███        when that was, from the chain's first start to its last end
    +35        it ended so many ms after the root
    >          it is the call of --id

Chains are what the job writes to its chains topic and `callweave link --chains` to a file. They are
read from a file of JSON lines, plain or compressed with gzip or zstd, `-` for stdin, or a topic as
kafka:NAME, read with read_committed from its beginning to the end that it has now. Records that are
no chain are counted on stderr.

Exit codes: 0 chains were drawn; 1 there is none, or none with a call of --id; 2 error, also where no
record is a chain.";

/// Draws chains of calls: which call caused which, when each ran, and what held the chain up
///
/// Without --id the slowest three.
#[derive(Debug, clap::Args)]
#[command(after_long_help = DETAILS)]
pub struct Args {
    /// A file of chains as JSON lines, plain or compressed with gzip or zstd; - for stdin; kafka:TOPIC
    #[arg(value_name = "IN", value_parser = Source::json_reader())]
    pub input: Source,
    /// How to reach Kafka.
    #[command(flatten)]
    pub kafka: KafkaArgs,

    /// Only chains with a call of this id
    ///
    /// The id as text: 7 finds the number 7 and the string "7". In the quotes of JSON, as '"7"', it
    /// finds the string alone.
    #[arg(long, value_name = "ID", value_parser = WantedId::reader(), allow_negative_numbers = true)]
    pub id: Option<WantedId>,
    /// So many chains at most, those that took longest [default: 3; with --id: 100]
    #[arg(long, value_name = "N", value_parser = integer::<usize>(1..=MAX_SHOWN as u64, "chains"))]
    pub slowest: Option<usize>,
    /// Lines for the calls of one chain [default: what the screen holds; without a terminal, all]
    ///
    /// Of a longer chain the first and the last calls are shown.
    #[arg(long, value_name = "N", value_parser = integer::<usize>(MIN_ROWS as u64..=u64::MAX, "lines"))]
    pub rows: Option<usize>,
    /// All calls of each chain, however many
    #[arg(long, conflicts_with = "rows")]
    pub all: bool,
    /// Columns to draw in [default: those of the terminal; without one, 100]
    #[arg(
        long,
        value_name = "COLUMNS",
        value_parser = integer::<usize>(MIN_COLUMNS as u64..=MAX_COLUMNS as u64, "columns")
    )]
    pub width: Option<usize>,
    /// Draw with ASCII characters alone, as on a terminal whose LANG says that it is not UTF-8
    #[arg(long)]
    pub ascii: bool,
    /// When to use colours: auto is on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Also into a file or a pipe
    Always,
    /// Not at all
    Never,
}

impl Args {
    /// How many chains are drawn at most.
    pub fn most(&self) -> usize {
        self.slowest.unwrap_or(if self.id.is_some() { DEFAULT_FOUND } else { DEFAULT_SHOWN })
    }
}
