//! Requests of clients of OpenAI's videos, in the form that its documents give them.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::app::App;
use crate::http::router;
use crate::testing::stage::Act;
use crate::testing::{Play, key, uploaded_speech};

async fn answer(app: &Arc<App>, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, "Bearer sk-nobody");
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let request = request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap();
    let response = router(Arc::clone(app)).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_video_is_created_shown_listed_and_deleted() {
    let play = Play::new(&[Act::Hang]).await;
    let app = &play.app;
    let audio = uploaded_speech(app).await.to_string();
    let order = json!({"model": "stage", "prompt": "hello", "size": "720x1280", "audio_id": audio});
    let mut ids = vec![];
    for _ in 0..3 {
        let (status, video) = answer(app, "POST", "/v1/videos", Some(order.clone())).await;
        assert_eq!(status, 200, "{video}");
        let told = ["object", "status", "progress", "model", "seconds", "error"].map(|name| video[name].clone());
        assert_eq!(json!(told), json!(["video", "queued", 0, "stage", "3", null]), "{video}");
        let warnings = video["warnings"].to_string();
        assert!(warnings.contains("`prompt` is not heeded") && warnings.contains("`width`, `height`"), "{warnings}");
        ids.push(video["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(answer(app, "GET", &format!("/v1/videos/{}", ids[0]), None).await.1["id"], ids[0]);
    let page = |query: String| async move {
        let (status, page) = answer(app, "GET", &format!("/v1/videos{query}"), None).await;
        assert_eq!((status, &page["object"]), (200, &json!("list")), "{page}");
        let ids: Vec<&str> =
            page["data"].as_array().unwrap().iter().map(|video| video["id"].as_str().unwrap()).collect();
        assert_eq!(page["last_id"].as_str(), ids.last().copied());
        (json!(ids), page["has_more"].as_bool().unwrap())
    };
    assert_eq!(page(String::new()).await, (json!([ids[2], ids[1], ids[0]]), false));
    assert_eq!(page("?limit=2".into()).await, (json!([ids[2], ids[1]]), true));
    assert_eq!(page(format!("?limit=2&after={}", ids[1])).await, (json!([ids[0]]), false));
    assert_eq!(page(format!("?order=asc&after={}", ids[0])).await, (json!([ids[1], ids[2]]), false));

    let content = format!("/v1/videos/{}/content", ids[1]);
    assert_eq!(answer(app, "GET", &content, None).await.0, 400, "it is not ready");
    let deleted = answer(app, "DELETE", &format!("/v1/videos/{}", ids[1]), None).await;
    assert_eq!(deleted, (200, json!({"id": ids[1], "object": "video.deleted", "deleted": true})));
    assert_eq!(answer(app, "GET", &content, None).await.0, 404);
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_in_its_words() {
    let play = Play::new(&[]).await;
    let audio = uploaded_speech(&play.app).await.to_string();
    for (order, status, param, code) in [
        (json!({"prompt": "hello"}), 400, "audio", "input.missing"),
        (json!({"prompt": "hello", "audio_id": "x"}), 400, "audio_id", "field.not_an_id"),
        (json!({"input_reference": {"file_id": "x"}, "audio_id": audio}), 400, "input_reference", "field.not_an_id"),
        (json!({"model": "stag", "audio_id": audio}), 400, "model", "engine.unknown"),
        (json!({"model": "stage", "audio_id": audio, "size": "large"}), 400, "size", "field.invalid"),
    ] {
        let (found, answer) = answer(&play.app, "POST", "/v1/videos", Some(order)).await;
        let error = &answer["error"];
        let expected = json!([status, "invalid_request_error", param, code]);
        assert_eq!(json!([found, error["type"], error["param"], error["code"]]), expected, "{answer}");
        assert!(error["message"].as_str().is_some_and(|message| message.contains("; ")), "{answer}");
    }
    let (status, answer) = answer(&play.app, "GET", "/v1/videos?limit=0", None).await;
    assert_eq!((status, &answer["error"]["param"]), (400, &json!("limit")), "{answer}");
}

#[tokio::test]
async fn any_key_will_do_until_one_is_needed() {
    let play = Play::new(&[]).await;
    assert_eq!(answer(&play.app, "GET", "/v1/videos", None).await.0, 200);
    assert_eq!(answer(&play.app, "GET", "/v1/jobs", None).await.0, 401, "elsewhere a wrong key is a mistake");
    let play = Play::new(&[]).await;
    play.app.keys.insert_key(&key(1, "studio")).await.unwrap();
    let (status, answer) = answer(&play.app, "GET", "/v1/videos", None).await;
    assert_eq!((status, &answer["error"]["code"]), (401, &json!("auth.unknown")), "{answer}");
}
