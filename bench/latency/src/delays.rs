//! Delays and their quantiles.

/// Delays in ms.
#[derive(Default)]
pub struct Delays(Vec<i64>);

impl Delays {
    /// One more.
    pub fn add(&mut self, delay_ms: i64) {
        self.0.push(delay_ms);
    }

    /// The delay that a share of all does not exceed; `None` where there are none.
    fn quantile(&mut self, share: f64) -> Option<i64> {
        let last = self.0.len().checked_sub(1)?;
        let index = ((share * self.0.len() as f64).ceil() as usize).saturating_sub(1).min(last);
        Some(*self.0.select_nth_unstable(index).1)
    }

    /// A JSON object, with how many records the input had.
    pub fn json(mut self, read: u64) -> String {
        let mut text = format!("{{\"read\":{read},\"written\":{}", self.0.len());
        for (name, share) in [("min", 0.0), ("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            let delay = self.quantile(share).map_or_else(|| "null".to_owned(), |ms| ms.to_string());
            text.push_str(&format!(",\"{name}_ms\":{delay}"));
        }
        text.push('}');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Delays;

    #[test]
    fn quantiles_are_delays_that_were_seen() {
        let mut delays = Delays::default();
        (1..=200).rev().for_each(|ms| delays.add(ms));
        assert_eq!(
            delays.json(300),
            r#"{"read":300,"written":200,"min_ms":1,"p50_ms":100,"p99_ms":198,"max_ms":200}"#
        );
    }

    #[test]
    fn of_nothing_there_are_none() {
        assert_eq!(
            Delays::default().json(0),
            r#"{"read":0,"written":0,"min_ms":null,"p50_ms":null,"p99_ms":null,"max_ms":null}"#
        );
    }
}
