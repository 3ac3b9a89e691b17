//! The engine Duix against a double of its generator, with every known misbehaviour of the original.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use avatar_tests::{Behaviour, Gateway, Generator, Site, Video, eventually, speech};
use serde_json::{Value, json};

use crate::MOMENT;
use crate::schemas::Trial;

/// Patience for many jobs, one after the other.
const LONG: Duration = Duration::from_secs(600);

/// A gateway beside generators, with a source video and speech of one second uploaded.
struct Stage {
    generators: Vec<Generator>,
    gateway: Gateway,
    video: String,
    audio: String,
    shared: PathBuf,
    site: Site,
}

impl Stage {
    fn new(generators: usize, options: &str) -> Self {
        let site = Site::new(&["duix"], "");
        let shared = site.scratch().join("shared");
        fs::create_dir(&shared).unwrap();
        let generators: Vec<_> = (0..generators).map(|_| Generator::start(&shared, &Behaviour::default())).collect();
        let urls: Vec<String> = generators.iter().map(Generator::url).collect();
        site.add_config(&format!(
            "[scheduler]\nbackoff_seconds = 0.2\nheartbeat_milliseconds = 50\n[engines.duix]\nurls = {}\ndata_dir = {}\n\
             poll_seconds = 0.1\ninstances = {}\nattempts = 3\n{options}\n",
            json!(urls),
            json!(shared),
            generators.len(),
        ));
        let gateway = site.start();
        let video = gateway.uploaded("source-videos", &clip(&site.scratch(), "clip.mp4", &[]));
        let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
        Self { generators, gateway, video, audio, shared, site }
    }

    fn submit(&self) -> String {
        self.gateway.submit(&json!({"engine": "duix", "video_id": self.video, "audio_id": self.audio}))
    }

    fn run(&self) -> Value {
        self.gateway.finished(&self.submit(), MOMENT)
    }

    /// The same, with a new gateway in the place of one that was killed.
    fn after_a_crash(self) -> Self {
        let Self { generators, gateway, video, audio, shared, site } = self;
        gateway.kill();
        let gateway = site.start();
        Self { generators, gateway, video, audio, shared, site }
    }

