//! What needs a key, and what kind of key.

use crate::http::server::auth::*;

#[test]
fn only_what_explains_the_gateway_is_public() {
    for path in ["/", "/livez", "/readyz", "/openapi.json", "/docs", "/docs/", "/docs/index.css", "/redoc"] {
        assert!(is_public(path), "{path}");
    }
    for path in ["/v1/jobs", "/engines", "/metrics", "/docsx", "/livez/", "/v1/docs", "//docs"] {
        assert!(!is_public(path), "{path}");
    }
}

#[test]
fn methods_and_paths_need_scopes() {
    for (method, path, needed) in [
        (Method::GET, "/v1/jobs", Scope::Read),
        (Method::HEAD, "/v1/jobs/1/video", Scope::Read),
        (Method::POST, "/v1/jobs", Scope::Submit),
        (Method::DELETE, "/v1/photos/1", Scope::Submit),
        (Method::OPTIONS, "/v1/jobs", Scope::Submit),
        (Method::GET, "/metrics", Scope::Admin),
        (Method::PUT, "/v1/jobs/1/hold", Scope::Admin),
        (Method::DELETE, "/v1/jobs/1/hold", Scope::Admin),
        (Method::GET, "/v1/jobs/1/holder", Scope::Read),
    ] {
        assert_eq!(scope(&method, path), needed, "{method} {path}");
    }
}

#[test]
fn secrets_stand_in_either_header() {
    let shown = |headers: &[(&'static str, &'static str)]| {
        let pairs = headers
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
        secret(&pairs.collect()).map(str::to_owned)
    };
    assert_eq!(shown(&[]), None);
    assert_eq!(shown(&[("authorization", "Bearer ag_x")]).as_deref(), Some("ag_x"));
    assert_eq!(shown(&[("authorization", "bearer  ag_x ")]).as_deref(), Some("ag_x"));
    assert_eq!(shown(&[("x-api-key", "ag_y")]).as_deref(), Some("ag_y"));
    assert_eq!(shown(&[("authorization", "Basic abc"), ("x-api-key", "ag_y")]).as_deref(), Some("ag_y"));
    assert_eq!(shown(&[("authorization", "Basic abc")]), None);
    assert_eq!(shown(&[("x-api-key", "")]).as_deref(), Some(""), "an empty one is a wrong one");
}
