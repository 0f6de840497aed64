//! Reads an address in any of its spellings.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Address, MAX_HOST_NAME_BYTES};

/// The longest text of an address, bytes: a host name with a trailing dot and a port.
pub const MAX_ADDRESS_BYTES: usize = MAX_HOST_NAME_BYTES + ".:65535".len();

/// What loggers write where they know no address; compared without regard to ASCII case.
const PLACEHOLDERS: [&str; 5] = ["-", "unknown", "none", "null", "n/a"];
const LONGEST_PLACEHOLDER: usize = "unknown".len();

/// Why a text is no address. Written as the end of a sentence that begins with the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAddress {
    /// Nothing, or nothing but dots or a port.
    Empty,
    /// A host name of so many bytes, or a longer text than any address.
    TooLong(usize),
    /// A word for "none", or the unspecified address of IPv4 or IPv6.
    Placeholder,
    /// A prefix that leaves more than one address.
    Prefix,
    /// A character that no host name has.
    Character(char),
    /// A host name beyond ASCII that IDNA does not allow.
    Idna,
    /// A text that is not well-formed Unicode.
    IllFormed,
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty; an IPv4 or IPv6 address or a host name is wanted"),
            Self::TooLong(bytes) => {
                write!(f, "has {bytes} bytes; a host name of at most {MAX_HOST_NAME_BYTES} is allowed")
            }
            Self::Placeholder => {
                f.write_str("stands for no address; an IPv4 or IPv6 address or a host name is wanted")
            }
            Self::Prefix => {
                f.write_str("is a network; as prefixes only /32 of IPv4 and /128 of IPv6 are allowed")
            }
            Self::Character(character) => write!(
                f,
                "has {character:?} where no address has it; host names have letters, digits, '-', '_' and '.'"
            ),
            Self::Idna => f.write_str("is not a host name that IDNA allows"),
            Self::IllFormed => f.write_str("has half a surrogate pair"),
        }
    }
}

impl Address {
    /// Reads an address in any spelling: with a port (`10.0.0.2:8080`, `[::1]:80`, `api.example:443`),
    /// a zone (`fe80::1%eth0`), a prefix of full length (`10.0.0.2/32`) or trailing dots, none of which
    /// count. A host name has ASCII letters and digits, `-`, `_` and `.`, and what IDNA makes of other
    /// characters.
    ///
    /// ```
    /// use callweave_core::address::{Address, NoAddress};
    /// assert_eq!(Address::parse("10.0.0.2:8080"), Address::parse("10.0.0.2"));
    /// assert_eq!(Address::parse("bücher.example"), Address::parse("xn--bcher-kva.example"));
    /// assert_eq!(Address::parse("unknown"), Err(NoAddress::Placeholder));
    /// ```
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, NoAddress> {
        if text.len() > MAX_ADDRESS_BYTES {
            return Err(NoAddress::TooLong(text.len()));
        }
        if let Some(ip) = ip(text) {
            return of_ip(ip);
        }
        if is_placeholder(text) {
            return Err(NoAddress::Placeholder);
        }
        if let Some(bracketed) = text.strip_prefix('[') {
            return of_bracketed(bracketed);
        }
        if let Some((head, prefix)) = text.split_once('/') {
            let ip = ip(head).ok_or(NoAddress::Character('/'))?;
            let full = if ip.is_ipv4() { "32" } else { "128" };
            return if prefix == full { of_ip(ip) } else { Err(NoAddress::Prefix) };
        }
        match text.split_once(':') {
            Some((host, port)) if is_port(port) => of_host(host),
            Some(_) => Err(NoAddress::Character(':')),
            None => of_host(text),
        }
    }

    /// As [`parse`](Self::parse), for a text that callweave has written. Versions before ports, zones and
    /// placeholders were known took every text of 1 to 255 bytes for a host name; what is not accepted
    /// any more is that here still.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn parse_written(text: &str) -> Result<Self, NoAddress> {
        match Self::parse(text) {
            Err(_) if (1..=MAX_HOST_NAME_BYTES).contains(&text.len()) => {
                Ok(Address::Name(text.to_ascii_lowercase().into()))
            }
            address => address,
        }
    }
}

