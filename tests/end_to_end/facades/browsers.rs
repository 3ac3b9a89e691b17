//! CORS of the facades: pages of other sites may use three of them.

use avatar_tests::{Api, Part};
use serde_json::json;

use super::{FACADES, Scene, status_path};

const SITE: &str = "https://studio.example";

fn may_read(door: &Api, path: &str) -> (u16, String, String) {
    let answer = door.request("GET", path, &[("origin", SITE)]);
    let header = |name: &str| answer.header(name).to_owned();
    (answer.status, header("access-control-allow-origin"), header("access-control-allow-credentials"))
}

#[test]
fn i_pages_of_other_sites_may_ask() {
    let scene = Scene::new("testcard");
    for facade in FACADES {
        let id = scene.start(facade);
        for door in scene.doors(facade) {
            let (origin, credentials) = if facade == "duix" { ("", "") } else { ("*", "true") };
            let expected = (200, origin.to_owned(), credentials.to_owned());
            assert_eq!(may_read(door, &status_path(facade, &id)), expected, "{facade}");
            let silent = door.get(&status_path(facade, &id));
            assert_eq!(silent.header("access-control-allow-origin"), "", "{facade}: nobody asked");
        }
    }
    // With cookies, such as another program on the same host has set, browsers want the site named.
    let door = scene.gateway.facade("ditto");
    let answer = door.request("GET", "/api/ping", &[("origin", SITE), ("cookie", "a=b")]);
    assert_eq!((answer.header("access-control-allow-origin"), answer.header("vary")), (SITE, "Origin"));
    // Refusals can be read as well.
    let door = scene.gateway.facade("echomimic");
    assert_eq!(may_read(door, "/task/x"), (404, "*".to_owned(), "true".to_owned()));
    let refused = door.post_form_with("/generate_video", &[Part::text("x", "y")], &[("origin", SITE)]);
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (422, "*"));
}

#[test]
fn i_browsers_that_ask_first_are_let_in() {
    let scene = Scene::new("testcard");
    for (facade, path) in
        [("dice-talk", "/api/v1/synthesis/start"), ("ditto", "/api/avatar/generate"), ("echomimic", "/generate_video")]
    {
        for door in scene.doors(facade) {
            let asked = [
                ("origin", SITE),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "content-type, x-own"),
            ];
            let answer = door.request("OPTIONS", path, &asked);
            assert_eq!((answer.status, &answer.body[..]), (200, &b"OK"[..]), "{facade}");
            assert!(answer.header("content-type").starts_with("text/plain"), "{facade}");
            for (name, value) in [
                ("access-control-allow-origin", SITE),
                ("access-control-allow-credentials", "true"),
                ("access-control-allow-methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
                ("access-control-allow-headers", "content-type, x-own"),
                ("access-control-max-age", "600"),
                ("vary", "Origin"),
            ] {
                assert_eq!(answer.header(name), value, "{facade}: {name}");
            }
        }
    }
    for door in scene.doors("duix") {
        let asked = [("origin", SITE), ("access-control-request-method", "POST")];
        let answer = door.request("OPTIONS", "/api/generate_video", &asked);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (405, ""));
        assert_eq!(answer.json(), json!({"detail": "Method Not Allowed"}));
    }
}
