//! A network of addresses, for the list of trusted proxies.

use std::net::IpAddr;
use std::str::FromStr;

/// One address (`10.0.0.7`) or a CIDR block (`10.0.0.0/8`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// An IPv4 address in IPv6 clothing (`::ffff:10.0.0.7`), as dual-stack sockets report it, counts as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        ip.is_ipv4() == self.address.is_ipv4() && masked(ip, self.prefix) == bits(self.address)
    }
}

/// Both families left-aligned in 128 bits, so that one mask serves both.
fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(ip.to_bits()) << 96,
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

fn masked(ip: IpAddr, prefix: u8) -> u128 {
    bits(ip) & u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNetwork {
    #[error("not an IP address")]
    Address,
    #[error(
        "the prefix is not a number the address family allows, or is 0, which would trust everyone"
    )]
    Prefix,
    #[error("the address has bits beyond the prefix")]
    HostBits,
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = text
            .split_once('/')
            .map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork::Address)?;
        // Peers are compared in canonical form, so a mapped network would never match.
        if address.to_canonical() != address {
            return Err(InvalidNetwork::Address);
        }
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix.map(str::parse) {
            None => longest,
            Some(Ok(prefix)) if (1..=longest).contains(&prefix) => prefix,
            Some(_) => return Err(InvalidNetwork::Prefix),
        };
        if masked(address, prefix) != bits(address) {
            return Err(InvalidNetwork::HostBits);
        }
        Ok(Self { address, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, ip: &str) -> bool {
        let network: Network = network.parse().expect("the test's network is valid");
        network.contains(ip.parse().expect("the test's address is valid"))
    }

    #[test]
    fn network_contains_only_its_own_addresses() {
        assert!(contains("10.0.0.7", "10.0.0.7"));
        assert!(contains("10.0.0.7", "::ffff:10.0.0.7"));
        assert!(!contains("10.0.0.7", "10.0.0.8"));
        assert!(contains("10.0.0.0/8", "10.255.1.2"));
        assert!(!contains("10.0.0.0/8", "11.0.0.0"));
        assert!(contains("fd00::/8", "fd12::1"));
        assert!(!contains("fd00::/8", "fe00::1"));
        assert!(!contains("a00::/8", "10.0.0.1"));
        assert!(contains("::1", "::1"));
    }

    #[test]
    fn ambiguous_or_unlimited_network_is_refused() {
        for (given, why) in [
            ("proxy", InvalidNetwork::Address),
            ("::ffff:10.0.0.7", InvalidNetwork::Address),
            ("10.0.0.0/33", InvalidNetwork::Prefix),
            ("0.0.0.0/0", InvalidNetwork::Prefix),
            ("10.0.0.0/", InvalidNetwork::Prefix),
            ("10.0.0.1/8", InvalidNetwork::HostBits),
        ] {
            assert_eq!(given.parse::<Network>(), Err(why), "{given}");
        }
    }
}
