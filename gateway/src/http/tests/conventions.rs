//! What clients know from other services: waiting for an answer, when to ask again, links, and what a key may still send.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::http::router;
use crate::testing::stage::Act;
use crate::testing::{Play, key, uploaded_speech};

/// A gateway whose hanging jobs are never given up.
async fn play(script: &[Act], further: &[(&str, &str)]) -> Play {
    Play::with(script, &[&[("ENGINES__STAGE__STALL_SECONDS", "1000")], further].concat()).await
}

/// Status, head and body of an answer.
async fn answer(play: &Play, request: Builder, body: impl Into<Body>) -> (u16, HeaderMap, Value) {
    let response = router(play.app.clone()).oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    (head.status.as_u16(), head.headers, serde_json::from_slice(&body).unwrap())
}

fn field<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn an_answer_waits_for_the_end_of_the_job() {
    let act = Act::After(Duration::from_millis(300), Box::new(Act::Succeed { sound_cut: 0.0 }));
    let play = play(&[act, Act::Hang], &[]).await;
    let [first, second] = [play.submit().await, play.submit().await];
    let path = format!("/v1/jobs/{first}");
    let (status, headers, job) = answer(&play, Request::get(&path).header("prefer", "wait=100"), "").await;
    assert_eq!((status, &job["state"]), (200, &json!("succeeded")), "{job}");
    assert_eq!((field(&headers, "preference-applied"), field(&headers, "retry-after")), ("wait=60", ""));
    let links =
        json!({"self": path, "events": format!("{path}/events"), "video": format!("{path}/video"), "cancel": null});
    assert_eq!(job["links"], links);

    let begun = Instant::now();
    let asked = Request::get(format!("/v1/jobs/{second}")).header("prefer", "respond-async, wait=1");
    let (status, headers, job) = answer(&play, asked, "").await;
    assert_eq!((status, &job["state"]), (200, &json!("running")), "{job}");
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!((field(&headers, "preference-applied"), field(&headers, "retry-after")), ("wait=1", "1"));
    assert_eq!((&job["links"]["video"], job["links"]["cancel"].is_string()), (&Value::Null, true));

    let asked = Request::get(format!("/v1/jobs/{second}")).header("prefer", "wait=soon");
    let (_, headers, _) = answer(&play, asked, "").await;
    assert!(!headers.contains_key("preference-applied"), "what cannot be read is passed over");
}

