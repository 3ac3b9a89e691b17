//! The facades' own addresses and the main one: which routes and methods each has, and whom it lets in.

use avatar_tests::{Part, Site, eventually};
use serde_json::{Value, json};

use super::{FACADES, NOBODY, Scene, config, status_path};
use crate::MOMENT;

#[test]
fn a_facade_alone_has_its_originals_routes_and_no_others() {
    let scene = Scene::new("testcard");
    let missing = json!({"detail": "Not Found"});
    for facade in FACADES {
        let door = scene.gateway.facade(facade);
        for path in ["/v1/jobs", "/v1/engines", "/metrics", "/nothing"] {
            assert_eq!(door.get(path).expect(404), missing, "{facade} {path}");
        }
        for other in FACADES.into_iter().filter(|other| *other != facade) {
            let path = status_path(other, NOBODY);
            assert_eq!(door.get(&path).expect(404), missing, "{facade} {path}");
        }
        assert_eq!(door.get("/docs/").status, 200, "{facade}");
        let document = door.get("/openapi.json").expect(200);
        let paths = document["paths"].as_object().unwrap();
        assert!(!paths.is_empty() && paths.keys().all(|path| !path.starts_with("/v1/")), "{facade}");
        let redoc = door.get("/redoc");
        assert_eq!((redoc.status, redoc.header("content-type").starts_with("text/html")), (200, true), "{facade}");
    }
    let root = |facade: &str| scene.gateway.facade(facade).get("/");
    assert_eq!(root("dice-talk").expect(404), missing);
    assert_eq!(root("echomimic").expect(200), json!({"message": "欢迎使用 EchoMimic API", "version": "1.0"}));
    let health = scene.gateway.facade("ditto").get("/health").expect(200);
    assert_eq!(health, json!({"status": "healthy", "gemini_configured": false, "avatar_configured": true}));
    let ping = scene.gateway.facade("ditto").get("/api/ping").expect(200);
    assert_eq!(ping, json!({"message": "pong"}));
}

#[test]
fn the_main_address_tells_what_several_of_them_tell() {
    let scene = Scene::new("testcard");
    let health = scene.gateway.get("/health").expect(200);
    for key in ["status", "data_dir", "data_dir_exists", "active_tasks", "timestamp", "avatar_configured"] {
        assert!(health.get(key).is_some_and(|value| !value.is_null()), "{key}: {health}");
    }
    let root = scene.gateway.get("/").expect(200);
    assert_eq!((&root["name"], &root["service"]), (&json!("avatar-gateway"), &Value::Null), "{root}");
    for facade in FACADES {
        assert_eq!(root["facades"][facade], format!("/openapi/{facade}.json"), "{root}");
        let mut alone = scene.gateway.facade(facade).get("/openapi.json").expect(200);
        let mut beside_others = scene.gateway.get(&format!("/openapi/{facade}.json")).expect(200);
        // Each leads to the root of its own address.
        assert_eq!(
            (alone["servers"].take(), beside_others["servers"].take()),
            (root_at("."), root_at("..")),
            "{facade}"
        );
        assert_eq!(beside_others, alone, "{facade}");
    }
}

fn root_at(url: &str) -> Value {
    json!([{"url": url}])
}

