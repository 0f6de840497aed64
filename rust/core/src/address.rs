//! Addresses: IPv4, IPv6 or a host name; compared by what they name, not by how they are spelled.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Result};

/// The longest host name, bytes.
pub const MAX_HOST_NAME_BYTES: usize = 255;

/// What an address names. Two spellings of one address are equal here.
///
/// An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`) is the IPv4 address: a dual-stack socket reports
/// an IPv4 peer that way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// IPv4.
    V4(Ipv4Addr),
    /// IPv6.
    V6(Ipv6Addr),
    /// A host name, in ASCII lower case.
    Name(Box<str>),
}

impl Address {
    /// Reads an address of 1 to 255 bytes; `None` for any other length.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Some(ip.into());
        }
        let fits = (1..=MAX_HOST_NAME_BYTES).contains(&text.len());
        fits.then(|| Address::Name(text.to_ascii_lowercase().into()))
    }

    /// The group of this address among `groups`. Part of the state: the same in every version and
    /// on every machine.
    pub fn group(&self, groups: u32) -> u32 {
        let hash = match self {
            Address::V4(ip) => xxh3_64(&ip.octets()),
            Address::V6(ip) => xxh3_64(&ip.octets()),
            Address::Name(name) => xxh3_64(name.as_bytes()),
        };
        (hash % u64::from(groups)) as u32
    }
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Address::V4(ip),
            IpAddr::V6(ip) => Address::V6(ip),
        }
    }
}

/// How an address was spelled, in the form that a block keeps: the few bytes of an IP whose
/// spelling is the usual one, else the text between the quotes of the JSON string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling<'a> {
    /// Dotted decimal.
    V4([u8; 4]),
    /// As RFC 5952 writes it.
    V6([u8; 16]),
    /// The inside of a JSON string, escapes and all.
    Text(&'a str),
}

impl<'a> Spelling<'a> {
    /// The spelling and the address of the inside of a JSON string.
    pub fn parse(json_text: &'a str) -> Option<(Self, Address)> {
        let text = unescape(json_text)?;
        let address = Address::parse(&text)?;
        let spelling = match text.parse::<IpAddr>() {
            // Rust accepts no other spelling of an IPv4 address than the usual one.
            Ok(IpAddr::V4(ip)) if matches!(text, Cow::Borrowed(_)) => Spelling::V4(ip.octets()),
            Ok(IpAddr::V6(ip)) if ip.to_string() == json_text => Spelling::V6(ip.octets()),
            _ => Spelling::Text(json_text),
        };
        Some((spelling, address))
    }

    /// The address that this spelling names.
    pub fn address(&self) -> Result<Address> {
        match *self {
            Spelling::V4(octets) => Ok(Address::V4(octets.into())),
            Spelling::V6(octets) => Ok(IpAddr::from(octets).into()),
            Spelling::Text(text) => Self::parse(text).map(|(_, address)| address).ok_or_else(|| {
                Error::corrupt(format!("the block holds the address {text:?}, which is none"))
            }),
        }
    }

    /// Appends the inside of the JSON string as it was read.
    pub fn write(&self, out: &mut Vec<u8>) {
        use std::io::Write;
        // Writing to a `Vec` cannot fail.
        let _ = match self {
            Spelling::V4(octets) => write!(out, "{}", Ipv4Addr::from(*octets)),
            Spelling::V6(octets) => write!(out, "{}", Ipv6Addr::from(*octets)),
            Spelling::Text(text) => out.write_all(text.as_bytes()),
        };
    }
}

/// The text that the inside of a JSON string stands for; `None` where an escape is none.
fn unescape(json_text: &str) -> Option<Cow<'_, str>> {
    if !json_text.contains('\\') {
        return Some(Cow::Borrowed(json_text));
    }
    serde_json::from_str::<String>(&format!("\"{json_text}\"")).ok().map(Cow::Owned)
}

/// A number for each spelling and each address, in order of first sight.
///
/// One table is keyed either by the texts of the input or by the forms of a block, never by both.
/// Cleared, not dropped, between cells: its memory follows the largest one.
#[derive(Debug, Default)]
pub struct AddressTable {
    spellings: FxHashMap<Box<[u8]>, u32>,
    addresses: FxHashMap<Address, u32>,
    entries: Vec<Entry>,
    /// Bytes of the keys above.
    bytes: usize,
}