/// Whether a text is an IPv4 address or a host name as nearly all are. `false` says nothing: then
/// [`Address::parse`] decides. Costs one pass over the text.
#[inline]
pub fn is_usual(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    // Without a branch for each byte.
    let all_of_names = bytes.iter().fold(true, |all, &byte| all & OF_NAMES[usize::from(byte)]);
    // Placeholders begin so, the unspecified IPv4 address among them.
    let may_be_placeholder =
        bytes.len() <= LONGEST_PLACEHOLDER && matches!(first, b'0' | b'u' | b'U' | b'n' | b'N');
    all_of_names
        && bytes.len() <= MAX_HOST_NAME_BYTES
        && first.is_ascii_alphanumeric()
        && *last != b'.'
        && !may_be_placeholder
}

/// The ASCII characters of host names. No DNS name has an underscore, but names of services and
/// containers do.
const OF_NAMES: [bool; 256] = {
    let mut of_names = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        of_names[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        byte += 1;
    }
    of_names
};

/// An IPv4 or an IPv6 address, this one with or without a zone.
fn ip(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| {
        let (ip, zone) = text.split_once('%')?;
        let of_zones = |byte| OF_NAMES[usize::from(byte)] || byte == b'~';
        let has_zone = !zone.is_empty() && zone.bytes().all(of_zones);
        has_zone.then_some(IpAddr::V6(ip.parse::<Ipv6Addr>().ok()?))
    })
}

fn of_ip(ip: IpAddr) -> Result<Address, NoAddress> {
    let ip = ip.to_canonical();
    if ip.is_unspecified() {
        return Err(NoAddress::Placeholder);
    }
    Ok(ip.into())
}

