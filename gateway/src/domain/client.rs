//! For whom work is done, where clients share what there is: nobody waits for all that another has asked for.

use std::net::{IpAddr, Ipv6Addr};

use crate::domain::id::KeyId;

/// Who is counted as one where clients share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Client {
    /// Whoever has this API key.
    Key(KeyId),
    /// Whoever sends from this address without a key; of IPv6, from this network of 64 bits, which is one customer's.
    Address(IpAddr),
    /// Nobody knows. All of these are one.
    #[default]
    Unknown,
}

impl Client {
    /// Who sent a request with this key, or from this address.
    pub fn new(key: Option<KeyId>, address: Option<IpAddr>) -> Self {
        match (key, address.map(|address| address.to_canonical())) {
            (Some(key), _) => Self::Key(key),
            (None, Some(IpAddr::V6(address))) => {
                let [a, b, c, d, ..] = address.segments();
                Self::Address(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            (None, Some(address)) => Self::Address(address),
            (None, None) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_more_than_an_address_and_of_ipv6_the_network() {
        let client = |address: &str| Client::new(None, Some(address.parse().unwrap()));
        let key = KeyId::from(uuid::Uuid::from_u128(1));
        assert_eq!(Client::new(Some(key), Some([127, 0, 0, 1].into())), Client::Key(key));
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:3:4:5:6"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"), "one address, written in two ways");
        assert_eq!(Client::new(None, None), Client::Unknown);
    }
}
