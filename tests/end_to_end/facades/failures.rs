//! Error answers of the facades: failed, unfinished and unknown jobs, and missing engines.

use avatar_tests::programs::script;
use avatar_tests::{Part, Site, eventually};
use serde_json::{Value, json};

use super::{FACADES, NOBODY, Scene, name, text};
use crate::MOMENT;

const FAILING: (&str, &str) = ("engines.testcard", "fault = \"input\"");
const HANGING: (&str, &str) = ("engines.testcard", "fault = \"hang\"");
const IMPATIENT: (&str, &str) = ("scheduler", "cancel_grace_seconds = 0.2");
const WHY: &str = "asked to fail at frame 5";

#[test]
fn d_a_failure_is_told_where_clients_look() {
    let scene = Scene::with("testcard", &[FAILING]);
    let [dice, ditto, echo, duix] = FACADES.map(|facade| scene.ended(facade, &scene.start(facade)));
    assert_eq!(dice["status"], "FAILED");
    assert!(text(&dice["error"]).contains(WHY), "{dice}");
    assert_eq!(dice["message"], format!("Synthesis failed: {}", text(&dice["error"])));
    assert!(dice["progress"].as_f64().is_some_and(|progress| progress < 1.0), "{dice}");

    assert_eq!((&ditto["status"], &ditto["video_url"]), (&json!("failed"), &Value::Null), "{ditto}");
    assert!(text(&ditto["error"]).contains(WHY) && ditto["progress"].is_u64(), "{ditto}");

    assert_eq!((&echo["status"], &echo["output_file"]), (&json!("failed"), &Value::Null), "{echo}");
    assert!(text(&echo["error"]).contains(WHY), "{echo}");

    assert_eq!((&duix["status"], &duix["progress"], &duix["result"]), (&json!(3), &json!(0), &json!("")), "{duix}");
    assert!(text(&duix["msg"]).contains(WHY), "{duix}");
    let api = scene.gateway.facade("duix");
    let result = api.get(&format!("/api/get_result?filename={}-r.mp4", text(&duix["code"]))).expect(200);
    let waited = api.post("/api/generate_video", &scene.addresses()).expect(200);
    for answer in [result, waited] {
        assert_eq!(answer["success"], false);
        assert!(text(&answer["error"]).contains(WHY), "{answer}");
    }
    for (facade, task, words) in [
        ("dice-talk", &dice["task_id"], json!({"error": "Task not completed yet", "detail": null})),
        ("echomimic", &echo["task_id"], json!({"detail": "任务状态: failed, 不可下载"})),
    ] {
        let path = download_path(facade, text(task));
        assert_eq!(scene.gateway.facade(facade).get(&path).expect(400), words);
    }
}

#[test]
fn d_one_failure_among_several_sounds_is_the_tasks() {
    let scene = Scene::with("testcard", &[FAILING]);
    let sound = |field, name| Part::file(field, name, std::fs::read(&scene.speech).unwrap());
    let api = scene.gateway.facade("echomimic");
    let form = [
        Part::file("reference_image", "me.png", std::fs::read(&scene.portrait).unwrap()),
        sound("audio_files", "1.wav"),
        sound("audio_files", "2.wav"),
    ];
    let task = api.post_form("/generate_multi_videos", &form).expect(200)["task_id"].clone();
    let echo = scene.ended("echomimic", text(&task));
    assert_eq!((&echo["status"], &echo["output_files"]), (&json!("failed"), &json!([null, null])), "{echo}");
    assert!(text(&echo["error"]).contains(WHY) && echo["combined_output_file"].is_null(), "{echo}");

    let photo = [Part::file("file", "me.png", std::fs::read(&scene.portrait).unwrap())];
    let api = scene.gateway.facade("ditto");
    let photo = api.post_form("/api/avatar/upload-photo", &photo).expect(200)["photo_id"].clone();
    let sound = upload_sound(&scene);
    let wanted = json!({"photo_id": photo, "audio_paths": [sound, sound]});
    let job = api.post("/api/avatar/generate-batch", &wanted).expect(200)["job_id"].clone();
    let ditto = scene.ended("ditto", text(&job));
    assert_eq!((&ditto["status"], &ditto["video_url"]), (&json!("failed"), &Value::Null), "{ditto}");
    assert!(text(&ditto["error"]).contains(WHY), "{ditto}");
}

