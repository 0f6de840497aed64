//! Which TaskManagers are missing, and which the job has left.

use std::collections::BTreeMap;

use crate::job::metrics::TaskManager;

/// How many have to be added so that the job finds `wanted` slots where it can have `available` now.
///
/// They are taken to have as many slots as the smallest that is there.
///
/// # Errors
/// When there is none to tell by.
pub fn missing(all: &[TaskManager], wanted: u32, available: u32) -> Result<u32, String> {
    let Some(short) = wanted.checked_sub(available).filter(|short| *short > 0) else { return Ok(0) };
    let smallest = all.iter().map(|taskmanager| taskmanager.slots).filter(|slots| *slots > 0).min();
    let slots = smallest.ok_or("no TaskManager tells how many slots it has")?;
    Ok(short.div_ceil(slots))
}

/// Since when TaskManagers are without any job.
#[derive(Debug, Default)]
pub struct Idle {
    since_s: BTreeMap<String, u64>,
}

impl Idle {
    /// Takes in what the cluster says.
    pub fn observe(&mut self, at_s: u64, all: &[TaskManager]) {
        let idle = all.iter().filter(|taskmanager| is_idle(taskmanager));
        let since_s = idle.map(|taskmanager| {
            let since_s = self.since_s.get(&taskmanager.id).copied().unwrap_or(at_s);
            (taskmanager.id.clone(), since_s)
        });
        self.since_s = since_s.collect();
    }

    /// Those that were without any job for so long, less `spare` of all that are, the longest idle first.
    pub fn left<'a>(
        &self,
        at_s: u64,
        for_s: u64,
        all: &'a [TaskManager],
        spare: u32,
    ) -> Vec<&'a TaskManager> {
        let since_s = |taskmanager: &&TaskManager| self.since_s.get(&taskmanager.id).copied();
        let mut left: Vec<_> = all
            .iter()
            .filter(|taskmanager| since_s(taskmanager).is_some_and(|since_s| since_s + for_s <= at_s))
            .collect();
        left.sort_by_key(since_s);
        left.truncate(self.since_s.len().saturating_sub(spare as usize));
        left
    }
}

/// Whether no job is in it.
pub fn is_idle(taskmanager: &TaskManager) -> bool {
    taskmanager.slots > 0 && taskmanager.free_slots == taskmanager.slots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taskmanager(id: &str, slots: u32, free_slots: u32) -> TaskManager {
        TaskManager { id: id.to_owned(), slots, free_slots, ..TaskManager::default() }
    }

    fn ids(left: &[&TaskManager]) -> Vec<String> {
        left.iter().map(|taskmanager| taskmanager.id.clone()).collect()
    }

    #[test]
    fn as_many_are_missing_as_have_the_slots_that_are_short() {
        let all = [taskmanager("a", 4, 0), taskmanager("b", 2, 1)];
        assert_eq!(missing(&all, 6, 6), Ok(0));
        assert_eq!(missing(&all, 5, 6), Ok(0));
        assert_eq!(missing(&all, 7, 6), Ok(1));
        assert_eq!(missing(&all, 9, 6), Ok(2), "as small as the smallest");
        assert!(missing(&[], 1, 0).unwrap_err().contains("how many slots"));
        assert!(missing(&[taskmanager("a", 0, 0)], 1, 0).is_err());
    }

    #[test]
    fn a_taskmanager_with_one_task_is_not_left() {
        let all = [taskmanager("a", 2, 1), taskmanager("b", 2, 2), taskmanager("c", 0, 0)];
        let mut idle = Idle::default();
        idle.observe(100, &all);
        assert_eq!(ids(&idle.left(160, 60, &all, 0)), ["b"]);
    }

    #[test]
    fn one_that_was_idle_too_short_or_had_a_job_in_between_stays() {
        let (free, used) = (taskmanager("a", 2, 2), taskmanager("a", 2, 0));
        let mut idle = Idle::default();
        idle.observe(100, std::slice::from_ref(&free));
        assert!(idle.left(159, 60, std::slice::from_ref(&free), 0).is_empty());
        idle.observe(160, &[used]);
        idle.observe(170, std::slice::from_ref(&free));
        assert!(idle.left(200, 60, std::slice::from_ref(&free), 0).is_empty());
        assert_eq!(ids(&idle.left(230, 60, &[free], 0)), ["a"]);
    }

    #[test]
    fn spare_ones_stay_and_they_are_those_that_came_last() {
        let (old, new) = (taskmanager("old", 1, 1), taskmanager("new", 1, 1));
        let mut idle = Idle::default();
        idle.observe(0, std::slice::from_ref(&old));
        let all = [new, old];
        idle.observe(50, &all);
        assert_eq!(ids(&idle.left(500, 60, &all, 1)), ["old"]);
        assert!(idle.left(500, 60, &all, 2).is_empty());
        assert_eq!(ids(&idle.left(500, 60, &all, 0)), ["old", "new"]);
    }
}
