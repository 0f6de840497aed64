//! The names that series have: of services, or else addresses.

use std::borrow::Cow;
use std::io::Write;

use crate::address::{Address, Spelling};
use crate::chain::services::Services;
use crate::memory;
use crate::seeded::SeededMap;

/// Names that are kept after the work that they came with: most come again with the next.
const KEPT: usize = 4096;

/// A number for each name, in order of first sight. A name is the inside of a JSON string.
#[derive(Debug, Default)]
pub struct Names {
    texts: Vec<Box<str>>,
    /// The place of each name among all in order of their texts, as far as [`rank`](Self::rank) has been called.
    ranks: Vec<u32>,
    numbers: SeededMap<Box<str>, u32>,
    /// Numbers of the usual spellings of IPv4 addresses, which need not be looked at anew.
    v4: SeededMap<[u8; 4], u32>,
    text_bytes: usize,
}

impl Names {
    /// The number of a name.
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(name.into());
        self.numbers.insert(name.into(), number);
        self.text_bytes += 2 * name.len();
        number
    }

    /// The number of the name of an address: that of its service, else what it stands for, the same for all of
    /// its spellings.
    #[inline]
    pub fn number_of(&mut self, spelling: Spelling<'_>, services: &Services) -> u32 {
        let Spelling::V4(octets) = spelling else {
            return self.number_of_any(spelling, services);
        };
        if let Some(&number) = self.v4.get(&octets) {
            return number;
        }
        let number = self.number_of_any(spelling, services);
        self.v4.insert(octets, number);
        number
    }

    fn number_of_any(&mut self, spelling: Spelling<'_>, services: &Services) -> u32 {
        match services.name(spelling) {
            Some(name) => self.number(name),
            None => self.number(&text_of(spelling)),
        }
    }

    /// The name with this number.
    pub fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    /// Gives all names their ranks. Costs nothing if there are no new ones.
    pub fn rank(&mut self) {
        if self.ranks.len() < self.texts.len() {
            let mut order: Vec<u32> = (0..self.texts.len() as u32).collect();
            order.sort_unstable_by_key(|&number| self.text(number));
            self.ranks.resize(self.texts.len(), 0);
            for (rank, number) in (0..).zip(order) {
                self.ranks[number as usize] = rank;
            }
        }
    }

    /// Which place a name has among all in order of their texts, once they were [ranked](Self::rank).
    #[inline]
    pub fn rank_of(&self, number: u32) -> u32 {
        self.ranks[number as usize]
    }

    /// Forgets all names if there are many. What the numbers are changes nothing that is written.
    pub fn forget_many(&mut self) {
        if self.texts.len() > KEPT {
            self.clear();
        }
    }

    fn clear(&mut self) {
        self.texts.clear();
        self.ranks.clear();
        self.numbers.clear();
        self.v4.clear();
        self.text_bytes = 0;
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_vec(&self.texts)
            + memory::of_vec(&self.ranks)
            + memory::of_map(&self.numbers)
            + memory::of_map(&self.v4)
            + self.text_bytes
    }
}

/// What an address stands for, as the inside of a JSON string.
fn text_of(spelling: Spelling<'_>) -> Cow<'_, str> {
    let mut text = Vec::new();
    // Writing to a `Vec` cannot fail.
    _ = match spelling.address() {
        Ok(Address::V4(ip)) => write!(text, "{ip}"),
        Ok(Address::V6(ip)) => write!(text, "{ip}"),
        // Old blocks may hold names that none would be today.
        Ok(Address::Name(name)) => {
            let quoted = serde_json::Value::from(&*name).to_string();
            write!(text, "{}", &quoted[1..quoted.len() - 1])
        }
        Err(_) => {
            spelling.write(&mut text);
            Ok(())
        }
    };
    String::from_utf8(text).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_all_names_whenever_they_came() {
        let mut names = Names::default();
        for come in [&["cart", "api"][..], &["db", "api"], &["b"]] {
            come.iter().for_each(|name| _ = names.number(name));
            names.rank();
        }
        let rank = |names: &mut Names, name: &str| {
            let number = names.number(name);
            names.rank_of(number)
        };
        assert_eq!(["api", "b", "cart", "db"].map(|name| rank(&mut names, name)), [0, 1, 2, 3]);
    }

    #[test]
    fn few_names_are_kept_and_many_forgotten() {
        let mut names = Names::default();
        names.number("api");
        names.forget_many();
        assert_eq!(names.texts.len(), 1);
        (0..KEPT).for_each(|n| _ = names.number(&n.to_string()));
        names.forget_many();
        assert_eq!((names.texts.len(), names.text_bytes), (0, 0));
    }

    #[test]
    fn an_address_has_one_name_however_it_is_spelled() {
        let services = Services::read("10.0.0.9: cart\n*.shop.example: cart\n").unwrap();
        let mut names = Names::default();
        for (spellings, name) in [
            (&["10.0.0.1", "10.0.0.1:80", "::ffff:10.0.0.1", "10.0.0.1/32"][..], "10.0.0.1"),
            (&["::1", "[::1]:80", "0:0:0:0:0:0:0:1"], "::1"),
            (&["API.example.", "api.example", "api.example:443"], "api.example"),
            (&["10.0.0.9", "x.shop.example", "10.0.0.9:81"], "cart"),
        ] {
            let numbers: Vec<u32> = spellings
                .iter()
                .map(|text| names.number_of(Spelling::parse(text).unwrap().0, &services))
                .collect();
            assert!(numbers.iter().all(|&number| names.text(number) == name), "{name}: {numbers:?}");
            assert!(numbers.iter().all(|&number| number == numbers[0]), "{name}: {numbers:?}");
        }
    }
}