#[tokio::test]
async fn a_submission_waits_as_well_and_says_whether_in_vain() {
    let play = play(&[Act::Hang], &[]).await;
    let running = play.submit().await;
    play.until(running, |job| job.progress.phase.is_some()).await;
    let audio = uploaded_speech(&play.app).await;
    let submit = |prefer: &str| {
        let request = Request::post("/v1/jobs").header("content-type", "application/json").header("prefer", prefer);
        let request = request.header("idempotency-key", "k");
        answer(&play, request, json!({"engine": "stage", "audio_id": audio.to_string()}).to_string())
    };
    let (status, headers, job) = submit("wait=1").await;
    assert_eq!((status, &job["state"], field(&headers, "retry-after")), (202, &json!("queued"), "1"), "{job}");
    assert_eq!(field(&headers, "location"), job["links"]["self"].as_str().unwrap());

    let cancel = Request::post(job["links"]["cancel"].as_str().unwrap());
    let canceling = async {
        let is_watched = |id: &str| id == job["id"].as_str().unwrap();
        while !play.app.process.job_changes.watched().iter().any(|id| is_watched(&id.to_string())) {
            tokio::task::yield_now().await;
        }
        answer(&play, cancel, "").await
    };
    let ((status, headers, job), _) = tokio::join!(submit("wait=60"), canceling);
    assert_eq!((status, &job["state"], field(&headers, "idempotent-replayed")), (200, &json!("canceled"), "true"));
    assert_eq!((&job["links"]["cancel"], field(&headers, "retry-after")), (&Value::Null, ""));
    let (status, ..) = submit("return=minimal").await;
    assert_eq!(status, 202, "who does not wait is answered as ever");
    assert!(play.app.process.job_changes.watched().is_empty(), "whoever is answered leaves nothing");
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_nothing() {
    let play = play(&[Act::Hang], &[]).await;
    let path = format!("/v1/jobs/{}", play.submit().await);
    let asked = Request::get(path).header("prefer", "wait=60").body(Body::empty()).unwrap();
    let waiting = tokio::spawn(router(play.app.clone()).oneshot(asked));
    while play.app.process.job_changes.watched().is_empty() {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    assert!(waiting.await.is_err());
    assert!(play.app.process.job_changes.watched().is_empty());
}

#[tokio::test]
async fn the_more_jobs_are_before_one_the_later_it_is_asked_for() {
    let play = play(&[Act::Hang], &[("SERVER__PUBLIC_URL", "https://avatars.example.org/talk")]).await;
    let running = play.submit().await;
    play.until(running, |job| job.progress.phase.is_some()).await;
    for ahead in 0..3 {
        let id = play.submit().await;
        let (_, headers, job) = answer(&play, Request::get(format!("/v1/jobs/{id}")), "").await;
        assert_eq!(
            (&job["queue_position"], field(&headers, "retry-after")),
            (&json!(ahead), &*(1 + ahead).to_string())
        );
        assert_eq!(job["links"]["self"], format!("https://avatars.example.org/talk/v1/jobs/{id}"));
    }
    let (_, _, page) = answer(&play, Request::get("/v1/jobs"), "").await;
    let links = page["jobs"].as_array().unwrap().iter().map(|job| job["links"]["cancel"].as_str().unwrap());
    assert!(links.clone().all(|link| link.starts_with("https://avatars.example.org/talk/v1/jobs/")));
    assert_eq!(links.count(), 4);
}

#[tokio::test]
async fn answers_tell_what_a_key_may_still_send() {
    let settings = [("AUTH__REQUESTS_PER_MINUTE", "3"), ("SERVER__CORS_ORIGINS", "https://studio.example")];
    let play = play(&[], &settings).await;
    let (reader, mut free) = (key(1, "reader"), key(2, "free"));
    free.requests_per_minute = Some(0);
    play.app.keys.insert_key(&reader).await.unwrap();
    play.app.keys.insert_key(&free).await.unwrap();
    let ask = |method: &str, key: &str| {
        let request = Request::builder().method(method).uri("/v1/jobs").header("x-api-key", key);
        answer(&play, request.header("origin", "https://studio.example"), "")
    };
    let told = |headers: &HeaderMap| {
        ["limit", "remaining", "reset"].map(|what| field(headers, &format!("ratelimit-{what}")).to_owned())
    };
    for (method, status, left) in [("GET", 200, "2"), ("POST", 403, "1"), ("GET", 200, "0"), ("GET", 429, "0")] {
        let (found, headers, _) = ask(method, "reader1").await;
        let [limit, remaining, reset] = told(&headers);
        assert_eq!((found, &*limit, &*remaining), (status, "3", left));
        let seconds: u64 = reset.parse().unwrap();
        assert!((1..=20).contains(&seconds), "{seconds}");
        let wait = field(&headers, "retry-after");
        assert!(status != 429 || wait == reset, "{wait} {reset}");
        let exposed = field(&headers, "access-control-expose-headers");
        assert!(exposed.contains("ratelimit-remaining") && exposed.contains("preference-applied"), "{exposed}");
    }
    let (status, headers, _) = ask("GET", "free2").await;
    assert_eq!((status, told(&headers)), (200, Default::default()), "where there is no limit, none is told");
}

#[tokio::test]
async fn pages_of_other_sites_may_say_what_they_prefer() {
    let play = play(&[], &[("SERVER__CORS_ORIGINS", "https://studio.example")]).await;
    let asked = Request::builder().method("OPTIONS").uri("/v1/jobs").header("origin", "https://studio.example");
    let asked = asked.header("access-control-request-method", "POST").body(Body::empty()).unwrap();
    let response = router(play.app.clone()).oneshot(asked).await.unwrap();
    assert!(field(response.headers(), "access-control-allow-headers").split(',').any(|name| name.trim() == "prefer"));
}
