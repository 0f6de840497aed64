//! What a chain cost, and where its time went.

/// A call of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop {
    /// Start, ms of the epoch.
    pub start_ms: i64,
    /// End, ms of the epoch. May lie 1 ms before the start, by rounding.
    pub end_ms: i64,
    /// The place of the call that caused it; `None` for the root alone.
    pub parent: Option<u32>,
}

/// What there is to say of a chain, call by call in the order of the hops.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// From the root's start to the last end, ms.
    pub total_ms: i64,
    /// The most calls at work at once: under way, and none of their children is.
    pub width: u32,
    /// Depth of each call; the root's is 1.
    pub depth: Vec<u32>,
    /// Time of each call during which none of its children is under way, ms.
    pub self_ms: Vec<i64>,
    /// The part of the root's time that each call is to blame for, ms. Sums to the root's duration.
    pub critical_ms: Vec<i64>,
}

impl Figures {
    /// Computes the figures of a tree. Hops that are equal in start and end stand in the order that
    /// decides between them: the earlier one is blamed. Costs n log n.
    ///
    /// ```
    /// use callweave_core::chain::figures::{Figures, Hop};
    /// let hop = |start_ms, end_ms, parent| Hop { start_ms, end_ms, parent };
    /// let figures = Figures::of(&[hop(1000, 1500, None), hop(1100, 1300, Some(0)), hop(1120, 1220, Some(1))]);
    /// assert_eq!((figures.total_ms, figures.width), (500, 1));
    /// assert_eq!(figures.depth, [1, 2, 3]);
    /// assert_eq!(figures.self_ms, [300, 100, 100]);
    /// assert_eq!(figures.critical_ms, [300, 100, 100]);
    /// ```
    pub fn of(hops: &[Hop]) -> Self {
        let tree = Tree::of(hops);
        let Some(root) = tree.root else {
            return Self::default();
        };
        let last_ms = hops.iter().map(|hop| hop.end_ms).max().unwrap_or(0);
        Self {
            total_ms: last_ms - hops[root].start_ms,
            width: width(hops),
            depth: tree.depths(),
            self_ms: (0..hops.len()).map(|call| self_ms(hops, call, tree.children(call))).collect(),
            critical_ms: critical_ms(hops, root, &tree),
        }
    }
}

/// Who is whose child. The children of a call stand together, the one that ended last first.
struct Tree {
    root: Option<usize>,
    children: Vec<u32>,
    /// Where the children of each call begin; one more than there are calls.
    begins: Vec<u32>,
}

impl Tree {
    fn of(hops: &[Hop]) -> Self {
        let mut children: Vec<u32> =
            (0..hops.len() as u32).filter(|&call| hops[call as usize].parent.is_some()).collect();
        children.sort_unstable_by_key(|&call| {
            let Hop { start_ms, end_ms, parent } = hops[call as usize];
            (parent, std::cmp::Reverse(end_ms), std::cmp::Reverse(start_ms), call)
        });
        let parent_of = |&child: &u32| hops[child as usize].parent;
        let begins = (0..=hops.len() as u32)
            .map(|call| children.partition_point(|child| parent_of(child) < Some(call)) as u32)
            .collect();
        Self { root: hops.iter().position(|hop| hop.parent.is_none()), children, begins }
    }

    fn children(&self, call: usize) -> &[u32] {
        &self.children[self.begins[call] as usize..self.begins[call + 1] as usize]
    }

    fn depths(&self) -> Vec<u32> {
        let mut depths = vec![0; self.begins.len() - 1];
        let mut level: Vec<usize> = self.root.into_iter().collect();
        for depth in 1.. {
            level.iter().for_each(|&call| depths[call] = depth);
            level = level.iter().flat_map(|&call| self.children(call)).map(|&child| child as usize).collect();
            if level.is_empty() {
                break;
            }
        }
        depths
    }
}

/// The length of a call less what its children cover of it.
fn self_ms(hops: &[Hop], call: usize, children: &[u32]) -> i64 {
    let Hop { start_ms, end_ms, .. } = hops[call];
    let mut left_ms = (end_ms - start_ms).max(0);
    // From the end on back: all from here on is covered or counted.
    let mut covered_from_ms = end_ms;
    for &child in children {
        let from_ms = hops[child as usize].start_ms.max(start_ms);
        let to_ms = hops[child as usize].end_ms.min(covered_from_ms);
        if to_ms > from_ms {
            left_ms -= to_ms - from_ms;
            covered_from_ms = from_ms;
        }
    }
    left_ms
}

