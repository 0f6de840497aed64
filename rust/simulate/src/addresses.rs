//! The addresses of the simulated services.

use crate::topology::Service;

/// Services at most; an address has at most 16 bits for the service.
const MAX_SERVICES: usize = 65_536;
/// Addresses at most, of all services together: their texts are held in memory, 150 MB then.
const MAX_ADDRESSES: u64 = 1 << 22;
/// What `10.0.0.0/8` leaves for a service and its instance.
const IPV4_BITS: u32 = 24;
/// Bits of the service, unless there are more services than that.
const SERVICE_BITS: u32 = 8;
/// The instance that is no IPv4 address in [`AddressKind::Mixed`].
const OTHER_INSTANCE: u32 = 3;

/// An address of a [`AddressTable`].
pub type AddressIndex = u32;

/// What the addresses look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// IPv4; the fourth address of every odd service is IPv6, of every even one a host name
    Mixed,
    /// 10.SERVICE.X.Y
    Ipv4,
    /// fd00::SERVICE:INSTANCE, in two spellings
    Ipv6,
    /// nodeINSTANCE.serviceSERVICE.example, in two spellings
    Host,
}

/// The addresses of all services, each in two spellings, as JSON strings with their quotes.
///
/// IPv4 addresses have the same spelling twice; with the others, links also depend on comparing by
/// address. All texts lie in one string: many addresses are then still near each other in memory.
#[derive(Debug)]
pub struct AddressTable {
    texts: String,
    spellings: Vec<[Place; 2]>,
    /// Where the addresses of each service begin, and at last their number.
    begins: Vec<AddressIndex>,
}

/// Where a spelling stands in the texts.
#[derive(Clone, Copy, Debug)]
struct Place {
    begin: u32,
    length: u32,
}

impl AddressTable {
    /// The addresses of these services; those that leave it open have `per_service`.
    ///
    /// # Errors
    /// When they are too many for the form of the addresses.
    pub fn new(services: &[Service], per_service: u32, kind: AddressKind) -> anyhow::Result<Self> {
        anyhow::ensure!(
            services.len() <= MAX_SERVICES,
            "the topology has {} services: at most {MAX_SERVICES} have room in an address",
            services.len()
        );
        let service_bits = (services.len().next_power_of_two().ilog2()).max(SERVICE_BITS);
        let instance_bits = IPV4_BITS - service_bits;
        let mut table = Self { texts: String::new(), spellings: Vec::new(), begins: vec![0] };
        let mut total = 0;
        for (number, service) in services.iter().enumerate() {
            let instances = service.instances.unwrap_or(per_service);
            anyhow::ensure!(
                instances <= 1 << instance_bits,
                "service `{}` has {instances} instances: beside {} services, at most {} have room in an \
                 address; change `instances` or --ip-pool-size",
                service.name,
                services.len(),
                1 << instance_bits
            );
            total += u64::from(instances);
            anyhow::ensure!(
                total <= MAX_ADDRESSES,
                "the services have more than {MAX_ADDRESSES} instances together: lower `instances` or \
                 --ip-pool-size"
            );
            for instance in 0..instances {
                table.add(kind.spell(number as u32, instance, instance_bits));
            }
            table.begins.push(total as AddressIndex);
        }
        Ok(table)
    }

    fn add(&mut self, [usual, other]: [String; 2]) {
        let usual_place = self.add_text(&usual);
        let other_place = if other == usual { usual_place } else { self.add_text(&other) };
        self.spellings.push([usual_place, other_place]);
    }

    fn add_text(&mut self, text: &str) -> Place {
        let begin = self.texts.len() as u32;
        self.texts.push_str(text);
        Place { begin, length: text.len() as u32 }
    }

    /// How many addresses there are.
    pub fn len(&self) -> usize {
        self.spellings.len()
    }

    /// How many addresses a service has.
    pub fn instances(&self, service: usize) -> u32 {
        self.begins[service + 1] - self.begins[service]
    }

    /// The address of one instance of a service.
    pub fn index(&self, service: usize, instance: u32) -> AddressIndex {
        self.begins[service] + instance
    }

    /// The service that has this address. Costs a binary search.
    pub fn service(&self, address: AddressIndex) -> usize {
        self.begins.partition_point(|&begin| begin <= address) - 1
    }

