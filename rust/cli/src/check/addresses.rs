//! Calls per address.

use callweave_core::address::{Address, Spelling};
use callweave_core::call::Call;
use callweave_core::seeded::SeededMap;

/// Memory for addresses, bytes: room for a million of usual length.
pub const MAX_BYTES: usize = 250_000_000;
/// What a spelling takes besides its text, about, bytes.
const BYTES_PER_SPELLING: usize = 200;
/// How often its text is kept at most.
const COPIES_OF_TEXT: usize = 3;

/// The number of an address, in order of first sight.
pub type AddressNumber = u32;

/// What is counted of one address.
#[derive(Clone, Debug)]
pub struct AddressCounts {
    /// It, in its usual spelling.
    pub text: Box<str>,
    /// Calls that start there: it is their `src_ip`.
    pub calling: u64,
    /// Calls that go there: it is their `dst_ip`.
    pub called: u64,
    /// How long the calls that go there take together, ms.
    pub called_for_ms: u64,
}

/// Addresses and what is counted of them, compared by what they name.
#[derive(Clone, Debug)]
pub struct Addresses {
    spellings: SeededMap<Box<[u8]>, AddressNumber>,
    numbers: SeededMap<Address, AddressNumber>,
    counts: Vec<AddressCounts>,
    bytes: usize,
    most_bytes: usize,
    unknown: u64,
}

impl Addresses {
    /// None yet. When they take `most_bytes`, a further address only counts as unknown; a further
    /// spelling of a known one is read anew each time.
    pub fn new(most_bytes: usize) -> Self {
        Self {
            spellings: SeededMap::default(),
            numbers: SeededMap::default(),
            counts: Vec::new(),
            bytes: 0,
            most_bytes,
            unknown: 0,
        }
    }

    /// Counts a call; tells the numbers of its `src_ip` and `dst_ip`, if there was room for them.
    pub fn add(&mut self, call: &Call<'_>) -> (Option<AddressNumber>, Option<AddressNumber>) {
        let (src, dst) = (self.number(call.src), self.number(call.dst));
        self.unknown += u64::from(src.is_none()) + u64::from(dst.is_none());
        if let Some(number) = src {
            self.counts[number as usize].calling += 1;
        }
        if let Some(number) = dst {
            let counts = &mut self.counts[number as usize];
            counts.called += 1;
            counts.called_for_ms += (call.end_ms - call.start_ms).max(0) as u64;
        }
        (src, dst)
    }

    /// What is counted, by number.
    pub fn counts(&self) -> &[AddressCounts] {
        &self.counts
    }

    /// How often an address came for which there was no room.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    fn number(&mut self, json_text: &[u8]) -> Option<AddressNumber> {
        if let Some(&number) = self.spellings.get(json_text) {
            return Some(number);
        }
        let (_, address) = Spelling::parse(std::str::from_utf8(json_text).ok()?).ok()?;
        let has_room = self.bytes < self.most_bytes;
        let known = self.numbers.get(&address).copied();
        let number = match known {
            Some(number) => number,
            None if !has_room => return None,
            None => {
                let number = self.counts.len() as AddressNumber;
                let text = usual_spelling(&address).into();
                self.numbers.insert(address, number);
                self.counts.push(AddressCounts { text, calling: 0, called: 0, called_for_ms: 0 });
                number
            }
        };
        if has_room {
            self.bytes += BYTES_PER_SPELLING + COPIES_OF_TEXT * json_text.len();
            self.spellings.insert(json_text.into(), number);
        }
        Some(number)
    }
}

fn usual_spelling(address: &Address) -> String {
    match address {
        Address::V4(ip) => ip.to_string(),
        Address::V6(ip) => ip.to_string(),
        Address::Name(name) => name.to_string(),
    }
}
