//! Where the rows of dense keys are.

use crate::memory::of_vec;

/// Places by dense key, of which few have one: there are as many keys of gaps as callers times callees times references,
/// up to 264,192, so forgetting and copying go by those that have a place.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The place of each key, plus one; 0 for none.
    places: Vec<u32>,
    /// The keys that have one, in the order in which they got it.
    keys: Vec<u32>,
}

impl Places {
    /// Forgets all, and makes room for so many keys. Costs as much as there were places.
    pub fn reset(&mut self, keys: usize) {
        for key in self.keys.drain(..) {
            self.places[key as usize] = 0;
        }
        if self.places.len() < keys {
            self.places.resize(keys, 0);
        }
    }

    #[inline]
    pub fn get(&self, key: usize) -> Option<usize> {
        self.places[key].checked_sub(1).map(|place| place as usize)
    }

    /// Gives a key a place.
    pub fn set(&mut self, key: usize, place: usize) {
        if self.places[key] == 0 {
            self.keys.push(key as u32);
        }
        self.places[key] = place as u32 + 1;
    }

    /// The keys that have a place, in the order in which they got it.
    pub fn keys(&self) -> impl Iterator<Item = usize> + '_ {
        self.keys.iter().map(|&key| key as usize)
    }

    /// Costs as much as there were places and are.
    pub fn copy_from(&mut self, other: &Self) {
        self.reset(other.places.len());
        self.keys.extend_from_slice(&other.keys);
        for key in other.keys() {
            self.places[key] = other.places[key];
        }
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        of_vec(&self.places) + of_vec(&self.keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Keys up to there, and some of them with a place.
    fn given() -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
        (1usize..40).prop_flat_map(|keys| (Just(keys), prop::collection::vec((0..keys, 0usize..9), 0..20)))
    }

    fn fill(places: &mut Places, (keys, given): &(usize, Vec<(usize, usize)>)) {
        places.reset(*keys);
        given.iter().for_each(|&(key, place)| places.set(key, place));
    }

    proptest! {
        #[test]
        fn places_are_those_that_were_given_since_the_last_reset_whatever_was_before(before in given(), now in given()) {
            let (mut places, mut copy) = (Places::default(), Places::default());
            fill(&mut places, &before);
            fill(&mut copy, &before);
            fill(&mut places, &now);
            copy.copy_from(&places);
            let last = |key: usize| now.1.iter().rev().find(|&&(given, _)| given == key).map(|&(_, place)| place);
            for places in [&places, &copy] {
                for key in 0..now.0 {
                    prop_assert_eq!(places.get(key), last(key));
                }
                let mut keys: Vec<usize> = now.1.iter().map(|&(key, _)| key).collect();
                let mut seen = std::collections::HashSet::new();
                keys.retain(|&key| seen.insert(key));
                prop_assert_eq!(places.keys().collect::<Vec<_>>(), keys);
            }
        }
    }
}
