//! Addresses by what they mean, not by how they are spelled.

use std::net::IpAddr;

/// An address in its canonical form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// IPv4 or IPv6; an IPv4-mapped IPv6 address is IPv4.
    Ip(IpAddr),
    /// A host name in lower case.
    Host(String),
}

impl Address {
    /// Reads an address; `None` if it can be none. What is no IP address is a host name.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Some(Self::Ip(ip.to_canonical()));
        }
        (1..=255).contains(&text.len()).then(|| Self::Host(text.to_ascii_lowercase()))
    }
}
