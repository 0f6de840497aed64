//! The names that series have: of services, or else addresses.

use std::borrow::Cow;
use std::io::Write;

use crate::address::{Address, Spelling};
use crate::chain::services::Services;
use crate::memory;
use crate::seeded::SeededMap;

/// A number for each name, in order of first sight. A name is the inside of a JSON string.
#[derive(Debug, Default)]
pub struct Names {
    texts: Vec<Box<str>>,
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

    /// Forgets all, keeps some of the memory.
    pub fn clear(&mut self) {
        self.texts.clear();
        self.numbers.clear();
        self.v4.clear();
        self.text_bytes = 0;
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_vec(&self.texts)
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
