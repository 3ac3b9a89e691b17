//! Photos: the face check when they are uploaded, and listing, showing, fetching and deleting them.

use std::path::{Path, PathBuf};
use std::process::Command;

use avatar_tests::{Answer, Gateway, Part, Site, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn a_good_portrait_gets_a_good_verdict() {
    let (site, gateway) = start();
    let photo = gateway.upload("photos", &portrait(&site.scratch())).expect(201);
    let verdict = &photo["verdict"];
    assert_eq!((&verdict["valid"], &verdict["code"]), (&json!(true), &json!("ok")), "{photo}");
    assert_eq!((&verdict["warnings"], &verdict["face"]), (&json!([]), &json!(0)), "{photo}");
    assert_eq!((&verdict["crop"], &verdict["kept"]), (&Value::Null, &Value::Null), "{photo}");
    assert!(photo["faces"][0]["score"].as_f64().unwrap() > 10.0, "{photo}");
}

#[test]
fn what_is_wrong_is_told_with_the_faces() {
    let (site, gateway) = start();
    for (filter, code, faces) in [
        ("scale=200:200", "image.too_small", 1),
        ("crop=512:100:0:0,scale=iw*4:ih*4", "face.none", 0),
        ("scale=160:160,pad=1000:1000:500:500:gray", "face.too_small", 1),
        ("crop=332:512:180:0", "face.cut_off", 1),
    ] {
        let answer = upload(&gateway, &filtered(&site, filter), &[]);
        let problem = refused(&answer, code);
        assert_eq!(problem["faces"].as_array().map(Vec::len), Some(faces), "{filter}: {problem}");
        assert_eq!(gateway.get("/v1/photos").expect(200)["photos"], json!([]), "nothing stays of it");
    }
    assert!(site.files().is_empty(), "{:?}", site.files());
}

#[test]
fn small_photos_are_warned_of() {
    let (site, gateway) = start();
    let photo = upload(&gateway, &filtered(&site, "scale=256:256"), &[]).expect(201);
    let warning = &photo["verdict"]["warnings"][0];
    assert_eq!(warning["code"], "image.small", "{photo}");

    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let job = gateway.post("/v1/jobs", &json!({"photo_id": photo["id"], "audio_id": audio})).expect(202);
    assert_eq!(job["warnings"], json!([warning["message"]]), "{job}");
}

#[test]
fn a_photo_with_a_small_face_is_cut_to_it_unless_it_should_stay() {
    let (site, gateway) = start();
    let small = filtered(&site, "pad=1500:1500:500:500:gray");
    let photo = upload(&gateway, &small, &[]).expect(201);
    let (verdict, kept) = (&photo["verdict"], &photo["verdict"]["kept"]);
    assert_eq!((&verdict["warnings"][0]["code"], &verdict["crop"]), (&json!("face.small"), &Value::Null), "{photo}");
    assert_eq!((&photo["width"], &photo["height"]), (&json!(1500), &json!(1500)), "as sent: {photo}");
    let content = gateway.get(&format!("/v1/photos/{}/content", id(&photo))).body;
    assert_eq!(png_size(&content), (kept["width"].as_u64().unwrap(), kept["height"].as_u64().unwrap()), "{photo}");
    let again = gateway.post_form("/v1/photos", &[Part::file("file", "cut.png", content)]).expect(201);
    assert_eq!((&again["verdict"]["kept"], &again["verdict"]["warnings"]), (&Value::Null, &json!([])), "{again}");

    let whole = upload(&gateway, &small, &[("crop", "none")]).expect(201);
    assert_eq!((&whole["verdict"]["kept"], &whole["verdict"]["crop"]), (&Value::Null, kept), "{whole}");
    let content = gateway.get(&format!("/v1/photos/{}/content", id(&whole))).body;
    assert_eq!(png_size(&content), (1500, 1500), "{whole}");
}

#[test]
fn a_photo_that_lies_on_its_side_is_told_so_or_turned() {
    let (site, gateway) = start();
    let lying = filtered(&site, "pad=512:700:0:60:gray,transpose=2");
    let problem = refused(&upload(&gateway, &lying, &[]), "image.turned");
    assert!(problem["errors"][0]["remedy"].as_str().unwrap().contains("`turn=90`"), "{problem}");
    for turn in ["auto", "90"] {
        let photo = upload(&gateway, &lying, &[("turn", turn)]).expect(201);
        assert_eq!((&photo["verdict"]["turned"], &photo["height"]), (&json!(90), &json!(700)), "{photo}");
        let told = photo["verdict"]["warnings"].as_array().unwrap().iter().any(|told| told["code"] == "image.turned");
        assert_eq!(told, turn == "auto", "{photo}");
        let content = gateway.get(&format!("/v1/photos/{}/content", id(&photo))).body;
        assert_eq!(png_size(&content), (512, 700), "{photo}");
    }
    refused(&upload(&gateway, &lying, &[("turn", "180")]), "image.turned");
}

#[test]
fn a_face_that_is_badly_seen_is_warned_of() {
    let (site, gateway) = start();
    for (filter, code) in [
        ("gblur=9", "face.blurred"),
        ("lutrgb=r=val*0.3:g=val*0.3:b=val*0.3", "face.dark"),
        ("lutrgb=r=val*1.6:g=val*1.6:b=val*1.6", "face.overexposed"),
    ] {
        let photo = upload(&gateway, &filtered(&site, filter), &[("accept_unsure", "true")]).expect(201);
        let warnings = photo["verdict"]["warnings"].as_array().unwrap();
        let told = warnings.iter().find(|warning| warning["code"] == code);
        assert!(told.is_some_and(|told| told["message"].as_str().unwrap().contains("; send ")), "{filter}: {photo}");
    }
}

#[test]
fn one_of_two_people_is_chosen() {
    let (site, gateway) = start();
    // The person on the right is nearer to the camera.
    let pair = filtered(&site, "split[a][b];[a]pad=512:800:0:100:gray[l];[b]scale=800:800[r];[l][r]hstack");
    let problem = refused(&upload(&gateway, &pair, &[]), "face.multiple");
    assert_eq!(problem["faces"].as_array().map(Vec::len), Some(2), "{problem}");
    assert!(problem["errors"][0]["remedy"].as_str().unwrap().contains("face=largest"), "{problem}");

    let photo = upload(&gateway, &pair, &[("face", "largest")]).expect(201);
    let chosen = photo["verdict"]["face"].as_u64().unwrap() as usize;
    let face = &photo["faces"][chosen];
    assert!(face["x"].as_f64().unwrap() > 512.0, "{photo}");
    let kept = &photo["verdict"]["kept"];
    let content = gateway.get(&format!("/v1/photos/{}/content", id(&photo))).body;
    assert_eq!(png_size(&content), (kept["width"].as_u64().unwrap(), kept["height"].as_u64().unwrap()), "{photo}");
    let alone = gateway.post_form("/v1/photos", &[Part::file("file", "alone.png", content)]).expect(201);
    assert_eq!(alone["faces"].as_array().map(Vec::len), Some(1), "engines see one face: {alone}");

    let other = upload(&gateway, &pair, &[("face", &(1 - chosen).to_string())]).expect(201);
    assert!(other["faces"][1 - chosen]["x"].as_f64().unwrap() < 512.0, "{other}");
    assert_eq!(other["verdict"]["face"], 1 - chosen);
    refused(&upload(&gateway, &pair, &[("face", "2")]), "face.unknown");
}

#[test]
fn choices_that_are_none() {
    let (site, gateway) = start();
    let answer = upload(
        &gateway,
        &portrait(&site.scratch()),
        &[("face", "first"), ("accept_unsure", "maybe"), ("crop", "yes"), ("turn", "5")],
    );
    let problem = answer.expect(422);
    let fields: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|fault| fault["field"].clone()).collect();
    assert_eq!(fields, ["face", "accept_unsure", "crop", "turn"], "{problem}");
    upload(&gateway, &portrait(&site.scratch()), &[("face", ""), ("accept_unsure", "false")]).expect(201);
}

