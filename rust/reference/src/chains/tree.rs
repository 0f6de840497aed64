//! Whether the calls of a chain are one tree, of links that can be.

use std::collections::{HashMap, HashSet, VecDeque};

use super::record::Hop;

/// How much later than its child a parent may start, by clocks that differ, ms.
const START_SLACK_MS: i64 = 4;
/// How long after the end of its parent a call may start, where it is asynchronous, ms.
const LATE_START_MS: i64 = 20;
/// A call that ends later than this behind the root starts a chain of its own, ms.
const OUTLIVE_MS: i64 = 1000;

/// The calls of a chain, by their places in its list.
#[derive(Debug)]
pub struct Tree {
    /// The only call without parent.
    pub root: usize,
    /// For each call the calls that its parent's id can stand for: at least one, none for the root.
    pub candidates: Vec<Vec<usize>>,
    /// Whether calls with the same id leave open which is whose parent, or which of them comes first.
    pub is_ambiguous: bool,
}

impl Tree {
    /// The tree, or why there is none.
    pub fn of(hops: &[Hop<'_>]) -> Result<Self, String> {
        let root = find_root(hops)?;
        let mut by_id: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, hop) in hops.iter().enumerate() {
            by_id.entry(hop.id).or_default().push(place);
        }
        let mut candidates = Vec::with_capacity(hops.len());
        for (place, hop) in hops.iter().enumerate() {
            if hop.end_at_ms > hops[root].end_at_ms + OUTLIVE_MS {
                let behind_ms = hop.end_at_ms - hops[root].end_at_ms;
                return Err(format!("call {} ends {behind_ms} ms behind the root", hop.id));
            }
            candidates.push(match hop.parent {
                None => Vec::new(),
                Some(parent) => find_parents(hops, place, parent, &by_id)?,
            });
        }
        find_detached(root, &candidates)
            .map_or(Ok(()), |place| Err(format!("call {} does not hang on the root", hops[place].id)))?;
        let mut seen = HashSet::new();
        let has_twins = !hops.iter().all(|hop| seen.insert((hop.id, hop.start_at_ms, hop.end_at_ms)));
        let is_ambiguous = has_twins || candidates.iter().any(|parents| parents.len() > 1);
        Ok(Self { root, candidates, is_ambiguous })
    }

    /// For each call its parent, where that is not ambiguous.
    pub fn parents(&self) -> Vec<Option<usize>> {
        self.candidates.iter().map(|parents| parents.first().copied()).collect()
    }
}

fn find_root(hops: &[Hop<'_>]) -> Result<usize, String> {
    let roots: Vec<usize> = (0..hops.len()).filter(|&place| hops[place].parent.is_none()).collect();
    match roots[..] {
        [root] => Ok(root),
        _ => Err(format!("{} of its calls have no parent, not one", roots.len())),
    }
}

/// The calls with the id of the parent that can have caused a call.
fn find_parents(
    hops: &[Hop<'_>],
    place: usize,
    parent: &str,
    by_id: &HashMap<&str, Vec<usize>>,
) -> Result<Vec<usize>, String> {
    let named = by_id.get(parent).map_or(&[][..], Vec::as_slice);
    let others = || named.iter().copied().filter(|&other| other != place);
    let fitting: Vec<usize> =
        others().filter(|&other| misfit(&hops[other], &hops[place]).is_none()).collect();
    if !fitting.is_empty() {
        return Ok(fitting);
    }
    let id = hops[place].id;
    let why = match others().next() {
        None if named.is_empty() => "is not in the chain".to_owned(),
        None => "is the call itself".to_owned(),
        Some(other) => misfit(&hops[other], &hops[place]).unwrap_or_default(),
    };
    Err(format!("the parent {parent} of call {id} {why}"))
}

/// Why one call cannot have caused another.
fn misfit(parent: &Hop<'_>, child: &Hop<'_>) -> Option<String> {
    let late_ms = parent.start_at_ms - child.start_at_ms;
    let over_ms = child.start_at_ms - parent.end_at_ms;
    if parent.dst_ip.address != child.src_ip.address {
        Some(format!("goes to {}, and the call comes from {}", parent.dst_ip.text, child.src_ip.text))
    } else if late_ms > START_SLACK_MS {
        Some(format!("starts {late_ms} ms after it"))
    } else if over_ms > LATE_START_MS {
        Some(format!("ended {over_ms} ms before it started"))
    } else {
        None
    }
}

/// A call to which no way leads from the root: its way up goes round in a cycle.
fn find_detached(root: usize, candidates: &[Vec<usize>]) -> Option<usize> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); candidates.len()];
    for (child, parents) in candidates.iter().enumerate() {
        parents.iter().for_each(|&parent| children[parent].push(child));
    }
    let mut is_reached = vec![false; candidates.len()];
    is_reached[root] = true;
    let mut next = VecDeque::from([root]);
    while let Some(place) = next.pop_front() {
        for &child in &children[place] {
            if !is_reached[child] {
                is_reached[child] = true;
                next.push_back(child);
            }
        }
    }
    is_reached.iter().position(|&is_reached| !is_reached)
}
