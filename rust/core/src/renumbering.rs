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

    /// Appends the new numbers of old ones to `numbers`. Without a branch on whether one is new: that is
    /// as good as random.
    #[inline]
    pub fn append_numbers(&mut self, old: impl ExactSizeIterator<Item = u32>, numbers: &mut Vec<u32>) {
        let (given, order) = (&mut self.given[..], &mut self.order[..]);
        let (round, mut used) = (self.round, self.used);
        numbers.extend(old.map(|old| {
            let given = &mut given[old as usize];
            let is_new = given.0 != round;
            let number = if is_new { used as u32 } else { given.1 };
            *given = (round, number);
            order[used] = old;
            used += usize::from(is_new);
            number
        }));
        self.used = used;
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
