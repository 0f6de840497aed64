//! Logarithm and exponential as polynomials: what is decided must not depend on a platform's libm.

const LN_2: f64 = std::f64::consts::LN_2;

/// Natural logarithm of a positive, normal number, within 1e-9.
pub fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let mut mantissa = f64::from_bits(bits & 0x000f_ffff_ffff_ffff | 1023 << 52);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let q = s * s;
    let series = 1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0)))));
    f64::from(exponent) * LN_2 + 2.0 * s * series
}

/// e to the power of `x`, within 2e-8 of its value; 0 below e^-700, and no more than e^700.
#[inline]
pub fn exp(x: f64) -> f64 {
    if x < -700.0 {
        return 0.0;
    }
    let scaled = x.min(700.0) * std::f64::consts::LOG2_E;
    // Adding and subtracting 1.5 * 2^52 rounds to the nearest integer.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let whole = scaled + ROUND - ROUND;
    let r = (scaled - whole) * LN_2;
    let series = 1.0
        + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0))))));
    series * f64::from_bits(((whole as i64 + 1023) as u64) << 52)
}

/// Natural logarithm of a positive, normal number, within 3e-7 of its value or of 1: without a branch, so that
/// compilers work several at once.
#[inline]
pub fn ln_f32(x: f32) -> f32 {
    // The exponent, and a mantissa from the root of 1/2 up to that of 2.
    const HALF_ROOT: u32 = 0x3f35_04f3;
    let shifted = x.to_bits().wrapping_sub(HALF_ROOT);
    let exponent = shifted as i32 >> 23;
    let mantissa = f32::from_bits((shifted & 0x007f_ffff) + HALF_ROOT);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let q = s * s;
    let series = 1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q * (1.0 / 9.0))));
    exponent as f32 * std::f32::consts::LN_2 + 2.0 * s * series
}

/// e to the power of `x`, from -80 to 80, within 1e-5 of its value; of what lies beyond that of the bound.
#[inline]
pub fn exp_f32(x: f32) -> f32 {
    let scaled = x.clamp(-80.0, 80.0) * std::f32::consts::LOG2_E;
    // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer.
    const ROUND: f32 = 12_582_912.0;
    let whole = scaled + ROUND - ROUND;
    let r = (scaled - whole) * std::f32::consts::LN_2;
    let series = 1.0
        + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0))))));
    series * f32::from_bits(((whole as i32 + 127) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_agree_with_the_library() {
        for step in -4000..4000 {
            let x = f64::from(step) * 0.17;
            let value = exp(x);
            assert!((value / x.exp() - 1.0).abs() < 2e-7, "exp {x}");
            assert!((ln(value) - value.ln()).abs() < 1e-8, "ln {value}");
        }
        for step in -3900..3900 {
            let x = step as f32 * 0.02;
            let value = exp_f32(x);
            assert!((value / x.exp() - 1.0).abs() < 1e-5, "exp_f32 {x}");
            assert!((ln_f32(value) - value.ln()).abs() < 3e-7 * x.abs().max(1.0), "ln_f32 {value}");
        }
        assert_eq!(exp(-1e9), 0.0);
        assert!(exp(1e9).is_finite());
    }
}