#[test]
fn a_doubtful_face_is_taken_on_request() {
    let site = Site::new(&["puppet"], "[photos]\nsure_score = 100");
    let gateway = site.start();
    let picture = portrait(&site.scratch());
    refused(&upload(&gateway, &picture, &[]), "face.low_confidence");
    let photo = upload(&gateway, &picture, &[("accept_unsure", "true")]).expect(201);
    assert_eq!(photo["verdict"]["warnings"][0]["code"], "face.low_confidence", "{photo}");
}

#[test]
fn the_photo_of_a_job_is_judged_as_well() {
    let (site, gateway) = start();
    let pair = std::fs::read(filtered(&site, "split[a][b];[a][b]hstack")).unwrap();
    let sound = std::fs::read(speech(&site.scratch(), 1.0)).unwrap();
    let form = [Part::file("photo", "pair.png", pair), Part::file("audio", "speech.wav", sound)];
    let problem = refused(&gateway.post_form("/v1/jobs", &form), "face.multiple");
    assert_eq!(problem["errors"][0]["field"], "photo");
    assert!(problem["errors"][0]["remedy"].as_str().unwrap().contains("/v1/photos"), "{problem}");
    assert_eq!(problem["faces"].as_array().map(Vec::len), Some(2), "{problem}");
    assert!(site.files().is_empty(), "{:?}", site.files());
}

