//! Names of services by the addresses that they have.

use std::fmt;
use std::net::IpAddr;

use crate::address::{Address, Spelling};
use crate::memory;
use crate::seeded::SeededMap;

/// A table of names: by address, by network, by host name and by domain.
///
/// Read from lines `ADDRESS,NAME` (CSV) or `ADDRESS: NAME` (a flat YAML mapping). An address is an IP address, a
/// network as `10.1.0.0/16`, a host name, or `*.DOMAIN` for all hosts below a domain. The most specific entry
/// counts: the longest prefix, the longest domain. Empty lines, and what follows a `#`, say nothing.
#[derive(Debug, Default)]
pub struct Services {
    /// Names as they stand in a JSON string.
    names: Vec<String>,
    /// By address, with the bits that a prefix leaves set to 0; IPv4 and IPv6 apart.
    networks: [Networks; 2],
    hosts: SeededMap<Box<str>, u32>,
    domains: SeededMap<Box<str>, u32>,
}

/// Networks of one family by length of their prefix, the longest first.
type Networks = Vec<(u32, SeededMap<u128, u32>)>;

/// A line of a table that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongLine {
    /// Its number, from 1.
    pub line: usize,
    what: String,
}

impl fmt::Display for WrongLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the services: {}", self.line, self.what)
    }
}

impl Services {
    /// The table in a text.
    ///
    /// ```
    /// use callweave_core::address::Spelling;
    /// use callweave_core::chain::services::Services;
    /// let services = Services::read("10.0.0.0/8: other\n10.0.0.2: main # the first\n*.example,shop\n").unwrap();
    /// assert_eq!(services.name(Spelling::V4([10, 0, 0, 2])), Some("main"));
    /// assert_eq!(services.name(Spelling::V4([10, 9, 9, 9])), Some("other"));
    /// assert_eq!(services.name(Spelling::Text("api.example:80")), Some("shop"));
    /// assert_eq!(services.name(Spelling::V4([11, 0, 0, 1])), None);
    /// ```
    ///
    /// # Errors
    /// The first line that is wrong: it has no name, no address, or one that another line has.
    pub fn read(text: &str) -> Result<Self, WrongLine> {
        let mut services = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let wrong = |what| WrongLine { line: number, what };
            let line = without_comment(line.trim_start_matches('\u{feff}')).trim();
            // The mark of a YAML document.
            if line.is_empty() || line == "---" {
                continue;
            }
            let (address, name) = entry(line).map_err(wrong)?;
            services.add(address, name).map_err(wrong)?;
        }
        for networks in &mut services.networks {
            networks.sort_by_key(|(bits, _)| std::cmp::Reverse(*bits));
        }
        Ok(services)
    }

    fn add(&mut self, address: &str, name: &str) -> Result<(), String> {
        let number = self.names.len() as u32;
        let quoted = serde_json::Value::from(name).to_string();
        self.names.push(quoted[1..quoted.len() - 1].to_owned());
        let former = if let Some(domain) = address.strip_prefix("*.") {
            match Address::parse(domain) {
                Ok(Address::Name(domain)) => self.domains.insert(domain, number),
                _ => return Err(format!("'*.{domain}' is no domain")),
            }
        } else if let Some((network, bits)) = network(address)? {
            let Network { family, bits: address } = network;
            self.table(family, bits).insert(address & mask(bits), number)
        } else {
            match Address::parse(address) {
                Ok(Address::Name(name)) => self.hosts.insert(name, number),
                Ok(Address::V4(ip)) => self.add_ip(ip.into(), number),
                Ok(Address::V6(ip)) => self.add_ip(ip.into(), number),
                Err(_) => {
                    return Err(format!(
                    "'{address}' is no address; an IP address, a network, a host name or *.DOMAIN is wanted"
                ))
                }
            }
        };
        match former {
            Some(_) => Err(format!("'{address}' has a name already")),
            None => Ok(()),
        }
    }

    fn add_ip(&mut self, ip: IpAddr, number: u32) -> Option<u32> {
        let Network { family, bits } = Network::of(ip);
        self.table(family, MAX_BITS).insert(bits, number)
    }

    fn table(&mut self, family: usize, bits: u32) -> &mut SeededMap<u128, u32> {
        let networks = &mut self.networks[family];
        let place = networks.iter().position(|(length, _)| *length == bits).unwrap_or_else(|| {
            networks.push((bits, SeededMap::default()));
            networks.len() - 1
        });
        &mut networks[place].1
    }

    /// The name of the service at an address, as it stands between the quotes of a JSON string; `None` where the
    /// table has none. Costs a look-up per length of prefix, or per label of a host name.
    pub fn name(&self, address: Spelling<'_>) -> Option<&str> {
        if self.names.is_empty() {
            return None;
        }
        let number = match address.address().ok()? {
            Address::V4(ip) => self.of_ip(ip.into()),
            Address::V6(ip) => self.of_ip(ip.into()),
            Address::Name(name) => self.of_host(&name),
        };
        Some(&self.names[number? as usize])
    }

    fn of_ip(&self, ip: IpAddr) -> Option<u32> {
        let Network { family, bits } = Network::of(ip);
        self.networks[family].iter().find_map(|(length, names)| names.get(&(bits & mask(*length))).copied())
    }

    fn of_host(&self, name: &str) -> Option<u32> {
        let mut domains = std::iter::successors(name.split_once('.'), |(_, rest)| rest.split_once('.'));
        let host = self.hosts.get(name).copied();
        host.or_else(|| domains.find_map(|(_, domain)| self.domains.get(domain).copied()))
    }

    /// Bytes held, about.
    pub fn memory_bytes(&self) -> usize {
        let networks = self.networks.iter().flatten().map(|(_, names)| memory::of_map(names)).sum::<usize>();
        let texts = self.names.iter().map(String::capacity).sum::<usize>();
        networks + texts + memory::of_map(&self.hosts) + memory::of_map(&self.domains)
    }
}

