//! What is known of the addresses of a key, of which most have no calls in a window: these stay as they were saved.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{is_forgotten, saved, Address};
use crate::block::models;
use crate::error::{Error, Result};
use crate::memory;

/// What was learned of the addresses of a key, of what a kernel has saved: another one may begin with it, in place of
/// nothing, whenever its calls are, also with those that it was learned from.
///
/// # Errors
/// When it is damaged, or of a version that is not read.
pub fn learned(state: &[u8]) -> Result<Vec<u8>> {
    let mut known = Known::default();
    if !state.is_empty() {
        known.load(state)?;
    }
    let Known { addresses, saved } = &mut known;
    for form in addresses.values_mut() {
        form.worked(saved)?.begin_again();
    }
    let mut learned = Vec::new();
    known.save(&mut learned)?;
    Ok(learned)
}

/// What is known of addresses, by their hashes.
#[derive(Debug, Default)]
pub struct Known {
    addresses: BTreeMap<u64, Form>,
    /// The bytes of those that are as they were saved.
    saved: Vec<u8>,
}

#[derive(Debug)]
enum Form {
    /// Where its bytes lie, and when its last window ended.
    Saved { place: Range<usize>, until_ms: Option<i64> },
    /// It had calls.
    Worked(Box<Address>),
}

impl Form {
    /// The address, decoded if it was not.
    fn worked(&mut self, saved: &[u8]) -> Result<&mut Address> {
        if let Self::Saved { place, .. } = self {
            let address = Address::load(&saved[place.clone()])?;
            *self = Self::Worked(Box::new(address));
        }
        match self {
            Self::Worked(address) => Ok(address),
            Self::Saved { .. } => Err(Error::corrupt("an address is not decoded")),
        }
    }
}

impl Known {
    /// Takes up what [`save`](Self::save) wrote, beside what is there. Costs a copy; an address is decoded once it
    /// has calls.
    ///
    /// # Errors
    /// When it is damaged, or an address of a version that is not read.
    pub fn load(&mut self, state: &[u8]) -> Result<()> {
        models::decode(state, |hash, bytes| {
            let start = self.saved.len();
            self.saved.extend_from_slice(bytes);
            let form = Form::Saved { place: start..self.saved.len(), until_ms: saved::until_ms(bytes)? };
            self.addresses.insert(hash, form);
            Ok(())
        })
    }

    /// An address, a new one if nothing is known of it.
    ///
    /// # Errors
    /// When what was loaded of it contradicts itself.
    pub fn address(&mut self, hash: u64) -> Result<&mut Address> {
        let Self { addresses, saved } = self;
        let form = addresses.entry(hash).or_insert_with(|| Form::Worked(Box::default()));
        form.worked(saved)
    }

    /// Forgets an address.
    pub fn remove(&mut self, hash: u64) {
        self.addresses.remove(&hash);
    }

    /// Forgets all addresses whose last call lies long before that moment.
    pub fn forget(&mut self, at_ms: i64) {
        self.addresses.retain(|_, form| match form {
            Form::Saved { until_ms, .. } => !is_forgotten(*until_ms, at_ms),
            Form::Worked(address) => !address.is_forgotten(at_ms),
        });
    }

    /// Forgets all, keeps some of the memory.
    pub fn clear(&mut self) {
        self.addresses.clear();
        self.saved.clear();
    }

    /// Appends what is known as a block; nothing if that is nothing.
    ///
    /// # Errors
    /// When an address is larger than would be read.
    pub fn save(&self, state: &mut Vec<u8>) -> Result<()> {
        if self.addresses.is_empty() {
            return Ok(());
        }
        let mut worked = Vec::new();
        let mut places = Vec::new();
        for form in self.addresses.values() {
            places.push(match form {
                Form::Saved { place, .. } => place.clone(),
                Form::Worked(address) => {
                    let start = worked.len();
                    address.save(&mut worked)?;
                    start..worked.len()
                }
            });
        }
        let addresses = self.addresses.iter().zip(places).map(|((&hash, form), place)| match form {
            Form::Saved { .. } => (hash, &self.saved[place]),
            Form::Worked(_) => (hash, &worked[place]),
        });
        models::encode(state, addresses);
        Ok(())
    }

    /// Bytes held, about.
    pub fn memory_bytes(&self) -> usize {
        let worked = self.addresses.values().map(|form| match form {
            Form::Saved { .. } => 0,
            Form::Worked(address) => size_of::<Address>() + address.memory_bytes(),
        });
        memory::of_tree(&self.addresses) + self.saved.capacity() + worked.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::{Counts, Leg, Scratch, Settings, Window};

    /// What a window without children makes of two addresses.
    fn two_addresses() -> Known {
        let mut known = Known::default();
        let window = Window { begin_ms: 0, end_ms: 5_000, visible_ms: 6_000 };
        for hash in [3, 4] {
            let parent = Leg { start_ms: 100, end_ms: 9_000, peer: 7, key: hash.into() };
            let (scratch, counts) = (&mut Scratch::default(), &mut Counts::default());
            let address = known.address(hash).unwrap();
            address.decide(
                window,
                &Settings::default(),
                hash,
                &[parent],
                &[],
                scratch,
                &mut Vec::new(),
                counts,
            );
        }
        known
    }

    fn saved(known: &Known) -> Vec<u8> {
        let mut state = Vec::new();
        known.save(&mut state).unwrap();
        state
    }

    #[test]
    fn an_address_is_saved_alike_whether_or_not_it_was_decoded_in_between() {
        let state = saved(&two_addresses());
        let mut known = Known::default();
        known.load(&state).unwrap();
        assert_eq!(saved(&known), state);
        known.address(3).unwrap();
        assert!(
            matches!(known.addresses[&3], Form::Worked(_))
                && matches!(known.addresses[&4], Form::Saved { .. })
        );
        assert_eq!(saved(&known), state);
    }

    #[test]
    fn what_was_learned_is_for_calls_at_any_time_and_waits_for_none() {
        let mut before = two_addresses();
        let mut known = Known::default();
        known.load(&learned(&saved(&before)).unwrap()).unwrap();
        known.forget(i64::MAX);
        assert_eq!(known.addresses.len(), 2);
        let (address, before) = (known.address(3).unwrap(), before.address(3).unwrap());
        assert!(!before.kept.parents.is_empty() && address.kept.parents.is_empty());
        assert_ne!(address.model, before.model);
        before.model.until_ms = Some(i64::MAX);
        assert_eq!(address.model, before.model);
        assert_eq!(learned(b"").unwrap(), b"");
        assert!(learned(b"no state").is_err());
    }

    #[test]
    fn an_address_without_calls_is_forgotten_at_the_same_moment_as_one_that_had_some() {
        let mut known = Known::default();
        known.load(&saved(&two_addresses())).unwrap();
        let until_ms = known.address(3).unwrap().model.until_ms.unwrap();
        known.forget(until_ms + super::super::FORGET_MS);
        assert_eq!(known.addresses.len(), 2);
        known.forget(until_ms + super::super::FORGET_MS + 1);
        assert!(known.addresses.is_empty() && saved(&known).is_empty());
    }
}
