//! Downloads of finished videos and thumbnails: whole or in ranges, with caching headers and safe file names.

use avatar_tests::{Gateway, Site, speech};
use serde_json::json;

use crate::MOMENT;

#[test]
fn a_client_that_has_the_video_does_not_get_it_again() {
    let (_site, gateway, id) = finished();
    let path = format!("/v1/jobs/{id}/video");
    let whole = gateway.get(&path);
    let (etag, modified) = (whole.header("etag"), whole.header("last-modified"));
    assert!(etag.starts_with('"') && !modified.is_empty(), "{:?}", whole.headers);
    let ask = |headers: &[(&str, &str)]| gateway.request("GET", &path, headers);
    assert_eq!(ask(&[("if-none-match", etag)]).status, 304);
    assert_eq!(ask(&[("if-none-match", "\"other\"")]).status, 200);
    assert_eq!(ask(&[("if-modified-since", modified)]).status, 304);

    for condition in [etag, modified] {
        let part = ask(&[("range", "bytes=10-19"), ("if-range", condition)]);
        assert_eq!((part.status, &part.body[..]), (206, &whole.body[10..20]));
    }
    let changed = ask(&[("range", "bytes=10-19"), ("if-range", "\"other\"")]);
    assert_eq!((changed.status, changed.body.len()), (200, whole.body.len()), "all of it, as it has changed");
}

#[test]
fn a_video_has_a_name_and_a_picture() {
    let (_site, gateway, id) = finished();
    let named = |query: &str| gateway.get(&format!("/v1/jobs/{id}/video{query}"));
    let inline = named("");
    assert_eq!(inline.header("content-disposition"), format!("inline; filename=\"testcard-{id}.mp4\""));
    assert_eq!(inline.header("x-content-type-options"), "nosniff");
    let saved = named("?download=true");
    assert_eq!(saved.header("content-disposition"), format!("attachment; filename=\"testcard-{id}.mp4\""));
    assert_eq!(named("?name=..%2Fx").expect(422)["code"], "query.invalid");

    let address = gateway.job(&id)["video"]["thumbnail_url"].as_str().unwrap().to_owned();
    let picture = gateway.get(&address);
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/jpeg"));
    assert!(picture.body.starts_with(&[0xff, 0xd8, 0xff]) && picture.body.len() > 500, "it is a JPEG");
    let head = gateway.request("HEAD", &address, &[]);
    assert_eq!(head.header("content-length"), picture.body.len().to_string());
}

#[test]
fn what_is_not_there_yet_is_a_conflict() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "hang"}));
    for what in ["video", "thumbnail"] {
        assert_eq!(gateway.get(&format!("/v1/jobs/{id}/{what}")).expect(409)["code"], "job.not_finished");
    }
}

fn finished() -> (Site, Gateway, String) {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"width": 640, "height": 480}));
    assert_eq!(gateway.finished(&id, MOMENT)["state"], "succeeded");
    (site, gateway, id)
}