#[test]
fn d_clients_programs_read_the_failure() {
    let scene = Scene::with("testcard", &[FAILING]);
    let out = scene.site.scratch().join("none.mp4");
    let url = |facade| scene.gateway.facade(facade).url();
    let sound = text(&upload_sound(&scene)).to_owned();
    let (image, speech, out) = (name(&scene.portrait), name(&scene.speech), name(&out));
    let (audio_url, video_url) = (scene.hosted.url("/speech.wav"), scene.source());
    for (program, arguments) in [
        ("dice_talk.py", vec![url("dice-talk"), image, speech, out, "0.05"]),
        ("ditto.py", vec![url("ditto"), image, &sound, out, "0.05"]),
        ("echomimic.py", vec![url("echomimic"), image, speech, out, "0.05"]),
        ("echomimic.mjs", vec![url("echomimic"), image, speech, out, "50"]),
        ("duix.py", vec![url("duix"), &audio_url, video_url, out, "0.05", "wait"]),
        ("duix.py", vec![url("duix"), &audio_url, video_url, out, "0.05", "poll"]),
    ] {
        let Some(ran) = script(program, &arguments) else { continue };
        assert_eq!(ran.code, Some(3), "{program}: {}{}", ran.said, ran.complained);
        let last = ran.said.lines().last().unwrap_or_default();
        assert!(last.starts_with("error ") && last.contains(WHY), "{program}: {}", ran.said);
    }
}

fn upload_sound(scene: &Scene) -> Value {
    let form = [Part::file("file", "speech.wav", std::fs::read(&scene.speech).unwrap())];
    let uploaded = scene.gateway.facade("ditto").post_form("/api/avatar/upload-audio", &form).expect(200);
    uploaded["audio_path"].clone()
}

#[test]
fn g_unknown_ids_are_told_in_each_services_words() {
    let scene = Scene::new("testcard");
    let dice = json!({"error": "Task not found", "detail": null});
    let ditto = json!({"detail": "Job not found"});
    let echo = json!({"detail": "任务不存在"});
    for id in [NOBODY, "task-1", "cached_00000000_00000000", "%E4%BB%BB"] {
        for door in scene.doors("dice-talk") {
            for path in [format!("/api/v1/synthesis/{id}/status"), format!("/api/v1/synthesis/{id}/download")] {
                assert_eq!(door.get(&path).expect(404), dice, "{path}");
            }
        }
        for door in scene.doors("ditto") {
            assert_eq!(door.get(&format!("/api/avatar/job/{id}/status")).expect(404), ditto);
            let files = [format!("/outputs/avatar_{id}.mp4"), format!("/uploads/avatar_{id}.png")];
            for path in files {
                assert_eq!(door.get(&path).expect(404), json!({"detail": "Not Found"}), "{path}");
            }
        }
        for door in scene.doors("echomimic") {
            for path in ["task", "download", "download_combined"] {
                assert_eq!(door.get(&format!("/{path}/{id}")).expect(404), echo, "{path}");
            }
            assert_eq!(door.get(&format!("/download_segment/{id}/0")).expect(404), echo);
            assert_eq!(door.get(&format!("/output/videos/{id}_with_audio.mp4")).status, 404);
        }
        for door in scene.doors("duix") {
            let queried = door.get(&format!("/api/query_task?task_code={id}")).expect(200);
            assert_eq!((&queried["code"], &queried["success"]), (&json!(10004), &json!(true)), "{queried}");
            let result = door.get(&format!("/api/get_result?filename={id}-r.mp4")).expect(200);
            assert_eq!(result["success"], false);
        }
    }
    let wanted = json!({"photo_id": NOBODY, "audio_path": "outputs/audio/test.wav"});
    let refused = scene.gateway.facade("ditto").post("/api/avatar/generate", &wanted).expect(404);
    assert_eq!(refused, json!({"detail": format!("Photo {NOBODY} not found")}));
}

