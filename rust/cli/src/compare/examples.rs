//! Things that are counted, with the first ones as examples.

use serde_json::{json, Value};

/// How often something was found, and examples of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examples {
    count: u64,
    most: usize,
    texts: Vec<String>,
}

impl Examples {
    /// None yet; keeps up to `most` examples.
    pub fn new(most: usize) -> Self {
        Self { count: 0, most, texts: Vec::new() }
    }

    /// Counts `count` more; `example` is only asked for if it is kept.
    ///
    /// # Errors
    /// What `example` returns.
    pub fn add(
        &mut self,
        count: u64,
        example: impl FnOnce() -> anyhow::Result<String>,
    ) -> anyhow::Result<()> {
        self.count += count;
        if self.texts.len() < self.most {
            self.texts.push(example()?);
        }
        Ok(())
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The first ones.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Both for a program.
    pub fn json(&self) -> Value {
        json!({ "count": self.count, "examples": self.texts })
    }
}
