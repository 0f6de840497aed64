//! Where lists of ids are made.

use crate::block::halves::List;

/// The ids of many lists, one after the other.
#[derive(Debug, Default)]
pub struct Listed {
    /// The ids, and room for more.
    pub ids: Vec<u32>,
    used: usize,
}

impl Listed {
    /// Makes room for a list of at most so many ids; returns where it begins.
    #[inline]
    pub fn begin(&mut self, most: usize) -> usize {
        let end = self.used + most;
        if self.ids.len() < end {
            self.ids.resize(end.max(2 * self.ids.len()), 0);
        }
        self.used
    }

    /// Ends the list.
    #[inline]
    pub fn end(&mut self, begin: usize, end: usize) -> List {
        self.used = end;
        List { begin: begin as u32, len: (end - begin) as u32, omitted: 0 }
    }

    /// Drops the id at this place of the last list.
    pub fn drop_at(&mut self, list: &mut List, place: usize) {
        let at = list.begin as usize + place;
        self.ids.copy_within(at + 1..self.used, at);
        list.len -= 1;
        self.used -= 1;
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Forgets all, keeps the memory.
    pub fn clear(&mut self) {
        self.used = 0;
    }
}
