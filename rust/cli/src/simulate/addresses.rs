//! The addresses of the simulated services.

/// Addresses per service at most; a service has 16 bits of address.
pub const MAX_POOL: u32 = 65_536;

/// An address of a [`AddressTable`].
pub type AddressIndex = u32;

/// The addresses of all services, each in two spellings, as JSON strings with their quotes.
///
/// Most are IPv4 (`10.SERVICE.X.Y`). The fourth instance of every odd service is IPv6 and the
/// fourth of every even one a host name, so that links also depend on comparing by address.
#[derive(Debug)]
pub struct AddressTable {
    spellings: Vec<[String; 2]>,
    per_service: u32,
}

impl AddressTable {
    /// `per_service` addresses for each of `services` services.
    pub fn new(services: usize, per_service: u32) -> Self {
        let spellings = (0..services)
            .flat_map(|service| (0..per_service).map(move |instance| spell(service, instance)))
            .collect();
        Self { spellings, per_service }
    }

    /// How many addresses a service has.
    pub fn per_service(&self) -> u32 {
        self.per_service
    }

    /// The address of one instance of a service.
    pub fn index(&self, service: usize, instance: u32) -> AddressIndex {
        service as u32 * self.per_service + instance
    }

    /// The service that has this address.
    pub fn service(&self, address: AddressIndex) -> usize {
        (address / self.per_service) as usize
    }

    /// The address as JSON, in its usual or its other spelling.
    pub fn json(&self, address: AddressIndex, other: bool) -> &str {
        &self.spellings[address as usize][usize::from(other)]
    }
}

fn spell(service: usize, instance: u32) -> [String; 2] {
    if instance != 3 {
        let [_, _, high, low] = instance.to_be_bytes();
        let ipv4 = format!("\"10.{service}.{high}.{low}\"");
        return [ipv4.clone(), ipv4];
    }
    if service % 2 == 1 {
        [format!("\"fd00::{service}:{instance}\""), format!("\"FD00:0:0:0:0:0:{service}:000{instance}\"")]
    } else {
        [
            format!("\"node{instance}.service{service}.example\""),
            format!("\"Node{instance}.Service{service}.EXAMPLE\""),
        ]
    }
}
