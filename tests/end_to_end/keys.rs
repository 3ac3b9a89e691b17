//! API keys: when one is needed, scopes, rate limits and quotas, and that secrets are stored nowhere.

use std::fs;
use std::process::Output;

use avatar_tests::{Answer, Gateway, Site, eventually, speech};
use serde_json::json;

use crate::MOMENT;

const CONFIG: &str = "[scheduler]\nheartbeat_milliseconds = 50\n";

#[test]
fn a_key_is_needed_once_there_is_one() {
    let site = Site::new(&[], CONFIG);
    let gateway = site.start();
    assert_eq!(gateway.get("/v1/jobs").status, 200, "no key, and only this machine gets here");
    assert_eq!(with(&gateway, "GET", "/v1/jobs", "ag_wrong").expect(401)["code"], "auth.unknown");

    let secret = add(&site, &["studio"]);
    let missing = eventually("the key counts", MOMENT, || Some(gateway.get("/v1/jobs")).filter(|a| a.status == 401));
    assert_eq!(missing.json()["code"], "auth.missing");
    assert_eq!(missing.header("www-authenticate"), "Bearer");
    assert_eq!(missing.header("content-type"), "application/problem+json");
    assert_eq!(with(&gateway, "GET", "/v1/jobs", "ag_wrong").expect(401)["code"], "auth.unknown");
    with(&gateway, "GET", "/v1/jobs", &secret).expect(200);
    gateway.request("GET", "/v1/jobs", &[("x-api-key", &secret)]).expect(200);
    assert_eq!(gateway.get("/v1/nothing").status, 401, "strangers do not learn what there is");
    for path in ["/livez", "/openapi.json", "/docs/"] {
        assert_eq!(gateway.get(path).status, 200, "{path}");
    }

    // Beside the running gateway.
    let listed = site.command(&["keys", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed[0]["name"], "studio");
    assert!(listed[0]["last_used_at"].is_string(), "{listed}");
    add(&site, &["other"]);
    assert!(site.command(&["keys", "revoke", "studio"]).status.success());
    eventually("it opens nothing", MOMENT, || (with(&gateway, "GET", "/v1/jobs", &secret).status == 401).then_some(()));
    let again = site.command(&["keys", "revoke", "studio"]);
    assert!(!again.status.success() && error(&again).contains("keys list"), "{}", error(&again));
    let taken = site.command(&["keys", "add", "other"]);
    assert!(!taken.status.success() && error(&taken).contains("another name"), "{}", error(&taken));
}

#[test]
fn a_gateway_stays_closed_when_its_last_key_is_revoked() {
    let site = Site::new(&[], CONFIG);
    let secret = add(&site, &["only"]);
    let gateway = site.start();
    with(&gateway, "GET", "/v1/jobs", &secret).expect(200);
    let revoked = site.command(&["keys", "revoke", "only", "--config", "config.toml"]);
    assert!(error(&revoked).contains("nobody is let in any more"), "{}", error(&revoked));
    let unknown = || (with(&gateway, "GET", "/v1/jobs", &secret).status == 401).then_some(());
    eventually("it opens nothing", MOMENT, unknown);
    assert_eq!(gateway.get("/v1/jobs").expect(401)["code"], "auth.missing");
    drop(gateway);
    let gateway = site.start();
    assert_eq!(gateway.get("/v1/jobs").status, 401, "also after a restart");
    let told = String::from_utf8(site.command(&["doctor", "--config", "config.toml"]).stdout).unwrap();
    assert!(told.contains("every key is revoked") && told.contains("keys add"), "{told}");

    site.add_config("[auth]\nrequired = false\n");
    gateway.hang_up();
    eventually("it is open", MOMENT, || (gateway.get("/v1/jobs").status == 200).then_some(()));
    add(&site, &["next"]);
    eventually("a key counts", MOMENT, || (gateway.get("/v1/jobs").status == 401).then_some(()));
    let revoked = site.command(&["keys", "revoke", "next", "--config", "config.toml"]);
    assert!(error(&revoked).contains("lets everyone in"), "{}", error(&revoked));
    eventually("it is open again", MOMENT, || (gateway.get("/v1/jobs").status == 200).then_some(()));
}

#[test]
fn a_key_may_be_needed_before_there_is_one() {
    let site = Site::new(&[], "[auth]\nrequired = true\n");
    let gateway = site.start();
    assert_eq!(gateway.get("/v1/jobs").expect(401)["code"], "auth.missing");
    let secret = add(&site, &["first"]);
    let found = || (with(&gateway, "GET", "/v1/jobs", &secret).status == 200).then_some(());
    eventually("the first key opens", MOMENT, found);
}

#[test]
fn scopes_limit_a_key() {
    let site = Site::new(&[], CONFIG);
    let reader = add(&site, &["reader", "--scope", "read"]);
    let writer = add(&site, &["writer", "--scope", "submit"]);
    let admin = add(&site, &["admin", "--scope", "admin"]);
    let gateway = site.start();
    for (secret, method, path, status) in [
        (&reader, "GET", "/v1/jobs", 200),
        (&reader, "POST", "/v1/jobs", 403),
        (&reader, "GET", "/metrics", 403),
        (&writer, "GET", "/v1/jobs", 403),
        (&writer, "POST", "/v1/jobs", 415),
        (&writer, "PUT", "/v1/jobs/x/hold", 403),
        (&admin, "GET", "/v1/jobs", 200),
        (&admin, "POST", "/v1/jobs", 415),
    ] {
        let answer = with(&gateway, method, path, secret);
        assert_eq!(answer.status, status, "{method} {path}");
        if status == 403 {
            assert_eq!(answer.json()["code"], "auth.scope", "{method} {path}");
        }
    }
}

#[test]
fn a_key_sends_no_more_than_it_may() {
    let site = Site::new(&[], "[auth]\nrequests_per_minute = 3\n");
    let (plain, free) = (add(&site, &["plain"]), add(&site, &["free", "--requests-per-minute", "0"]));
    let gateway = site.start();
    let answers: Vec<Answer> = (0..4).map(|_| with(&gateway, "GET", "/v1/jobs", &plain)).collect();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 200, 429]);
    assert_eq!(answers[3].json()["code"], "rate.limited");
    let wait: u64 = answers[3].header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert!((0..10).all(|_| with(&gateway, "GET", "/v1/jobs", &free).status == 200));
}

