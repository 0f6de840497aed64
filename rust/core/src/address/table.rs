//! Numbers for addresses.

use super::{dotted, Address, NoAddress, Spelling};
use crate::error::Result;
use crate::memory;
use crate::seeded::SeededMap;

/// What a spelling takes beside its bytes, about: an entry and a slot of each of two maps.
const BYTES_PER_SPELLING: usize = 100;

/// A number for each spelling of an address, in order of first sight, and by it the address.
///
/// Cleared, not dropped, between cells: its memory follows the largest one.
#[derive(Debug, Default)]
pub struct AddressTable {
    entries: Vec<Entry>,
    /// Numbers of the usual spellings of IPv4 addresses, by their octets: nearly all.
    v4: SeededMap<u32, u32>,
    /// Numbers of all others, by their key.
    others: SeededMap<Box<[u8]>, u32>,
    /// Those that came as the inside of a JSON string, by it: where it is as short as an IPv4 address,
    /// by two words that hold it, so that one place in memory is looked at.
    short_texts: SeededMap<(u64, u64), Interned>,
    texts: SeededMap<Box<[u8]>, Interned>,
    /// The keys of the others, and their texts where they were asked for.
    bytes: Vec<u8>,
    /// Bytes of the keys of `others` and `texts`.
    boxed_bytes: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    form: Form,
    /// The number of the spelling that stands for the address.
    address: u32,
}

/// A spelling that came as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interned {
    /// Its number.
    pub number: u32,
    /// The group of its address.
    pub group: u32,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    V4([u8; 4]),
    Other {
        /// Where its key begins in `bytes`, and its length.
        key: (u32, u32),
        /// Where its text begins; a length of 0 as long as nobody asked for it.
        text: (u32, u32),
    },
}

/// First bytes of a key: the octets of an IPv6 address in its usual spelling follow,
const KEY_V6: u8 = 6;
/// the inside of a JSON string,
const KEY_TEXT: u8 = 0;
/// or a host name that no inside of a JSON string is equal to.
const KEY_NAME: u8 = 1;

impl AddressTable {
    /// The number of this spelling in a block. Costs a look-up.
    #[inline]
    pub fn intern(&mut self, spelling: &Spelling<'_>) -> Result<u32> {
        let key = match *spelling {
            Spelling::V4(octets) => return Ok(self.intern_v4(octets)),
            Spelling::V6(octets) => key(KEY_V6, &octets),
            Spelling::Text(text) => key(KEY_TEXT, text.as_bytes()),
        };
        match self.others.get(key.as_slice()) {
            Some(&number) => Ok(number),
            None => Ok(self.intern_other(&key, spelling.address()?)),
        }
    }

    /// The number of the usual spelling of an IPv4 address.
    #[inline]
    pub fn intern_v4(&mut self, octets: [u8; 4]) -> u32 {
        let next = self.entries.len() as u32;
        let number = *self.v4.entry(u32::from_le_bytes(octets)).or_insert(next);
        if number == next {
            self.entries.push(Entry { form: Form::V4(octets), address: next });
        }
        number
    }

    /// The spelling that is the inside of a JSON string, its address counted to one of `groups`.
    ///
    /// # Errors
    /// Why it is no address. Of a text that is known nothing is looked at anew.
    #[inline]
    pub fn intern_text(&mut self, json_text: &[u8], groups: u32) -> std::result::Result<Interned, NoAddress> {
        let known = match short(json_text) {
            Some(words) => self.short_texts.get(&words),
            None => self.texts.get(json_text),
        };
        match known {
            Some(&known) => Ok(known),
            None => self.learn_text(json_text, groups),
        }
    }

    #[cold]
    fn learn_text(&mut self, json_text: &[u8], groups: u32) -> std::result::Result<Interned, NoAddress> {
        let json_text = std::str::from_utf8(json_text).map_err(|_| NoAddress::IllFormed)?;
        let (spelling, address) = Spelling::parse(json_text)?;
        let group = address.group(groups);
        let number = match spelling {
            Spelling::V4(octets) => self.intern_v4(octets),
            Spelling::V6(octets) => self.intern_other(&key(KEY_V6, &octets), address),
            Spelling::Text(text) => self.intern_other(&key(KEY_TEXT, text.as_bytes()), address),
        };
        let interned = Interned { number, group };
        match short(json_text.as_bytes()) {
            Some(words) => self.short_texts.insert(words, interned),
            None => {
                self.boxed_bytes += json_text.len();
                self.texts.insert(json_text.as_bytes().into(), interned)
            }
        };
        Ok(interned)
    }

