//! The series of a kernel, with their sums.

use std::cmp::Reverse;

use super::names::Names;
use super::sums::Sums;
use super::Kind;
use crate::address::Spelling;
use crate::chain::services::Services;
use crate::memory;
use crate::seeded::SeededMap;

/// A series: what it is about, and the numbers of its names. Only an edge has two: where its calls come from, and
/// where they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Series {
    /// What it is about.
    pub kind: Kind,
    /// Where the calls come from; equal to `dst` where there is one name.
    pub src: u32,
    /// Where they go.
    pub dst: u32,
}

/// Sums by series.
#[derive(Debug, Default)]
pub struct SeriesTable {
    names: Names,
    places: SeededMap<Series, u32>,
    series: Vec<Series>,
    /// Of the series; those behind are empty, and have memory for bins.
    sums: Vec<Sums>,
    /// The ids of exemplars, JSON values.
    texts: Vec<u8>,
}

impl SeriesTable {
    /// The names of the series.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The number of a name.
    pub fn name(&mut self, name: &str) -> u32 {
        self.names.number(name)
    }

    /// The number of the name of an address.
    #[inline]
    pub fn name_of(&mut self, spelling: Spelling<'_>, services: &Services) -> u32 {
        self.names.number_of(spelling, services)
    }

    /// The sums of a series, and where the ids of its exemplars are kept.
    #[inline]
    pub fn sums_mut(&mut self, series: Series) -> (&mut Sums, &mut Vec<u8>) {
        let next = self.series.len() as u32;
        let place = *self.places.entry(series).or_insert(next);
        if place == next {
            self.series.push(series);
            if self.sums.len() == next as usize {
                self.sums.push(Sums::default());
            }
        }
        (&mut self.sums[place as usize], &mut self.texts)
    }

    /// Adds sums whose exemplars have their ids in `texts`.
    pub fn merge(&mut self, series: Series, sums: &Sums, texts: &[u8]) {
        let (own, own_texts) = self.sums_mut(series);
        own.merge(sums);
        for exemplar in sums.exemplars.iter() {
            let write_id = |out: &mut Vec<u8>| out.extend_from_slice(exemplar.id(texts));
            own.exemplars.offer(exemplar.latency_ms, own_texts, write_id);
        }
    }

    /// The series with this place, and its sums.
    pub fn get(&self, place: u32) -> (Series, &Sums) {
        (self.series[place as usize], &self.sums[place as usize])
    }

    /// The ids of exemplars.
    pub fn texts(&self) -> &[u8] {
        &self.texts
    }

    /// The places of all series in order of their kinds and names.
    pub fn in_order(&mut self) -> Vec<u32> {
        self.names.rank();
        let mut order: Vec<u32> = (0..self.series.len() as u32).collect();
        self.sort(&mut order);
        order
    }

    /// Brings places into the order of kinds and names, which have been ranked.
    fn sort(&self, places: &mut [u32]) {
        places.sort_unstable_by_key(|&place| self.key(place));
    }

    fn key(&self, place: u32) -> (Kind, u32, u32) {
        let Series { kind, src, dst } = self.series[place as usize];
        (kind, self.names.rank_of(src), self.names.rank_of(dst))
    }

    /// The places of the series of a kind: those to be kept, which have the most calls, of equal ones the first
    /// by their names, in order of these; then the others.
    pub fn split(&mut self, kind: Kind, max_series: usize) -> (Vec<u32>, Vec<u32>) {
        self.names.rank();
        let all = 0..self.series.len() as u32;
        let mut kept: Vec<u32> = all.filter(|&place| self.series[place as usize].kind == kind).collect();
        let mut others = Vec::new();
        if kept.len() > max_series {
            kept.sort_unstable_by_key(|&place| (Reverse(self.sums[place as usize].count), self.key(place)));
            others = kept.split_off(max_series);
        }
        self.sort(&mut kept);
        (kept, others)
    }

    /// Whether there is no series.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Forgets all, keeps some of the memory.
    pub fn clear(&mut self) {
        self.names.forget_many();
        self.places.clear();
        self.sums[..self.series.len()].iter_mut().for_each(Sums::clear);
        self.series.clear();
        self.texts.clear();
    }

    /// Bytes held, about.
    pub fn memory_bytes(&self) -> usize {
        let sums: usize = self.sums.iter().map(Sums::memory_bytes).sum();
        self.names.memory_bytes()
            + memory::of_map(&self.places)
            + memory::of_vec(&self.series)
            + memory::of_vec(&self.sums)
            + self.texts.capacity()
            + sums
    }
}
