//! A network of IP addresses, for the list of trusted reverse proxies.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// IP network: a single address (`10.0.0.7`) or a CIDR block (`10.0.0.0/8`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Returns whether `ip` belongs to the network. IPv4-mapped IPv6 addresses (`::ffff:10.0.0.7`) count as IPv4.
    pub fn contains_address(&self, ip: IpAddr) -> bool {
        self.0.contains(&ip.to_canonical())
    }
}

/// Reason why a text is not a valid IP network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNetwork {
    #[error("the network must be an IP address or a CIDR block")]
    Address,
    #[error(
        "the prefix length must fit the address family and must not be 0, which would trust every address"
    )]
    Prefix,
    #[error("the address has bits set after the prefix length")]
    HostBits,
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = text
            .split_once('/')
            .map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork::Address)?;
        // Peers are compared in canonical form, so a network of mapped addresses would never match.
        if address.to_canonical() != address {
            return Err(InvalidNetwork::Address);
        }
        let network = match prefix.map(str::parse) {
            None => IpNet::from(address),
            Some(Ok(0) | Err(_)) => return Err(InvalidNetwork::Prefix),
            Some(Ok(prefix)) => IpNet::new(address, prefix).map_err(|_| InvalidNetwork::Prefix)?,
        };
        if network.network() != address {
            return Err(InvalidNetwork::HostBits);
        }
        Ok(Self(network))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses network and address, and returns whether the network contains the address.
    fn network_contains(network: &str, ip: &str) -> bool {
        let network: Network = network.parse().expect("valid network");
        network.contains_address(ip.parse().expect("valid address"))
    }

    #[test]
    fn network_contains_only_addresses_with_its_prefix() {
        assert!(network_contains("10.0.0.7", "10.0.0.7"));
        assert!(network_contains("10.0.0.7", "::ffff:10.0.0.7"));
        assert!(!network_contains("10.0.0.7", "10.0.0.8"));
        assert!(network_contains("10.0.0.0/8", "10.255.1.2"));
        assert!(!network_contains("10.0.0.0/8", "11.0.0.0"));
        assert!(network_contains("fd00::/8", "fd12::1"));
        assert!(!network_contains("fd00::/8", "fe00::1"));
        assert!(!network_contains("a00::/8", "10.0.0.1"));
        assert!(network_contains("::1", "::1"));
    }

    #[test]
    fn malformed_or_ambiguous_network_is_rejected() {
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
