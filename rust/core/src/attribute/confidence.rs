//! How likely a decision is right, by the marginal that a solver gives it.

use super::math::{exp, ln};
use super::Method;

/// Log odds of marginals, and how often such decisions were right, as log odds, on traces whose parents
/// are known.
const OF_LISTS: &[(f32, f32)] = &[
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
/// The same for links by themselves.
const OF_LINKS: &[(f32, f32)] = &[
    (-6.0, -0.4),
    (-1.0, -0.2),
    (0.0, -0.1),
    (0.5, 0.15),
    (1.0, 0.5),
    (1.75, 0.9),
    (3.0, 2.0),
    (5.0, 3.4),
    (8.0, 5.0),
    (13.8, 6.2),
];

/// The confidence of a decision with this marginal.
pub fn of(method: Method, marginal: f32) -> f32 {
    let knots = if method == Method::Greedy { OF_LINKS } else { OF_LISTS };
    let p = f64::from(marginal).clamp(1e-6, 1.0 - 1e-6);
    let odds = (ln(p) - ln(1.0 - p)) as f32;
    let above = knots.partition_point(|&(knot, _)| knot < odds).clamp(1, knots.len() - 1);
    let ((from, low), (to, high)) = (knots[above - 1], knots[above]);
    let share = ((odds - from) / (to - from)).clamp(0.0, 1.0);
    let odds = low + share * (high - low);
    (1.0 / (1.0 + exp(f64::from(-odds)))) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_grows_with_the_marginal_and_is_a_probability() {
        for method in [Method::Exact, Method::Sampled, Method::Greedy] {
            let all: Vec<f32> = (0..=1_000).map(|step| of(method, step as f32 / 1_000.0)).collect();
            assert!(all.is_sorted() && all[0] >= 0.0 && all[1_000] < 1.0, "{method:?}");
        }
    }
}
