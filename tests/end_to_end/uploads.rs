//! Speech and source videos: what is told of them when they are uploaded, and listing, fetching and deleting them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use avatar_tests::{Gateway, Part, Site, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn sound_is_judged() {
    let (site, gateway) = start();
    let codes = |audio: &Value| -> Vec<String> {
        let warnings = audio["warnings"].as_array().unwrap();
        warnings.iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
    };
    let good = gateway.upload("audio", &speech(&site.scratch(), 1.0)).expect(201);
    assert!(codes(&good).is_empty(), "{good}");
    let silent = made(&site, "silent.wav", &["-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "1"]);
    let silent = gateway.upload("audio", &silent).expect(201);
    assert_eq!(codes(&silent), ["audio.silent"], "{silent}");
    let loud = made(&site, "loud.wav", &["-f", "lavfi", "-i", "sine=duration=1", "-af", "volume=40dB"]);
    let loud = gateway.upload("audio", &loud).expect(201);
    assert_eq!(codes(&loud), ["audio.clipped"], "{loud}");
    let job = gateway.post("/v1/jobs", &json!({"engine": "testcard", "audio_id": silent["id"]})).expect(202);
    assert_eq!(job["warnings"], json!([silent["warnings"][0]["message"]]), "{job}");

    let short = made(&site, "short.wav", &["-f", "lavfi", "-i", "sine=duration=0.05"]);
    assert_eq!(gateway.upload("audio", &short).expect(422)["code"], "audio.too_short");
    let long = made(&site, "long.wav", &["-f", "lavfi", "-i", "sine=duration=11"]);
    assert_eq!(gateway.upload("audio", &long).expect(422)["code"], "audio.too_long");
}

#[test]
fn a_video_that_was_cut_is_told_and_refused_where_that_is_asked_for() {
    let (site, gateway) = start();
    // Its index lies before its pictures, of which the first is the largest: with one such every 0.4 s, half a file has some.
    let coded = ["-c:v", "libx264", "-g", "10", "-movflags", "+faststart"];
    let film = [&["-f", "lavfi", "-i", "testsrc2=size=64x48:duration=4"][..], &coded].concat();
    let whole = fs::read(made(&site, "film.mp4", &film)).unwrap();
    let file = |bytes: usize| Part::file("file", "film.mp4", whole[..bytes].to_vec());
    let good = gateway.post_form("/v1/source-videos?strict=true", &[file(whole.len())]).expect(201);
    assert_eq!(good["warnings"], json!([]), "{good}");
    let cut = whole.len() / 2;
    let taken = gateway.post_form("/v1/source-videos", &[file(cut)]).expect(201);
    let (warning, seconds) = (&taken["warnings"][0], taken["seconds"].as_f64().unwrap());
    let message = warning["message"].as_str().unwrap();
    assert_eq!(warning["code"], "upload.shorter_than_promised", "{taken}");
    assert!(message.contains("4.00 s") && (0.5..3.0).contains(&seconds), "{taken}");
    let shown = gateway.get(&format!("/v1/source-videos/{}", taken["id"].as_str().unwrap())).expect(200);
    assert_eq!(shown["warnings"], taken["warnings"], "they are kept");
    let refused = gateway.post_form("/v1/source-videos?strict=true", &[file(cut)]).expect(422);
    assert_eq!(refused["code"], "upload.shorter_than_promised", "{refused}");
}

#[test]
fn sound_that_was_cut_is_told_and_refused_where_that_is_asked_for() {
    let (site, gateway) = start();
    let (one, two) = (speech(&site.scratch(), 2.0), site.scratch().join("joined.wav"));
    let whole = fs::read(&one).unwrap();
    fs::write(&two, [&whole[..], &whole].concat()).unwrap();
    let joined = gateway.post_form("/v1/audio?strict=true", &[Part::file("file", "two.wav", fs::read(&two).unwrap())]);
    let joined = joined.expect(201);
    assert_eq!((&joined["warnings"], joined["seconds"].as_f64().unwrap().round()), (&json!([]), 4.0), "{joined}");
    let job = gateway.submit(&json!({"engine": "testcard", "audio_id": joined["id"]}));
    let job = gateway.finished(&job, MOMENT);
    assert_eq!(job["video"]["seconds"].as_f64().unwrap().round(), 4.0, "{job}");

    let cut = whole[..whole.len() / 2].to_vec();
    let file = || Part::file("file", "cut.wav", cut.clone());
    let taken = gateway.post_form("/v1/audio", &[file()]).expect(201);
    let warning = &taken["warnings"][0];
    let message = warning["message"].as_str().unwrap();
    assert!(warning["code"] == "upload.shorter_than_promised" && message.contains("2.00 s"), "{taken}");
    assert!(message.contains("1.00 s"), "{message}");
    let refused = [
        gateway.post_form("/v1/audio?strict=true", &[file()]),
        gateway.post_form("/v1/audio", &[file(), Part::text("strict", "true")]),
    ];
    for answer in refused {
        let problem = answer.expect(422);
        assert_eq!((&problem["code"], &problem["errors"][0]["field"]), (&warning["code"], &json!("file")), "{problem}");
        assert_eq!(problem["errors"][0]["message"], warning["message"]);
    }
    let bad = gateway.post_form("/v1/audio", &[file(), Part::text("strict", "very")]).expect(422);
    assert_eq!(bad["errors"][0]["field"], "strict", "{bad}");

    let job = |strict: &str| {
        let audio = Part::file("audio", "cut.wav", cut.clone());
        gateway.post_form("/v1/jobs", &[Part::text("engine", "testcard"), audio, Part::text("strict", strict)])
    };
    let problem = job("true").expect(422);
    assert_eq!((&problem["code"], &problem["errors"][0]["field"]), (&warning["code"], &json!("audio")), "{problem}");
    assert_eq!(job("false").expect(202)["warnings"], json!([message]));
}

#[test]
fn a_source_video_is_told_by_its_facts() {
    let (site, gateway) = start();
    let file = clip(&site, "clip.mp4", 2);
    let video = gateway.upload("source-videos", &file).expect(201);
    assert_eq!(
        (&video["width"], &video["height"], &video["frames"]),
        (&json!(160), &json!(120), &json!(50)),
        "{video}"
    );
    assert_eq!(
        (&video["codec"], &video["container"], &video["sound_codec"]),
        (&json!("h264"), &json!("mp4"), &json!("aac"))
    );
    assert!(
        (video["seconds"].as_f64().unwrap() - 2.0).abs() < 0.05 && (video["fps"].as_f64().unwrap() - 25.0).abs() < 0.5
    );

    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let job = gateway.submit(&json!({"engine": "testcard", "video_id": video["id"], "audio_id": audio}));
    let job = gateway.finished(&job, MOMENT);
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!((&job["inputs"]["video_id"], &job["record"]["video_sha256"]), (&video["id"], &video["sha256"]));

    let form = [
        Part::text("engine", "testcard"),
        Part::file("video", "clip.mp4", fs::read(&file).unwrap()),
        Part::file("audio", "speech.wav", fs::read(speech(&site.scratch(), 1.0)).unwrap()),
    ];
    let job = gateway.post_form("/v1/jobs", &form).expect(202);
    assert_ne!(job["inputs"]["video_id"], video["id"], "it came along");
}

#[test]
fn what_is_no_video_is_refused() {
    let (site, gateway) = start();
    let tone = made(&site, "tone.wav", &["-f", "lavfi", "-i", "sine=duration=1"]);
    let text = site.scratch().join("text.mp4");
    fs::write(&text, "this is not a video").unwrap();
    let empty = site.scratch().join("empty.mp4");
    fs::write(&empty, "").unwrap();
    let long = clip(&site, "long.mp4", 11);
    for (file, code) in
        [(&tone, "video.no_picture"), (&text, "video.undecodable"), (&empty, "video.empty"), (&long, "video.too_long")]
    {
        let problem = gateway.upload("source-videos", file).expect(422);
        assert_eq!((&problem["code"], &problem["errors"][0]["field"]), (&json!(code), &json!("file")), "{problem}");
        assert!(!problem["errors"][0]["remedy"].as_str().unwrap().is_empty());
    }
    assert!(site.files().is_empty(), "{:?}", site.files());
}

#[test]
fn uploads_are_listed_fetched_and_deleted() {
    let (site, gateway) = start();
    for (kind, list, file) in
        [("audio", "audio", speech(&site.scratch(), 1.0)), ("source-videos", "videos", clip(&site, "clip.mp4", 1))]
    {
        let ids: Vec<String> = (0..3).map(|_| gateway.uploaded(kind, &file)).collect();
        let page = gateway.get(&format!("/v1/{kind}?limit=2")).expect(200);
        let listed = |page: &Value| -> Vec<Value> {
            page[list].as_array().unwrap().iter().map(|row| row["id"].clone()).collect()
        };
        assert_eq!(listed(&page), [json!(ids[2]), json!(ids[1])], "{page}");
        let next = page["next"].as_str().unwrap();
        assert_eq!(listed(&gateway.get(&format!("/v1/{kind}?before={next}")).expect(200)), [json!(ids[0])]);

        let path = format!("/v1/{kind}/{}", ids[0]);
        assert_eq!(gateway.get(&path).expect(200)["id"], json!(ids[0]));
        let content = gateway.get(&format!("{path}/content"));
        assert_eq!((content.status, content.body), (200, fs::read(&file).unwrap()), "as it was sent");
        let part = gateway.request("GET", &format!("{path}/content"), &[("range", "bytes=0-9")]);
        assert_eq!((part.status, part.body.len()), (206, 10));
        assert_eq!(gateway.request("DELETE", &path, &[]).status, 204);
        for gone in [gateway.get(&path), gateway.request("DELETE", &path, &[]), gateway.get(&format!("{path}/content"))]
        {
            assert!(gone.expect(404)["code"].as_str().unwrap().ends_with(".not_found"));
        }
    }
}

#[test]
fn speech_that_a_job_needs_stays() {
    let (site, gateway) = start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let job = gateway.submit_testcard(&audio, json!({"fault": "hang"}));
    let path = format!("/v1/audio/{audio}");
    assert_eq!(gateway.request("DELETE", &path, &[]).expect(409)["code"], "audio.in_use");
    gateway.request("POST", &format!("/v1/jobs/{job}/cancel"), &[]).expect(202);
    gateway.finished(&job, MOMENT);
    assert_eq!(gateway.request("DELETE", &path, &[]).status, 204);
    assert!(site.files().is_empty(), "{:?}", site.files());
}

fn start() -> (Site, Gateway) {
    let site = Site::new(&["testcard"], "[limits]\naudio_seconds = 10\nvideo_seconds = 10\n");
    let gateway = site.start();
    (site, gateway)
}

/// A video with sound of so many seconds.
pub(crate) fn clip(site: &Site, name: &str, seconds: u32) -> PathBuf {
    let picture = format!("testsrc=size=160x120:rate=25:duration={seconds}");
    let sound = format!("sine=duration={seconds}");
    let source = ["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound];
    made(site, name, &[&source[..], &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]].concat())
}

fn made(site: &Site, name: &str, arguments: &[&str]) -> PathBuf {
    let file = site.scratch().join(name);
    let ran = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).arg(&file).status();
    assert!(ran.expect("ffmpeg is installed").success());
    file
}
