//! Where messages may go: an exact list of hosts, and of addresses that are not public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::Webhooks;

/// A host that may be spoken to, or is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Over TLS.
    secure: bool,
    /// A name in lower case and ASCII, or an address.
    host: Host,
    port: u16,
}

/// Why a text is no host, address or network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no {1}")]
pub struct NotAnAddress(String, &'static str);

fn origin(url: &Url) -> Option<Origin> {
    let secure = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return None;
    }
    Some(Origin { secure, host: url.host()?.to_owned(), port: url.port_or_known_default()? })
}

impl TryFrom<String> for Origin {
    type Error = NotAnAddress;

    /// Reads `branch.example`, `branch.example:8443` (both mean https), or `http://10.1.2.3:8080`.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let whole = if text.contains("://") { text.clone() } else { format!("https://{text}") };
        let url = Url::parse(&whole).ok().filter(|url| matches!(url.path(), "" | "/"));
        url.as_ref().and_then(origin).ok_or(NotAnAddress(text, "host"))
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { secure, host, port } = self;
        write!(f, "{}://{host}:{port}", if *secure { "https" } else { "http" })
    }
}

/// Addresses that begin alike: `10.20.0.0/16`, `fd00::/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl TryFrom<String> for Network {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = || {
            let (address, bits) =
                text.split_once('/').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
            let address: IpAddr = address.parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let bits: u8 = bits.map_or(Some(most), |bits| bits.parse().ok())?;
            (bits <= most).then_some(Self { address, bits })
        };
        read().ok_or_else(|| NotAnAddress(text.clone(), "network"))
    }
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        let (own, other, width) = match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits().into(), other.to_bits().into(), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits(), other.to_bits(), 128),
            _ => return false,
        };
        let differs: u128 = own ^ other;
        differs.checked_shr(width - u32::from(self.bits)).unwrap_or(0) == 0
    }
}

/// Where a door leads: the address that the database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    origin: Origin,
    path: String,
}

/// Why nothing is sent there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unplaced {
    /// The host is not one of those that the worker may speak to.
    Host(String),
    /// The host's address is not public, and not one of those that may be spoken to all the same.
    Address(IpAddr),
}

impl Endpoint {
    /// Reads an address; none unless it is http or https without a login, a query and a fragment.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        Some(Self { origin: origin(&url)?, path: url.path().to_owned() })
    }

    /// Over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.origin.secure
    }

    /// The host's name or address, as names are looked up and certificates are compared: without the brackets of a URL.
    #[must_use]
    pub fn host(&self) -> String {
        match &self.origin.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.origin.port
    }

    /// The header `host`.
    #[must_use]
    pub fn authority(&self) -> String {
        let Origin { secure, host, port } = &self.origin;
        if *port == if *secure { 443 } else { 80 } {
            host.to_string()
        } else {
            format!("{host}:{port}")
        }
    }

    /// What is asked for there.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the worker may speak to this host at all.
    ///
    /// # Errors
    /// [`Unplaced::Host`].
    pub fn is_listed(&self, webhooks: &Webhooks) -> Result<(), Unplaced> {
        if webhooks.hosts.contains(&self.origin) {
            Ok(())
        } else {
            Err(Unplaced::Host(self.origin.to_string()))
        }
    }

    /// Whether it may be spoken to at this address, which its name was just found to have. A listed host that is an address
    /// itself may.
    ///
    /// # Errors
    /// [`Unplaced::Address`].
    pub fn may_be_at(&self, address: IpAddr, webhooks: &Webhooks) -> Result<(), Unplaced> {
        let is_itself = match self.origin.host {
            Host::Ipv4(own) => address == own,
            Host::Ipv6(own) => address == own,
            Host::Domain(_) => false,
        };
        if is_itself
            || is_public(address)
            || webhooks.networks.iter().any(|network| network.holds(address))
        {
            Ok(())
        } else {
            Err(Unplaced::Address(address))
        }
    }
}