#[test]
fn methods_are_taken_as_the_originals_take_them() {
    let scene = Scene::new("testcard");
    let refused = json!({"detail": "Method Not Allowed"});
    for (facade, method, path, allowed) in [
        ("dice-talk", "POST", "/api/health", "GET"),
        ("dice-talk", "GET", "/api/v1/synthesis/start", "POST"),
        ("ditto", "DELETE", "/api/avatar/system-info", "GET"),
        ("ditto", "GET", "/api/avatar/generate", "POST"),
        ("echomimic", "PUT", "/task/x", "GET"),
        ("echomimic", "GET", "/generate_video", "POST"),
        ("duix", "GET", "/api/generate_video", "POST"),
        ("duix", "POST", "/api/query_task", "GET"),
    ] {
        for door in scene.doors(facade) {
            let answer = door.request(method, path, &[]);
            assert_eq!((answer.expect(405), answer.header("allow")), (refused.clone(), allowed), "{method} {path}");
        }
    }
    for (facade, path) in [
        ("dice-talk", "/api/health"),
        ("ditto", "/api/avatar/system-info"),
        ("echomimic", "/task/x"),
        ("duix", "/health"),
        ("duix", "/api/query_task"),
    ] {
        for door in scene.doors(facade) {
            let answer = door.request("HEAD", path, &[]);
            assert_eq!((answer.status, answer.header("allow")), (405, "GET"), "{path}");
        }
    }
}

#[test]
fn files_can_be_asked_for_by_their_heads() {
    let scene = Scene::new("testcard");
    let (ditto, echo) = (scene.start("ditto"), scene.start("echomimic"));
    let made = scene.ended("ditto", &ditto)["video_url"].as_str().unwrap().to_owned();
    let place = format!("/{}", scene.ended("echomimic", &echo)["output_file"].as_str().unwrap());
    let form = [Part::file("file", "me.png", std::fs::read(&scene.portrait).unwrap())];
    let photo = scene.gateway.facade("ditto").post_form("/api/avatar/upload-photo", &form).expect(200);
    let photo = photo["photo_url"].as_str().unwrap();
    for (facade, path) in [("ditto", &made[..]), ("ditto", photo), ("echomimic", &place)] {
        for door in scene.doors(facade) {
            let (head, whole) = (door.request("HEAD", path, &[]), door.get(path));
            assert_eq!((head.status, whole.status), (200, 200), "{path}");
            assert_eq!(head.header("content-length"), whole.body.len().to_string(), "{path}");
        }
    }
    let download = scene.gateway.facade("echomimic").request("HEAD", &format!("/download/{echo}"), &[]);
    assert_eq!(download.status, 405, "it is no file but a route");
}

#[test]
fn keys_are_asked_for_in_each_services_words_unless_it_is_open() {
    let site = Site::new(&["testcard"], &config("testcard", &[]));
    let added = site.command(&["keys", "add", "studio"]);
    let key = format!("Bearer {}", String::from_utf8(added.stdout).unwrap().trim());
    let gateway = site.start();
    let missing = |facade: &str, body: &Value| match facade {
        "dice-talk" => body["error"].is_string() && body["detail"].is_null() && body.as_object().unwrap().len() == 2,
        "duix" => body["error"].is_string() && body["success"] == false,
        _ => body["detail"].is_string() && body.as_object().unwrap().len() == 1,
    };
    for facade in FACADES {
        for door in [gateway.facade(facade), &gateway] {
            let path = status_path(facade, NOBODY);
            let refused = door.get(&path);
            assert!(missing(facade, &refused.expect(401)), "{facade}: {:?}", refused.json());
            assert_eq!(refused.header("www-authenticate"), "Bearer");
            let let_in = door.request("GET", &path, &[("authorization", &key)]);
            assert_ne!(let_in.status, 401, "{facade}");
        }
    }
    drop(gateway);

    let open = config("testcard", &[("facades.ditto", "open = true")]);
    std::fs::write(site.config(), open).unwrap();
    let gateway = site.start();
    let path = status_path("ditto", NOBODY);
    for door in [gateway.facade("ditto"), &gateway] {
        let answer = eventually("it is open", MOMENT, || Some(door.get(&path)).filter(|answer| answer.status != 401));
        assert_eq!(answer.expect(404), json!({"detail": "Job not found"}));
    }
    for facade in ["dice-talk", "echomimic", "duix"] {
        assert_eq!(gateway.facade(facade).get(&status_path(facade, NOBODY)).status, 401, "{facade}");
    }
    assert_eq!(gateway.get("/v1/jobs").status, 401);
}
