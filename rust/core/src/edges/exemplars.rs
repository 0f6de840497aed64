//! The slowest calls of a series, by their ids.

use std::cmp::Reverse;

/// How many are kept.
pub const MAX: usize = 3;

/// The slowest calls: the one with the longest latency first, of equal ones that with the smaller id. No id is
/// there twice. The same whatever order they are offered in, and however they are merged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exemplars {
    slots: [Exemplar; MAX],
    used: u8,
}

/// A call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exemplar {
    /// Its latency, ms.
    pub latency_ms: u32,
    begin: u32,
    length: u32,
}

impl Exemplar {
    /// Its id, a JSON value.
    pub fn id(self, texts: &[u8]) -> &[u8] {
        &texts[self.begin as usize..][..self.length as usize]
    }
}

impl Exemplars {
    /// Keeps a call if it is one of the slowest. `write_id` appends its id as a JSON value to `texts`, which
    /// holds those of all calls; it is called only where the latency is long enough.
    #[inline]
    pub fn offer(&mut self, latency_ms: u32, texts: &mut Vec<u8>, write_id: impl FnOnce(&mut Vec<u8>)) {
        if usize::from(self.used) < MAX || latency_ms >= self.slots[MAX - 1].latency_ms {
            let begin = texts.len();
            write_id(texts);
            let length = texts.len() - begin;
            if !self.insert(Exemplar { latency_ms, begin: begin as u32, length: length as u32 }, texts) {
                texts.truncate(begin);
            }
        }
    }

    fn insert(&mut self, new: Exemplar, texts: &[u8]) -> bool {
        let mut used = usize::from(self.used);
        let same = self.slots[..used].iter().position(|kept| kept.id(texts) == new.id(texts));
        if let Some(same) = same {
            if self.slots[same].latency_ms >= new.latency_ms {
                return false;
            }
            self.slots.copy_within(same + 1..used, same);
            used -= 1;
        }
        let key = |exemplar: Exemplar| (Reverse(exemplar.latency_ms), exemplar.id(texts));
        let place = self.slots[..used].partition_point(|&kept| key(kept) < key(new));
        if place == MAX {
            return false;
        }
        self.slots.copy_within(place..used.min(MAX - 1), place + 1);
        self.slots[place] = new;
        self.used = (used + 1).min(MAX) as u8;
        true
    }

    /// Those that are kept, the slowest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Exemplar> + '_ {
        self.slots[..usize::from(self.used)].iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(exemplars: &Exemplars, texts: &[u8]) -> Vec<(u32, String)> {
        let text = |exemplar: Exemplar| String::from_utf8(exemplar.id(texts).to_vec()).unwrap();
        exemplars.iter().map(|exemplar| (exemplar.latency_ms, text(exemplar))).collect()
    }

    proptest! {
        #[test]
        fn the_slowest_stay_in_whatever_parts_they_come(calls in prop::collection::vec((0..5u32, 0..6u8, 0..3usize), 0..20)) {
            let mut texts = Vec::new();
            let mut parts = [Exemplars::default(); 3];
            for (latency_ms, id, part) in &calls {
                parts[*part].offer(*latency_ms, &mut texts, |out| out.push(b'a' + id));
            }
            let mut merged = Exemplars::default();
            for exemplar in parts.iter().flat_map(Exemplars::iter) {
                let id = exemplar.id(&texts).to_vec();
                merged.offer(exemplar.latency_ms, &mut texts, |out| out.extend_from_slice(&id));
            }
            let mut slowest = std::collections::BTreeMap::<String, u32>::new();
            for (latency_ms, id, _) in &calls {
                let kept = slowest.entry(char::from(b'a' + id).to_string()).or_default();
                *kept = (*kept).max(*latency_ms);
            }
            let mut expected: Vec<_> = slowest.into_iter().map(|(id, latency_ms)| (latency_ms, id)).collect();
            expected.sort_by_key(|(latency_ms, id)| (Reverse(*latency_ms), id.clone()));
            expected.truncate(MAX);
            prop_assert_eq!(kept(&merged, &texts), expected);
        }
    }
}
