//! The OpenAPI documents: they are valid, and their forms, sent as the page at `/docs` fills them in, do what they say.

use std::fs;
use std::path::{Path, PathBuf};

use avatar_tests::programs::script;
use avatar_tests::{Gateway, Part, Site, portrait, speech};
use serde_json::Value;

use crate::uploads::clip;

const FACADES: [&str; 6] = ["dice-talk", "ditto", "echomimic", "duix", "duix-generator", "openai"];

#[test]
fn the_documents_are_valid() {
    let site = Site::new(&[], "");
    let gateway = site.start();
    let addresses: Vec<String> =
        documents(&gateway).into_iter().map(|path| format!("{}{path}", gateway.url())).collect();
    assert_eq!(addresses.len(), 1 + FACADES.len());
    let Some(ran) = script("openapi.py", &addresses.iter().map(String::as_str).collect::<Vec<_>>()) else { return };
    ran.success();
}

#[test]
fn a_form_needs_its_files_and_nothing_else() {
    let facades = FACADES.map(|facade| format!("[facades.{facade}]\nengine = \"testcard\"\n")).concat();
    let site = Site::new(&["testcard"], &format!("engines.default = \"testcard\"\n{facades}"));
    let gateway = site.start();
    let files = Files::made(&site);
    let mut sent = 0;
    for path in documents(&gateway) {
        let document = gateway.get(&path).expect(200);
        for (path, item) in document["paths"].as_object().unwrap() {
            let Some(form) = item.pointer("/post/requestBody/content/multipart~1form-data/schema/$ref") else {
                continue;
            };
            let form = document.pointer(form.as_str().unwrap().trim_start_matches('#')).unwrap();
            let mut beside = item["post"]["parameters"].as_array().into_iter().flatten();
            let filled_in =
                beside.find(|beside| !beside["example"].is_null() || !beside["schema"]["default"].is_null());
            assert_eq!(filled_in, None, "{path}: the page would send it");
            for sends_empty in [false, true] {
                let parts = filled(path, form, &files, sends_empty);
                let answer = gateway.post_form(path, &parts);
                let taken = [200, 201, 202].contains(&answer.status);
                let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
                assert!(taken, "{path}: {} to {names:?}", String::from_utf8_lossy(&answer.body));
                sent += 1;
            }
        }
    }
    assert!(sent >= 2 * 10, "{sent}");
}

#[test]
fn a_page_may_leave_files_and_texts_empty() {
    let site = Site::new(&["testcard"], "engines.default = \"testcard\"\n");
    let gateway = site.start();
    let speech = Part::file("audio", "speech.wav", fs::read(speech(&site.scratch(), 1.0)).unwrap());
    let left = [Part::file("photo", "", []).typed("application/octet-stream"), Part::text("photo_id", "")];
    let job = gateway.post_form("/v1/jobs", &[&[speech], &left[..]].concat()).expect(202);
    assert!(job["inputs"]["photo_id"].is_null() && job["inputs"]["audio_id"].is_string(), "{job}");
    let refused = gateway.post_form("/v1/photos", &left[..1]).expect(422);
    assert_eq!(refused["code"], "field.unknown", "{refused}");
    let refused = gateway.post_form("/v1/photos", &[Part::file("file", "", [])]).expect(422);
    assert_eq!(refused["code"], "field.missing", "{refused}");
    let named = [Part::file("photo", "me.jpg", [])];
    assert_eq!(gateway.post_form("/v1/jobs", &named).expect(422)["errors"][0]["field"], "photo");
}

/// The paths of all documents, as `/` tells them.
fn documents(gateway: &Gateway) -> Vec<String> {
    let told = gateway.get("/").expect(200);
    let facades = told["facades"].as_object().unwrap().values();
    [&told["openapi"]].into_iter().chain(facades).map(|path| path.as_str().unwrap().to_owned()).collect()
}

struct Files {
    portrait: PathBuf,
    speech: PathBuf,
    clip: PathBuf,
}

impl Files {
    fn made(site: &Site) -> Self {
        let folder = site.scratch();
        Self { portrait: portrait(&folder), speech: speech(&folder, 1.0), clip: clip(site, "clip.mp4", 1) }
    }

    /// The file for a field; none for one that may be left out beside others.
    fn of(&self, path: &str, field: &str) -> Option<&Path> {
        let names = |words: &[&str]| words.iter().any(|word| format!("{path} {field}").contains(word));
        match field {
            "video" => None,
            "photo" => Some(&self.portrait),
            "audio" => Some(&self.speech),
            _ if names(&["source-videos"]) => Some(&self.clip),
            _ if names(&["photo", "image", "reference"]) => Some(&self.portrait),
            _ => Some(&self.speech),
        }
    }
}

/// A form as Swagger's page sends it: each field with its example or its default, or with what the page makes up where there
/// is neither. What is empty goes along where people tick "Send empty value".
fn filled<'a>(path: &str, form: &'a Value, files: &'a Files, sends_empty: bool) -> Vec<Part<'a>> {
    let field = |(name, schema): (&'a String, &Value)| match file_field(schema).then(|| files.of(path, name)) {
        Some(Some(file)) => Some(Part::file(name, file.file_name()?.to_str()?, fs::read(file).unwrap())),
        Some(None) => sends_empty.then(|| Part::text(name, "")),
        None => Some(text(schema)).filter(|text| sends_empty || !text.is_empty()).map(|text| Part::text(name, &text)),
    };
    form["properties"].as_object().unwrap().iter().filter_map(field).collect()
}

/// Whether the page asks for a file there, or for several.
fn file_field(schema: &Value) -> bool {
    schema["format"] == "binary" || schema["items"]["format"] == "binary"
}

/// What stands in a field's input.
fn text(schema: &Value) -> String {
    let told = [&schema["examples"][0], &schema["default"], &schema["example"], &schema["enum"][0]];
    match (told.into_iter().find(|told| !told.is_null()), schema["type"].as_str()) {
        (Some(Value::String(text)), _) => text.clone(),
        (Some(value), _) => value.to_string(),
        (None, Some("string")) => "string".into(),
        (None, Some("integer" | "number")) => "0".into(),
        (None, Some("boolean")) => "true".into(),
        (None, _) => panic!("the page makes something up for {schema}"),
    }
}
