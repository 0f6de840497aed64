//! What a simulation has sent.

use std::fmt;
use std::time::Duration;

use callweave_simulate::Kind;

/// Records sent, by kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts([u64; Kind::ALL.len()]);

impl Counts {
    /// Counts one record.
    pub fn add(&mut self, kind: Kind) {
        self.0[kind as usize] += 1;
    }

    /// Records of one kind.
    pub fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    /// Records of all kinds.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// The last line of a run.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// Records sent.
    pub counts: Counts,
    /// Records that are surely in the file or acknowledged by Kafka.
    pub acknowledged: u64,
    /// Traces begun.
    pub traces: u64,
    /// The seed that gives the same records again.
    pub seed: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether all that was asked for was sent; a signal may have come before.
    pub is_whole: bool,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        let valid = counts.of(Kind::Valid);
        let seconds = self.elapsed.as_secs_f64();
        write!(f, "simulated {valid} valid calls in {} traces; broken:", self.traces)?;
        let made = Kind::FAULTS.iter().filter(|&&kind| counts.of(kind) > 0);
        let made: Vec<String> = made.map(|&kind| format!("{} {}", kind.name(), counts.of(kind))).collect();
        let made = if made.is_empty() { "none".to_owned() } else { made.join(", ") };
        let reports = match counts.of(Kind::Report) {
            0 => String::new(),
            reports => format!("; told by the other end, too: {reports}"),
        };
        write!(
            f,
            " {made}; duplicates: {}{reports}; records: {}, acknowledged: {}; {seconds:.1} s, {:.0} a second; \
             seed {}",
            counts.of(Kind::Duplicate),
            counts.total(),
            self.acknowledged,
            counts.total() as f64 / seconds.max(1e-3),
            self.seed
        )
    }
}
