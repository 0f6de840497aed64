//! Rows of numbers for each kind that may come next, by the state that it follows.

use crate::memory::of_vec;

/// Rows by dense key; those of keys that have none take no room.
#[derive(Debug, Default)]
pub struct Outcomes {
    width: usize,
    /// The place of each key's row, plus one.
    places: Vec<u32>,
    rows: Vec<f32>,
}

impl Outcomes {
    /// Forgets all rows. Those to come are so wide.
    pub fn reset(&mut self, width: usize) {
        self.width = width;
        self.places.clear();
        self.rows.clear();
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len() / self.width.max(1)
    }

    /// Where a key's row is.
    #[inline]
    pub fn place(&self, key: usize) -> Option<usize> {
        self.places.get(key)?.checked_sub(1).map(|place| place as usize)
    }

    /// The row at a place.
    #[inline]
    pub fn at(&self, place: usize) -> &[f32] {
        &self.rows[place * self.width..][..self.width]
    }

    pub fn get(&self, key: usize) -> Option<&[f32]> {
        self.place(key).map(|place| self.at(place))
    }

    /// A key's row, of zeros if it had none.
    pub fn row(&mut self, key: usize) -> &mut [f32] {
        let place = self.place(key).unwrap_or_else(|| {
            self.rows.resize(self.rows.len() + self.width, 0.0);
            self.share(key, self.len() - 1)
        });
        &mut self.rows[place * self.width..][..self.width]
    }

    /// Gives a key a row; returns its place.
    pub fn insert(&mut self, key: usize, row: &[f32]) -> usize {
        self.rows.extend_from_slice(row);
        self.share(key, self.len() - 1)
    }

    /// Gives a key the row of another.
    pub fn share(&mut self, key: usize, place: usize) -> usize {
        if key >= self.places.len() {
            self.places.resize(key + 1, 0);
        }
        self.places[key] = place as u32 + 1;
        place
    }

    /// The rows with their keys, by key.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &[f32])> {
        (0..self.places.len()).filter_map(|key| Some((key, self.get(key)?)))
    }

    pub fn copy_from(&mut self, other: &Self) {
        self.width = other.width;
        self.places.clone_from(&other.places);
        self.rows.clone_from(&other.rows);
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.places) + of_vec(&self.rows)
    }
}