/// A call whose time is being given out.
struct Walk {
    call: usize,
    /// The next of its children to be looked at.
    next_child: usize,
    /// Where its time begins: its start, or later where its parent began later.
    begin_ms: i64,
    /// All behind this moment is given out.
    moment_ms: i64,
}

/// Walks back from the root's end. A child that ended at or before the moment takes over until it
/// started; one that outlives its parent, or was under way together with one that ended later, held
/// nobody up.
fn critical_ms(hops: &[Hop], root: usize, tree: &Tree) -> Vec<i64> {
    let mut critical_ms = vec![0; hops.len()];
    let Hop { start_ms, end_ms, .. } = hops[root];
    let mut walks =
        vec![Walk { call: root, next_child: 0, begin_ms: start_ms, moment_ms: end_ms.max(start_ms) }];
    while let Some(walk) = walks.last_mut() {
        let children = &tree.children(walk.call)[walk.next_child..];
        let waited_for = children.iter().position(|&child| hops[child as usize].end_ms <= walk.moment_ms);
        let child = waited_for.map(|at| (at, children[at] as usize));
        match child.filter(|&(_, child)| hops[child].end_ms >= walk.begin_ms) {
            Some((at, child)) => {
                walk.next_child += at + 1;
                let Hop { start_ms, end_ms, .. } = hops[child];
                let begin_ms = start_ms.max(walk.begin_ms).min(end_ms);
                critical_ms[walk.call] += walk.moment_ms - end_ms;
                walk.moment_ms = begin_ms;
                walks.push(Walk { call: child, next_child: 0, begin_ms, moment_ms: end_ms });
            }
            None => {
                critical_ms[walk.call] += walk.moment_ms - walk.begin_ms;
                walks.pop();
            }
        }
    }
    critical_ms
}

/// What happens to a call at a moment, in the order in which it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    End,
    Start,
}

