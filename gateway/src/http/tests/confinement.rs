//! Whatever ids, names and headers say: no request reads, writes or removes anything outside the data folder.

use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{HeaderValue, Request, header};
use proptest::prelude::*;
use tower::ServiceExt;

use crate::http::tests::{UNKNOWN_ID, router};
use crate::testing::Play;

/// Texts that try to leave the data folder, in the ways that servers have fallen for, and plain noise.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = [
        "..",
        "../",
        "..\\",
        "/",
        "//",
        "%2e%2e%2f",
        "%2F",
        "%5c",
        "%00",
        "\u{0}",
        ".",
        "~",
        "etc/passwd",
        "gateway.db",
        "outside",
        "C:",
        "file:///",
        "‥",
        "．．／",
        "%c0%ae",
        "; rm -rf",
        "\r\n",
        "\"",
        "'",
        UNKNOWN_ID,
        "content",
        "video",
    ];
    let piece = prop_oneof![proptest::sample::select(pieces.to_vec()).prop_map(str::to_owned), ".{0,12}"];
    proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

/// A path may hold visible ASCII alone; whatever else is wanted there is sent in percent signs.
fn as_path(text: &str) -> String {
    let visible = |byte: u8| byte.is_ascii_graphic() && !b"#?\"<>\\^`{|}".contains(&byte);
    text.bytes().map(|byte| if visible(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[test]
fn no_id_name_or_header_reaches_outside_the_data_folder() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let play = runtime.block_on(Play::new(&[]));
    let outside = play.folder().join("outside");
    std::fs::write(&outside, "precious").unwrap();
    let outside_before = listing(play.folder());
    let data_before = listing(&play.folder().join("data"));
    let routes = ["/v1/photos/", "/v1/audio/", "/v1/source-videos/", "/v1/jobs/", "/v1/engines/", "/engines/"];
    let ends = ["", "/content", "/video", "/thumbnail", "/events", "/cancel", "/webhook", "/hold", "/schema"];
    let request = (
        proptest::sample::select(vec!["GET", "HEAD", "DELETE", "POST", "PUT"]),
        proptest::sample::select(routes.to_vec()),
        hostile(),
        proptest::sample::select(ends.to_vec()),
        hostile(),
    );
    proptest!(ProptestConfig::with_cases(400), |((method, route, id, end, name) in request)| {
        let form = format!(
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{0}\"\r\n\r\n{0}\r\n--b--\r\n",
            name.replace(['\r', '\n', '"'], "_"),
        );
        let plain = |text: &str| HeaderValue::from_bytes(text.replace(['\r', '\n', '\0'], "_").as_bytes()).ok();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{route}{}{end}", as_path(&id)))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
        for header in ["idempotency-key", "last-event-id", "x-request-id", "range", "if-range", "if-none-match"] {
            if let Some(value) = plain(&name) {
                request = request.header(header, value);
            }
        }
        let Ok(request) = request.body(Body::from(form)) else { return Ok(()) };
        let (status, body) = runtime.block_on(async {
            let response = router(play.app.clone()).oneshot(request).await.unwrap();
            let status = response.status();
            (status, axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap())
        });
        // The engine of this gateway has a name that noise may hit, and nothing else is there.
        prop_assert!(status.is_client_error() || id.trim_matches('/') == "stage", "{status} for {id:?}");
        prop_assert!(!body.windows(8).any(|bytes| bytes == b"precious"));
        prop_assert_eq!(listing(play.folder()), outside_before.clone());
        prop_assert_eq!(listing(&play.folder().join("data")), data_before.clone());
    });
    assert_eq!(std::fs::read_to_string(outside).unwrap(), "precious");
}

/// The names in a folder and in the folders of it.
fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            names.extend(std::fs::read_dir(entry.path()).unwrap().flatten().map(|entry| entry.path()));
        }
        names.push(entry.path());
    }
    names.retain(|name| !name.to_string_lossy().contains("gateway.db"));
    names.sort();
    names
}
