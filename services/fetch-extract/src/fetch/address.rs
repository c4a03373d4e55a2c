//! Which addresses may be connected to: a pure table, so that every spelling of "inside" can be held against it.

use Reach::{Never, Private, Public};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Lets addresses through, or not.
#[derive(Debug, Clone, Copy)]
pub struct Gate {
    /// Loopback, private networks, shared address space and unique local addresses are let through as well.
    pub allow_private: bool,
}

impl Gate {
    #[must_use]
    pub fn admits(self, address: IpAddr) -> bool {
        match reach(address) {
            Public => true,
            Private => self.allow_private,
            Never => false,
        }
    }
}

/// Where an address lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Public,
    /// Inside somebody's network: a document may well be served from there, if the operator says so.
    Private,
    /// No invoice is ever served from there: cloud metadata, link-local, multicast, reserved, tunnels.
    Never,
}

/// The first network of the table that holds the address decides; an address of no network is public.
const V4: [([u8; 4], u32, Reach); 18] = [
    ([0, 0, 0, 0], 8, Never),
    ([10, 0, 0, 0], 8, Private),
    // The metadata service of Alibaba Cloud, inside the shared address space.
    ([100, 100, 100, 200], 32, Never),
    ([100, 64, 0, 0], 10, Private),
    ([127, 0, 0, 0], 8, Private),
    // The virtual address of Azure's host services.
    ([168, 63, 129, 16], 32, Never),
    ([169, 254, 0, 0], 16, Never),
    ([172, 16, 0, 0], 12, Private),
    ([192, 0, 0, 0], 24, Never),
    ([192, 0, 2, 0], 24, Never),
    ([192, 88, 99, 0], 24, Never),
    ([192, 168, 0, 0], 16, Private),
    ([198, 18, 0, 0], 15, Never),
    ([198, 51, 100, 0], 24, Never),
    ([203, 0, 113, 0], 24, Never),
    ([224, 0, 0, 0], 4, Never),
    ([240, 0, 0, 0], 4, Never),
    ([0, 0, 0, 0], 0, Public),
];

/// As [`V4`]. Everything outside of 2000::/3 is closed unless named: IPv4-mapped and IPv4-compatible addresses,
/// link-local, multicast, and ranges not yet given out.
const V6: [(Ipv6Addr, u32, Reach); 9] = [
    (Ipv6Addr::LOCALHOST, 128, Private),
    // The metadata service of AWS, inside the unique local addresses.
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128, Never),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Private),
    // Teredo, benchmarking, ORCHID.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Never),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Never),
    // 6to4: holds an IPv4 address that nobody checks.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, Never),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Never),
    (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3, Public),
    (Ipv6Addr::UNSPECIFIED, 0, Never),
];

/// The prefix by which networks without IPv4 reach the IPv4 internet.
const NAT64: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);

/// Where the address lies. An address behind NAT64 lies where its IPv4 address lies.
#[must_use]
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) if holds(NAT64.to_bits(), 96, address.to_bits(), 128) => {
            let [.., a, b, c, d] = address.octets();
            reach_v4(Ipv4Addr::new(a, b, c, d))
        }
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let bits = |address: Ipv4Addr| u128::from(address.to_bits());
    let found = V4.iter().find(|(network, prefix, _)| holds(bits((*network).into()), *prefix, bits(address), 32));
    found.map_or(Never, |(_, _, reach)| *reach)
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let found = V6.iter().find(|(network, prefix, _)| holds(network.to_bits(), *prefix, address.to_bits(), 128));
    found.map_or(Never, |(_, _, reach)| *reach)
}

/// Whether the first `prefix` bits are the same, in addresses of `width` bits.
fn holds(network: u128, prefix: u32, address: u128, width: u32) -> bool {
    (network ^ address).checked_shr(width - prefix).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach_of(address: &str) -> Reach {
        reach(address.parse().unwrap())
    }

    #[test]
    fn every_address_has_its_place() {
        let table = [
            (Public, "8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 223.255.255.255"),
            (Public, "2606:4700::1111 2a00:1450::1 2001:4860:4860::8888 64:ff9b::8.8.8.8 3ffe::1"),
            (Private, "127.0.0.1 127.255.255.254 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1"),
            (Private, "::1 fc00::1 fd12:3456::1 64:ff9b::127.0.0.1 64:ff9b::10.1.2.3"),
            (Never, "0.0.0.0 0.1.2.3 169.254.169.254 169.254.0.1 100.100.100.200 168.63.129.16 192.0.0.192"),
            (Never, "192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.88.99.1 224.0.0.1 240.0.0.1 255.255.255.255"),
            (Never, ":: fe80::1 ff02::1 fec0::1 fd00:ec2::254 2001:db8::1 2001::1 2002:7f00:1::1 2002:808:808::1"),
            (Never, "::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::7f00:1 100::1"),
        ];
        for (expected, addresses) in table {
            for address in addresses.split(' ') {
                assert_eq!(reach_of(address), expected, "{address}");
            }
        }
    }

    #[test]
    fn the_setting_opens_private_networks_and_never_the_metadata_service() {
        let open = Gate { allow_private: true };
        let closed = Gate { allow_private: false };
        for (address, when_open, when_closed) in [
            ("127.0.0.1", true, false),
            ("10.0.0.1", true, false),
            ("169.254.169.254", false, false),
            ("::ffff:10.0.0.1", false, false),
            ("8.8.8.8", true, true),
        ] {
            let address = address.parse().unwrap();
            assert_eq!((open.admits(address), closed.admits(address)), (when_open, when_closed), "{address}");
        }
    }
}
