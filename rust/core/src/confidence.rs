//! How sure a decision is.

/// A probability in ten-thousandths, as it is written in results: 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Confidence(u16);

/// The parts of a whole.
const PARTS: u16 = 10_000;

impl Confidence {
    /// Certainty.
    pub const CERTAIN: Self = Self(PARTS);

    /// The nearest to a probability; one that is no number counts as 0.
    ///
    /// ```
    /// use callweave_core::confidence::Confidence;
    /// assert_eq!(Confidence::of(0.97004).probability(), 0.97);
    /// assert_eq!(Confidence::of(7.0), Confidence::CERTAIN);
    /// ```
    pub fn of(probability: f64) -> Self {
        // The cast is bounded: of what is too large it makes the largest, of NaN 0.
        Self(((probability * f64::from(PARTS)).round() as u16).min(PARTS))
    }

    /// That of so many ten-thousandths; `None` if they are more than the whole.
    pub fn of_parts(parts: u64) -> Option<Self> {
        u16::try_from(parts).ok().filter(|&parts| parts <= PARTS).map(Self)
    }

    /// In ten-thousandths.
    pub fn parts(self) -> u16 {
        self.0
    }

    /// As a number from 0 to 1.
    pub fn probability(self) -> f64 {
        f64::from(self.0) / f64::from(PARTS)
    }

    /// Appends the number with the digits that it needs: `1.0`, `0.97`, `0.0123`.
    pub fn write(self, out: &mut Vec<u8>) {
        let (whole, mut rest) = (self.0 / PARTS, self.0 % PARTS);
        out.extend_from_slice(&[b'0' + whole as u8, b'.']);
        let mut unit = PARTS / 10;
        loop {
            out.push(b'0' + (rest / unit) as u8);
            rest %= unit;
            if rest == 0 {
                break;
            }
            unit /= 10;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confidence_is_written_as_the_number_that_it_is() {
        for parts in 0..=PARTS {
            let confidence = Confidence::of_parts(parts.into()).unwrap();
            let mut text = Vec::new();
            confidence.write(&mut text);
            let text = String::from_utf8(text).unwrap();
            assert_eq!(text, format!("{:?}", f64::from(parts) / 10_000.0), "{parts}");
            assert_eq!(Confidence::of(text.parse().unwrap()), confidence);
        }
        assert_eq!(Confidence::of_parts(10_001), None);
        assert_eq!(Confidence::of(f64::NAN).parts(), 0);
    }
}
