//! Bodies that would take far more memory or time than their bytes are worth.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{Request, header};
use futures::{Stream, StreamExt};
use serde_json::Value;
use tower::ServiceExt;

use crate::app::App;
use crate::http::router;
use crate::testing::Play;
use crate::testing::stage::Act;

const FORM: &str = "multipart/form-data; boundary=cut";

/// The answer's status and body.
async fn answer(app: &Arc<App>, path: &str, content_type: &str, body: Body) -> (u16, Value) {
    let request = Request::post(path).header(header::CONTENT_TYPE, content_type).body(body).unwrap();
    let response = router(Arc::clone(app)).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

/// A field of a form with such a text.
fn field(name: &str, text: &str) -> String {
    format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
}

fn form(fields: impl IntoIterator<Item = String>) -> Body {
    Body::from(fields.into_iter().collect::<String>() + "--cut--\r\n")
}

/// So many pieces of 64 KiB behind a beginning, made as they are read.
fn pieces(beginning: String, count: usize) -> impl Stream<Item = std::io::Result<Bytes>> {
    let piece = Bytes::from(vec![b'x'; 64 << 10]);
    let pieces = futures::stream::iter(std::iter::repeat_n(piece, count));
    futures::stream::once(async { Bytes::from(beginning) }).chain(pieces).map(Ok)
}

#[tokio::test]
async fn of_many_unknown_fields_the_first_are_told_and_the_others_counted() {
    let play = Play::new(&[]).await;
    let many: Vec<String> =
        (0..60_000).map(|n| format!("\"{}{n}\":{n}", "prioritx".repeat(usize::from(n % 1000 == 0) * 100))).collect();
    let of_params = format!("{{\"engine\": \"stage\", \"params\": {{{}}}}}", many.join(","));
    let of_request = format!("{{{}}}", many.join(","));
    for (body, code, other) in [(of_params, "param.unknown", 1), (of_request, "field.unknown", 1)] {
        let (status, problem) = answer(&play.app, "/v1/jobs", "application/json", Body::from(body)).await;
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!((status, errors.len()), (422, 100), "{}", problem["detail"]);
        assert!(errors.iter().filter(|error| error["code"] == code).count() >= 99, "{code}");
        let detail = problem["detail"].as_str().unwrap();
        let count = 60_000 + other;
        assert_eq!(detail, format!("the request has {count} faults, of which these are the first 100"));
        assert!(problem.to_string().len() < 50_000, "names are told in excerpts");
    }
}

#[tokio::test]
async fn json_of_many_values_or_great_depth_is_refused() {
    let play = Play::new(&[]).await;
    let objects = vec!["{\"a\":0}"; 30_000].join(",");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for (params, status, code) in [(format!("[{objects}]"), 413, "request.too_large"), (deep, 400, "request.malformed")]
    {
        let body = format!("{{\"params\": {{\"x\": {params}}}}}");
        let (found, problem) = answer(&play.app, "/v1/jobs", "application/json", Body::from(body)).await;
        assert_eq!((found, problem["code"].as_str()), (status, Some(code)), "{problem}");
    }
    let long = format!("{{\"engine\": \"{0}\", \"max_queue_seconds\": \"{0}\"}}", "x".repeat(100_000));
    let (status, problem) = answer(&play.app, "/v1/jobs", "application/json", Body::from(long)).await;
    assert_eq!((status, problem.to_string().len() < 2000), (422, true), "{problem}");
}

#[tokio::test]
async fn a_form_has_a_thousand_fields_and_eight_megabytes_of_text_at_most() {
    let play = Play::new(&[Act::Hang]).await;
    let fields = |count| form((0..count).map(|n| field(&format!("f{n}"), "")));
    let (status, problem) = answer(&play.app, "/v1/jobs", FORM, fields(1000)).await;
    assert_eq!((status, problem["errors"].as_array().unwrap().len()), (422, 100));
    let (status, problem) = answer(&play.app, "/v1/jobs", FORM, fields(1001)).await;
    assert_eq!((status, problem["code"].as_str()), (413, Some("request.too_many_fields")), "{problem}");

    let text = "x".repeat(60 << 10);
    for (text, count) in [(text.as_str(), 137), (&text.repeat(2), 1)] {
        let many = form(std::iter::repeat_n(field("emotion", text), count));
        let (status, problem) = answer(&play.app, "/api/v1/synthesis/start", FORM, many).await;
        assert_eq!(status, 413, "{problem}");
    }
    let params = format!("{{\"x\": \"{}\"}}", text.repeat(10));
    let (status, problem) = answer(&play.app, "/v1/jobs", FORM, form([field("params", &params)])).await;
    assert_eq!(status, 422, "only parameters may be so long: {problem}");
    let unknown = form(std::iter::repeat_n(field("nobody_asks", &text), 200));
    let (status, problem) = answer(&play.app, "/api/v1/synthesis/start", FORM, unknown).await;
    assert_eq!(status, 422, "what nobody asks for is no text: {problem}");
}

#[tokio::test]
async fn what_stands_before_a_field_is_not_waited_for_without_end() {
    let play = Play::new(&[]).await;
    let head = "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"".to_owned();
    for (beginning, path) in [(head.clone(), "/v1/audio"), (String::new(), "/v1/jobs"), (head, "/generate_video")] {
        let body = Body::from_stream(pieces(beginning, 1000));
        let (status, problem) = answer(&play.app, path, FORM, body).await;
        assert_eq!(status, 400, "{problem}");
        assert!(problem.to_string().contains("more than 1 MiB"), "{problem}");
    }
    // What comes in large pieces is no long head.
    let first =
        Bytes::from([&b"--cut\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n"[..], &[7; 256 << 10]].concat());
    let body = futures::stream::once(async { Ok(first) }).chain(pieces(String::new(), 200));
    let (status, problem) = answer(&play.app, "/v1/photos", FORM, Body::from_stream(body)).await;
    assert_eq!((status, problem["code"].as_str()), (413, Some("image.too_large")), "{problem}");
    // A file may be as long as it likes, and so may a field that is passed over.
    let long = "--cut\r\nContent-Disposition: form-data; name=\"nobody_asks\"\r\n\r\n".to_owned();
    let end = futures::stream::once(async { Ok(Bytes::from("\r\n--cut--\r\n")) });
    let (status, problem) = answer(&play.app, "/v1/jobs", FORM, Body::from_stream(pieces(long, 1000).chain(end))).await;
    assert_eq!((status, problem["errors"][0]["code"].as_str()), (422, Some("field.unknown")), "{problem}");
}

#[tokio::test]
async fn a_file_that_is_refused_is_read_to_its_end_so_that_the_answer_is() {
    let play = Play::new(&[]).await;
    let head = "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n".to_owned();
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let body = pieces(head, 400).inspect(move |_| _ = counted.fetch_add(1, Ordering::Relaxed));
    let (status, problem) = answer(&play.app, "/v1/photos", FORM, Body::from_stream(body)).await;
    assert_eq!((status, problem["code"].as_str()), (413, Some("image.too_large")), "{problem}");
    assert_eq!(read.load(Ordering::Relaxed), 401);
}