#[test]
fn h_downloads_that_come_too_early_are_told_so() {
    let scene = Scene::with("testcard", &[("engines", "instances = 4"), HANGING, IMPATIENT]);
    let [dice, ditto, echo, duix] = FACADES.map(|facade| {
        let id = scene.start(facade);
        scene.gateway.rendering(&id, MOMENT);
        id
    });
    let status = scene.status("dice-talk", &dice);
    assert_eq!((&status["status"], &status["message"]), (&json!("PROCESSING"), &json!("Generating video...")));
    assert!(!status.as_object().unwrap().contains_key("error"), "{status}");
    for time in ["created_at", "updated_at"] {
        let time = text(&status[time]);
        assert!(
            time.len() == 26 && time.as_bytes()[10] == b'T' && time.as_bytes()[19] == b'.',
            "as Python tells: {time}"
        );
    }
    let refused = scene.gateway.facade("dice-talk").get(&download_path("dice-talk", &dice)).expect(400);
    assert_eq!(refused, json!({"error": "Task not completed yet", "detail": null}));

    let status = scene.status("ditto", &ditto);
    assert_eq!((&status["status"], &status["video_url"]), (&json!("processing"), &Value::Null), "{status}");
    assert!(status["progress"].as_u64().is_some_and(|percent| (50..90).contains(&percent)), "{status}");
    let system = scene.gateway.facade("ditto").get("/api/avatar/system-info").expect(200);
    assert_eq!(system["is_generating"], true, "{system}");
    let refused = scene.gateway.facade("ditto").get(&format!("/outputs/avatar_{ditto}.mp4")).expect(404);
    assert_eq!(refused, json!({"detail": "Not Found"}));

    let refused = scene.gateway.facade("echomimic").get(&download_path("echomimic", &echo)).expect(400);
    assert_eq!(refused, json!({"detail": "任务状态: processing, 不可下载"}));
    assert_eq!(scene.status("echomimic", &echo)["output_file"], Value::Null);
    let queued = scene.start("echomimic");
    assert_eq!(scene.status("echomimic", &queued)["status"], "pending");
    let refused = scene.gateway.facade("echomimic").get(&download_path("echomimic", &queued)).expect(400);
    assert_eq!(refused, json!({"detail": "任务状态: pending, 不可下载"}));

    let form = [
        Part::file("reference_image", "me.png", std::fs::read(&scene.portrait).unwrap()),
        Part::file("audio_files", "1.wav", std::fs::read(&scene.speech).unwrap()),
    ];
    let several = scene.gateway.facade("echomimic").post_form("/generate_multi_videos", &form).expect(200);
    for (path, status, words) in [
        ("download_segment", 404, "没有可用的视频片段"),
        ("download_combined", 404, "没有合并的视频文件"),
        ("download", 400, "任务状态: pending, 不可下载"),
    ] {
        let place = if path == "download_segment" { "/0" } else { "" };
        let path = format!("/{path}/{}{place}", text(&several["task_id"]));
        assert_eq!(scene.gateway.facade("echomimic").get(&path).expect(status), json!({"detail": words}), "{path}");
    }

    let status = scene.status("duix", &duix);
    assert_eq!((&status["status"], &status["result"]), (&json!(1), &json!("")), "{status}");
    let early = scene.gateway.facade("duix").get(&format!("/api/get_result?filename={duix}-r.mp4")).expect(200);
    assert_eq!(early["success"], false, "{early}");

    for (facade, id) in [("dice-talk", &dice), ("ditto", &ditto), ("echomimic", &echo), ("duix", &duix)] {
        scene.gateway.request("POST", &format!("/v1/jobs/{id}/cancel"), &[]);
        let ended = scene.ended(facade, id).to_string();
        assert!(ended.contains("the job was canceled"), "{ended}");
    }
}

fn download_path(facade: &str, id: &str) -> String {
    match facade {
        "dice-talk" => format!("/api/v1/synthesis/{id}/download"),
        _ => format!("/download/{id}"),
    }
}

#[test]
fn an_engine_that_is_not_there_is_named_where_no_other_may_stand_in() {
    let tables = FACADES.map(|facade| format!("[facades.{facade}]\nfallback = false\n")).concat();
    let site = Site::new(&["testcard"], &format!("engines.default = \"testcard\"\n{tables}"));
    let scratch = site.scratch();
    let (image, sound) = (avatar_tests::portrait(&scratch), avatar_tests::speech(&scratch, 1.0));
    let gateway = site.start();
    let answers = all_starts(&gateway, &std::fs::read(image).unwrap(), &std::fs::read(sound).unwrap());
    for ((facade, words), engine) in answers.iter().zip(["dice-talk", "ditto", "echomimic", "duix"]) {
        assert!(words.contains(&format!("`{engine}`")) && words.contains("[facades."), "{facade}: {words}");
    }
    let health = gateway.get("/api/health").expect(200);
    assert_eq!((&health["status"], &health["model_loaded"]), (&json!("unhealthy"), &json!(false)), "{health}");
    let system = gateway.get("/api/avatar/system-info").expect(200);
    assert_eq!((&system["model_loaded"], &system["avatar_enabled"]), (&json!(false), &json!(false)), "{system}");
}

