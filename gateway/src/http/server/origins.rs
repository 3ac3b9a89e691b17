//! Pages of which sites may change things. Browsers send simple requests, forms with files among them, to anybody in any
//! page's name, and only keep the answer from it; so whoever a browser does not vouch for is refused beforehand.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, Uri, header};
use url::{Origin, Url};

use crate::config::Server;
use crate::domain::code::Code;
use crate::http::problem::ApiError;
use crate::http::server::hosts::canonical;

/// Why a request is refused: it would change something, and a page of a site sends it that is neither this gateway's own nor
/// named in `server.cors_origins`. Clients that are no browsers name no site and pass.
pub(crate) fn refusal(request: &Request, server: &Server) -> Option<ApiError> {
    let is_harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_harmless || !is_foreign(request.uri(), request.headers(), server) {
        return None;
    }
    let detail =
        "a page of another site must not change anything here; name its origin in `server.cors_origins` if it may";
    Some(ApiError::new(Code::OriginForeign, detail))
}

/// Whether a page of another site asks, as far as the browser tells.
fn is_foreign(uri: &Uri, headers: &HeaderMap, server: &Server) -> bool {
    // What browsers say by themselves, and no page can change.
    let relation = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    if relation == Some(b"same-origin") {
        return false;
    }
    let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
    if origins.peek().is_none() {
        return matches!(relation, Some(b"cross-site" | b"same-site"));
    }
    !origins.all(|origin| origin.to_str().is_ok_and(|origin| is_welcome(origin, uri, headers, server)))
}

fn is_welcome(origin: &str, uri: &Uri, headers: &HeaderMap, server: &Server) -> bool {
    if server.cors_origins.iter().any(|welcome| welcome == "*" || welcome == origin) {
        return true;
    }
    let Ok(page) = origin.parse::<Url>() else { return false };
    let is_public = server.public_url.as_deref().and_then(|url| url.parse::<Url>().ok());
    is_public.is_some_and(|public| public.origin() == page.origin()) || is_asked(&page.origin(), uri, headers)
}

/// Whether the page comes from where the request is sent to. Only its own scheme tells which port a missing one means:
/// there may be a proxy in front that speaks HTTPS.
fn is_asked(page: &Origin, uri: &Uri, headers: &HeaderMap) -> bool {
    let Origin::Tuple(scheme, host, port) = page else { return false };
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok()?.parse().ok());
    let Some(asked) = uri.authority().cloned().or(named) else { return false };
    let usual = if scheme == "https" { 443 } else { 80 };
    asked.port_u16().unwrap_or(usual) == *port
        && canonical(asked.host()).is_some_and(|asked| asked.to_string() == host.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Overrides};

    fn foreign(server: &Server, headers: &[(&'static str, &str)]) -> bool {
        let headers =
            headers.iter().map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()));
        is_foreign(&"/v1/jobs".parse().unwrap(), &headers.collect(), server)
    }

    #[test]
    fn pages_of_other_sites_are_told_by_their_origin() {
        let plain = Config::load(None, [], Overrides::default()).unwrap().config.server;
        for (host, origin, expected) in [
            ("localhost:8000", "http://localhost:8000", false),
            ("LOCALHOST:8000", "http://localhost:8000", false),
            ("avatars.example", "https://avatars.example", false),
            ("avatars.example", "http://avatars.example", false),
            ("[::1]:8000", "http://[::1]:8000", false),
            ("localhost:8000", "http://localhost:3000", true),
            ("localhost:8000", "http://localhost", true),
            ("localhost:8000", "http://127.0.0.1:8000", true),
            ("localhost:8000", "https://evil.example", true),
            ("localhost:8000", "null", true),
            ("localhost:8000", "", true),
            ("localhost:8000", "file://", true),
        ] {
            assert_eq!(foreign(&plain, &[("host", host), ("origin", origin)]), expected, "{origin} asks {host}");
        }
        assert!(!foreign(&plain, &[("host", "localhost:8000")]), "curl");
        assert!(foreign(&plain, &[("origin", "http://localhost")]), "sent to nobody");
    }

    #[test]
    fn browsers_that_name_no_site_tell_how_near_it_is() {
        let plain = Config::load(None, [], Overrides::default()).unwrap().config.server;
        for (relation, expected) in [("cross-site", true), ("same-site", true), ("none", false), ("same-origin", false)]
        {
            assert_eq!(foreign(&plain, &[("host", "x"), ("sec-fetch-site", relation)]), expected, "{relation}");
        }
        let behind_a_proxy =
            [("host", "127.0.0.1:8000"), ("origin", "https://a.example"), ("sec-fetch-site", "same-origin")];
        assert!(!foreign(&plain, &behind_a_proxy));
    }

    #[test]
    fn sites_are_let_in_by_the_settings() {
        let plain = Config::load(None, [], Overrides::default()).unwrap().config.server;
        let named = Server {
            cors_origins: vec!["https://studio.example".into()],
            public_url: Some("https://avatars.example/api".into()),
            ..plain.clone()
        };
        for (origin, expected) in [
            ("https://studio.example", false),
            ("https://avatars.example", false),
            ("http://studio.example", true),
            ("https://studio.example:8443", true),
            ("null", true),
        ] {
            assert_eq!(foreign(&named, &[("host", "10.0.0.1"), ("origin", origin)]), expected, "{origin}");
        }
        let any = Server { cors_origins: vec!["*".into()], ..plain };
        assert!(!foreign(&any, &[("host", "10.0.0.1"), ("origin", "null")]));
    }
}