/// The most calls at once that are under way and none of whose children is. A call is so from its start
/// until before its end; one without length, in its moment alone.
fn width(hops: &[Hop]) -> u32 {
    let mut events = Vec::with_capacity(2 * hops.len());
    for (hop, call) in hops.iter().zip(0..) {
        // In halves of a ms, so that a call without length has one.
        let (start, end) = (2 * hop.start_ms, 2 * hop.end_ms);
        if start <= end {
            events.push((start, Event::Start, call));
            events.push((end.max(start + 1), Event::End, call));
        }
    }
    events.sort_unstable();
    let mut is_under_way = vec![false; hops.len()];
    let mut busy_children = vec![0u32; hops.len()];
    let mut at_work = 0u32;
    let mut most = 0;
    let mut events = events.into_iter().peekable();
    while let Some((moment, event, call)) = events.next() {
        let parent = hops[call].parent.map(|parent| parent as usize);
        match event {
            Event::Start => {
                is_under_way[call] = true;
                at_work += u32::from(busy_children[call] == 0);
                if let Some(parent) = parent {
                    at_work -= u32::from(is_under_way[parent] && busy_children[parent] == 0);
                    busy_children[parent] += 1;
                }
            }
            Event::End => {
                is_under_way[call] = false;
                at_work -= u32::from(busy_children[call] == 0);
                if let Some(parent) = parent {
                    busy_children[parent] -= 1;
                    at_work += u32::from(is_under_way[parent] && busy_children[parent] == 0);
                }
            }
        }
        // Times are whole ms: a state counts if one lies in it, which none does in the half ms between.
        let whole_ms_from = moment + (moment & 1);
        if events.peek().is_none_or(|&(next, ..)| next > whole_ms_from) {
            most = most.max(at_work);
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Trees whose children lie anywhere, so that they touch, outlive and precede their parents.
    fn trees() -> impl Strategy<Value = Vec<Hop>> {
        let call = (0i64..30, -1i64..20, any::<prop::sample::Index>());
        prop::collection::vec(call, 1..25).prop_map(|calls| {
            let mut hops = Vec::new();
            for (start_ms, length_ms, parent) in calls {
                let parent = (!hops.is_empty()).then(|| parent.index(hops.len()) as u32);
                hops.push(Hop { start_ms, end_ms: start_ms + length_ms, parent });
            }
            hops
        })
    }

    fn children(hops: &[Hop], call: usize) -> Vec<usize> {
        (0..hops.len()).filter(|&child| hops[child].parent == Some(call as u32)).collect()
    }

    fn is_under_way(hop: &Hop, at_ms: i64) -> bool {
        (hop.start_ms <= at_ms && at_ms < hop.end_ms) || (hop.start_ms == at_ms && hop.end_ms == at_ms)
    }

    fn naive_width(hops: &[Hop]) -> u32 {
        let at_work = |at_ms| {
            let works = |call: usize| {
                is_under_way(&hops[call], at_ms)
                    && !children(hops, call).iter().any(|&child| is_under_way(&hops[child], at_ms))
            };
            (0..hops.len()).filter(|&call| works(call)).count() as u32
        };
        (0..60).map(at_work).max().unwrap()
    }

    fn naive_self_ms(hops: &[Hop], call: usize) -> i64 {
        let is_covered = |at_ms| {
            children(hops, call)
                .iter()
                .any(|&child| hops[child].start_ms <= at_ms && at_ms < hops[child].end_ms)
        };
        (hops[call].start_ms..hops[call].end_ms).filter(|&at_ms| !is_covered(at_ms)).count() as i64
    }

    /// As the rule is written.
    fn naive_critical(hops: &[Hop], call: usize, begin_ms: i64, end_ms: i64, critical_ms: &mut [i64]) {
        let mut moment_ms = end_ms;
        let mut left = children(hops, call);
        loop {
            left.retain(|&child| hops[child].end_ms <= moment_ms && hops[child].end_ms >= begin_ms);
            let last = left
                .iter()
                .copied()
                .max_by_key(|&child| (hops[child].end_ms, hops[child].start_ms, std::cmp::Reverse(child)));
            let Some(child) = last else {
                break;
            };
            left.retain(|&other| other != child);
            critical_ms[call] += moment_ms - hops[child].end_ms;
            moment_ms = hops[child].start_ms.max(begin_ms).min(hops[child].end_ms);
            naive_critical(hops, child, moment_ms, hops[child].end_ms, critical_ms);
        }
        critical_ms[call] += moment_ms - begin_ms;
    }

    proptest! {
        #[test]
        fn the_figures_are_those_of_the_rules_as_written(hops in trees()) {
            let figures = Figures::of(&hops);
            prop_assert_eq!(figures.width, naive_width(&hops));
            let mut critical_ms = vec![0; hops.len()];
            let Hop { start_ms, end_ms, .. } = hops[0];
            naive_critical(&hops, 0, start_ms, end_ms.max(start_ms), &mut critical_ms);
            prop_assert_eq!(&figures.critical_ms, &critical_ms);
            for (call, hop) in hops.iter().enumerate() {
                prop_assert_eq!(figures.self_ms[call], naive_self_ms(&hops, call));
                let depth = hop.parent.map_or(1, |parent| figures.depth[parent as usize] + 1);
                prop_assert_eq!(figures.depth[call], depth);
            }
        }

        #[test]
        fn the_blame_adds_up_to_the_duration_of_the_root(hops in trees()) {
            let figures = Figures::of(&hops);
            prop_assert_eq!(figures.critical_ms.iter().sum::<i64>(), (hops[0].end_ms - hops[0].start_ms).max(0));
            prop_assert!(figures.critical_ms.iter().all(|&ms| ms >= 0));
        }
    }

    #[test]
    fn calls_back_to_back_take_over_from_each_other() {
        let hop = |start_ms, end_ms, parent| Hop { start_ms, end_ms, parent };
        let figures = Figures::of(&[hop(0, 100, None), hop(10, 50, Some(0)), hop(50, 90, Some(0))]);
        assert_eq!(figures.critical_ms, [20, 40, 40]);
        assert_eq!(figures.width, 1);
    }

    #[test]
    fn a_call_without_length_is_at_work_in_its_moment_alone() {
        let hop = |start_ms, end_ms, parent| Hop { start_ms, end_ms, parent };
        let width =
            |end_ms| Figures::of(&[hop(5, end_ms, None), hop(5, 5, Some(0)), hop(5, end_ms, Some(1))]).width;
        // The root is at work again after that moment: in the next one, if it lasts so long.
        assert_eq!((width(6), width(7)), (1, 2));
    }

    #[test]
    fn a_call_that_outlives_its_parent_held_nobody_up() {
        let hop = |start_ms, end_ms, parent| Hop { start_ms, end_ms, parent };
        let figures = Figures::of(&[hop(0, 100, None), hop(10, 150, Some(0))]);
        assert_eq!((figures.critical_ms, figures.total_ms), (vec![100, 0], 150));
    }

    #[test]
    fn a_chain_of_ten_thousand_calls_one_below_the_other_needs_no_deep_stack() {
        let hops: Vec<Hop> = (0..10_000)
            .map(|call: i64| Hop {
                start_ms: call,
                end_ms: 40_000 - call,
                parent: (call > 0).then(|| call as u32 - 1),
            })
            .collect();
        let figures = Figures::of(&hops);
        assert_eq!((figures.depth[9_999], figures.width), (10_000, 1));
        assert_eq!(figures.critical_ms.iter().sum::<i64>(), 40_000);
    }
}
