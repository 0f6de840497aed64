//! What of a window is kept for later ones.

use super::children::Lists;
use super::kept::{Kept, KeptChild, KeptParent};
use super::scene::Scene;

/// What was left out of what is kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cut {
    pub parents: u64,
    pub children: u64,
}

impl Kept {
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
