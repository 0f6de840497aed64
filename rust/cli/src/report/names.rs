//! The names of services.

use std::collections::HashMap;

use callweave_core::address::{Address, Spelling};
use callweave_core::chain::services::Services;

/// Names that are told apart; calls of others go to one that stands for all of them.
const MAX_NAMES: usize = 20_000;
/// Spellings of addresses that are remembered: ports of clients make many.
const MAX_SPELLINGS: usize = 100_000;
/// The name that stands for those above the limit.
const OTHER: &str = "other";

/// A number for each name, in order of first sight.
#[derive(Debug)]
pub struct Names {
    services: Services,
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    /// Numbers of addresses by their spelling, with whether the table of services has it.
    spellings: HashMap<Box<str>, (u32, bool)>,
    /// The names that chains have for addresses.
    of_chains: HashMap<u32, u32>,
    other: Option<u32>,
}

impl Names {
    /// Names by a table of services.
    pub fn new(services: Services) -> Self {
        Self {
            services,
            texts: Vec::new(),
            numbers: HashMap::new(),
            spellings: HashMap::new(),
            of_chains: HashMap::new(),
            other: None,
        }
    }

    /// The number of a name.
    pub fn of_name(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        if self.texts.len() < MAX_NAMES {
            return self.add(name);
        }
        let other = self.other.unwrap_or_else(|| self.add(OTHER));
        self.other = Some(other);
        other
    }

    fn add(&mut self, name: &str) -> u32 {
        let number = self.texts.len() as u32;
        self.texts.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }

    /// The number of an address: of its service, else of what it stands for, the same for all of its spellings.
    pub fn of_address(&mut self, text: &str) -> u32 {
        self.look_up(text).0
    }

    /// As above, and whether the table of services has it.
    fn look_up(&mut self, text: &str) -> (u32, bool) {
        if let Some(&found) = self.spellings.get(text) {
            return found;
        }
        let json = serde_json::Value::from(text).to_string();
        let service = Spelling::parse(&json[1..json.len() - 1])
            .ok()
            .and_then(|(spelling, _)| self.services.name(spelling))
            // It stands in the table as JSON writes it.
            .and_then(|name| serde_json::from_str::<String>(&format!("\"{name}\"")).ok());
        let found = match service {
            Some(service) => (self.of_name(&service), true),
            None => (self.of_name(&canonical(text)), false),
        };
        if self.spellings.len() >= MAX_SPELLINGS {
            self.spellings.clear();
        }
        self.spellings.insert(text.into(), found);
        found
    }

    /// The number of a name that a chain has for an address. The table of services goes before it; where the
    /// table says nothing, calls without a name of their own have this one, too.
    pub fn of_hop(&mut self, name: &str, address: Option<&str>) -> u32 {
        let Some(address) = address else {
            return self.of_name(name);
        };
        let (number, is_service) = self.look_up(address);
        if is_service || name == address {
            return number;
        }
        let named = self.of_name(name);
        if named != number && self.of_chains.len() < MAX_NAMES {
            self.of_chains.entry(number).or_insert(named);
        }
        named
    }

    /// The number of what a window calls a name or an address, as it is written there but for the table of services.
    pub fn of_series(&mut self, name: &str) -> u32 {
        match self.look_up(name) {
            (number, true) => number,
            _ => self.of_name(name),
        }
    }

    /// The number of the name that is shown for this one.
    pub fn shown(&self, number: u32) -> u32 {
        self.of_chains.get(&number).copied().unwrap_or(number)
    }

    /// The name with this number.
    pub fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }
}

/// What an address stands for; a text that is none as it is.
fn canonical(text: &str) -> String {
    match Address::parse(text) {
        Ok(Address::V4(ip)) => ip.to_string(),
        Ok(Address::V6(ip)) => ip.to_string(),
        Ok(Address::Name(name)) => name.into(),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_name_however_it_is_spelled() {
        let mut names = Names::new(Services::read("10.0.0.9: cart \"x\"\n").unwrap());
        for (spelling, name) in [
            ("10.0.0.1", "10.0.0.1"),
            ("10.0.0.1:80", "10.0.0.1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("API.example.", "api.example"),
            ("10.0.0.9:81", "cart \"x\""),
            ("no address", "no address"),
        ] {
            let number = names.of_address(spelling);
            assert_eq!(names.text(number), name);
            assert_eq!(names.of_address(spelling), number);
        }
    }

    #[test]
    fn the_name_that_a_chain_has_for_an_address_is_that_of_its_calls_unless_the_table_has_another() {
        let mut names = Names::new(Services::read("10.0.0.9: cart\n").unwrap());
        let of_call = names.of_address("10.0.0.1:80");
        let of_chain = names.of_hop("shop", Some("10.0.0.1"));
        assert_eq!(names.text(of_chain), "shop");
        assert_eq!(names.shown(of_call), of_chain);
        let cart = names.of_hop("basket", Some("10.0.0.9"));
        assert_eq!((names.text(cart), names.shown(cart)), ("cart", cart));
        let plain = names.of_hop("10.0.0.3:80", Some("10.0.0.3:80"));
        assert_eq!((names.text(plain), names.shown(plain)), ("10.0.0.3", plain));
    }

    #[test]
    fn names_above_the_limit_are_one() {
        let mut names = Names::new(Services::default());
        let first = names.of_address("10.0.0.1");
        let numbers: Vec<u32> = (0..MAX_NAMES + 9).map(|name| names.of_name(&name.to_string())).collect();
        assert_eq!(names.text(numbers[MAX_NAMES]), OTHER);
        assert_eq!(numbers[MAX_NAMES], numbers[MAX_NAMES + 8]);
        assert_eq!(names.of_address("10.0.0.1"), first);
    }
}
