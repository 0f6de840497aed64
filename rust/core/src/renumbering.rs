//! The dictionary of a block: numbers of a table, made small.

/// Gives the numbers of a table new ones by order of first use: the dictionary of one block.
///
/// Starting anew costs nothing however large the table is.
#[derive(Debug, Default)]
pub struct Renumbering {
    round: u32,
    /// Per number of the table: the round of its last use and its new number then.
    given: Vec<(u32, u32)>,
    order: Vec<u32>,
}

impl Renumbering {
    /// Forgets all, for a table of `len` entries.
    pub fn begin(&mut self, len: usize) {
        self.order.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.given.clear();
            self.round = 1;
        }
        if self.given.len() < len {
            self.given.resize(len, (0, 0));
        }
    }

    /// The new number, and whether it was given just now.
    pub fn number(&mut self, old: u32) -> (u32, bool) {
        let given = &mut self.given[old as usize];
        if given.0 == self.round {
            return (given.1, false);
        }
        *given = (self.round, self.order.len() as u32);
        self.order.push(old);
        (given.1, true)
    }

    /// The old numbers in order of the new ones.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        self.given.capacity() * 8 + self.order.capacity() * 4
    }
}
