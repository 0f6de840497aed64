//! What the choice of parents may cost the job, by the option that bounds it.

use serde::Serialize;

/// Time of a unit of `attribution-effort`, s.
const UNIT_S: f64 = 20e-9;
/// What a call costs beside, s: it is read, brought into order, matched with its candidates, and kept.
const BESIDE_S: f64 = 10e-6;
/// The default, and the value that costs half as much and still keeps nearly all that is right.
const EFFORTS: [u32; 2] = [2000, 900];

/// The most that one value of the option can cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EffortFacts {
    /// `attribution-effort`
    pub effort: u32,
    /// Cores that are busy with it at most; a higher parallelism spreads them.
    pub cores: f64,
}

/// The most that parents cost at so many calls a second. Where few calls compete it is far less.
pub fn costs(calls_per_s: u64) -> Vec<EffortFacts> {
    let cores = |effort: u32| calls_per_s as f64 * (UNIT_S * f64::from(effort) + BESIDE_S);
    EFFORTS.into_iter().map(|effort| EffortFacts { effort, cores: cores(effort) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_effort_needs_fewer_cores_and_no_calls_need_none() {
        let [default, half] = costs(100_000)[..] else { panic!("two values are told of") };
        assert_eq!((default.effort, half.effort), (2000, 900));
        // 50 µs and 28 µs a call.
        assert!((default.cores - 5.0).abs() < 1e-9 && (half.cores - 2.8).abs() < 1e-9);
        assert!(costs(0).iter().all(|cost| cost.cores == 0.0));
    }
}