#[test]
fn photos_are_listed_shown_fetched_and_deleted() {
    let (site, gateway) = start();
    let picture = portrait(&site.scratch());
    let ids: Vec<String> = (0..3).map(|_| gateway.uploaded("photos", &picture)).collect();

    let page = gateway.get("/v1/photos?limit=2").expect(200);
    let listed: Vec<_> = page["photos"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(listed, [ids[2].as_str(), ids[1].as_str()], "newest first");
    let rest = gateway.get(&format!("/v1/photos?limit=2&before={}", page["next"].as_str().unwrap())).expect(200);
    assert_eq!((id(&rest["photos"][0]), &rest["next"]), (ids[0].as_str(), &Value::Null), "{rest}");

    let address = format!("/v1/photos/{}", ids[0]);
    assert_eq!(gateway.get(&address).expect(200), rest["photos"][0]);
    let content = gateway.get(&format!("{address}/content"));
    assert_eq!((content.status, content.header("content-type")), (200, "image/png"));
    assert_eq!(png_size(&content.body), (512, 512));

    assert_eq!(gateway.request("DELETE", &address, &[]).status, 204);
    for (method, path) in [("GET", address.clone()), ("GET", format!("{address}/content")), ("DELETE", address)] {
        let problem = gateway.request(method, &path, &[]).expect(404);
        assert_eq!(problem["code"], "photo.not_found", "{method} {path}");
    }
    assert_eq!(site.files().len(), 2, "{:?}", site.files());
}

#[test]
fn a_photo_that_a_job_needs_stays() {
    let (site, gateway) = start();
    let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 60.0));
    let jobs = [(); 2].map(|()| gateway.submit(&json!({"photo_id": photo, "audio_id": audio})));
    let address = format!("/v1/photos/{photo}");
    gateway.rendering(&jobs[0], MOMENT);
    for job in &jobs {
        let problem = gateway.request("DELETE", &address, &[]).expect(409);
        assert_eq!(problem["code"], "photo.in_use", "{problem}");
        gateway.post(&format!("/v1/jobs/{job}/cancel"), &json!({})).expect(202);
        gateway.finished(job, MOMENT);
    }
    assert_eq!(gateway.request("DELETE", &address, &[]).status, 204);
    assert_eq!(gateway.job(&jobs[1])["inputs"]["photo_id"], photo.as_str(), "the job still tells of it");
}

fn start() -> (Site, Gateway) {
    let site = Site::new(&["puppet"], "");
    let gateway = site.start();
    (site, gateway)
}

fn upload(gateway: &Gateway, picture: &Path, fields: &[(&str, &str)]) -> Answer {
    let file = Part::file("file", "photo.png", std::fs::read(picture).unwrap());
    let texts = fields.iter().map(|(name, text)| Part::text(name, text));
    gateway.post_form("/v1/photos", &texts.chain([file]).collect::<Vec<_>>())
}

/// The problem, if it is this verdict and says so everywhere.
#[track_caller]
fn refused(answer: &Answer, code: &str) -> Value {
    let problem = answer.expect(422);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    for found in [&problem["code"], &problem["errors"][0]["code"], &problem["verdict"]["code"]] {
        assert_eq!(found, code, "{problem}");
    }
    assert_eq!(problem["verdict"]["valid"], false);
    assert_eq!(problem["errors"][0]["remedy"], problem["verdict"]["remedy"]);
    problem
}

fn id(photo: &Value) -> &str {
    photo["id"].as_str().unwrap()
}

/// Width and height, from a PNG's header.
fn png_size(png: &[u8]) -> (u64, u64) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()).into();
    (number(16), number(20))
}

/// The portrait of 512 x 512 after a filter of FFmpeg.
fn filtered(site: &Site, filter: &str) -> PathBuf {
    let portrait = portrait(&site.scratch());
    ffmpeg(site, "filtered.png", &["-i", portrait.to_str().unwrap(), "-filter_complex", filter])
}

fn ffmpeg(site: &Site, name: &str, arguments: &[&str]) -> PathBuf {
    let path = site.scratch().join(name);
    let made = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).arg(&path).status();
    assert!(made.expect("ffmpeg is installed").success(), "{arguments:?}");
    path
}
