//! Addresses: IPv4, IPv6 or a host name; compared by what they name, not by how they are spelled.

mod parse;
mod table;

use std::borrow::Cow;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Result};
use crate::json_text::unescape;

pub(crate) use parse::is_usual;
pub use parse::NoAddress;
pub(crate) use table::AddressTable;

/// The longest host name, bytes.
pub(crate) const MAX_HOST_NAME_BYTES: usize = 255;

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
    /// A host name in ASCII lower case without trailing dots, as IDNA writes it.
    Name(Box<str>),
}

impl Address {
    /// A hash of what it names. Part of the state: the same in every version and on every machine.
    pub fn hash64(&self) -> u64 {
        match self {
            Address::V4(ip) => xxh3_64(&ip.octets()),
            Address::V6(ip) => xxh3_64(&ip.octets()),
            Address::Name(name) => xxh3_64(name.as_bytes()),
        }
    }

    /// The group of this address among `groups`. Part of the state.
    pub fn group(&self, groups: u32) -> u32 {
        (self.hash64() % u64::from(groups)) as u32
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
    ///
    /// ```
    /// use callweave_core::address::{Address, Spelling};
    /// assert_eq!(Spelling::parse("10.0.0.2").unwrap().0, Spelling::V4([10, 0, 0, 2]));
    /// let (spelling, address) = Spelling::parse("10.0.0.2:8080").unwrap();
    /// assert_eq!(spelling, Spelling::Text("10.0.0.2:8080"));
    /// assert_eq!(address, Address::parse("10.0.0.2").unwrap());
    /// ```
    ///
    /// # Errors
    /// Why it is no address.
    pub fn parse(json_text: &'a str) -> std::result::Result<(Self, Address), NoAddress> {
        let text = unescape(json_text).ok_or(NoAddress::IllFormed)?;
        let address = Address::parse(&text)?;
        let spelling = match text.parse::<IpAddr>() {
            // Rust accepts no other spelling of an IPv4 address than the usual one.
            Ok(IpAddr::V4(ip)) if matches!(text, Cow::Borrowed(_)) => Spelling::V4(ip.octets()),
            Ok(IpAddr::V6(ip)) if ip.to_string() == json_text => Spelling::V6(ip.octets()),
            _ => Spelling::Text(json_text),
        };
        Ok((spelling, address))
    }

    /// The address that this spelling names.
    pub fn address(&self) -> Result<Address> {
        match *self {
            Spelling::V4(octets) => Ok(Address::V4(octets.into())),
            Spelling::V6(octets) => Ok(IpAddr::from(octets).into()),
            Spelling::Text(json_text) => {
                unescape(json_text).and_then(|text| Address::parse_written(&text).ok()).ok_or_else(|| {
                    Error::corrupt(format!("the block holds the address {json_text:?}, which is none"))
                })
            }
        }
    }

    /// Appends the inside of the JSON string as it was read.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Spelling::V4(octets) => {
                let (text, length) = dotted(*octets);
                out.extend_from_slice(&text[..length]);
            }
            // Writing to a `Vec` cannot fail.
            Spelling::V6(octets) => _ = write!(out, "{}", Ipv6Addr::from(*octets)),
            Spelling::Text(text) => out.extend_from_slice(text.as_bytes()),
        }
    }
}

/// An IPv4 address in dotted decimal: the text and its length.
#[inline]
fn dotted(octets: [u8; 4]) -> ([u8; 16], usize) {
    let mut text = [b'.'; 16];
    let mut end = 0;
    for octet in octets {
        let (digits, length) = DECIMALS[usize::from(octet)];
        text[end..end + 3].copy_from_slice(&digits);
        end += length + 1;
    }
    (text, end - 1)
}

/// Each octet in decimal, with dots behind it, and the number of its digits.
const DECIMALS: [([u8; 3], usize); 256] = {
    let mut decimals = [([b'.'; 3], 1); 256];
    let mut octet = 0;
    while octet < 256 {
        let (hundreds, tens, ones) = (octet / 100, octet / 10 % 10, octet % 10);
        let digits = [b'0' + hundreds as u8, b'0' + tens as u8, b'0' + ones as u8];
        decimals[octet] = match octet {
            0..10 => ([digits[2], b'.', b'.'], 1),
            10..100 => ([digits[1], digits[2], b'.'], 2),
            _ => (digits, 3),
        };
        octet += 1;
    }
    decimals
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_makes_no_other_address() {
        for (a, b) in [(r"10.0.0.\u0031", "10.0.0.1"), (r"b\u00fccher", "xn--bcher-kva"), (r"a\u003a80", "a")]
        {
            assert_eq!(Spelling::parse(a).unwrap().1, Spelling::parse(b).unwrap().1, "{a} {b}");
        }
        assert_eq!(Spelling::parse(r"\ud800"), Err(NoAddress::IllFormed));
    }

    #[test]
    fn a_block_keeps_what_was_an_address_when_it_was_written() {
        for text in ["-", "a b", "10.0.0.0/8", "0.0.0.0", r"a\\b"] {
            assert!(Spelling::parse(text).is_err(), "{text}");
            let name = text.replace(r"\\", r"\");
            assert_eq!(Spelling::Text(text).address().unwrap(), Address::Name(name.into()), "{text}");
        }
        for text in [":80", "::1%", "\u{fffd}"] {
            assert!(Spelling::parse(text).is_err() && Spelling::Text(text).address().is_ok(), "{text}");
        }
        for text in ["", r"\ud800"] {
            assert!(Spelling::Text(text).address().is_err(), "{text}");
        }
    }

    #[test]
    fn a_spelling_is_written_back_as_it_came() {
        for text in [
            "10.0.0.1",
            "255.9.10.99",
            "100.200.0.0",
            "::1",
            "0:0:0:0:0:0:0:1",
            "::FFFF:10.0.0.1",
            "Api",
            r"10.0.0.\u0031",
            "grüße",
            "10.0.0.2:8080",
            "[::1]:80",
            "fe80::1%eth0",
            "10.0.0.2/32",
            "api.example.",
        ] {
            let mut out = Vec::new();
            Spelling::parse(text).unwrap().0.write(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
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