    fn intern_other(&mut self, key: &[u8], address: Address) -> u32 {
        if let Some(&number) = self.others.get(key) {
            return number;
        }
        let number = self.insert(key);
        self.entries[number as usize].address = match address {
            Address::V4(ip) => self.intern_v4(ip.octets()),
            Address::V6(ip) => self.number_or_insert(&self::key(KEY_V6, &ip.octets())),
            Address::Name(name) => self.number_or_insert(&key_of_name(&name)),
        };
        number
    }

    /// The number of a key that is the first of its address.
    fn number_or_insert(&mut self, key: &[u8]) -> u32 {
        self.others.get(key).copied().unwrap_or_else(|| self.insert(key))
    }

    fn insert(&mut self, key: &[u8]) -> u32 {
        let number = self.entries.len() as u32;
        let begin = self.bytes.len() as u32;
        self.bytes.extend_from_slice(key);
        let form = Form::Other { key: (begin, key.len() as u32), text: (0, 0) };
        self.entries.push(Entry { form, address: number });
        self.boxed_bytes += key.len();
        self.others.insert(key.into(), number);
        number
    }

    /// The number of the address of a spelling, the same for all its spellings.
    #[inline]
    pub fn address(&self, spelling: u32) -> u32 {
        self.entries[spelling as usize].address
    }

    /// The spelling with this number.
    pub fn spelling(&self, number: u32) -> Spelling<'_> {
        match self.entries[number as usize].form {
            Form::V4(octets) => Spelling::V4(octets),
            Form::Other { key, .. } => match self.piece(key) {
                [KEY_V6, octets @ ..] if octets.len() == 16 => {
                    let mut ip = [0; 16];
                    ip.copy_from_slice(octets);
                    Spelling::V6(ip)
                }
                [_, text @ ..] => Spelling::Text(std::str::from_utf8(text).unwrap_or_default()),
                [] => Spelling::Text(""),
            },
        }
    }

    /// Makes the text of a spelling, for [`text`](Self::text). Costs nothing the second time.
    pub fn render(&mut self, number: u32) {
        if let Form::Other { key, text: (_, 0) } = self.entries[number as usize].form {
            let mut text = Vec::new();
            self.spelling(number).write(&mut text);
            let text_at = (self.bytes.len() as u32, text.len() as u32);
            self.bytes.extend_from_slice(&text);
            self.entries[number as usize].form = Form::Other { key, text: text_at };
        }
    }

    /// The text of a spelling as it came, once it was [rendered](Self::render): to be given to `take`.
    #[inline]
    pub fn text(&self, number: u32, take: impl FnOnce(&[u8], usize)) {
        match self.entries[number as usize].form {
            Form::V4(octets) => {
                let (text, length) = dotted(octets);
                take(&text, length);
            }
            Form::Other { text, .. } => {
                let text = self.piece(text);
                take(text, text.len());
            }
        }
    }

    fn piece(&self, (begin, length): (u32, u32)) -> &[u8] {
        &self.bytes[begin as usize..(begin + length) as usize]
    }

    /// Number of spellings.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets all, keeps most of the memory.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.v4.clear();
        self.others.clear();
        self.short_texts.clear();
        self.texts.clear();
        self.bytes.clear();
        self.boxed_bytes = 0;
    }

    /// Bytes in use, about.
    pub fn bytes(&self) -> usize {
        self.entries.len() * BYTES_PER_SPELLING + self.bytes.len() + self.boxed_bytes
    }

    /// Bytes held.
    pub fn memory_bytes(&self) -> usize {
        memory::of_vec(&self.entries)
            + memory::of_map(&self.v4)
            + memory::of_map(&self.others)
            + memory::of_map(&self.short_texts)
            + memory::of_map(&self.texts)
            + memory::of_vec(&self.bytes)
            + self.boxed_bytes
    }
}