/// False for whatever is no host of the open net (the IANA special-purpose registries): a name that leads there may lead to
/// what was never meant to be spoken to from outside.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || matches!(
            (a, b, c),
            (0 | 240..=255, _, _)
                | (100, 64..=127, _)
                | (192, 0, 0)
                | (192, 88, 99)
                | (198, 18 | 19, _)
        );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    // Global unicast only, without what stands for an IPv4 address or for no host: 6to4, Teredo and the like, documentation.
    let [first, second, ..] = address.segments();
    let special = matches!(
        (first, second),
        (0x2001, 0..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0..=0x0fff)
    );
    (0x2000..=0x3fff).contains(&first) && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(hosts: &[&str], networks: &[&str]) -> Webhooks {
        Webhooks {
            hosts: hosts.iter().map(|host| Origin::try_from((*host).to_owned()).unwrap()).collect(),
            networks: networks
                .iter()
                .map(|n| Network::try_from((*n).to_owned()).unwrap())
                .collect(),
            ..Webhooks::default()
        }
    }

    #[test]
    fn only_a_listed_host_is_spoken_to_exactly_as_it_is_listed() {
        let webhooks = listed(&["Branch.Example", "b.example:8443", "http://10.1.2.3:8080"], &[]);
        let may = |to: &str| Endpoint::parse(to).unwrap().is_listed(&webhooks).is_ok();
        for to in [
            "https://branch.example/in",
            "https://BRANCH.example:443",
            "https://b.example:8443/x",
            "http://10.1.2.3:8080/",
        ] {
            assert!(may(to), "{to}");
        }
        for to in [
            "http://branch.example/in",
            "https://branch.example:8443/",
            "https://branch.example.evil.net/",
            "https://x.branch.example/",
            "https://branch.example./",
            "https://b.example/",
            "http://10.1.2.3/",
        ] {
            assert!(!may(to), "{to}");
        }
        assert!(
            Endpoint::parse("https://branch.example/")
                .unwrap()
                .is_listed(&Webhooks::default())
                .is_err()
        );
    }

    #[test]
    fn an_address_has_no_login_no_query_and_no_other_scheme() {
        for text in [
            "https://u:p@branch.example/",
            "https://u@branch.example/",
            "https://branch.example/?token=1",
            "https://branch.example/#a",
            "ftp://branch.example/",
            "file:///etc/passwd",
            "branch.example",
            "",
        ] {
            assert_eq!(Endpoint::parse(text), None, "{text}");
        }
        let path = Endpoint::parse("https://[fd00::1]:8443/a/%20b").unwrap();
        assert_eq!(
            (path.path(), path.authority().as_str(), path.host().as_str()),
            ("/a/%20b", "[fd00::1]:8443", "fd00::1")
        );
    }

    #[test]
    fn an_address_that_is_not_public_needs_to_be_listed() {
        let named = Endpoint::parse("https://branch.example/").unwrap();
        let webhooks = listed(&["branch.example"], &["10.20.0.0/16", "fd00:1::/32", "127.0.0.1"]);
        let may = |address: &str| named.may_be_at(address.parse().unwrap(), &webhooks).is_ok();
        for address in ["8.8.8.8", "2606:4700::1", "10.20.255.1", "fd00:1::7", "127.0.0.1"] {
            assert!(may(address), "{address}");
        }
        for address in [
            "10.21.0.1",
            "127.0.0.2",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fd00:2::1",
            "fe80::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "::10.0.0.1",
        ] {
            assert!(!may(address), "{address}");
        }
        // Written in whatever way, it is the same address.
        let itself = Endpoint::parse("http://0x7f.1:80/").unwrap();
        assert!(itself.may_be_at([127, 0, 0, 1].into(), &Webhooks::default()).is_ok());
        assert!(itself.may_be_at([127, 0, 0, 2].into(), &Webhooks::default()).is_err());
    }

    #[test]
    fn a_network_is_read_with_its_bits() {
        let holds = |network: &str, address: &str| {
            Network::try_from(network.to_owned()).unwrap().holds(address.parse().unwrap())
        };
        assert!(holds("0.0.0.0/0", "9.9.9.9") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("10.0.0.0/31", "10.0.0.1") && !holds("10.0.0.0/31", "10.0.0.2"));
        for text in ["10.0.0.0/33", "10.0.0/8", "x", "::/129", "10.0.0.0/"] {
            assert!(Network::try_from(text.to_owned()).is_err(), "{text}");
        }
        for text in ["a b", "https://x/path", "u@x", "", "ftp://x"] {
            assert!(Origin::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
