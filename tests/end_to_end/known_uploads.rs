//! Files that were sent before: the same one from the same client is not looked at again. What was kept of the first one is
//! overwritten here, by which it is known in the second.

use std::fs;
use std::path::PathBuf;

use avatar_tests::{Gateway, Part, Site, portrait, speech};
use serde_json::Value;

use crate::keys::{add, with};

const MARK: &[u8] = b"made of the first one";

#[test]
fn a_file_that_was_sent_before_is_not_looked_at_again() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let scratch = site.scratch();
    for (kind, file, kept) in [("photos", portrait(&scratch), "png"), ("audio", speech(&scratch, 1.0), "wav")] {
        let first = gateway.upload(kind, &file).expect(201);
        fs::write(kept_file(&site, kind, &first, kept), MARK).unwrap();
        let second = gateway.upload(kind, &file).expect(201);
        assert_ne!(first["id"], second["id"], "each is an upload of its own");
        let without_names = |upload: &Value| {
            let mut upload = upload.clone();
            upload.as_object_mut().unwrap().retain(|name, _| !["id", "created_at", "links"].contains(&name.as_str()));
            upload
        };
        assert_eq!(without_names(&first), without_names(&second));
        assert_eq!(fs::read(kept_file(&site, kind, &second, kept)).unwrap(), MARK, "{kind}");
        let path = format!("/v1/{kind}/{}", first["id"].as_str().unwrap());
        assert_eq!(gateway.request("DELETE", &path, &[]).status, 204);
        assert_eq!(fs::read(kept_file(&site, kind, &second, kept)).unwrap(), MARK, "it has a file of its own");
    }
}

#[test]
fn it_is_looked_at_again_for_others_and_under_other_rules_and_when_it_is_gone() {
    let site = Site::new(&[], "");
    let secrets = [add(&site, &["one"]), add(&site, &["other"])];
    let gateway = site.start();
    let file = fs::read(portrait(&site.scratch())).unwrap();
    let send = |secret: &str, crop: &str| upload(&gateway, secret, crop, &file);
    let content = |photo: &Value| fs::read(kept_file(&site, "photos", photo, "png")).unwrap();
    let first = send(&secrets[0], "auto");
    fs::write(kept_file(&site, "photos", &first, "png"), MARK).unwrap();
    assert_eq!(content(&send(&secrets[0], "auto")), MARK);
    assert_ne!(content(&send(&secrets[1], "auto")), MARK, "of another client");
    assert_ne!(content(&send(&secrets[0], "none")), MARK, "under other rules");
    for photo in with(&gateway, "GET", "/v1/photos", &secrets[0]).expect(200)["photos"].as_array().unwrap() {
        fs::remove_file(kept_file(&site, "photos", photo, "png")).unwrap();
    }
    assert_ne!(content(&send(&secrets[0], "auto")), MARK, "when no file is left");
}

fn upload(gateway: &Gateway, secret: &str, crop: &str, file: &[u8]) -> Value {
    let authorization = format!("Bearer {secret}");
    let parts = [Part::text("crop", crop), Part::file("file", "portrait.png", file)];
    gateway.post_form_with("/v1/photos", &parts, &[("authorization", &authorization)]).expect(201)
}

/// Where the file lies that engines read.
fn kept_file(site: &Site, kind: &str, upload: &Value, ending: &str) -> PathBuf {
    site.data().join(kind).join(format!("{}.{ending}", upload["id"].as_str().unwrap()))
}
