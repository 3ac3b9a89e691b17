//! What clients try, and what becomes of it.

use crate::fetch::guard::*;

fn guard(allow: &[&str]) -> Guard {
    Guard::new(&allow.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
}

#[test]
fn public_addresses_are_taken() {
    for address in [
        "https://example.org/hook?a=1",
        "http://93.184.215.14:8080/",
        "http://[2606:4700::1111]/x",
        "http://localhost.example.org/",
    ] {
        guard(&[]).read(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    }
}

#[test]
fn whatever_way_this_network_is_written_it_is_refused() {
    for address in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[fe80::1]/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
        "http://printer.local/",
        "http://db.internal/",
        "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/",
        "http://10.0.0.1/",
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
        "http://0x7f000001/",
        "http://[64:ff9b::7f00:1]/",
    ] {
        assert!(
            matches!(guard(&[]).read(address), Err(BlockedAddress::NotPublic(_))),
            "{address}: {:?}",
            guard(&[]).read(address)
        );
    }
}

#[test]
fn what_is_no_web_address_is_invalid() {
    let long = format!("http://example.org/{}", "x".repeat(2048));
    for address in [
        "",
        "example.org",
        "/hook",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http://",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://exa mple.org/",
        "javascript:alert(1)",
        &long,
    ] {
        assert!(
            matches!(guard(&[]).read(address), Err(BlockedAddress::Invalid(_))),
            "{address}: {:?}",
            guard(&[]).read(address)
        );
    }
}

#[test]
fn the_operator_lets_things_through() {
    let guard = guard(&["10.1.0.0/16", "hooks.internal", "127.0.0.1", "fd00::/8"]);
    for address in [
        "http://10.1.2.3/",
        "http://hooks.internal./x",
        "http://127.0.0.1:9/",
        "http://[fd00::1]/",
        "http://[::ffff:10.1.0.1]/",
    ] {
        guard.read(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    }
    for address in ["http://10.2.0.1/", "http://other.internal/", "http://127.0.0.2/", "http://x.hooks.internal/"] {
        guard.read(address).unwrap_err();
    }
    for text in ["", "10.1.0.0/40", "a b", "http://example.org"] {
        assert!(text.parse::<Destination>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn what_a_name_resolves_to_is_checked_when_it_is_reached() {
    let lookup = |guard: Guard| async move {
        let found = guard.resolve("localhost".parse().unwrap()).await;
        found.map(|addresses| addresses.count())
    };
    let refused = lookup(guard(&[])).await.unwrap_err();
    assert!(refused.to_string().contains("localhost is not a public address"), "{refused}");
    assert!(lookup(guard(&["127.0.0.0/8", "::1"])).await.unwrap() > 0);
    assert!(lookup(guard(&["localhost"])).await.unwrap() > 0);
}
