//! What answers at `/`.

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use tower::ServiceExt;

use crate::http::router;
use crate::testing::Play;

#[tokio::test]
async fn the_address_itself_tells_what_is_there_and_every_place_that_it_names_answers() {
    let play = Play::with(&[], &[("SERVER__PUBLIC_URL", "https://avatars.example.org/talk")]).await;
    let answer = async |path: &str| {
        let response = router(play.app.clone()).oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        (status, axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap())
    };
    let (status, body) = answer("/").await;
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (status, &told["name"], &told["version"]),
        (200, &"avatar-gateway".into(), &env!("CARGO_PKG_VERSION").into())
    );
    let facades = told["facades"].as_object().unwrap();
    assert!(facades.len() >= 4 && told.get("message").is_none() && told.get("service").is_none(), "{told}");
    let places = ["docs", "reference", "openapi", "engines", "jobs", "ready"].map(|place| &told[place]);
    for place in places.into_iter().chain(facades.values()) {
        let path = place.as_str().unwrap().strip_prefix("https://avatars.example.org/talk").unwrap();
        let (status, _) = answer(path).await;
        assert!([200, 303, 308].contains(&status), "{path}: {status}");
    }
}