    /// What is left in the shared folder, whoever made it.
    fn left(&self) -> Vec<String> {
        let entries = fs::read_dir(self.shared.join("temp")).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    fn assert_clean(&self) {
        eventually("the shared folder is empty", MOMENT, || self.left().is_empty().then_some(()));
        assert!(self.site.no_work_left());
    }
}

/// A video of two seconds that the generator takes as it is.
fn clip(folder: &Path, name: &str, options: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let source = ["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=128x128:rate=25:duration=2"];
    let plain = ["-c:v", "libx264", "-pix_fmt", "yuv420p"];
    let options = if options.is_empty() { &plain } else { options };
    assert!(Command::new("ffmpeg").args(source).args(options).arg(&path).status().unwrap().success());
    path
}

/// What the generator was first asked to work on.
fn submission(generator: &Generator) -> Value {
    let mut requests = generator.requests().into_iter();
    requests.find(|request| request["path"] == "/easy/submit").unwrap()["body"].clone()
}

fn assert_succeeded(job: &Value) {
    assert_eq!(job["state"], "succeeded", "{job}");
    let seconds = job["video"]["seconds"].as_f64().unwrap();
    assert!((0.7..=1.3).contains(&seconds), "{seconds} s of video for 1 s of speech");
}

#[test]
fn a_video_is_redubbed() {
    let stage = Stage::new(1, "");
    let params = json!({"super_resolution": true, "watermark": true, "ping_pong": false});
    let job = json!({"engine": "duix", "video_id": stage.video, "audio_id": stage.audio, "params": params});
    let id = stage.gateway.submit(&job);
    let job = stage.gateway.finished(&id, MOMENT);
    assert_succeeded(&job);
    let video = stage.gateway.get(&format!("/v1/jobs/{id}/video"));
    assert_eq!((video.status, video.body.len() as u64), (200, job["video"]["bytes"].as_u64().unwrap()));
    let submitted = &submission(&stage.generators[0]);
    for (name, value) in [("chaofen", 1), ("watermark_switch", 1), ("pn", 0)] {
        assert_eq!(submitted[name], value, "{submitted}");
    }
    stage.assert_clean();
}

#[test]
fn it_reads_what_its_schema_allows() {
    let stage = Stage::new(1, "");
    let job = json!({"engine": "duix", "video_id": stage.video, "audio_id": stage.audio});
    Trial { gateway: &stage.gateway, job, together: &[] }.run(&[]);
}

#[test]
fn inputs_are_made_what_the_generator_takes() {
    let stage = Stage::new(1, "");
    let folder = stage.site.scratch();
    let uneven = ["-vf", "select=not(eq(mod(n\\,7)\\,3))", "-fps_mode", "vfr", "-c:v", "libvpx-vp9", "-b:v", "1M"];
    let rotated = ["-c:v", "mpeg4", "-q:v", "3"];
    for (name, options) in [("uneven.webm", &uneven[..]), ("other.mov", &rotated[..])] {
        let video = stage.gateway.uploaded("source-videos", &clip(&folder, name, options));
        let id = stage.gateway.submit(&json!({"engine": "duix", "video_id": video, "audio_id": stage.audio}));
        assert_succeeded(&stage.gateway.finished(&id, MOMENT));
    }
    stage.assert_clean();
}

#[test]
fn the_generator_is_told_of_inputs_in_each_of_three_ways() {
    for (paths, beginning) in
        [("bare", "avatar-"), ("absolute", "/code/data/temp/avatar-"), ("http", "http://127.0.0.1:")]
    {
        let stage = Stage::new(1, &format!("input_paths = \"{paths}\""));
        assert_succeeded(&stage.run());
        let submitted = &submission(&stage.generators[0]);
        for name in ["audio_url", "video_url"] {
            assert!(submitted[name].as_str().unwrap().starts_with(beginning), "{submitted}");
        }
        stage.assert_clean();
    }
}

#[test]
fn a_newer_image_is_understood() {
    let stage = Stage::new(1, "");
    stage.generators[0].behave(&Behaviour { newer: true, ..Behaviour::default() });
    assert_succeeded(&stage.run());
}

#[test]
fn a_result_that_cannot_be_copied_is_encoded_anew_and_says_so() {
    let stage = Stage::new(1, "");
    for (encoder, kind) in [("libvpx-vp9", "vp9"), ("mpeg4", "mpeg4")] {
        stage.generators[0].behave(&Behaviour { encoder: encoder.into(), ..Behaviour::default() });
        let job = stage.run();
        assert_succeeded(&job);
        let told = format!("the engine's video came as {kind}, which cannot be copied: it was encoded anew");
        assert!(job["warnings"].as_array().unwrap().contains(&json!(told)), "{job}");
        let answer = stage.gateway.get(&format!("/v1/jobs/{}/video", job["id"].as_str().unwrap()));
        let path = stage.site.scratch().join("video.mp4");
        fs::write(&path, answer.body).unwrap();
        let video = Video::read(path);
        assert_eq!(
            (video.size, video.rate.as_str(), Some(video.frames)),
            ((128, 128), "25/1", job["video"]["frames"].as_u64())
        );
    }
}

#[test]
fn a_busy_generator_is_waited_for_and_the_job_says_so() {
    let stage = Stage::new(1, "");
    stage.generators[0].behave(&Behaviour { busy: 3, lock_error: 1, submit_error: 1, ..Behaviour::default() });
    let id = stage.submit();
    stage.gateway.wait_for(&id, "it waits", MOMENT, |job| {
        job["state"] == "running" && job["progress"]["stage"] == "wait for the generator"
    });
    let job = stage.gateway.finished(&id, MOMENT);
    assert_succeeded(&job);
    assert_eq!(job["attempt"], 1);
}

#[test]
fn an_answer_that_breaks_off_loses_nothing() {
    let stage = Stage::new(1, "");
    stage.generators[0].behave(&Behaviour {
        truncate_submits: 1,
        truncate_queries: 1,
        query_error: 1,
        ..Behaviour::default()
    });
    let job = stage.run();
    assert_succeeded(&job);
    assert_eq!(job["attempt"], 1, "{job}");
    let codes: std::collections::HashSet<String> = stage.generators[0].submitted().into_iter().collect();
    assert_eq!(codes.len(), 1, "what was taken is not submitted under another name");
}

#[test]
fn what_failed_before_anybody_knew_that_it_was_taken_tells_why() {
    let stage = Stage::new(1, "");
    let failing = Behaviour::failing(1, "[{code}]预处理失败，异常信息:存在多人脸");
    stage.generators[0].behave(&Behaviour { truncate_submits: 1, ..failing });
    let job = stage.run();
    assert_eq!(job["error"]["code"], "engine.input", "{job}");
    assert!(job["error"]["message"].as_str().unwrap().contains("several faces"), "{job}");
    assert_eq!(job["attempt"], 1, "{job}");
}

#[test]
fn a_job_that_was_lost_is_found_or_done_again() {
    let stage = Stage::new(1, "");
    stage.generators[0].behave(&Behaviour { lose_with_file: 1, ..Behaviour::default() });
    let found = stage.run();
    assert_succeeded(&found);
    assert_eq!(found["attempt"], 1, "its video was there");

    stage.generators[0].behave(&Behaviour { lose: 1, ..Behaviour::default() });
    let again = stage.run();
    assert_succeeded(&again);
    assert_eq!(again["attempt"], 2);
    assert!(again["attempts"][0]["error"]["message"].as_str().unwrap().contains("lost"), "{again}");
    stage.assert_clean();
}

#[test]
fn errors_of_the_generator_are_told_apart() {
    let stage = Stage::new(1, "");
    for (message, code, words) in [
        ("[{code}]预处理失败，异常信息:存在多人脸", "engine.input", "several faces"),
        ("三次获取音频时长失败", "engine.backend", "data_dir"),
        ("生成视频失败, no final result", "engine.backend", "no final result"),
    ] {
        stage.generators[0].behave(&Behaviour::failing(9, message));
        let job = stage.run();
        assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!(code)), "{job}");
        assert!(job["error"]["message"].as_str().unwrap().contains(words), "{job}");
        stage.generators[0].behave(&Behaviour::default());
    }
    for (behaviour, words) in [
        (Behaviour { missing_result: 1, ..Behaviour::default() }, "is missing"),
        (Behaviour { unplayable_result: 1, ..Behaviour::default() }, "the generator's video"),
    ] {
        stage.generators[0].behave(&behaviour);
        let job = stage.gateway.finished(&stage.submit(), MOMENT);
        assert_succeeded(&job);
        assert!(job["attempts"][0]["error"]["message"].as_str().unwrap().contains(words), "{job}");
    }
    stage.assert_clean();
}

