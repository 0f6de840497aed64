//! What is kept of an address from window to window beside its model: parents that may yet get children,
//! with the children that were decided for them.

use super::scene::{Scene, NONE};
use crate::memory::of_vec;

/// A parent that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptParent {
    pub start_ms: i64,
    pub end_ms: i64,
    pub kind: u8,
    pub key: u128,
    /// Is in the model already, or shall not be.
    pub is_learned: bool,
    /// How many children were decided.
    pub children: u32,
}

/// A child that was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptChild {
    pub start_ms: i64,
    pub end_ms: i64,
    pub kind: u8,
}

/// Parents in order of start, with their children one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    pub parents: Vec<KeptParent>,
    pub children: Vec<KeptChild>,
}

/// What was left out of what is kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cut {
    pub parents: u64,
    pub children: u64,
}

impl Kept {
    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.parents) + of_vec(&self.children)
    }

    /// The children with the places of their parents.
    pub fn children(&self) -> impl Iterator<Item = (usize, &KeptChild)> {
        let parents = self.parents.iter().enumerate();
        parents
            .flat_map(|(place, parent)| std::iter::repeat_n(place, parent.children as usize))
            .zip(&self.children)
    }

    /// Keeps those parents of a scene that end at `from` or later, with the children of `lists`: of the
    /// parents the last `max_parents`, of each list the last `max_list`.
    pub fn refill(
        &mut self,
        scene: &Scene,
        lists: &Lists,
        origin_ms: i64,
        from: i32,
        max_parents: usize,
        max_list: usize,
    ) -> Cut {
        self.parents.clear();
        self.children.clear();
        let mut cut = Cut::default();
        let staying = |place: &usize| scene.parents[*place].end >= from;
        let count = (0..scene.parents.len()).filter(staying).count();
        let skipped = count.saturating_sub(max_parents);
        cut.parents = skipped as u64;
        for place in (0..scene.parents.len()).filter(staying).skip(skipped) {
            let parent = &scene.parents[place];
            let list = lists.of(place);
            let beyond = list.len().saturating_sub(max_list);
            cut.children += beyond as u64;
            self.parents.push(KeptParent {
                start_ms: origin_ms + i64::from(parent.start),
                end_ms: origin_ms + i64::from(parent.end),
                kind: parent.kind,
                key: scene.parent_keys[place],
                // A list without its begin would teach what never happened.
                is_learned: parent.is_learned || beyond > 0,
                children: (list.len() - beyond) as u32,
            });
            self.children.extend(list[beyond..].iter().map(|&child| {
                let child = &scene.children[child as usize];
                KeptChild {
                    start_ms: origin_ms + i64::from(child.start),
                    end_ms: origin_ms + i64::from(child.end),
                    kind: child.kind,
                }
            }));
        }
        cut
    }
}

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
