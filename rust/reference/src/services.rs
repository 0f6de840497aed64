//! Names of services, looked up plainly.

use std::net::IpAddr;

use crate::address::Address;

/// Entries of a table of services in the order of its lines.
#[derive(Clone, Debug, Default)]
pub struct Services(Vec<(Pattern, String)>);

#[derive(Clone, Debug)]
enum Pattern {
    Network(IpAddr, u8),
    Host(String),
    Below(String),
}

impl Services {
    /// Reads lines `ADDRESS,NAME` or `ADDRESS: NAME`, which the job has taken; others are passed over.
    pub fn read(text: &str) -> Self {
        Self(text.trim_start_matches('\u{feff}').lines().filter_map(entry).collect())
    }

    /// The name of the service at an address; the address itself where there is none.
    pub fn name(&self, address: &Address) -> String {
        let matching = self.0.iter().filter_map(|(pattern, name)| Some((pattern.depth(address)?, name)));
        let best = matching.max_by_key(|(depth, _)| *depth).map(|(_, name)| name.clone());
        best.unwrap_or_else(|| match address {
            Address::Ip(ip) => ip.to_string(),
            Address::Host(name) => name.clone(),
        })
    }
}

impl Pattern {
    /// How much of an address it says, if it is one of its addresses.
    fn depth(&self, address: &Address) -> Option<usize> {
        match (self, address) {
            (Self::Network(network, bits), Address::Ip(ip)) => {
                let is_within = match (network, ip) {
                    (IpAddr::V4(a), IpAddr::V4(b)) => {
                        high(a.to_bits().into(), 32, *bits) == high(b.to_bits().into(), 32, *bits)
                    }
                    (IpAddr::V6(a), IpAddr::V6(b)) => {
                        high(a.to_bits(), 128, *bits) == high(b.to_bits(), 128, *bits)
                    }
                    _ => false,
                };
                is_within.then_some((*bits).into())
            }
            (Self::Host(host), Address::Host(name)) => (host == name).then_some(usize::MAX),
            (Self::Below(domain), Address::Host(name)) => {
                name.ends_with(&format!(".{domain}")).then_some(domain.len())
            }
            _ => None,
        }
    }
}

/// The highest bits of an address of this width.
fn high(address: u128, width: u8, bits: u8) -> u128 {
    address.checked_shr((width - bits).into()).unwrap_or(0)
}

fn entry(line: &str) -> Option<(Pattern, String)> {
    let begins = |at: &usize| *at == 0 || line[..*at].ends_with([' ', '\t']);
    let comment = line.match_indices('#').map(|(at, _)| at).find(begins);
    let line = line[..comment.unwrap_or(line.len())].trim();
    let (address, name) =
        line.split_once(',').or_else(|| line.split_once(": ")).or_else(|| line.split_once(":\t"))?;
    let (address, name) = (unquoted(address), unquoted(name));
    if let Some(domain) = address.strip_prefix("*.") {
        return match Address::parse(domain)? {
            Address::Host(domain) => Some((Pattern::Below(domain), name.to_owned())),
            Address::Ip(_) => None,
        };
    }
    let network = address.split_once('/').and_then(|(ip, bits)| Some((ip.parse().ok()?, bits.parse().ok()?)));
    let pattern = match network {
        Some((ip, bits)) => Pattern::Network(ip, bits),
        None => match Address::parse(address)? {
            Address::Ip(ip) => Pattern::Network(ip, if ip.is_ipv4() { 32 } else { 128 }),
            Address::Host(name) => Pattern::Host(name),
        },
    };
    Some((pattern, name.to_owned()))
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_that_says_most_of_an_address_names_it() {
        let services = Services::read("10.0.0.0/8,ten # all\n10.1.0.0/16: 'eleven'\n10.1.2.3: one\nfd00::/8,six\n*.example: below\nshop.example: shop\n");
        for (address, name) in [
            ("10.9.9.9", "ten"),
            ("10.1.9.9:80", "eleven"),
            ("10.1.2.3", "one"),
            ("fd00::1", "six"),
            ("192.168.0.1", "192.168.0.1"),
            ("a.example", "below"),
            ("shop.example", "shop"),
            ("example", "example"),
        ] {
            assert_eq!(services.name(&Address::parse(address).unwrap()), name);
        }
    }
}
