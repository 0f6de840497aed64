//! Everything random in a simulation comes from here, and from one seed.

use rand::{Rng, SeedableRng};
use rand_distr::{ChiSquared, Distribution, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::topology::{Usual, Work, MAX_LATENCY_MS};
use crate::TENTHS_PER_MS;

/// The longest time from the start of a valid call to its delivery, if all clocks agree.
pub const ARRIVAL_LIMIT_MS: i64 = 29_000;

/// The random numbers of a simulation; the same seed gives the same ones on every machine.
#[derive(Debug)]
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// Dice for a seed.
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Evenly in 0 (included) … 1 (excluded).
    pub fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.0.next_u64() >> 11) as f64 * STEP
    }

    /// True in `probability` of the throws.
    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.unit() < probability
    }

    /// Evenly in 0 … `limit - 1`; 0 if `limit` is 0.
    pub fn below(&mut self, limit: u32) -> u32 {
        // The high half of the product: its bias is below limit / 2^32.
        ((u64::from(self.0.next_u32()) * u64::from(limit)) >> 32) as u32
    }

    /// A whole number with the mean `expected`.
    pub fn about(&mut self, expected: f64) -> u32 {
        expected as u32 + u32::from(self.chance(expected.fract()))
    }

    /// A random UUID, version 4.
    pub fn uuid(&mut self) -> u128 {
        let bits = u128::from(self.0.next_u64()) << 64 | u128::from(self.0.next_u64());
        bits & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62
    }

    /// Normal with mean 0, cut off at three standard deviations.
    pub fn jitter(&mut self, std_dev: f64) -> f64 {
        let normal: f64 = StandardNormal.sample(&mut self.0);
        normal.clamp(-3.0, 3.0) * std_dev
    }

    /// How long a service works on one call, in tenths of a ms; at most 20 s.
    pub fn work_tenths(&mut self, work: &Work) -> i64 {
        let ms = if self.chance(work.stuck.share) {
            let stuck = &work.stuck;
            stuck.from_ms * (stuck.to_ms / stuck.from_ms).powf(self.unit())
        } else {
            self.usual_ms(&work.usual)
        };
        (ms.min(MAX_LATENCY_MS) * TENTHS_PER_MS as f64) as i64
    }

    fn usual_ms(&mut self, usual: &Usual) -> f64 {
        match *usual {
            Usual::Constant { ms } => ms,
            Usual::Uniform { from_ms, to_ms } => from_ms + (to_ms - from_ms) * self.unit(),
            Usual::Exponential { mean_ms } => {
                let exponential: f64 = Exp1.sample(&mut self.0);
                mean_ms * exponential
            }
            Usual::Lognormal { median_ms, sigma } => {
                let normal: f64 = StandardNormal.sample(&mut self.0);
                median_ms * (sigma * normal).exp()
            }
        }
    }

    /// A draw of the delivery delay, in tenths of a ms.
    pub fn delay_tenths(&mut self, delay: &Delay) -> i64 {
        let ms = (delay.chi_squared.sample(&mut self.0) * delay.scale_ms).min(delay.max_ms);
        (ms * TENTHS_PER_MS as f64) as i64
    }
}

/// The time between the end of a call and its delivery: chi-squared, scaled and capped.
#[derive(Clone, Copy, Debug)]
pub struct Delay {
    chi_squared: ChiSquared<f64>,
    scale_ms: f64,
    max_ms: f64,
}

impl Delay {
    /// A delay of `scale_ms` times a chi-squared number, at most `max_ms`.
    ///
    /// # Errors
    /// When the degrees of freedom are not above zero, or a time is negative.
    pub fn new(degrees_of_freedom: f64, scale_ms: f64, max_ms: f64) -> anyhow::Result<Self> {
        anyhow::ensure!(
            scale_ms.is_finite() && scale_ms >= 0.0 && max_ms >= 0.0,
            "--delay-scale-ms is {scale_ms} and --max-delay-ms {max_ms}: numbers of at least 0 are wanted"
        );
        let chi_squared = ChiSquared::new(degrees_of_freedom).map_err(|_| {
            anyhow::anyhow!("--delay-chisq-df is {degrees_of_freedom}: a number above 0 is wanted")
        })?;
        // No call waits longer in any case.
        Ok(Self { chi_squared, scale_ms, max_ms: max_ms.min(ARRIVAL_LIMIT_MS as f64) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Stuck;

    /// The mean and the greatest of many draws, ms.
    fn mean_and_most(usual: Usual, share: f64) -> (f64, f64) {
        const DRAWS: usize = 100_000;
        let work = Work { usual, stuck: Stuck { share, from_ms: 1000.0, to_ms: 1000.0 } };
        let mut dice = Dice::new(1);
        let draws: Vec<f64> = (0..DRAWS).map(|_| dice.work_tenths(&work) as f64 / 10.0).collect();
        (draws.iter().sum::<f64>() / DRAWS as f64, draws.into_iter().fold(0.0, f64::max))
    }

    #[test]
    fn work_has_the_mean_that_was_asked_for() {
        for (usual, expected) in [
            (Usual::Constant { ms: 40.0 }, 40.0),
            (Usual::Uniform { from_ms: 20.0, to_ms: 60.0 }, 40.0),
            (Usual::Exponential { mean_ms: 40.0 }, 40.0),
            (Usual::Lognormal { median_ms: 40.0, sigma: 0.0 }, 40.0),
            (Usual::Lognormal { median_ms: 40.0, sigma: 1.0 }, 40.0 * 0.5_f64.exp()),
        ] {
            let (mean, _) = mean_and_most(usual, 0.0);
            assert!((mean / expected - 1.0).abs() < 0.02, "{usual:?}: {mean}");
        }
        let (mean, most) = mean_and_most(Usual::Constant { ms: 10.0 }, 0.1);
        assert!((mean / 109.0 - 1.0).abs() < 0.02, "{mean}");
        assert_eq!(most, 1000.0);
    }

    #[test]
    fn no_work_takes_more_than_20_s() {
        let (_, most) = mean_and_most(Usual::Lognormal { median_ms: 10_000.0, sigma: 5.0 }, 0.0);
        assert_eq!(most, 20_000.0);
    }
}
