//! The children of each parent of a window.

use super::scene::NONE;
use crate::memory::of_vec;

/// Lists of children by parent, each in canonical order.
#[derive(Debug, Default)]
pub struct Lists {
    begins: Vec<u32>,
    children: Vec<u32>,
}

impl Lists {
    /// Gathers the children by the parent that `parent_of` gives for each, if any.
    pub fn gather(&mut self, parents: usize, links: &[u32]) {
        self.begins.clear();
        self.begins.resize(parents + 2, 0);
        for &parent in links.iter().filter(|&&parent| parent != NONE) {
            self.begins[parent as usize + 2] += 1;
        }
        for place in 2..self.begins.len() {
            self.begins[place] += self.begins[place - 1];
        }
        self.children.clear();
        self.children.resize(self.begins[parents + 1] as usize, 0);
        for (child, &parent) in links.iter().enumerate() {
            if parent != NONE {
                let end = &mut self.begins[parent as usize + 1];
                self.children[*end as usize] = child as u32;
                *end += 1;
            }
        }
        self.begins.truncate(parents + 1);
    }

    /// The children of a parent.
    pub fn of(&self, parent: usize) -> &[u32] {
        &self.children[self.begins[parent] as usize..self.begins[parent + 1] as usize]
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.begins) + of_vec(&self.children)
    }
}