    /// The address as JSON, in its usual or its other spelling.
    pub fn json(&self, address: AddressIndex, other: bool) -> &str {
        let Place { begin, length } = self.spellings[address as usize][usize::from(other)];
        &self.texts[begin as usize..(begin + length) as usize]
    }
}

impl AddressKind {
    fn spell(self, service: u32, instance: u32, instance_bits: u32) -> [String; 2] {
        let is_other = instance == OTHER_INSTANCE;
        match self {
            AddressKind::Mixed if is_other && service % 2 == 1 => ipv6(service, instance),
            AddressKind::Mixed if is_other => host(service, instance),
            AddressKind::Mixed | AddressKind::Ipv4 => ipv4(service << instance_bits | instance),
            AddressKind::Ipv6 => ipv6(service, instance),
            AddressKind::Host => host(service, instance),
        }
    }
}

fn ipv4(number: u32) -> [String; 2] {
    let [_, high, middle, low] = number.to_be_bytes();
    let text = format!("\"10.{high}.{middle}.{low}\"");
    [text.clone(), text]
}

fn ipv6(service: u32, instance: u32) -> [String; 2] {
    [format!("\"fd00::{service:x}:{instance:x}\""), format!("\"FD00:0:0:0:0:0:{service:X}:{instance:04X}\"")]
}

fn host(service: u32, instance: u32) -> [String; 2] {
    [
        format!("\"node{instance}.service{service}.example\""),
        format!("\"Node{instance}.Service{service}.EXAMPLE\""),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::IpAddr;

    use super::*;

    fn services(count: usize, instances: Option<u32>) -> Vec<Service> {
        (0..count).map(|number| Service { name: format!("s{number}"), instances }).collect()
    }

    fn table(count: usize, per_service: u32, kind: AddressKind) -> AddressTable {
        AddressTable::new(&services(count, None), per_service, kind).unwrap()
    }

    fn ip(json: &str) -> IpAddr {
        json.trim_matches('"').parse().unwrap()
    }

    #[test]
    fn addresses_are_different_and_know_their_service() {
        for (count, per_service) in [(1, 65_536), (5, 4), (300, 3), (20_000, 5)] {
            let table = table(count, per_service, AddressKind::Ipv4);
            let mut seen = HashSet::new();
            for service in 0..count {
                assert_eq!(table.instances(service), per_service);
                for instance in 0..per_service {
                    let index = table.index(service, instance);
                    assert_eq!(table.service(index), service);
                    assert!(seen.insert(ip(table.json(index, false))));
                }
            }
            assert_eq!(seen.len(), table.len());
        }
    }

    #[test]
    fn the_two_spellings_of_ipv6_are_one_address() {
        for count in [5, 65_536] {
            let table = table(count, 5, AddressKind::Ipv6);
            for index in 0..table.len() as u32 {
                assert_ne!(table.json(index, false), table.json(index, true));
                assert_eq!(ip(table.json(index, false)), ip(table.json(index, true)));
            }
        }
    }

    #[test]
    fn the_two_spellings_of_a_host_differ_in_case_only() {
        let table = table(3, 3, AddressKind::Host);
        for index in 0..9 {
            assert_ne!(table.json(index, false), table.json(index, true));
            assert!(table.json(index, false).eq_ignore_ascii_case(table.json(index, true)));
        }
    }

    #[test]
    fn a_service_may_have_a_number_of_its_own() {
        let mut services = services(3, None);
        services[1].instances = Some(7);
        let table = AddressTable::new(&services, 2, AddressKind::Mixed).unwrap();
        assert_eq!([0, 1, 2].map(|service| table.instances(service)), [2, 7, 2]);
        assert_eq!(table.json(table.index(2, 1), false), "\"10.2.0.1\"");
    }

    #[test]
    fn too_many_addresses_are_refused_in_one_line() {
        let error = |count, instances| {
            let error = AddressTable::new(&services(count, Some(instances)), 1, AddressKind::Mixed);
            error.err().unwrap().to_string()
        };
        assert!(error(65_537, 1).contains("65537 services: at most 65536"));
        assert!(error(300, 65_536).contains("service `s0` has 65536 instances: beside 300 services"));
        assert!(error(100, 65_536).contains("more than 4194304 instances together"));
    }
}
