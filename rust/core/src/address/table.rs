//! Numbers for addresses.

use rustc_hash::FxHashMap;

use super::{dotted, Address, Spelling};
use crate::error::{Error, Result};

/// A number for each spelling of an address, in order of first sight, and by it the address.
///
/// Cleared, not dropped, between cells: its memory follows the largest one.
#[derive(Debug, Default)]
pub struct AddressTable {
    entries: Vec<Entry>,
    /// Numbers of the usual spellings of IPv4 addresses, by their octets: nearly all.
    v4: FxHashMap<u32, u32>,
    /// Numbers of all others, by their key.
    others: FxHashMap<Box<[u8]>, u32>,
    /// Numbers by the inside of the JSON string, of those that came as such.
    texts: FxHashMap<Box<[u8]>, u32>,
    /// The keys of the others, and their texts where they were asked for.
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    form: Form,
    /// The number of the spelling that stands for the address.
    address: u32,
    /// The group of the address; 0 where nobody asked for it.
    group: u32,
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
    /// The number of this spelling. Costs a look-up.
    #[inline]
    pub fn intern(&mut self, spelling: &Spelling<'_>) -> Result<u32> {
        match *spelling {
            Spelling::V4(octets) => Ok(self.intern_v4(octets)),
            Spelling::V6(octets) => self.intern_other(&key(KEY_V6, &octets), spelling),
            Spelling::Text(text) => self.intern_other(&key(KEY_TEXT, text.as_bytes()), spelling),
        }
    }

    /// The number of the usual spelling of an IPv4 address.
    #[inline]
    pub fn intern_v4(&mut self, octets: [u8; 4]) -> u32 {
        let next = self.entries.len() as u32;
        let number = *self.v4.entry(u32::from_le_bytes(octets)).or_insert(next);
        if number == next {
            self.entries.push(Entry { form: Form::V4(octets), address: next, group: 0 });
        }
        number
    }

    /// The number of the spelling that is the inside of a JSON string, its address counted to one
    /// of `groups`.
    pub fn intern_text(&mut self, json_text: &[u8], groups: u32) -> Result<u32> {
        if let Some(&number) = self.texts.get(json_text) {
            return Ok(number);
        }
        let (spelling, address) = std::str::from_utf8(json_text)
            .ok()
            .and_then(Spelling::parse)
            .ok_or_else(|| Error::corrupt(format!("{:?} is no address", json_text.escape_ascii())))?;
        let number = self.intern(&spelling)?;
        self.entries[number as usize].group = address.group(groups);
        self.texts.insert(json_text.into(), number);
        Ok(number)
    }

    fn intern_other(&mut self, key: &[u8], spelling: &Spelling<'_>) -> Result<u32> {
        if let Some(&number) = self.others.get(key) {
            return Ok(number);
        }
        let address = spelling.address()?;
        let number = self.insert(key);
        self.entries[number as usize].address = match address {
            Address::V4(ip) => self.intern_v4(ip.octets()),
            Address::V6(ip) => self.number_or_insert(&self::key(KEY_V6, &ip.octets())),
            Address::Name(name) => self.number_or_insert(&key_of_name(&name)),
        };
        Ok(number)
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
        self.entries.push(Entry { form, address: number, group: 0 });
        self.others.insert(key.into(), number);
        number
    }

    /// The number of the address of a spelling, the same for all its spellings.
    #[inline]
    pub fn address(&self, spelling: u32) -> u32 {
        self.entries[spelling as usize].address
    }

    /// The group of the address of a spelling that came as a text.
    pub fn group(&self, spelling: u32) -> u32 {
        self.entries[spelling as usize].group
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

    /// Whether there is no spelling.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets all, keeps most of the memory.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.v4.clear();
        self.others.clear();
        self.texts.clear();
        self.bytes.clear();
    }

    /// Bytes in use, about: each text stands here, in a key and in the JSON.
    pub fn bytes(&self) -> usize {
        self.entries.len() * (std::mem::size_of::<Entry>() + 9) + self.bytes.len() * 3
    }

    /// Bytes held, about.
    pub fn memory_bytes(&self) -> usize {
        self.entries.capacity() * std::mem::size_of::<Entry>()
            + self.v4.capacity() * 9
            + (self.others.capacity() + self.texts.capacity()) * 24
            + self.bytes.capacity() * 2
    }
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
    use super::*;

    #[test]
    fn spellings_of_one_address_have_one_number_in_whatever_order_they_come() {
        let spellings = [
            &["10.0.0.1", "::ffff:10.0.0.1", "::FFFF:10.0.0.1", r"10.0.0.\u0031"][..],
            &["::1", "0:0:0:0:0:0:0:1", "0::1"],
            &["api.example", "API.example", r"api.ex\u0061mple"],
            &[r"a\\b", r"A\\B", r"a\u005cb"],
            &[r"a\\\\b"],
        ];
        for turn in 0..4 {
            let mut table = AddressTable::default();
            let numbers: Vec<Vec<u32>> = spellings
                .iter()
                .map(|texts| {
                    (0..texts.len())
                        .map(|at| table.intern_text(texts[(at + turn) % texts.len()].as_bytes(), 16).unwrap())
                        .collect()
                })
                .collect();
            let mut addresses = Vec::new();
            for (texts, numbers) in spellings.iter().zip(&numbers) {
                for (at, &number) in numbers.iter().enumerate() {
                    assert_eq!(table.address(number), table.address(numbers[0]));
                    assert_eq!(table.group(number), table.group(numbers[0]));
                    table.render(number);
                    table.text(number, |text, length| {
                        assert_eq!(&text[..length], texts[(at + turn) % texts.len()].as_bytes());
                    });
                }
                addresses.push(table.address(numbers[0]));
            }
            addresses.sort_unstable();
            addresses.dedup();
            assert_eq!(addresses.len(), spellings.len());
        }
    }
}