#[test]
fn a_wedged_generator_is_named_and_the_job_goes_on_elsewhere() {
    let stage = Stage::new(2, "wedge_seconds = 5");
    stage.generators[0].behave(&Behaviour { wedge: 1, ..Behaviour::default() });
    stage.generators[1].behave(&Behaviour::default());
    let job = stage.run();
    assert_succeeded(&job);
    let message = job["attempts"][0]["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("wedged") && message.contains(&stage.generators[0].url()) && message.contains("20 %"),
        "{job}"
    );
    stage.generators[0].drop_wedged();
}

#[test]
fn a_cancel_frees_our_side_at_once() {
    let stage = Stage::new(1, "");
    stage.generators[0].behave(&Behaviour::slow(1500));
    let id = stage.submit();
    stage.gateway.wait_for(&id, "it is generated", MOMENT, |job| job["progress"]["stage"] == "generate");
    stage.gateway.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).expect(202);
    assert_eq!(stage.gateway.finished(&id, MOMENT)["state"], "canceled");
    let left = stage.left();
    assert!(!left.iter().any(|file| file.ends_with("-r.mp4")), "the generator was not waited for: {left:?}");
    assert!(stage.gateway.log().contains("may be busy with"), "the log tells that the generator goes on");
    // The generator ends the job nobody waits for; the next one removes what that left.
    assert_succeeded(&stage.run());
    stage.assert_clean();
}

