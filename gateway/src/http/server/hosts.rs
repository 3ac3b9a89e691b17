//! Under which names the gateway answers. A browser asks in the name of the page that it shows, and a page whose name its
//! owner has pointed at this machine would read here whatever this machine may read: so only known names are answered.

use std::net::{Ipv4Addr, SocketAddrV4};

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};
use url::{Host, Url};

use crate::config::Server;
use crate::domain::code::Code;
use crate::http::problem::ApiError;

/// Why a request is not answered: it is meant for somebody else. Those that name nobody are answered, as no browser's do.
pub(crate) fn refusal(request: &Request, server: &Server) -> Option<ApiError> {
    let name = foreign(request.uri(), request.headers(), server)?;
    let detail = format!(
        "this gateway does not answer as {name:?}; ask it by IP address or as localhost, or name that host in \
         `server.hosts`"
    );
    Some(ApiError::new(Code::HostUnknown, detail))
}

/// The first name in a request that is none of the gateway's.
fn foreign(uri: &Uri, headers: &HeaderMap, server: &Server) -> Option<String> {
    if server.hosts.iter().any(|host| host == "*") {
        return None;
    }
    let in_headers = headers.get_all(header::HOST).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let in_line = uri.authority().map(|authority| authority.as_str().into());
    in_line.into_iter().chain(in_headers).find(|name| !is_own(name, server)).map(|name| name.into_owned())
}

/// Whether a host with or without a port is the gateway. Addresses are: what is reached by its number was not looked up
/// under a name, and so under nobody else's.
fn is_own(authority: &str, server: &Server) -> bool {
    // As most addresses are written, read without taking them apart.
    if authority.parse::<SocketAddrV4>().is_ok() || authority.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    match host(authority) {
        None => false,
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        Some(Host::Domain(name)) => {
            name == "localhost"
                || name.ends_with(".localhost")
                || server.hosts.contains(&name)
                || public_host(server).is_some_and(|public| public == name)
        }
    }
}

/// The host in what stands between the slashes of an address, in the way that every name is written here.
pub(crate) fn host(authority: &str) -> Option<Host> {
    let authority: Authority = authority.parse().ok().filter(|_| !authority.contains('@'))?;
    canonical(authority.host())
}

/// A host in small letters, without the dot that a name may end with.
pub(crate) fn canonical(host: &str) -> Option<Host> {
    Host::parse(host.strip_suffix('.').unwrap_or(host)).ok()
}

fn public_host(server: &Server) -> Option<String> {
    let url: Url = server.public_url.as_deref()?.parse().ok()?;
    canonical(url.host_str()?).map(|host| host.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Overrides};

    fn server(hosts: &[&str], public_url: Option<&str>) -> Server {
        let config = Config::load(None, [], Overrides::default()).unwrap().config;
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        Server { hosts, public_url: public_url.map(str::to_owned), ..config.server }
    }

    fn answered(server: &Server, uri: &str, host: &str) -> bool {
        let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
        foreign(&uri.parse().unwrap(), &headers, server).is_none()
    }

    #[test]
    fn only_its_own_names_are_answered() {
        let plain = server(&[], None);
        for host in [
            "localhost",
            "LocalHost:8000",
            "localhost.",
            "app.localhost:1",
            "127.0.0.1:8000",
            "127.9.9.9",
            "[::1]:8000",
            "[::1]",
            "192.168.1.7:80",
            "0.0.0.0",
        ] {
            assert!(answered(&plain, "/", host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:8000",
            "notlocalhost",
            "localhost@evil.example",
            "evil.example:8000",
            "",
            "a b",
            "xn--",
            "::1",
            "[::1%1]:8000",
        ] {
            assert!(!answered(&plain, "/", host), "{host}");
        }
        assert!(foreign(&"/".parse().unwrap(), &HeaderMap::new(), &plain).is_none(), "no browser leaves it out");
    }

    #[test]
    fn names_are_added_by_the_settings() {
        let named = server(&["avatars.lan"], Some("https://Avatars.example.org:8443/api"));
        for host in ["avatars.lan", "AVATARS.lan.:80", "avatars.example.org"] {
            assert!(answered(&named, "/", host), "{host}");
        }
        assert!(!answered(&named, "/", "other.lan") && !answered(&named, "/", "x.avatars.lan"));
        assert!(answered(&server(&["*"], None), "/", "evil.example"));
    }

    #[test]
    fn every_place_of_a_name_counts() {
        let plain = server(&[], None);
        assert!(answered(&plain, "http://localhost:8000/v1/jobs", "localhost:8000"));
        assert!(!answered(&plain, "http://evil.example/v1/jobs", "localhost"));
        assert!(!answered(&plain, "http://localhost/v1/jobs", "evil.example"));
        let mut two = HeaderMap::from_iter([(header::HOST, "localhost".parse().unwrap())]);
        two.append(header::HOST, "evil.example".parse().unwrap());
        assert_eq!(foreign(&"/".parse().unwrap(), &two, &plain).as_deref(), Some("evil.example"));
    }
}
