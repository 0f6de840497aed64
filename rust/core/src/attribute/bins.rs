//! Bins of signed times in ms: single ms around zero, four bins per octave above.

/// Bins of a histogram: eight below -4 ms, twelve single ms, then four in each of 13 octaves.
pub const BINS: usize = NEGATIVE + SINGLE + 4 * OCTAVES;
const NEGATIVE: usize = 8;
const SINGLE: usize = 12;
const OCTAVES: usize = 13;
const FIRST_OCTAVE: u32 = 3;
/// Where the negative bins end, downwards. The last of them is open.
const NEGATIVE_ENDS: [i32; NEGATIVE - 1] = [-5, -6, -8, -10, -13, -16, -20];

/// A number for each bin.
pub type Row = [f32; BINS];

/// Logarithm of each bin's width in ms.
pub const LN_WIDTH: Row = ln_widths();
/// What is taken of any time of which nothing is known: a probability for each bin, with a heavy tail.
pub const PRIOR: Row = prior();

/// The bin of a time.
#[inline]
pub fn bin(ms: i32) -> usize {
    if ms >= 8 {
        let octave = (31 - ms.leading_zeros()).min(FIRST_OCTAVE + OCTAVES as u32 - 1);
        let quarter = if ms >> octave > 1 { 3 } else { (ms >> (octave - 2)) as usize & 3 };
        NEGATIVE + SINGLE + (octave - FIRST_OCTAVE) as usize * 4 + quarter
    } else if ms >= -4 {
        (ms + 4) as usize + NEGATIVE
    } else {
        let depth = NEGATIVE_ENDS.iter().take_while(|&&end| ms < end).count();
        NEGATIVE - 1 - depth
    }
}

/// The bins that a time falls into with their shares: near bins share what is longer than 4 ms.
#[inline]
pub fn spread(ms: i32, mut add: impl FnMut(usize, f32)) {
    let at = bin(ms);
    if ms <= 4 {
        add(at, 1.0);
    } else {
        add(at - 1, 0.2);
        add(at, 0.6);
        add((at + 1).min(BINS - 1), 0.2);
    }
}

/// Width of each bin and the distance of its middle from zero, ms.
const fn shape(bin: usize) -> (f32, f32) {
    if bin < NEGATIVE {
        let depth = NEGATIVE - 1 - bin;
        if depth == NEGATIVE - 1 {
            return (20.0, 30.0);
        }
        let from = if depth == 0 { -4 } else { NEGATIVE_ENDS[depth - 1] };
        let width = (from - NEGATIVE_ENDS[depth]) as f32;
        (width, -(from as f32) + width / 2.0)
    } else if bin < NEGATIVE + SINGLE {
        let ms = bin as f32 - NEGATIVE as f32 - 4.0;
        (1.0, if ms < 0.0 { -ms } else { ms })
    } else {
        let place = bin - NEGATIVE - SINGLE;
        let width = (1u32 << (place / 4 + 1)) as f32;
        (width, width * (4.5 + (place % 4) as f32))
    }
}

const fn ln_widths() -> Row {
    let mut row = [0.0; BINS];
    let mut bin = 0;
    while bin < BINS {
        // Of the widths that are no powers of two: 3 and 20.
        let mut width = shape(bin).0;
        let mut ln = 0.0;
        if width == 3.0 {
            (width, ln) = (1.0, 1.098_612_3);
        } else if width == 20.0 {
            (width, ln) = (1.0, 2.995_732_3);
        }
        while width > 1.0 {
            width /= 2.0;
            ln += std::f32::consts::LN_2;
        }
        row[bin] = ln;
        bin += 1;
    }
    row
}

const fn prior() -> Row {
    let mut row = [0.0; BINS];
    let mut sum = 0.0;
    let mut bin = 0;
    while bin < BINS {
        let (width, distance) = shape(bin);
        let negative = bin < NEGATIVE + 4;
        row[bin] = width / (distance + 10.0) * if negative { 0.1 } else { 1.0 };
        sum += row[bin];
        bin += 1;
    }
    let mut bin = 0;
    while bin < BINS {
        row[bin] /= sum;
        bin += 1;
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_follow_one_another_and_have_the_width_that_is_said() {
        let mut widths = [0u32; BINS];
        for ms in -20..65_536 {
            widths[bin(ms)] += 1;
            assert!(bin(ms + 1) == bin(ms) || bin(ms + 1) == bin(ms) + 1, "{ms}");
        }
        for bin in 1..BINS {
            assert_eq!(widths[bin] as f32, shape(bin).0, "bin {bin}");
            assert!(((widths[bin] as f32).ln() - LN_WIDTH[bin]).abs() < 1e-5, "bin {bin}");
        }
        assert_eq!((bin(i32::MIN), bin(-21), bin(-20)), (0, 0, 1));
        assert_eq!((bin(65_535), bin(65_536), bin(i32::MAX)), (BINS - 1, BINS - 1, BINS - 1));
    }

    #[test]
    fn shares_and_the_prior_sum_to_one() {
        assert!((PRIOR.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        for ms in [-30, -4, 0, 4, 5, 100, i32::MAX] {
            let mut sum = 0.0;
            spread(ms, |_, share| sum += share);
            assert!((sum - 1.0).abs() < 1e-6, "{ms}");
        }
    }
}