/// An IPv6 address in brackets, the first of which is gone, with or without a port.
fn of_bracketed(text: &str) -> Result<Address, NoAddress> {
    let (inside, rest) = text.split_once(']').ok_or(NoAddress::Character('['))?;
    let ip = ip(inside).filter(IpAddr::is_ipv6).ok_or(NoAddress::Character('['))?;
    match rest.strip_prefix(':') {
        Some(port) if is_port(port) => of_ip(ip),
        None if rest.is_empty() => of_ip(ip),
        _ => Err(NoAddress::Character(']')),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// A host name or an IPv4 address, without a port.
fn of_host(host: &str) -> Result<Address, NoAddress> {
    let ascii = if host.is_ascii() {
        Cow::Borrowed(host)
    } else {
        let deny = idna::AsciiDenyList::EMPTY;
        idna::domain_to_ascii_cow(host.as_bytes(), deny).map_err(|_| NoAddress::Idna)?
    };
    let name = ascii.trim_end_matches('.').to_ascii_lowercase();
    if let Ok(ip) = name.parse::<Ipv4Addr>() {
        return of_ip(ip.into());
    }
    if let Some(character) = name.chars().find(|&c| !c.is_ascii() || !OF_NAMES[c as usize]) {
        return Err(NoAddress::Character(character));
    }
    match name.len() {
        _ if is_placeholder(&name) => Err(NoAddress::Placeholder),
        0 => Err(NoAddress::Empty),
        1..=MAX_HOST_NAME_BYTES => Ok(Address::Name(name.into())),
        bytes => Err(NoAddress::TooLong(bytes)),
    }
}

fn is_placeholder(text: &str) -> bool {
    PLACEHOLDERS.iter().any(|placeholder| text.eq_ignore_ascii_case(placeholder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPELLINGS: [&[&str]; 9] = [
        &[
            "10.0.0.2",
            "::ffff:10.0.0.2",
            "::FFFF:a00:2",
            "10.0.0.2:8080",
            "10.0.0.2:0",
            "10.0.0.2/32",
            "10.0.0.2.",
            "[::ffff:10.0.0.2]:80",
            "::ffff:10.0.0.2/128",
            "１０.0.0.2",
        ],
        &["::1", "0:0:0:0:0:0:0:1", "[::1]", "[::1]:80", "::1/128", "::1%lo"],
        &["fe80::1", "FE80::1%eth0", "fe80:0::1%25en0", "[fe80::1%3]:443", "fe80::1%br-a1_x.2~/128"],
        &["api.example", "API.example.", "api.example:443", "api.Example.:65535", "api.example.."],
        &[
            "bücher.example",
            "xn--bcher-kva.example",
            "BÜCHER.example.",
            "XN--BCHER-KVA.EXAMPLE:80",
            "bücher。example",
        ],
        &["my_service", "My_Service:80"],
        &["_", "_."],
        &["straße.example", "xn--strae-oqa.example"],
        &["010.0.0.2", "010.0.0.2:80"],
    ];

    #[test]
    fn all_spellings_of_an_address_are_equal_and_of_one_group() {
        for (at, spellings) in SPELLINGS.iter().enumerate() {
            let first = Address::parse(spellings[0]).unwrap();
            for spelling in *spellings {
                let address = Address::parse(spelling).unwrap();
                assert_eq!(address, first, "{spelling}");
                assert_eq!(address.group(256), first.group(256), "{spelling}");
            }
            for others in &SPELLINGS[at + 1..] {
                assert_ne!(Address::parse(others[0]), Ok(first.clone()), "{others:?}");
            }
        }
    }

    #[test]
    fn placeholders_are_no_address() {
        for text in [
            "-",
            "unknown",
            "Unknown",
            "none",
            "NULL",
            "n/a",
            "N/A",
            "0.0.0.0",
            "::",
            "0.0.0.0:80",
            "[::]:80",
            "-:80",
            "unknown.",
            "0.0.0.0.",
            "0.0.0.0/32",
            "::/128",
            "::%eth0",
            "::ffff:0.0.0.0",
            "ｕｎｋｎｏｗｎ",
        ] {
            assert_eq!(Address::parse(text), Err(NoAddress::Placeholder), "{text}");
        }
    }

    #[test]
    fn a_prefix_must_be_of_full_length() {
        for text in
            ["10.0.0.0/8", "10.0.0.2/", "10.0.0.2/033", "::1/32", "::ffff:10.0.0.2/32", "10.0.0.2/32 "]
        {
            assert_eq!(Address::parse(text), Err(NoAddress::Prefix), "{text}");
        }
    }

    #[test]
    fn a_character_that_no_host_name_has_is_told() {
        for (text, character) in [
            (" ", ' '),
            ("10.0.0.1 ", ' '),
            ("a b", ' '),
            ("a\u{0}", '\u{0}'),
            ("http://a", '/'),
            ("/10.0.0.1", '/'),
            ("10.0.0.1:80/32", '/'),
            ("a:b", ':'),
            ("a:", ':'),
            ("a:+80", ':'),
            ("a:65536", ':'),
            ("a:80:80", ':'),
            ("::1::", ':'),
            ("[a]", '['),
            ("[10.0.0.1]:80", '['),
            ("[::1", '['),
            ("[::1]80", ']'),
            ("[::1]/128", ']'),
            ("a%eth0", '%'),
            ("10.0.0.1%eth0", '%'),
            ("user@host", '@'),
        ] {
            assert_eq!(Address::parse(text), Err(NoAddress::Character(character)), "{text}");
        }
        for text in ["::1%", "fe80::1%a b"] {
            assert_eq!(Address::parse(text), Err(NoAddress::Character(':')), "{text}");
        }
    }

    #[test]
    fn a_host_name_has_1_to_255_bytes_besides_its_dot_and_its_port() {
        let longest = "a".repeat(255);
        assert!(Address::parse(&longest).is_ok());
        assert_eq!(Address::parse(&format!("{longest}.:65535")), Address::parse(&longest));
        for text in ["a".repeat(256), "a".repeat(300), "ü".repeat(132)] {
            assert!(matches!(Address::parse(&text), Err(NoAddress::TooLong(256..))), "{text}");
        }
        for text in ["", ".", "..", ":80"] {
            assert_eq!(Address::parse(text), Err(NoAddress::Empty), "{text}");
        }
    }

    #[test]
    fn a_name_that_idna_does_not_allow_is_no_address() {
        for text in ["\u{fffd}", "a\u{ad}\u{200b}\u{2028}b", "xn--ü"] {
            assert_eq!(Address::parse(text), Err(NoAddress::Idna), "{text:?}");
        }
    }

    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-zA-Z0-9_-]{1,4}",
            "[.:/%\\[\\]]",
            Just("10.0.0.1".to_owned()),
            Just("0.0.0.0".to_owned()),
            Just("fe80::1".to_owned()),
            Just("unknown".to_owned()),
            Just("xn--bcher-kva".to_owned()),
            Just(":80".to_owned()),
            Just("bü".to_owned()),
            "\\PC",
        ];
        prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn a_usual_text_is_an_address(text in text()) {
            prop_assert!(!is_usual(&text) || Address::parse(&text).is_ok());
        }

        #[test]
        fn a_name_is_its_own_only_address(text in text()) {
            if let Ok(Address::Name(name)) = Address::parse(&text) {
                prop_assert_eq!(Address::parse(&name), Ok(Address::Name(name)));
            }
        }
    }
}
