//! Where brokers are: `HOST:PORT`, with commas between.

use std::net::Ipv6Addr;

use crate::values::quoted;

const RIGHT: &str = "HOST:PORT is wanted, as kafka:9092 or [::1]:9092, with commas between brokers";

/// Reads a list of brokers, by the same rule as the job. Blanks around a comma do not count.
///
/// # Errors
/// Which broker is wrong, and what would be right. If there may be a password in the list, none of it
/// is shown.
pub fn read(text: &str) -> Result<String, String> {
    let brokers: Vec<&str> = text.split(',').map(str::trim).collect();
    for (broker, number) in brokers.iter().zip(1..) {
        let Some(wrong) = fault(broker) else {
            continue;
        };
        let may_be_shown = !broker.is_empty() && !text.contains('@');
        let broker =
            if may_be_shown { quoted(broker) } else { format!("broker {number} of {}", brokers.len()) };
        return Err(format!("is wrong: {broker} {wrong}; {RIGHT}"));
    }
    Ok(brokers.join(","))
}

/// What is wrong with a broker.
fn fault(broker: &str) -> Option<&'static str> {
    if broker.is_empty() {
        return Some("is empty");
    }
    if broker.contains('@') {
        return Some("has a user or a password (not shown), which go into the file of --kafka-config");
    }
    if broker.contains("://") {
        return Some("has a protocol, which goes into the file of --kafka-config as security.protocol");
    }
    if broker.contains(char::is_whitespace) {
        return Some("has a blank in it");
    }
    let (host, port) = match broker.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(None) => return Some("has no ] after the IPv6 address"),
        Some(Some((address, port))) => {
            if !is_ipv6(address) {
                return Some("has no IPv6 address between the brackets");
            }
            (address, port.strip_prefix(':'))
        }
        None if broker.matches(':').count() > 1 => {
            return Some("has more than one colon: an IPv6 address is put in brackets");
        }
        None => broker.split_once(':').map_or((broker, None), |(host, port)| (host, Some(port))),
    };
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    match (host, port) {
        ("", _) => Some("has no host"),
        (_, None) => Some("has no port"),
        _ if !broker.starts_with('[') && !host.bytes().all(is_of_name) => {
            Some("has a host with other characters than letters of ASCII, digits, '.', '_' and '-'")
        }
        (_, Some(port)) => (!is_port(port)).then_some("has a port that is no number from 1 to 65535"),
    }
}

/// Whether it is an IPv6 address, perhaps with a zone such as `%eth0`.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    let is_of_zone = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && zone.bytes().all(is_of_zone)
}

fn is_port(text: &str) -> bool {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number && text.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_hold_a_password_is_told_by_its_number() {
        for text in ["kafka:9092,user:hunter2@kafka:9092", "user:hunter2,more@kafka:9092", "SASL://hunter2@a"]
        {
            let wrong = read(text).unwrap_err();
            assert!(!wrong.contains("hunter2") && wrong.contains("broker "), "{wrong}");
        }
        let wrong = read("kafka:9092,user:hunter2@kafka:9092").unwrap_err();
        assert!(wrong.starts_with("is wrong: broker 2 of 2 has a user or a password"), "{wrong}");
    }

    #[test]
    fn blanks_around_a_comma_do_not_count() {
        assert_eq!(read(" a:1 , [::1]:2"), Ok("a:1,[::1]:2".to_owned()));
    }

    #[test]
    fn the_wrong_broker_is_named() {
        assert_eq!(
            read("a:1,localhost:abc").unwrap_err(),
            format!("is wrong: 'localhost:abc' has a port that is no number from 1 to 65535; {RIGHT}")
        );
        assert!(read("a:1,,b:2").unwrap_err().contains("broker 2 of 3 is empty"));
    }
}