/// An IP address as the highest bits of an integer, so that prefixes of both families are cut alike.
struct Network {
    family: usize,
    bits: u128,
}

/// The length of the prefix of one address, in this form.
const MAX_BITS: u32 = 128;

impl Network {
    fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => Network { family: 0, bits: u128::from(ip.to_bits()) << 96 },
            IpAddr::V6(ip) => Network { family: 1, bits: ip.to_bits() },
        }
    }
}

/// The bits that a prefix of this length keeps.
fn mask(bits: u32) -> u128 {
    u128::MAX.checked_shl(MAX_BITS - bits).unwrap_or(0)
}

/// The network that is written so, with the length of its prefix; `None` where there is no prefix.
fn network(text: &str) -> Result<Option<(Network, u32)>, String> {
    let Some((address, length)) = text.split_once('/') else {
        return Ok(None);
    };
    let wrong = || format!("'{text}' is no network; one as 10.1.0.0/16 or fd00::/8 is wanted");
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let most = if address.is_ipv4() { 32 } else { MAX_BITS };
    match length.parse() {
        // One address, as without a prefix.
        Ok(length) if length == most => Ok(Some((Network::of(address), MAX_BITS))),
        Ok(length) if length < most => Ok(Some((Network::of(address), length))),
        _ => Err(wrong()),
    }
}

/// What stands before a `#` that begins a comment: at the start of a line, or behind a blank.
fn without_comment(line: &str) -> &str {
    let begins = |&at: &usize| at == 0 || line[..at].ends_with([' ', '\t']);
    line.match_indices('#').map(|(at, _)| at).find(begins).map_or(line, |at| &line[..at])
}

/// Address and name of a line.
fn entry(line: &str) -> Result<(&str, &str), String> {
    let no_name = || format!("'{line}' has no name; ADDRESS,NAME or ADDRESS: NAME is wanted");
    let (address, name) = line
        .split_once(',')
        .or_else(|| line.split_once(": "))
        .or_else(|| line.split_once(":\t"))
        .ok_or_else(no_name)?;
    let (address, name) = (unquoted(address), unquoted(name));
    if address.is_empty() || name.is_empty() {
        return Err(no_name());
    }
    Ok((address, name))
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name<'a>(services: &'a Services, address: &str) -> Option<&'a str> {
        services.name(Spelling::parse(address).unwrap().0)
    }

    #[test]
    fn the_most_specific_entry_counts_in_whatever_order_they_stand() {
        let lines = [
            "10.0.0.0/8,ten",
            "10.1.0.0/16: eleven",
            "'10.1.2.3': twelve",
            "0.0.0.0/0,any",
            "fd00::/8: six",
            "\"fd00::1\": \"one\"",
            "*.example: below",
            "*.shop.example: shop",
            "cart.shop.example: cart",
        ];
        for turn in 0..lines.len() {
            let mut turned = lines.to_vec();
            turned.rotate_left(turn);
            let services = Services::read(&turned.join("\n")).unwrap();
            for (address, expected) in [
                ("10.9.9.9", Some("ten")),
                ("10.1.9.9", Some("eleven")),
                ("10.1.2.3:8080", Some("twelve")),
                ("::ffff:10.1.2.3", Some("twelve")),
                ("192.168.0.1", Some("any")),
                ("fd00::2", Some("six")),
                ("[fd00::1]:80", Some("one")),
                ("fe80::1", None),
                ("API.example.", Some("below")),
                ("x.shop.example", Some("shop")),
                ("cart.shop.example", Some("cart")),
                ("example", None),
            ] {
                assert_eq!(name(&services, address), expected, "{address}");
            }
        }
    }

    #[test]
    fn a_wrong_line_is_named_with_its_number() {
        for (line, what) in [
            ("10.0.0.1", "has no name"),
            ("10.0.0.1,", "has no name"),
            (",main", "has no name"),
            ("10.0.0.0/33,main", "is no network"),
            ("api.example/8,main", "is no network"),
            ("a b,main", "is no address"),
            ("*.10.0.0.1,main", "is no domain"),
            ("10.0.0.9,other", "has a name already"),
        ] {
            let text = format!("# services\n\n10.0.0.9: main\n{line}\n");
            let wrong = Services::read(&text).unwrap_err().to_string();
            assert!(wrong.starts_with("line 4 of the services: ") && wrong.contains(what), "{line}: {wrong}");
        }
    }

    #[test]
    fn a_name_stands_in_json_whatever_it_is() {
        let services = Services::read("10.0.0.1: a \"b\"\\ é #1\n").unwrap();
        assert_eq!(name(&services, "10.0.0.1"), Some(r#"a \"b\"\\ é"#));
        assert_eq!(name(&Services::default(), "10.0.0.1"), None);
    }
}
