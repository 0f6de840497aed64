//! What tells a call from other calls, as bytes that are equal when the calls are the same.

use std::fmt;
use std::net::IpAddr;

use callweave_core::address::Address;

use super::bytes::{put, Reader};

/// The longest id in an example, characters.
const SHOWN_ID_CHARS: usize = 72;
const V4: u8 = 4;
const V6: u8 = 6;
const NAME: u8 = 0;

/// A call's id, addresses and times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The id as it is written in the JSON, with the quotes of a string.
    pub id: &'a str,
    /// The caller.
    pub src: Address,
    /// The called.
    pub dst: Address,
    /// Start, ms of the epoch.
    pub start_ms: i64,
    /// End, ms of the epoch.
    pub end_ms: i64,
}

impl<'a> Identity<'a> {
    /// Appends the key of the call. Equal calls have equal keys, different ones different keys; in
    /// order of their bytes they are in order of start.
    pub fn encode(&self, key: &mut Vec<u8>) {
        key.extend_from_slice(&ordered(self.start_ms));
        key.extend_from_slice(&ordered(self.end_ms));
        put(key, self.id.as_bytes());
        encode_address(&self.src, key);
        encode_address(&self.dst, key);
    }

    /// Reads a key.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode(key: &'a [u8]) -> anyhow::Result<Self> {
        let mut key = Reader::new(key);
        let start_ms = unordered(key.array()?);
        let end_ms = unordered(key.array()?);
        let id = key.text()?;
        let (src, dst) = (decode_address(&mut key)?, decode_address(&mut key)?);
        Ok(Self { id, src, dst, start_ms, end_ms })
    }
}

/// As a person wants to read it: `call "7f" 10.0.0.1 → 10.0.0.2, 1000..1500`.
impl fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start_ms, end_ms, .. } = self;
        write!(f, "call {} {} → {}", shortened(self.id), shown(&self.src), shown(&self.dst))?;
        write!(f, ", {start_ms}..{end_ms}")
    }
}

/// An id, cut if it is too long for a line.
pub fn shortened(id: &str) -> String {
    match id.char_indices().nth(SHOWN_ID_CHARS) {
        Some((end, _)) => format!("{}…", &id[..end]),
        None => id.to_owned(),
    }
}

/// Big-endian and with the sign turned round, so that the bytes are in order of the numbers.
fn ordered(time_ms: i64) -> [u8; 8] {
    (time_ms ^ i64::MIN).to_be_bytes()
}

fn unordered(bytes: [u8; 8]) -> i64 {
    i64::from_be_bytes(bytes) ^ i64::MIN
}

fn encode_address(address: &Address, out: &mut Vec<u8>) {
    match address {
        Address::V4(ip) => {
            out.push(V4);
            out.extend_from_slice(&ip.octets());
        }
        Address::V6(ip) => {
            out.push(V6);
            out.extend_from_slice(&ip.octets());
        }
        Address::Name(name) => {
            out.push(NAME);
            put(out, name.as_bytes());
        }
    }
}

fn decode_address(key: &mut Reader<'_>) -> anyhow::Result<Address> {
    Ok(match key.array()? {
        [V4] => Address::V4(key.array()?.into()),
        [V6] => Address::V6(key.array::<16>()?.into()),
        _ => Address::Name(key.text()?.into()),
    })
}

fn shown(address: &Address) -> String {
    match address {
        Address::V4(ip) => IpAddr::from(*ip).to_string(),
        Address::V6(ip) => IpAddr::from(*ip).to_string(),
        Address::Name(name) => name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(identity: &Identity<'_>) -> Vec<u8> {
        let mut key = Vec::new();
        identity.encode(&mut key);
        key
    }

    fn identity<'a>(id: &'a str, src: &str, dst: &str, start_ms: i64, end_ms: i64) -> Identity<'a> {
        let address = |text: &str| Address::parse(text).unwrap();
        Identity { id, src: address(src), dst: address(dst), start_ms, end_ms }
    }

    #[test]
    fn a_key_gives_back_its_call() {
        for (src, dst) in [("10.0.0.1", "::1"), ("Api.Example", "::ffff:10.0.0.1")] {
            let call = identity("\"ä\"", src, dst, -5, i64::MAX);
            assert_eq!(Identity::decode(&key(&call)).unwrap(), call);
        }
    }

    #[test]
    fn any_field_makes_another_key() {
        let calls = [
            identity("7", "10.0.0.1", "10.0.0.2", 1000, 1500),
            identity("\"7\"", "10.0.0.1", "10.0.0.2", 1000, 1500),
            identity("7", "10.0.0.3", "10.0.0.2", 1000, 1500),
            identity("7", "10.0.0.1", "10.0.0.3", 1000, 1500),
            identity("7", "10.0.0.1", "10.0.0.2", 1001, 1500),
            identity("7", "10.0.0.1", "10.0.0.2", 1000, 1501),
        ];
        let keys: std::collections::HashSet<_> = calls.iter().map(key).collect();
        assert_eq!(keys.len(), calls.len());
    }

    #[test]
    fn keys_are_in_order_of_start() {
        let starts = [i64::MIN, -1, 0, 1, 256, 1_700_000_000_000, i64::MAX];
        let keys: Vec<_> = starts.iter().map(|&start| key(&identity("7", "a", "b", start, 0))).collect();
        assert!(keys.is_sorted());
    }

    #[test]
    fn a_call_is_shown_in_one_line_however_long_its_id() {
        let call = identity("\"x\"", "10.0.0.1", "0:0::1", 1000, 1500);
        assert_eq!(call.to_string(), "call \"x\" 10.0.0.1 → ::1, 1000..1500");
        assert_eq!(shortened(&"ä".repeat(72)).chars().count(), 72);
        assert_eq!(shortened(&"ä".repeat(1000)).chars().count(), 73);
    }
}
