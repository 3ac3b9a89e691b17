//! The guard on addresses that clients give: the gateway reaches public ones and those that the operator lets through,
//! and nothing else of the network it stands in.
//!
//! The address that was checked is the one that is connected to: names are resolved by the client that connects, and
//! what they resolve to is filtered there, so a name that changes its mind in between changes nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use url::{Host, Url};

use crate::config::destination::Destination;
use crate::fetch::public_ranges::is_public;

/// The longest address that is taken, in bytes.
const LONGEST: usize = 2048;

/// Why an address is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockedAddress {
    /// It is no address of the kind.
    #[error("{0}")]
    Invalid(&'static str),
    /// It leads to where clients must not.
    #[error("{0} is not a public address")]
    NotPublic(String),
}

/// One redirect leads to the next.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("there are too many redirects")]
pub struct TooManyRedirects;

/// Knows what is let through. Clones share it.
#[derive(Debug, Clone)]
pub struct Guard {
    allow: Arc<[Destination]>,
}

impl Guard {
    /// A guard that lets public addresses and these through.
    pub fn new(allow: &[Destination]) -> Self {
        Self { allow: allow.into() }
    }

    /// Reads an address as a client gave it. A name is taken as it is, and looked up when it is reached.
    ///
    /// # Errors
    /// It is no http(s) address, carries a password, or names what must not be reached.
    pub fn read(&self, text: &str) -> Result<Url, BlockedAddress> {
        if text.len() > LONGEST {
            return Err(BlockedAddress::Invalid("the address has more than 2048 bytes"));
        }
        let url = Url::parse(text).map_err(|_| BlockedAddress::Invalid("this is no address"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BlockedAddress::Invalid("only http and https are taken"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BlockedAddress::Invalid("an address with a user name or password in it is not taken"));
        }
        // The parser has turned every way to write an IPv4 address, 0x7f.1 for instance, into the address.
        let may_pass = match url.host() {
            None => return Err(BlockedAddress::Invalid("the address names no host")),
            Some(Host::Ipv4(address)) => self.lets(address.into()),
            Some(Host::Ipv6(address)) => self.lets(address.into()),
            Some(Host::Domain(name)) => self.lets_name(name) || !is_local(name),
        };
        if may_pass { Ok(url) } else { Err(BlockedAddress::NotPublic(url.host_str().unwrap_or_default().to_owned())) }
    }

    /// A client that connects to nothing else than what this guard lets through. It follows so many redirects, each
    /// looked at like the first address, and uses no proxy. It must be given addresses that [`Guard::read`] has returned: those with a number for a host are not
    /// looked up, so nobody else checks them.
    ///
    /// # Errors
    /// TLS is not available.
    pub fn client(&self, timeout: Duration, redirects: usize) -> reqwest::Result<reqwest::Client> {
        reqwest::Client::builder()
            .dns_resolver(self.clone())
            .redirect(self.policy(redirects))
            .no_proxy()
            .timeout(timeout)
            .connect_timeout(timeout)
            .user_agent(concat!("avatar-gateway/", env!("CARGO_PKG_VERSION")))
            .build()
    }

    fn policy(&self, redirects: usize) -> Policy {
        if redirects == 0 {
            return Policy::none();
        }
        let guard = self.clone();
        Policy::custom(move |attempt| match guard.read(attempt.url().as_str()) {
            _ if attempt.previous().len() > redirects => attempt.error(TooManyRedirects),
            Ok(_) => attempt.follow(),
            Err(blocked) => attempt.error(blocked),
        })
    }

    fn lets(&self, address: IpAddr) -> bool {
        let allowed = |destination: &Destination| match destination {
            Destination::Network(network) => network.contains(&address.to_canonical()) || network.contains(&address),
            Destination::Name(_) => false,
        };
        is_public(address) || self.allow.iter().any(allowed)
    }

    fn lets_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.');
        self.allow.iter().any(|destination| matches!(destination, Destination::Name(known) if known == name))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let trusted = guard.lets_name(name.as_str());
            let passed: Vec<SocketAddr> = found.filter(|address| trusted || guard.lets(address.ip())).collect();
            if passed.is_empty() {
                return Err(BlockedAddress::NotPublic(name.as_str().to_owned()).into());
            }
            Ok(Box::new(passed.into_iter()) as Addrs)
        })
    }
}

/// Names that mean this machine or this network wherever they are asked for.
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let ends = |ending: &str| name == ending || name.strip_suffix(ending).is_some_and(|rest| rest.ends_with('.'));
    ["localhost", "local", "internal", "localdomain", "home.arpa"].into_iter().any(ends)
}

#[cfg(test)]
mod tests;
