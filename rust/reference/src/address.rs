//! Addresses by what they mean, not by how they are spelled.

use std::net::{IpAddr, Ipv6Addr};

/// What stands for "no address".
const PLACEHOLDERS: [&str; 5] = ["-", "unknown", "none", "null", "n/a"];
/// The longest host name, bytes.
const MAX_NAME_BYTES: usize = 255;

/// An address in its canonical form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// IPv4 or IPv6; an IPv4-mapped IPv6 address is IPv4.
    Ip(IpAddr),
    /// A host name in lower case, in ASCII, without a dot at its end.
    Host(String),
}

impl Address {
    /// Reads an address; `None` if it can be none.
    pub fn parse(text: &str) -> Option<Self> {
        // Longer ones have more than a name, a dot and a port.
        if PLACEHOLDERS.contains(&text.to_ascii_lowercase().as_str()) || text.len() > MAX_NAME_BYTES + 7 {
            return None;
        }
        let ip = read_ip(text).or_else(|| ip_of_prefix(text)).or_else(|| ip_in_brackets(text));
        let address = match ip {
            Some(ip) => Self::Ip(ip),
            None => read_host(before_port(text).unwrap_or(text))?,
        };
        match address {
            Self::Ip(ip) if ip.to_canonical().is_unspecified() => None,
            Self::Ip(ip) => Some(Self::Ip(ip.to_canonical())),
            Self::Host(name) => Some(Self::Host(name)),
        }
    }
}

fn read_ip(text: &str) -> Option<IpAddr> {
    match text.split_once('%') {
        Some((ip, zone)) if is_zone(zone) => ip.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        _ => text.parse().ok(),
    }
}

fn is_zone(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
}

fn ip_of_prefix(text: &str) -> Option<IpAddr> {
    let v4 = text.strip_suffix("/32").and_then(read_ip).filter(IpAddr::is_ipv4);
    let v6 = text.strip_suffix("/128").and_then(read_ip).filter(IpAddr::is_ipv6);
    v4.or(v6)
}

fn ip_in_brackets(text: &str) -> Option<IpAddr> {
    let text = before_port(text).unwrap_or(text);
    read_ip(text.strip_prefix('[')?.strip_suffix(']')?).filter(IpAddr::is_ipv6)
}

fn before_port(text: &str) -> Option<&str> {
    let (host, port) = text.rsplit_once(':')?;
    let is_port = !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok();
    is_port.then_some(host)
}

/// A host name, or an IPv4 address with something about it that only host names have.
fn read_host(text: &str) -> Option<Address> {
    let ascii = if text.is_ascii() { text.to_owned() } else { idna::domain_to_ascii(text).ok()? };
    let name = ascii.to_ascii_lowercase();
    let name = name.trim_end_matches('.');
    if let Ok(ip) = name.parse() {
        return Some(Address::Ip(IpAddr::V4(ip)));
    }
    let is_name = (1..=MAX_NAME_BYTES).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
        && !PLACEHOLDERS.contains(&name);
    is_name.then(|| Address::Host(name.to_owned()))
}