#[test]
fn the_default_engine_stands_in_for_one_that_is_not_there_and_says_so() {
    let tables = FACADES.map(|facade| format!("[facades.{facade}]\nlisten = \"127.0.0.1:0\"\n")).concat();
    let settings = format!("engines.default = \"testcard\"\nfetch.allow = [\"127.0.0.1\"]\n{tables}");
    let scene = Scene::of(Site::new(&["testcard"], &settings));
    for (facade, missing) in FACADES.into_iter().zip(["dice-talk", "ditto", "echomimic", "duix"]) {
        let id = scene.start(facade);
        scene.ended(facade, &id);
        let job = scene.gateway.job(&id);
        assert_eq!((&job["engine"], &job["state"]), (&json!("testcard"), &json!("succeeded")), "{facade}: {job}");
        let warnings = job["warnings"].to_string();
        let stands_in = format!("the engine `{missing}` is not installed: `testcard` renders in its place");
        assert!(warnings.contains(&stands_in), "{facade}: {warnings}");
        assert!(facade != "dice-talk" || warnings.contains("does not know: `emotion`"), "{warnings}");
    }
    let health = scene.gateway.get("/api/health").expect(200);
    assert_eq!((&health["status"], &health["model_loaded"]), (&json!("healthy"), &json!(true)), "{health}");
    let audio = scene.gateway.uploaded("audio", &scene.speech);
    let video = scene.gateway.post_form("/v1/videos", &[Part::text("audio_id", &audio)]).expect(200);
    let job = scene.gateway.finished(text(&video["id"]), MOMENT);
    assert_eq!((&job["engine"], &job["state"]), (&json!("testcard"), &json!("succeeded")), "openai: {job}");
    assert!(job["warnings"].to_string().contains("the engine `puppet` is not installed"), "openai: {job}");
    let log = scene.gateway.log();
    assert!(log.contains("facades.echomimic.engine"), "{log}");
}

#[test]
fn weights_that_are_missing_are_named() {
    let tables = FACADES.map(|facade| format!("[facades.{facade}]\nengine = \"good\"\n")).concat();
    let site = Site::new(&[], &format!("{tables}[engines.good]\nweights = \"weights\"\n"));
    site.add_odd_plugin("plugin_good");
    let scratch = site.scratch();
    let (image, sound) = (avatar_tests::portrait(&scratch), avatar_tests::speech(&scratch, 1.0));
    let gateway = site.start();
    for (facade, words) in all_starts(&gateway, &std::fs::read(image).unwrap(), &std::fs::read(sound).unwrap()) {
        assert!(words.contains("net.bin") && words.contains("weights"), "{facade}: {words}");
    }
}

/// Starts a job through each facade at the main address, which must fail, and returns why as its clients read it.
fn all_starts(gateway: &avatar_tests::Gateway, image: &[u8], sound: &[u8]) -> [(&'static str, String); 4] {
    // None of them may be able to render, and then it is not ready for that reason.
    let are_known = || {
        let answer = gateway.get("/readyz");
        (answer.status == 200 || answer.json()["code"] != "gateway.starting").then_some(())
    };
    eventually("the engines are known", MOMENT, are_known);
    let image = |field| Part::file(field, "me.png", image);
    let sound = |field| Part::file(field, "speech.wav", sound);
    let dice = [image("image"), sound("audio"), Part::text("emotion", "happy")];
    let dice = gateway.post_form("/api/v1/synthesis/start", &dice).expect(503);
    assert_eq!(dice["detail"], Value::Null);
    let photo = gateway.post_form("/api/avatar/upload-photo", &[image("file")]).expect(200);
    let wanted = json!({"photo_id": photo["photo_id"], "audio_path": "outputs/audio/test.wav"});
    let ditto = gateway.post("/api/avatar/generate", &wanted).expect(503);
    assert!(text(&ditto["detail"]).starts_with("Avatar service not available: "), "{ditto}");
    let echo = gateway.post_form("/generate_video", &[image("reference_image"), sound("audio_file")]).expect(503);
    let wanted = json!({"audio_url": "http://127.0.0.1:1/a.wav", "video_url": "http://127.0.0.1:1/v.mp4"});
    let duix = gateway.post("/api/generate_video", &wanted).expect(200);
    assert_eq!(duix["success"], false);
    let words = |value: &Value| text(value).to_owned();
    [
        ("dice-talk", words(&dice["error"])),
        ("ditto", words(&ditto["detail"])),
        ("echomimic", words(&echo["detail"])),
        ("duix", words(&duix["error"])),
    ]
}
