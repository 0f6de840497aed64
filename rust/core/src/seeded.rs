//! Maps whose keys come from outside.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// A map whose hash is seeded by chance, map by map.
///
/// Addresses, ids and times are what senders make them. With a hash that they know they could choose
/// keys that all meet in one place of a table, and each look-up would pass all of them. Nothing may
/// depend on the order of the entries.
pub type SeededMap<K, V> = HashMap<K, V, RandomState>;

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};

    use super::*;

    /// Hashes an integer by one multiplication, the same in every process.
    #[derive(Default)]
    struct Unseeded(u64);

    const FACTOR: u64 = 0xf135_7aea_2e62_a9c5;

    impl Hasher for Unseeded {
        fn finish(&self) -> u64 {
            self.0.rotate_left(26)
        }

        fn write(&mut self, _bytes: &[u8]) {}

        fn write_u64(&mut self, key: u64) {
            self.0 = key.wrapping_mul(FACTOR);
        }
    }

    thread_local! {
        /// How often keys were compared.
        static COMPARED: Cell<usize> = const { Cell::new(0) };
    }

    /// A key whose comparisons are counted.
    struct Counted(u64);

    impl PartialEq for Counted {
        fn eq(&self, other: &Self) -> bool {
            COMPARED.set(COMPARED.get() + 1);
            self.0 == other.0
        }
    }

    impl Eq for Counted {}

    impl Hash for Counted {
        fn hash<H: Hasher>(&self, hasher: &mut H) {
            hasher.write_u64(self.0);
        }
    }

    /// Keys whose unseeded hashes differ in some bits of no use to a table: neither the place in it nor
    /// the bits that it keeps of a hash are among them.
    fn colliding_keys(count: u64) -> Vec<u64> {
        let mut inverse = FACTOR;
        for _ in 0..6 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(FACTOR.wrapping_mul(inverse)));
        }
        (0..count).map(|n| (n << 30).rotate_right(26).wrapping_mul(inverse)).collect()
    }

    /// How often keys are compared while all of them are put into a map and looked up.
    fn comparisons(hash: impl BuildHasher, keys: &[u64]) -> usize {
        COMPARED.set(0);
        let mut map = HashMap::with_hasher(hash);
        map.extend(keys.iter().map(|&key| (Counted(key), ())));
        assert!(keys.iter().all(|&key| map.contains_key(&Counted(key))));
        COMPARED.get()
    }

    #[test]
    fn keys_chosen_to_collide_do_not() {
        let keys = colliding_keys(2_000);
        let unseeded = comparisons(BuildHasherDefault::<Unseeded>::default(), &keys);
        assert!(unseeded > keys.len() * keys.len() / 2, "the keys collide: {unseeded} comparisons");
        let seeded = comparisons(RandomState::default(), &keys);
        assert!(seeded < 2 * keys.len(), "{seeded} comparisons of {} keys", keys.len());
    }

    #[test]
    fn every_map_has_its_own_seed() {
        let map = SeededMap::<u64, ()>::default;
        assert_ne!(map().hasher().hash_one(7u64), map().hasher().hash_one(7u64));
    }
}