/// A text of 8 to 15 bytes, and its length, in two words.
#[inline]
fn short(text: &[u8]) -> Option<(u64, u64)> {
    let (first, last) = (text.first_chunk()?, text.last_chunk()?);
    let cut = 15usize.checked_sub(text.len())?;
    // What stands behind the first eight bytes.
    let rest = u64::from_le_bytes(*last) >> (8 * cut) >> 8;
    Some((u64::from_le_bytes(*first), rest | (text.len() as u64) << 56))
}

fn key(kind: u8, rest: &[u8]) -> Vec<u8> {
    [&[kind], rest].concat()
}

/// The key of a host name, in lower case: that of the inside of the JSON string that is plainly it,
/// if there is one.
fn key_of_name(name: &str) -> Vec<u8> {
    let plain = name.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    key(if plain { KEY_TEXT } else { KEY_NAME }, name.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_are_the_same_where_their_words_are(a in "[a.]{0,17}", b in "[a.]{0,17}") {
            prop_assert_eq!(short(a.as_bytes()).is_some(), (8..=15).contains(&a.len()));
            let known = short(a.as_bytes()).zip(short(b.as_bytes()));
            prop_assert!(known.is_none_or(|(words, others)| (words == others) == (a == b)));
        }
    }

    #[test]
    fn no_two_tables_hash_alike() {
        let (a, b) = (AddressTable::default(), AddressTable::default());
        assert_ne!(a.v4.hasher().hash_one(7u32), b.v4.hasher().hash_one(7u32));
        assert_ne!(
            a.short_texts.hasher().hash_one((7u64, 7u64)),
            b.short_texts.hasher().hash_one((7u64, 7u64))
        );
        assert_ne!(a.others.hasher().hash_one(&b"a"[..]), b.others.hasher().hash_one(&b"a"[..]));
        assert_ne!(a.texts.hasher().hash_one(&b"a"[..]), b.texts.hasher().hash_one(&b"a"[..]));
    }

    #[test]
    fn a_name_of_an_older_block_that_no_spelling_has_any_more_keeps_one_number() {
        let mut table = AddressTable::default();
        let numbers =
            [r"a\\b", r"A\\B", r"a\u005cb"].map(|text| table.intern(&Spelling::Text(text)).unwrap());
        let other = table.intern(&Spelling::Text(r"a\\\\b")).unwrap();
        assert_eq!(table.address(numbers[1]), table.address(numbers[0]));
        assert_eq!(table.address(numbers[2]), table.address(numbers[0]));
        assert_ne!(table.address(other), table.address(numbers[0]));
    }

    #[test]
    fn what_is_no_address_gets_no_number() {
        let mut table = AddressTable::default();
        for text in ["-", "a b", "unknown address", "10.0.0.0/8", r"\ud800"] {
            assert!(table.intern_text(text.as_bytes(), 16).is_err(), "{text}");
        }
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn spellings_of_one_address_have_one_number_in_whatever_order_they_come() {
        let spellings = [
            &["10.0.0.1", "::ffff:10.0.0.1", "::FFFF:10.0.0.1", r"10.0.0.\u0031"][..],
            &["::1", "0:0:0:0:0:0:0:1", "0::1"],
            &["api.example", "API.example", r"api.ex\u0061mple", "api.example.", "api.example:443"],
            &["10.0.0.2:8080", "10.0.0.2", "10.0.0.2/32"],
            &["xn--bcher-kva", "bücher", r"B\u00fccher"],
            &["fe80::1%eth0", "[fe80::1]:80", "fe80::1"],
        ];
        for turn in 0..4 {
            let mut table = AddressTable::default();
            let interned: Vec<Vec<Interned>> = spellings
                .iter()
                .map(|texts| {
                    (0..texts.len())
                        .map(|at| table.intern_text(texts[(at + turn) % texts.len()].as_bytes(), 16).unwrap())
                        .collect()
                })
                .collect();
            let mut addresses = Vec::new();
            for (texts, interned) in spellings.iter().zip(&interned) {
                let first = interned[0];
                for (at, &Interned { number, group }) in interned.iter().enumerate() {
                    assert_eq!(table.address(number), table.address(first.number));
                    assert_eq!(group, first.group);
                    table.render(number);
                    table.text(number, |text, length| {
                        assert_eq!(&text[..length], texts[(at + turn) % texts.len()].as_bytes());
                    });
                }
                addresses.push(table.address(first.number));
            }
            addresses.sort_unstable();
            addresses.dedup();
            assert_eq!(addresses.len(), spellings.len());
        }
    }
}
