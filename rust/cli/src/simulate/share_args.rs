//! The flags that ask for records beside the valid calls.

use callweave_simulate::{Kind, Shares};
use clap::builder::TypedValueParser;

use crate::values::number;

/// How many records of each kind come beside one valid call, on average.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Records beside the valid calls, each per valid call, 0 to 1")]
pub struct ShareArgs {
    /// Not JSON, not UTF-8, not an object, empty, null or oversize
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability())]
    pub malformed: f64,
    /// A field is missing, of another type or out of range
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability())]
    pub invalid: f64,
    /// The end is not the start plus the latency
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability())]
    pub inconsistent: f64,
    /// A latency of 20001 to 60000 ms
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability())]
    pub too_long: f64,
    /// A start one hour ahead
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability())]
    pub future: f64,
    /// A start one hour back; all of them in the second half
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability())]
    pub late: f64,
    /// Exact repeats of calls that are still open
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability())]
    pub duplicate: f64,
    /// What the called host tells of a call, too: the same id and addresses, begun up to 20 ms later and ended up to
    /// 20 ms earlier
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability())]
    pub both_ends: f64,
}

impl ShareArgs {
    /// The shares of all kinds.
    pub fn shares(&self) -> Shares {
        Shares::default()
            .with(Kind::Malformed, self.malformed)
            .with(Kind::Invalid, self.invalid)
            .with(Kind::Inconsistent, self.inconsistent)
            .with(Kind::TooLong, self.too_long)
            .with(Kind::Future, self.future)
            .with(Kind::Late, self.late)
            .with(Kind::Duplicate, self.duplicate)
            .with(Kind::Report, self.both_ends)
    }
}

/// Reads a share.
pub fn probability() -> impl TypedValueParser<Value = f64> {
    number(0.0..=1.0, "")
}
