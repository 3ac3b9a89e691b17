//! URLs in requests of Duix clients: which are fetched, which are refused, and what happens when fetching fails.

use avatar_tests::Site;
use serde_json::{Value, json};

use super::{Scene, config, text};
use crate::hosted::Hosted;

const ROUTES: [&str; 2] = ["/api/generate_video", "/api/submit_task"];

/// The reason of a refusal, which is in the body whatever the status says.
fn reason(body: &Value) -> &str {
    assert_eq!(body["success"], false, "{body}");
    assert!(!text(&body["error"]).is_empty());
    text(&body["error"])
}

#[test]
fn addresses_that_lead_inside_are_refused() {
    let strict = config("testcard", &[]).replace("127.0.0.1\"]", "192.0.2.1\"]");
    let site = Site::new(&["testcard"], &strict);
    let gateway = site.start();
    let hosted = Hosted::open();
    hosted.put("/speech.wav", vec![0; 100]);
    for route in ROUTES {
        for url in [
            hosted.url("/speech.wav"),
            "http://169.254.169.254/latest/meta-data".to_owned(),
            "http://localhost:1/x.wav".to_owned(),
            "http://[::1]/x.wav".to_owned(),
            "http://2130706433/x.wav".to_owned(),
            "http://10.0.0.1/x.wav".to_owned(),
        ] {
            let wanted = json!({"audio_url": url, "video_url": url});
            let answer = gateway.facade("duix").post(route, &wanted).expect(200);
            assert!(reason(&answer).contains("fetch.allow"), "{url}: {answer}");
        }
        let wanted = json!({"audio_url": "file:///etc/passwd", "video_url": "gopher://127.0.0.1/"});
        let answer = gateway.facade("duix").post(route, &wanted).expect(422);
        reason(&answer);
        for (place, field) in ["audio_url", "video_url"].into_iter().enumerate() {
            let fault = &answer["detail"][place];
            assert_eq!((&fault["type"], &fault["loc"]), (&json!("url_scheme"), &json!(["body", field])), "{answer}");
            assert_eq!(fault["msg"], "URL scheme should be 'http' or 'https'");
        }
    }
    assert!(site.files().is_empty(), "{:?}", site.files());
    assert_eq!(gateway.get("/v1/jobs").expect(200)["jobs"], json!([]));
}

#[test]
fn what_cannot_be_fetched_is_explained_and_leaves_nothing() {
    let scene = Scene::with("testcard", &[("fetch", "max_mb = 1")]);
    let hosted = &scene.hosted;
    hosted.put("/large.wav", vec![0; 2 << 20]);
    hosted.put("/text.wav", b"no sound at all".to_vec());
    hosted.redirect("/inside", "http://169.254.169.254/latest");
    hosted.redirect("/file", "file:///etc/passwd");
    hosted.redirect("/round", "/round");
    hosted.redirect("/moved", "/speech.wav");
    for (path, words) in [
        ("/missing.wav", "404"),
        ("/large.wav", "1 MiB"),
        ("/text.wav", "audio_url"),
        ("/inside", "169.254.169.254"),
        ("/file", "only http"),
        ("/round", "redirected"),
    ] {
        let wanted = json!({"audio_url": hosted.url(path), "video_url": scene.source()});
        for route in ROUTES {
            let answer = scene.gateway.facade("duix").post(route, &wanted).expect(200);
            assert!(reason(&answer).contains(words), "{path}: {answer}");
        }
    }
    assert!(scene.site.files().is_empty(), "{:?}", scene.site.files());
    assert!(scene.site.no_work_left());

    let wanted = json!({"audio_url": hosted.url("/moved"), "video_url": scene.source()});
    let answer = scene.gateway.facade("duix").post("/api/generate_video", &wanted).expect(200);
    assert_eq!(answer["success"], true, "a redirect to where one may go is followed");
}

#[test]
fn a_server_that_hangs_is_given_up() {
    let scene = Scene::with("testcard", &[("fetch", "timeout_seconds = 0.5")]);
    let hanging = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/speech.wav", hanging.local_addr().unwrap());
    let wanted = json!({"audio_url": url, "video_url": scene.source()});
    let answer = scene.gateway.facade("duix").post("/api/submit_task", &wanted).expect(200);
    assert!(reason(&answer).contains("takes"), "{answer}");
}