/// One spelling in an [`AddressTable`].
#[derive(Debug)]
pub struct Entry {
    /// The spelling as a block writes it.
    pub encoded: Box<[u8]>,
    /// The inside of the JSON string.
    pub text: Box<[u8]>,
    /// The number of its address.
    pub address: u32,
    /// The group of its address; 0 in a table keyed by the forms of a block.
    pub group: u32,
}

impl AddressTable {
    /// The number of the spelling whose form in a block is `encoded`.
    pub fn intern_encoded(&mut self, encoded: &[u8], spelling: &Spelling<'_>) -> Result<u32> {
        if let Some(&number) = self.spellings.get(encoded) {
            return Ok(number);
        }
        let mut text = Vec::new();
        spelling.write(&mut text);
        let entry = Entry { encoded: encoded.into(), text: text.into(), address: 0, group: 0 };
        Ok(self.insert(encoded, spelling.address()?, entry))
    }

    /// The number of the spelling that is the inside of a JSON string, its address counted to one
    /// of `groups`.
    pub fn intern_text(&mut self, json_text: &str, groups: u32) -> Result<u32> {
        if let Some(&number) = self.spellings.get(json_text.as_bytes()) {
            return Ok(number);
        }
        let (spelling, address) = Spelling::parse(json_text)
            .ok_or_else(|| Error::corrupt(format!("{json_text:?} is no address")))?;
        let mut encoded = Vec::new();
        crate::block::write_spelling(&mut encoded, &spelling);
        let text = json_text.as_bytes();
        let group = address.group(groups);
        Ok(self.insert(
            text,
            address,
            Entry { encoded: encoded.into(), text: text.into(), address: 0, group },
        ))
    }

    fn insert(&mut self, key: &[u8], address: Address, entry: Entry) -> u32 {
        let next = self.addresses.len() as u32;
        let address = *self.addresses.entry(address).or_insert(next);
        self.bytes += key.len() + entry.encoded.len() + 2 * entry.text.len();
        self.entries.push(Entry { address, ..entry });
        let number = self.entries.len() as u32 - 1;
        self.spellings.insert(key.into(), number);
        number
    }

    /// The entry with this number, which `intern` gave.
    pub fn entry(&self, number: u32) -> &Entry {
        &self.entries[number as usize]
    }

    /// Appends a spelling as it came, given its number.
    pub fn write(&self, number: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.entry(number).text);
    }

    /// Number of spellings.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no spelling.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.spellings.clear();
        self.addresses.clear();
        self.entries.clear();
        self.bytes = 0;
    }

    /// Bytes held, about.
    pub fn memory_bytes(&self) -> usize {
        self.bytes
            + self.spellings.capacity() * 24
            + self.addresses.capacity() * 40
            + self.entries.capacity() * 24
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_are_equal() {
        for (a, b) in [
            ("::1", "0:0:0:0:0:0:0:1"),
            ("2001:DB8::a", "2001:db8:0:0::A"),
            ("Api.Example", "api.example"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            (r"10.0.0.\u0031", "10.0.0.1"),
        ] {
            assert_eq!(Spelling::parse(a).unwrap().1, Spelling::parse(b).unwrap().1, "{a} {b}");
        }
        assert_ne!(Address::parse("10.0.0.1"), Address::parse("10.0.0.10"));
        assert_ne!(Address::parse("010.0.0.1"), Address::parse("10.0.0.1"));
    }

    #[test]
    fn a_spelling_is_written_back_as_it_came() {
        for text in
            ["10.0.0.1", "::1", "0:0:0:0:0:0:0:1", "::FFFF:10.0.0.1", "Api", r"10.0.0.\u0031", "grüße"]
        {
            let mut out = Vec::new();
            Spelling::parse(text).unwrap().0.write(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    #[test]
    fn a_host_name_has_1_to_255_bytes() {
        assert!(Address::parse("").is_none());
        assert!(Address::parse(&"a".repeat(255)).is_some());
        assert!(Address::parse(&"a".repeat(256)).is_none());
    }

    #[test]
    fn groups_never_change_because_state_depends_on_them() {
        let groups: Vec<u32> = ["10.0.0.1", "::1", "api.example"]
            .iter()
            .map(|text| Address::parse(text).unwrap().group(1_000_000))
            .collect();
        assert_eq!(groups, GOLDEN_GROUPS);
    }

    const GOLDEN_GROUPS: [u32; 3] = [308_502, 173_947, 488_388];
}