#[test]
fn a_restart_of_the_gateway_loses_no_work_of_the_generator() {
    let stage = Stage::new(1, "");
    stage.generators[0].behave(&Behaviour::slow(600));
    let id = stage.submit();
    stage.gateway.wait_for(&id, "it is generated", MOMENT, |job| job["progress"]["stage"] == "generate");
    let stage = stage.after_a_crash();
    let job = stage.gateway.finished(&id, MOMENT);
    assert_succeeded(&job);
    assert_eq!(stage.generators[0].submitted().len(), 1, "it was not submitted again");
    stage.assert_clean();
}

#[test]
fn a_generator_that_is_away_is_told_and_needs_no_restart_of_ours() {
    let mut stage = Stage::new(1, "down_seconds = 1");
    let (first, second) = (stage.submit(), stage.submit());
    stage.generators[0].kill();
    for id in [first, second] {
        let job = stage.gateway.finished(&id, MOMENT);
        if job["state"] == "failed" {
            assert_eq!(job["error"]["code"], "engine.backend", "{job}");
            assert!(job["error"]["message"].as_str().unwrap().contains("does not answer"), "{job}");
        }
    }
    let request = json!({"engine": "duix", "video_id": stage.video, "audio_id": stage.audio});
    eventually("/engines tells it", MOMENT, || {
        let engine = stage.gateway.get("/v1/engines/duix").expect(200);
        engine.to_string().contains("does not answer").then_some(())
    });
    let refused = stage.gateway.post("/v1/jobs", &request).expect(503);
    assert!(refused["detail"].as_str().unwrap().contains("does not answer"), "{refused}");
    stage.generators[0].restart(&Behaviour::default());
    let id = eventually("the engine is ready again", MOMENT, || {
        let answer = stage.gateway.post("/v1/jobs", &request);
        (answer.status == 202).then(|| answer.json()["id"].as_str().unwrap().to_owned())
    });
    assert_succeeded(&stage.gateway.finished(&id, MOMENT));
}

#[test]
fn fifty_jobs_come_through_one_generator_that_misbehaves() {
    let stage = Stage::new(1, "wedge_seconds = 5\nbusy_seconds = 600");
    let generator = &stage.generators[0];
    let slow = Behaviour { query_ms: 5, step_ms: 10, ..Behaviour::default() };
    generator.behave(&Behaviour { wedge: 2, busy: 5, ..slow.clone() });
    let ids: Vec<String> = (0..50).map(|_| stage.submit()).collect();
    // Somebody restarts a wedged generator; until then it takes nothing.
    std::thread::scope(|scope| {
        let freeing = scope.spawn(|| {
            for wedges in 1..=2 {
                let noticed = || (stage.gateway.log().matches("is wedged").count() >= wedges).then_some(());
                eventually("it is noticed", LONG, noticed);
                eventually("it is freed", LONG, || generator.drop_wedged().then_some(()));
            }
            generator.behave(&Behaviour { lose: 1, ..slow.clone() });
        });
        for id in &ids {
            assert_succeeded(&stage.gateway.finished(id, LONG));
        }
        freeing.join().unwrap();
    });
    let codes = generator.submitted();
    let accepted: Vec<_> = generator.jobs().iter().map(|job| job["code"].as_str().unwrap().to_owned()).collect();
    let unique: std::collections::HashSet<_> = accepted.iter().collect();
    assert_eq!(unique.len(), accepted.len(), "no two submissions share a name");
    assert_eq!(accepted.len(), 53, "two wedged, one lost, and fifty");
    assert!(codes.len() >= 53 + 5);
    stage.assert_clean();
}

#[test]
fn several_generators_share_the_work() {
    let stage = Stage::new(3, "");
    for generator in &stage.generators {
        generator.behave(&Behaviour::slow(150));
    }
    let ids: Vec<String> = (0..6).map(|_| stage.submit()).collect();
    for id in &ids {
        assert_succeeded(&stage.gateway.finished(id, LONG));
    }
    for generator in &stage.generators {
        assert!(!generator.jobs().is_empty(), "each had something to do");
    }
    stage.assert_clean();
}
