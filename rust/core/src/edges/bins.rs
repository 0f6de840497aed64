//! Bins of latencies: a DDSketch of 1 % over whole ms.
//!
//! Each bin has a value that is at most 1 % off from every latency in it; up to 98 ms a bin is one ms. The
//! bounds are integers: a latency falls into the same bin on every machine, counts of bins are added in any
//! order, and the same counts are the same bytes. Sketches over floating point promise none of that.

/// A bin: the last latency in it, and the one that stands for all of it, ms.
#[derive(Debug, Clone, Copy)]
struct Bin {
    last_ms: u32,
    value_ms: u32,
}

/// The bin that begins at this latency.
const fn bin_from(first_ms: u64) -> Bin {
    // The largest whole number that is at most 1 % above the first, and the last that it is at most 1 % below.
    let value_ms = first_ms * 101 / 100;
    let last_ms = value_ms * 100 / 99;
    let limit = u32::MAX as u64;
    Bin {
        last_ms: if last_ms < limit { last_ms } else { limit } as u32,
        value_ms: if value_ms < limit { value_ms } else { limit } as u32,
    }
}

/// How many bins there are.
pub const COUNT: usize = {
    let mut count = 1;
    let mut last_ms = 0;
    while last_ms < u32::MAX {
        last_ms = bin_from(last_ms as u64 + 1).last_ms;
        count += 1;
    }
    count
};

const BINS: [Bin; COUNT] = {
    let mut bins = [Bin { last_ms: 0, value_ms: 0 }; COUNT];
    let mut at = 1;
    while at < COUNT {
        bins[at] = bin_from(bins[at - 1].last_ms as u64 + 1);
        at += 1;
    }
    bins
};

/// Latencies whose bin is looked up, nearly all.
const USUAL_MS: usize = 1024;

const USUAL: [u16; USUAL_MS] = {
    let mut usual = [0; USUAL_MS];
    let (mut ms, mut bin) = (0, 0);
    while ms < USUAL_MS {
        if ms > BINS[bin].last_ms as usize {
            bin += 1;
        }
        usual[ms] = bin as u16;
        ms += 1;
    }
    usual
};

/// The bin of a latency in ms.
///
/// ```
/// use callweave_core::edges::bins::{bin_of, value_of};
/// assert_eq!((value_of(bin_of(40)), value_of(bin_of(1_000))), (40, 1_000));
/// ```
#[inline]
pub fn bin_of(latency_ms: u32) -> u16 {
    match USUAL.get(latency_ms as usize) {
        Some(&bin) => bin,
        None => BINS.partition_point(|bin| bin.last_ms < latency_ms) as u16,
    }
}

/// The latency that stands for all of a bin, ms; 0 for what is no bin.
pub fn value_of(bin: u16) -> u32 {
    BINS.get(usize::from(bin)).map_or(0, |bin| bin.value_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_bin_is_at_most_one_percent_off(latency_ms in prop_oneof![0..2_000u32, 0..200_000_000u32, any::<u32>()]) {
            let value_ms = i64::from(value_of(bin_of(latency_ms)));
            prop_assert!((value_ms - i64::from(latency_ms)).abs() * 100 <= i64::from(latency_ms));
        }

        #[test]
        fn bins_stand_in_the_order_of_latencies(one: u32, other in 0..100_000u32) {
            prop_assert_eq!(bin_of(one.min(other)) <= bin_of(one.max(other)), true);
        }
    }

    #[test]
    fn bins_never_change_because_state_depends_on_them() {
        let bins = [0, 1, 98, 99, 100, 101, 1_000, 20_000, u32::MAX].map(bin_of);
        assert_eq!(bins, GOLDEN);
        assert_eq!(usize::from(bin_of(u32::MAX)) + 1, COUNT);
    }

    const GOLDEN: [u16; 9] = [0, 1, 98, 99, 99, 100, 212, 362, 976];
}
