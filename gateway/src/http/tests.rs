//! What wrong requests are answered with: one snapshot of every refusal that needs no file.

mod bounds;
mod confinement;
mod conventions;
mod metadata;
mod openai;
mod root;
mod told;
mod webhook_events;

use std::fmt::Write;

use axum::body::Body;
use axum::http::{Request, header};
use tower::ServiceExt;

use crate::http::router;
use crate::testing::Play;

const UNKNOWN_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn wrong_requests_are_told_what_is_wrong() {
    let play = Play::new(&[]).await;
    let json = "application/json";
    let requests = [
        ("GET", "/v2/jobs", "", ""),
        ("PUT", "/v1/photos", "", ""),
        ("POST", "/v1/jobs", "text/plain", "hello"),
        ("POST", "/v1/jobs", "multipart/form-data", ""),
        ("POST", "/v1/photos", json, "{}"),
        ("GET", "/v1/photos?limit=201", "", ""),
        ("GET", "/v1/photos/..%2f..%2fetc", "", ""),
        ("GET", &format!("/v1/photos/{UNKNOWN_ID}/content"), "", ""),
        ("DELETE", &format!("/v1/photos/{UNKNOWN_ID}"), "", ""),
        ("POST", "/v1/jobs", json, "{\"engine\":"),
        ("POST", "/v1/jobs", json, "[1]"),
        ("POST", "/v1/jobs", json, "{\"engine\": \"puppet\"}"),
        ("POST", "/v1/jobs", json, "{\"engine\": \"stagr\", \"parms\": {}, \"audio_id\": 7, \"photo\": \"x\"}"),
        ("POST", "/v1/jobs", json, "{\"engine\": \"stage\", \"photo_id\": \"../../etc/passwd\"}"),
        ("POST", "/v1/jobs", json, &format!("{{\"engine\": \"stage\", \"audio_id\": \"{UNKNOWN_ID}\"}}")),
        ("POST", "/v1/jobs", json, "{\"engine\": \"stage\", \"params\": [1]}"),
        ("GET", "/v1/jobs?limit=0", "", ""),
        ("GET", "/v1/jobs?state=done", "", ""),
        ("GET", "/v1/jobs?page=2", "", ""),
        ("GET", "/v1/jobs/..%2f..%2fetc", "", ""),
        ("GET", &format!("/v1/jobs/{UNKNOWN_ID}/events"), "", ""),
        ("POST", &format!("/v1/jobs/{UNKNOWN_ID}/cancel"), "", ""),
        ("GET", &format!("/v1/jobs/{UNKNOWN_ID}/video"), "", ""),
        ("GET", "/v1/engines/stag", "", ""),
        ("GET", "/engines/nothing-like-it/schema", "", ""),
    ];
    let mut answers = String::new();
    for (method, path, content_type, body) in requests {
        let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, content_type);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = router(play.app.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json", "{method} {path}");
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["status"], status.as_u16());
        let (code, detail) = (problem["code"].as_str().unwrap(), problem["detail"].as_str().unwrap());
        writeln!(answers, "{method} {path}\n  {status} {code}: {detail}").unwrap();
        for fault in problem["errors"].as_array().unwrap() {
            let text = |key: &str| fault[key].as_str().unwrap().to_owned();
            let (field, code, message, remedy) = (text("field"), text("code"), text("message"), text("remedy"));
            writeln!(answers, "    {field} [{code}] {message} -> {remedy}").unwrap();
        }
    }
    insta::assert_snapshot!("refusals", answers);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let play = Play::new(&[]).await;
    let body = format!("{{\"engine\": \"{}\"}}", "x".repeat(2 << 20));
    let request = Request::post("/v1/jobs").header(header::CONTENT_TYPE, "application/json").body(Body::from(body));
    let response = router(play.app.clone()).oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), 413);
}

#[tokio::test]
async fn the_pages_load_nothing_from_elsewhere() {
    let play = Play::new(&[]).await;
    for (path, renderer) in [("/docs/", "swagger-ui"), ("/redoc", "\"redoc/redoc.standalone.js")] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(play.app.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let page = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(page.contains(renderer) && !page.contains("https://") && !page.contains("//cdn"), "{page}");
    }
}

#[tokio::test]
async fn the_reference_page_has_its_script_and_may_load_no_other() {
    let play = Play::new(&[]).await;
    let answer = |path| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        router(play.app.clone()).oneshot(request)
    };
    let page = answer("/redoc").await.unwrap();
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("http") && !policy.contains('*'), "{policy}");
    let script = answer("/redoc/redoc.standalone.js").await.unwrap();
    assert_eq!(
        (script.status().as_u16(), &script.headers()[header::CONTENT_ENCODING]),
        (200, &"gzip".parse().unwrap())
    );
    let script = axum::body::to_bytes(script.into_body(), 1 << 20).await.unwrap();
    assert_eq!(script[..2], [0x1f, 0x8b]);
}
