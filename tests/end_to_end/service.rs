//! Health routes, documentation, and refusals by the HTTP layer itself.

use std::collections::BTreeSet;

use avatar_tests::{Site, eventually};
use serde_json::Value;

use crate::MOMENT;

#[test]
fn a_started_gateway_is_live_and_becomes_ready() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    assert_eq!(gateway.get("/livez").status, 200);
    eventually("it becomes ready", MOMENT, || (gateway.get("/readyz").status == 200).then_some(()));
}

#[test]
fn the_documentation_needs_no_other_server() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let page = gateway.get("/docs/");
    assert_eq!(page.status, 200);
    let html = String::from_utf8(page.body).unwrap();
    let links: Vec<_> =
        html.split(['"', '\'']).filter(|text| text.ends_with(".js") || text.ends_with(".css")).collect();
    assert!(links.len() >= 3, "{html}");
    for link in links {
        assert!(!link.contains("//"), "{link} is elsewhere");
        let asset = gateway.get(&format!("/docs/{}", link.trim_start_matches("./")));
        assert_eq!(asset.status, 200, "{link}");
        let start = String::from_utf8_lossy(&asset.body[..asset.body.len().min(200)]).into_owned();
        assert!(!start.contains("<html"), "{link} is the page again");
    }
}

#[test]
fn the_openapi_document_is_whole() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let document = gateway.get("/openapi.json").expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    for path in ["/v1/engines", "/v1/photos", "/v1/audio", "/v1/jobs", "/v1/jobs/{id}", "/v1/jobs/{id}/events"] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let target = document.pointer(reference.trim_start_matches('#'));
        assert!(target.is_some(), "{reference} leads nowhere");
    }
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operationId"));
            assert!(operations.insert(id.to_owned()), "{id} names two operations");
            assert!(operation["responses"].as_object().is_some_and(|all| !all.is_empty()), "{method} {path}");
        }
    }
}

#[test]
fn what_is_not_there_is_a_problem_too() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    for (method, path, status, code) in [
        ("GET", "/v1/nothing", 404, "route.unknown"),
        ("DELETE", "/v1/jobs", 405, "route.method"),
        ("GET", "/v1/jobs/not-an-id", 404, "job.not_found"),
        ("GET", "/v1/jobs/0198c0de-0000-7000-8000-000000000000/video", 404, "job.not_found"),
        ("GET", "/v1/jobs?limit=0", 422, "query.invalid"),
    ] {
        let answer = gateway.request(method, path, &[]);
        assert_eq!(answer.expect(status)["code"], code, "{method} {path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
    }
}

fn collect_references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| collect_references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}
