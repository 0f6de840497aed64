//! The dictionary of a block: numbers of a table, made small.

/// Gives the numbers of a table new ones by order of first use: the dictionary of one block.
///
/// Starting anew costs nothing however large the table is.
#[derive(Debug, Default)]
pub struct Renumbering {
    round: u32,
    /// Per number of the table: the round of its last use and its new number then.
    given: Vec<(u32, u32)>,
    /// The old numbers in order of the new ones, and room for one more.
    order: Vec<u32>,
    used: usize,
}

impl Renumbering {
    /// Forgets all, for a table of `len` entries.
    pub fn begin(&mut self, len: usize) {
        self.used = 0;
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.given.clear();
            self.round = 1;
        }
        if self.given.len() < len {
            self.given.resize(len, (0, 0));
            self.order.resize(len + 1, 0);
        }
    }

    /// The new number of an old one. Without a branch on whether it is the first: that is as good as
    /// random.
    #[inline]
    pub fn number(&mut self, old: u32) -> u32 {
        let given = &mut self.given[old as usize];
        let next = self.used as u32;
        let is_new = given.0 != self.round;
        let number = if is_new { next } else { given.1 };
        *given = (self.round, number);
        self.order[self.used] = old;
        self.used += usize::from(is_new);
        number
    }

    /// The old numbers in order of the new ones.
    pub fn order(&self) -> &[u32] {
        &self.order[..self.used]
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.given.capacity() * 8 + self.order.capacity() * 4
    }
}
