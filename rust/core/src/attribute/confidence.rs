//! How likely a decision is right, by the marginal that a solver gives it.

use super::math::{exp, ln};

/// Log odds of marginals, and how often such decisions were right, as log odds, on traces whose parents
/// are known.
const KNOTS: [(f32, f32); 16] = [
    (-6.0, -0.82),
    (-3.0, -0.82),
    (-1.5, -0.64),
    (-0.5, -0.01),
    (0.0, -0.01),
    (0.5, 0.07),
    (1.0, 0.3),
    (1.5, 0.3),
    (2.0, 0.72),
    (3.0, 1.15),
    (4.0, 1.5),
    (5.0, 1.75),
    (6.0, 1.99),
    (8.0, 2.37),
    (10.0, 3.46),
    (13.8, 6.22),
];

/// The confidence of a decision with this marginal.
pub fn of_marginal(marginal: f32) -> f32 {
    let p = f64::from(marginal).clamp(1e-6, 1.0 - 1e-6);
    let odds = (ln(p) - ln(1.0 - p)) as f32;
    let above = KNOTS.partition_point(|&(knot, _)| knot < odds).clamp(1, KNOTS.len() - 1);
    let ((from, low), (to, high)) = (KNOTS[above - 1], KNOTS[above]);
    let share = ((odds - from) / (to - from)).clamp(0.0, 1.0);
    let odds = low + share * (high - low);
    (1.0 / (1.0 + exp(f64::from(-odds)))) as f32
}
