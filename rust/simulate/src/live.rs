//! Calls as they happen, a line of JSON each, to the standard output, until nobody reads them.
//!
//! ```sh
//! cargo run --release --package callweave-simulate -- CALLS_PER_S SEED
//! ```
//!
//! It needs no Kafka client, which `callweave simulate` has: `scripts/run` has its first calls from here while
//! that is being built.

use std::io::Write;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use callweave_simulate::{Limit, Settings, Simulation, Topology};

fn main() -> ExitCode {
    // Not as a `Result`, which would show a backtrace where these are asked for.
    run().map_or_else(
        |error| {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn run() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rate, seed] = arguments.as_slice() else {
        anyhow::bail!("two arguments are wanted: calls a second, and a seed");
    };
    let rate = rate.parse().with_context(|| format!("'{rate}' calls a second; a number is wanted"))?;
    let seed = seed.parse().with_context(|| format!("the seed is '{seed}'; an integer is wanted"))?;
    let begin = Settings {
        anchor_ms: now_ms()?,
        begin_at_anchor: true,
        ..Settings::new(seed, Limit::Endless, rate)?
    };
    let mut simulation = Simulation::new(begin, Topology::built_in()?)?;
    let mut out = std::io::stdout().lock();
    let mut value = Vec::new();
    while let Some(record) = simulation.deliver(&mut value) {
        let ahead_ms = record.time_ms - now_ms()?;
        sleep(Duration::from_millis(ahead_ms.try_into().unwrap_or(0)));
        value.push(b'\n');
        out.write_all(&value)?;
    }
    Ok(())
}

/// Ms of the epoch.
fn now_ms() -> anyhow::Result<i64> {
    let now = SystemTime::UNIX_EPOCH.elapsed().context("the clock stands before 1970")?;
    Ok(now.as_millis().try_into()?)
}
