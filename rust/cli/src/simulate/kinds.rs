//! What ids and addresses can look like, as it is written on the command line.

use callweave_simulate::{AddressKind, IdKind};

/// What the ids of calls look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum IdArg {
    /// Random UUIDs, version 4
    Uuid,
    /// 1, 2, 3 …; even ones are JSON integers, odd ones strings like "c3"
    Counter,
}

impl From<IdArg> for IdKind {
    fn from(arg: IdArg) -> Self {
        match arg {
            IdArg::Uuid => Self::Uuid,
            IdArg::Counter => Self::Counter,
        }
    }
}

/// What the addresses look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum AddressArg {
    /// IPv4; the fourth address of every odd service is IPv6, of every even one a host name
    Mixed,
    /// 10.SERVICE.X.Y
    Ipv4,
    /// fd00::SERVICE:INSTANCE, in two spellings
    Ipv6,
    /// nodeINSTANCE.serviceSERVICE.example, in two spellings
    Host,
}

impl From<AddressArg> for AddressKind {
    fn from(arg: AddressArg) -> Self {
        match arg {
            AddressArg::Mixed => Self::Mixed,
            AddressArg::Ipv4 => Self::Ipv4,
            AddressArg::Ipv6 => Self::Ipv6,
            AddressArg::Host => Self::Host,
        }
    }
}
