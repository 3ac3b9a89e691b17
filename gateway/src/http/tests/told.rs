//! What people are told who have made a common mistake: where, and what to do.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::app::App;
use crate::domain::id::AudioId;
use crate::domain::upload::Audio;
use crate::http::router;
use crate::testing::Play;

/// The answer's status and body.
pub(super) async fn answer(
    app: &Arc<App>,
    method: &str,
    path: &str,
    kind: &str,
    body: impl Into<Body>,
) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, kind);
    let response = router(Arc::clone(app)).oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (status, id) = (response.status().as_u16(), response.headers()["x-request-id"].clone());
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    if status >= 400 {
        assert_eq!(body["request_id"], id.to_str().unwrap(), "{body}");
    }
    (status, body)
}

/// Field, message and remedy of each fault.
pub(super) fn faults(problem: &Value) -> Vec<[&str; 3]> {
    let errors = problem["errors"].as_array().unwrap().iter();
    errors.map(|fault| ["field", "message", "remedy"].map(|part| fault[part].as_str().unwrap())).collect()
}

pub(super) async fn speech(app: &App) -> AudioId {
    let audio = Audio {
        id: app.ids.next(),
        seconds: 1.0,
        sample_rate: 16_000,
        channels: 1,
        codec: "pcm_s16le".into(),
        container: "wav".into(),
        bytes: 32_044,
        sha256: "11".repeat(32),
        warnings: vec![],
        created_at: Timestamp::UNIX_EPOCH,
    };
    app.uploads.insert_audio(&audio, None).await.unwrap();
    audio.id
}

#[tokio::test]
async fn each_fault_of_a_query_is_told_by_its_parameter() {
    let play = Play::new(&[]).await;
    let path = "/v1/jobs?stat=running&state=suceeded&limit=many&limit=2&since=yesterday&engine=a%26b";
    let (status, problem) = answer(&play.app, "GET", path, "", "").await;
    assert_eq!((status, &problem["code"]), (422, &json!("request.invalid")));
    let expected = [
        ["stat", "the query takes no `stat`", "did you mean `state`?"],
        [
            "state",
            "`state` must be one of queued, running, succeeded, failed, canceled, and was `suceeded`",
            "did you mean `succeeded`?",
        ],
        [
            "limit",
            "`limit` must be a whole number from 1 to 200, and was `many`",
            "send a whole number from 1 to 200, or leave it out",
        ],
        ["limit", "`limit` comes twice", "send it once"],
        [
            "since",
            "`since` must be a moment such as 2026-01-31T12:00:00Z, and was `yesterday`",
            "send a moment such as 2026-01-31T12:00:00Z, or leave it out",
        ],
    ];
    assert_eq!(faults(&problem), expected);
    let (status, jobs) = answer(&play.app, "GET", "/v1/jobs?state=queued&limit=1&engine=a%26b", "", "").await;
    assert_eq!((status, &jobs["jobs"]), (200, &json!([])));
}

#[tokio::test]
async fn what_is_wrong_beside_the_fields_has_a_remedy_too() {
    let play = Play::new(&[]).await;
    for (method, path, kind, body, status, field) in [
        ("POST", "/v1/jobs", "application/json", "{", 400, "body"),
        ("GET", "/v1/photos/none", "", "", 404, "id"),
        ("GET", "/v3", "", "", 404, "path"),
        ("POST", "/v1/audio", "audio/wav", "RIFF", 415, "Content-Type"),
        ("PATCH", "/v1/jobs", "", "", 405, "method"),
    ] {
        let (found, problem) = answer(&play.app, method, path, kind, body).await;
        let faults = faults(&problem);
        assert_eq!((found, faults.len(), faults[0][0]), (status, 1, field), "{problem}");
        assert_eq!(problem["detail"], faults[0][1]);
        assert!(!faults[0][2].is_empty() && problem["errors"][0]["code"] == problem["code"], "{problem}");
    }
}

#[tokio::test]
async fn an_id_of_something_else_says_of_what() {
    let play = Play::new(&[]).await;
    let id = speech(&play.app).await;
    for path in ["photos", "source-videos", "jobs"] {
        let (status, problem) = answer(&play.app, "GET", &format!("/v1/{path}/{id}"), "", "").await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            status == 404 && detail.ends_with(&format!("the id of speech, which is at /v1/audio/{id}")),
            "{problem}"
        );
    }
    let job = json!({"engine": "stage", "video_id": id.to_string()}).to_string();
    let (_, problem) = answer(&play.app, "POST", "/v1/jobs", "application/json", job).await;
    let told = faults(&problem).into_iter().find(|fault| fault[0] == "video_id").unwrap();
    assert_eq!(told[1], format!("there is no source video {id}: this is the id of speech"));
    assert_eq!(told[2], "send it as `audio_id`, and as `video_id` the id of a source video");
}

#[tokio::test]
async fn a_byte_order_mark_is_no_fault() {
    let play = Play::new(&[]).await;
    let id = speech(&play.app).await;
    let job = format!("\u{feff}{{\"engine\": \"stage\", \"audio_id\": \"{id}\"}}");
    let (status, told) = answer(&play.app, "POST", "/v1/jobs", "application/json", job).await;
    assert_eq!(status, 202, "{told}");
    let field = |name: &str, text: &str| {
        format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n\u{feff}{text}\r\n")
    };
    let form =
        [field("engine", "stage"), field("audio_id", &id.to_string()), field("params", "{}")].concat() + "--cut--\r\n";
    let (status, told) = answer(&play.app, "POST", "/v1/jobs", "multipart/form-data; boundary=cut", form).await;
    assert_eq!(status, 202, "{told}");
}

#[tokio::test]
async fn the_name_of_a_file_in_its_place_is_told_with_what_else_is_wrong() {
    let play = Play::new(&[]).await;
    let field =
        |name: &str, text: &str| format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
    let fields = [field("engine", "stage"), field("audio", "~/my speech.wav"), field("priority", "urgent")];
    let form = fields.concat() + "--cut--\r\n";
    let (status, problem) = answer(&play.app, "POST", "/v1/jobs", "multipart/form-data; boundary=cut", form).await;
    let told = faults(&problem);
    assert_eq!((status, told.len()), (422, 2), "{problem}");
    assert_eq!(told[0][1], "the field holds the text `~/my speech.wav`, and no file");
    assert!(told[0][0] == "audio" && told[0][2].ends_with("-F audio=@~/my speech.wav"), "{problem}");
    let form = field("file", "me.jpg") + "--cut--\r\n";
    let (status, problem) = answer(&play.app, "POST", "/v1/photos", "multipart/form-data; boundary=cut", form).await;
    assert_eq!((status, &problem["code"]), (422, &json!("field.not_a_file")), "{problem}");
    // Files without a name are files: their content tells.
    let form = field("file", &"\0".repeat(30)) + "--cut--\r\n";
    let (_, problem) = answer(&play.app, "POST", "/v1/photos", "multipart/form-data; boundary=cut", form).await;
    assert_eq!(problem["code"], "image.unsupported", "{problem}");
}
