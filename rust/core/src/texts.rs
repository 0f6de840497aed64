//! Many texts in one piece of memory.

use std::num::NonZeroU32;

/// Many texts in one piece of memory, each with a number.
#[derive(Debug, Default)]
pub struct TextTable {
    text: String,
    ends: Vec<u32>,
}

impl TextTable {
    /// Adds a text and returns its number.
    pub fn push(&mut self, text: &str) -> NonZeroU32 {
        self.text.push_str(text);
        let number = NonZeroU32::MIN.saturating_add(self.ends.len() as u32);
        self.ends.push(self.text.len() as u32);
        number
    }

    /// The text with this number, which `push` gave.
    pub fn get(&self, number: NonZeroU32) -> &str {
        let place = number.get() as usize - 1;
        let start = place.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &self.text[start as usize..self.ends[place] as usize]
    }

    /// Bytes of the texts, and of what is known of them.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<u32>()
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4
    }
}
