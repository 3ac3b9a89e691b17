//! Which IP addresses are public: those that no registry sets apart for another purpose (IANA's special-purpose
//! registries for IPv4 and IPv6).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::{Ipv4Net, Ipv6Net};

/// Not reachable from the Internet, or not meant to be: this network, private use, carrier NAT, loopback, link-local with
/// the metadata services of clouds, protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved.
const SPECIAL_V4: [&str; 16] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
];

/// Of what is handed out to the Internet, 2000::/3, what is set apart: protocol assignments, documentation. Everything
/// outside of it, such as loopback, unique-local, link-local and multicast, is not public anyway.
const SPECIAL_V6: [&str; 4] = ["2001::/23", "2001:db8::/32", "3fff::/20", "2620:4f:8000::/48"];

static V4: LazyLock<Vec<Ipv4Net>> = LazyLock::new(|| networks(&SPECIAL_V4));
static V6: LazyLock<Vec<Ipv6Net>> = LazyLock::new(|| networks(&SPECIAL_V6));

/// Whether an address may be reached by whoever asks for it.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(address) => is_public_v4(address),
            None => address.segments()[0] >> 13 == 1 && !V6.iter().any(|network| network.contains(&address)),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !V4.iter().any(|network| network.contains(&address))
}

/// The IPv4 address that an IPv6 address stands for: mapped, translated (NAT64), or tunnelled (6to4).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(from(high, low))
        }
        _ => None,
    }
}

fn networks<N: std::str::FromStr<Err: std::fmt::Debug>>(texts: &[&str]) -> Vec<N> {
    texts.iter().map(|text| text.parse().expect("the tables hold networks; a test reads them")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_every_range_are_kept() {
        for network in V4.iter() {
            for inside in [network.network(), network.broadcast()] {
                assert!(!is_public(inside.into()), "{inside} of {network}");
                assert!(!is_public(inside.to_ipv6_mapped().into()), "{inside} mapped");
            }
            let outside = [
                u32::from(network.network()).checked_sub(1).map(Ipv4Addr::from),
                u32::from(network.broadcast()).checked_add(1).map(Ipv4Addr::from),
            ];
            for outside in outside.into_iter().flatten() {
                let belongs_elsewhere = V4.iter().any(|other| other.contains(&outside));
                assert_eq!(is_public(outside.into()), !belongs_elsewhere, "{outside} beside {network}");
            }
        }
        for network in V6.iter() {
            assert!(!is_public(network.network().into()) && !is_public(network.broadcast().into()), "{network}");
        }
    }

    #[test]
    fn known_addresses_are_told_apart() {
        let public = |text: &str| is_public(text.parse().unwrap());
        for address in
            ["1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "100.128.0.0", "2606:4700::1111", "2a00::1"]
        {
            assert!(public(address), "{address}");
        }
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "192.168.1.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:a00:1::1",
            "2001::1",
            "2001:db8::1",
            "100::1",
            "4000::1",
        ] {
            assert!(!public(address), "{address}");
        }
        assert!(public("64:ff9b::808:808") && public("2002:808:808::1") && public("::ffff:8.8.8.8"));
    }
}
