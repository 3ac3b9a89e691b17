//! Where the gateway may connect to although the address is not public.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use url::Host;

/// What the operator lets through although it is not public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A host by its name, whatever it resolves to.
    Name(String),
    /// Addresses.
    Network(IpNet),
}

impl FromStr for Destination {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Network(address.into()));
        }
        match Host::parse(text) {
            Ok(Host::Domain(name)) if !text.contains('/') => Ok(Self::Name(name.trim_end_matches('.').to_owned())),
            _ => Err(()),
        }
    }
}
