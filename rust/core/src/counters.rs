//! What kernels count, by name.

use std::ops::Index;

/// Numbers that a kernel counts from one time it is asked to the next. The names are those that hosts
/// show; a number is known by the place of its name.
///
/// ```
/// use callweave_core::counters::Counters;
/// let mut counters = Counters::new(&["calls", "links"]);
/// counters.add(1, 5);
/// assert_eq!(counters.take().as_slice(), [0, 5]);
/// assert_eq!(counters.take().as_slice(), [0, 0]);
/// ```
#[derive(Debug, Clone)]
pub struct Counters {
    names: &'static [&'static str],
    values: Vec<u64>,
}

/// What was counted, in order of the names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted(Vec<u64>);

impl Counters {
    /// All at 0.
    pub fn new(names: &'static [&'static str]) -> Self {
        Self { names, values: vec![0; names.len()] }
    }

    /// The names.
    pub fn names(&self) -> &'static [&'static str] {
        self.names
    }

    /// Adds to the number whose name stands at `place`.
    #[inline]
    pub fn add(&mut self, place: usize, more: u64) {
        self.values[place] += more;
    }

    /// What was counted since the last call of this function.
    pub fn take(&mut self) -> Counted {
        Counted(std::mem::replace(&mut self.values, vec![0; self.names.len()]))
    }
}

impl Counted {
    /// All numbers.
    pub fn as_slice(&self) -> &[u64] {
        &self.0
    }
}

impl Index<usize> for Counted {
    type Output = u64;

    fn index(&self, place: usize) -> &u64 {
        &self.0[place]
    }
}