#[test]
fn a_key_queues_no_more_than_it_may() {
    let site = Site::new(&["testcard"], CONFIG);
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    // Occupies the engine, so that what follows stays queued.
    let first = gateway.submit_testcard(&audio, json!({"fault": "hang"}));
    gateway.wait_for(&first, "it runs", MOMENT, |job| job["state"] == "running");
    let ours = add(&site, &["ours", "--queued-jobs", "2"]);
    let theirs = add(&site, &["theirs"]);
    let submit = |secret: &str| {
        let headers = [("authorization", &*format!("Bearer {secret}")), ("content-type", "application/json")];
        gateway.request_with("POST", "/v1/jobs", &headers, &json!({"engine": "testcard", "audio_id": audio}))
    };
    let queued = submit(&ours).expect(202);
    submit(&ours).expect(202);
    assert_eq!(submit(&ours).expect(429)["code"], "quota.queued_jobs");
    submit(&theirs).expect(202);
    let cancel = format!("/v1/jobs/{}/cancel", queued["id"].as_str().unwrap());
    with(&gateway, "POST", &cancel, &ours).expect(202);
    submit(&ours).expect(202);
}

#[test]
fn a_public_address_needs_a_key_or_consent() {
    let site = Site::new(&[], "");
    let refused = site.command(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(!refused.status.success());
    for words in ["server.listen", "keys add NAME", "server.open"] {
        assert!(error(&refused).contains(words), "{words}: {}", error(&refused));
    }
    assert!(refused.stdout.is_empty(), "it never said that it listens");
}

#[test]
fn pages_of_named_sites_may_ask() {
    let site = Site::new(&[], "[server]\ncors_origins = [\"https://studio.example\"]\n");
    add(&site, &["studio"]);
    let gateway = site.start();
    let preflight = |origin| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,idempotency-key"),
        ];
        gateway.request("OPTIONS", "/v1/jobs", &headers)
    };
    let welcome = preflight("https://studio.example");
    assert_eq!(welcome.status, 200);
    assert_eq!(welcome.header("access-control-allow-origin"), "https://studio.example");
    assert!(welcome.header("access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(preflight("https://other.example").header("access-control-allow-origin"), "");
    let refusal = gateway.request("GET", "/v1/jobs", &[("origin", "https://studio.example")]);
    assert_eq!(refusal.status, 401);
    assert_eq!(refusal.header("access-control-allow-origin"), "https://studio.example", "the page may read why");
    assert!(refusal.header("access-control-expose-headers").contains("retry-after"));
}

#[test]
fn secrets_are_kept_nowhere() {
    let site = Site::new(&[], "log.filter = \"trace\"\n");
    let secret = add(&site, &["studio"]);
    let gateway = site.start();
    with(&gateway, "GET", "/v1/jobs", &secret).expect(200);
    with(&gateway, "POST", "/v1/jobs", &secret).expect(415);
    with(&gateway, "GET", "/v1/jobs", &format!("{secret}x")).expect(401);
    let listed = site.command(&["keys", "list"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("studio"));
    let mut places = vec![gateway.log().into_bytes(), listed.stdout];
    places.extend(fs::read_dir(site.data()).unwrap().filter_map(|file| fs::read(file.unwrap().path()).ok()));
    assert!(places.len() >= 3 && places[0].len() > 100, "there is something to look into");
    for place in places {
        assert!(!place.windows(secret.len()).any(|piece| piece == secret.as_bytes()));
    }
}

/// Makes a key and returns its secret.
pub(crate) fn add(site: &Site, arguments: &[&str]) -> String {
    let added = site.command(&[&["keys", "add"], arguments].concat());
    assert!(added.status.success(), "{}", error(&added));
    let secret = String::from_utf8(added.stdout).unwrap().trim().to_owned();
    assert!(secret.starts_with("ag_") && secret.len() == 46, "{secret}");
    secret
}

pub(crate) fn with(gateway: &Gateway, method: &str, path: &str, secret: &str) -> Answer {
    gateway.request(method, path, &[("authorization", &format!("Bearer {secret}"))])
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
