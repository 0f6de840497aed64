//! The options of the job that decide what it makes of a call.

/// The options of the job that decide what it makes of a call, by the job's names and defaults.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of the job")]
pub struct JobOptions {
    /// The watermark's distance from the highest start
    #[arg(
        long,
        value_name = "MS",
        env = "SIMPY_MAX_OUT_OF_ORDER_MS",
        default_value_t = 30_000,
        value_parser = clap::value_parser!(i64).range(0..)
    )]
    pub max_out_of_order_ms: i64,
    /// Calls that take longer are rejected
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 20_000,
        value_parser = clap::value_parser!(i64).range(1..=i64::from(u32::MAX))
    )]
    pub max_latency_ms: i64,
    /// Calls that start further ahead of the clock are rejected
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 10_000,
        value_parser = clap::value_parser!(i64).range(0..)
    )]
    pub max_future_skew_ms: i64,
    /// The longest list of parents or children
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1000,
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    pub max_links: u32,
    /// Records that are longer are rejected
    #[arg(long, value_name = "N", default_value_t = 65_536)]
    pub max_record_bytes: usize,
    /// The length of a time bucket
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 1000,
        value_parser = clap::value_parser!(i64).range(1..=86_400_000)
    )]
    pub bucket_ms: i64,
    /// Unknown fields are in the output
    #[arg(long)]
    pub pass_through: bool,
}
