//! Parents that share ambiguous children, directly or through others: parts that are decided by
//! themselves.

use super::choices::Choices;
use super::scene::{Scene, NONE};
use crate::memory::of_vec;

/// The parts, each with its parents and its children in canonical order.
#[derive(Debug, Default)]
pub struct Components {
    root: Vec<u32>,
    parent_begins: Vec<u32>,
    parents: Vec<u32>,
    child_begins: Vec<u32>,
    children: Vec<u32>,
}

impl Components {
    /// Finds the parts. Only children without a link are looked at.
    pub fn find(&mut self, scene: &Scene, choices: &Choices, links: &[u32]) {
        self.root.clear();
        self.root.extend(0..scene.parents.len() as u32);
        let open = |child: usize| links[child] == NONE && !choices.of(child).is_empty();
        for child in (0..scene.children.len()).filter(|&child| open(child)) {
            let of = choices.of(child);
            let first = self.find_root(of[0].parent);
            for choice in &of[1..] {
                let other = self.find_root(choice.parent);
                let first = self.find_root(first);
                // The earliest parent is the root, so that parts are in order of it.
                self.root[first.max(other) as usize] = first.min(other);
            }
        }
        let mut numbers = vec![NONE; scene.parents.len()];
        let mut parts = 0;
        self.children.clear();
        let mut part_of_child = Vec::new();
        for child in (0..scene.children.len()).filter(|&child| open(child)) {
            let root = self.find_root(choices.of(child)[0].parent);
            if numbers[root as usize] == NONE {
                numbers[root as usize] = parts;
                parts += 1;
            }
            part_of_child.push((numbers[root as usize], child as u32));
        }
        let mut part_of_parent = Vec::new();
        for parent in 0..scene.parents.len() as u32 {
            let number = numbers[self.find_root(parent) as usize];
            if number != NONE {
                part_of_parent.push((number, parent));
            }
        }
        gather(parts, part_of_child, &mut self.child_begins, &mut self.children);
        gather(parts, part_of_parent, &mut self.parent_begins, &mut self.parents);
    }

    /// Has no parts.
    pub fn clear(&mut self) {
        self.parents.clear();
        self.children.clear();
        for begins in [&mut self.parent_begins, &mut self.child_begins] {
            begins.clear();
            begins.push(0);
        }
    }

    fn find_root(&mut self, parent: u32) -> u32 {
        let mut at = parent;
        while self.root[at as usize] != at {
            let above = self.root[self.root[at as usize] as usize];
            self.root[at as usize] = above;
            at = above;
        }
        at
    }

    pub fn len(&self) -> usize {
        self.parent_begins.len() - 1
    }

    pub fn parents(&self, part: usize) -> &[u32] {
        &self.parents[self.parent_begins[part] as usize..self.parent_begins[part + 1] as usize]
    }

    pub fn children(&self, part: usize) -> &[u32] {
        &self.children[self.child_begins[part] as usize..self.child_begins[part + 1] as usize]
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.root)
            + of_vec(&self.parent_begins)
            + of_vec(&self.parents)
            + of_vec(&self.child_begins)
            + of_vec(&self.children)
    }
}

fn gather(parts: u32, mut members: Vec<(u32, u32)>, begins: &mut Vec<u32>, out: &mut Vec<u32>) {
    members.sort_unstable();
    begins.clear();
    out.clear();
    for (part, member) in members {
        while begins.len() <= part as usize {
            begins.push(out.len() as u32);
        }
        out.push(member);
    }
    while begins.len() <= parts as usize {
        begins.push(out.len() as u32);
    }
}
