//! Ditto on source videos: those it renders, and those it refuses.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{LONG, Stage, assert_failed, filtered, hold_still, rewrite};

#[test]
fn a_source_video_speaks_offline_and_online() {
    let Some(mut stage) = Stage::with("", hold_still) else { return };
    stage.speak(2.0);
    // Half a second, so that it runs forwards and backwards; with bars that move.
    let bars = "scale=320:280,drawbox=x=t*80:w=8:h=20:color=red:t=fill";
    let clip = filtered(&stage.site, "clip.mp4", bars, &["-r", "25", "-t", "0.5", "-pix_fmt", "yuv420p"]);
    for online in [false, true] {
        let video = stage.video(&stage.run_clip(&clip, json!({"online_mode": online, "steps": 2})));
        assert_eq!((video.size, video.rate.as_str(), video.frames), ((320, 280), "25/1", 50), "online: {online}");
        assert!((video.seconds - 2.0).abs() < 0.04, "{}", video.seconds);
    }
    assert!(stage.site.no_work_left());
}

#[test]
fn the_length_follows_the_speech_whatever_the_rate() {
    let Some(stage) = Stage::new("") else { return };
    for (name, rate, filter, format, size) in [
        ("fast.mp4", "30", "scale=320:280", "yuv420p", (320, 280)),
        ("slow.mp4", "12.5", "scale=320:280", "yuv420p", (320, 280)),
        ("odd.mkv", "25", "scale=321:281", "yuv444p", (320, 280)),
        ("large.mp4", "50", "scale=640:560", "yuv420p", (400, 350)),
    ] {
        let clip = filtered(&stage.site, name, filter, &["-r", rate, "-t", "0.4", "-pix_fmt", format]);
        let video = stage.video(&stage.run_clip(&clip, json!({"steps": 2, "max_size": 400})));
        assert_eq!((video.size, video.rate.as_str(), video.frames), (size, "25/1", 25), "{name}");
    }
}

#[test]
fn a_source_video_that_cannot_speak_says_why() {
    let Some(stage) = Stage::new("") else { return };
    let whole = filtered(&stage.site, "whole.mp4", "scale=320:280", &["-t", "0.8", "-pix_fmt", "yuv420p"]);
    let job = stage.run_clip(&whole, json!({"steps": 2}));
    assert_failed(&job, "engine.input", &["the face was lost in frame 10", "cut the clip"]);

    let tiny = filtered(&stage.site, "tiny.mp4", "scale=16:16", &["-t", "0.2", "-pix_fmt", "yuv420p"]);
    let job = stage.run_clip(&tiny, json!({"steps": 2}));
    assert_failed(&job, "engine.input", &["the face in the source cannot be used", "larger and seen whole"]);

    // In MPEG-TS, the size may change between two key frames.
    let part = |name: &str, filter: &str| {
        filtered(&stage.site, name, filter, &["-r", "25", "-t", "0.4", "-pix_fmt", "yuv420p", "-bf", "0"])
    };
    let parts = [part("small.ts", "scale=320:280"), part("large.ts", "scale=360:320")];
    let growing = stage.site.scratch().join("growing.ts");
    fs::write(&growing, parts.map(|part| fs::read(part).unwrap()).concat()).unwrap();
    let job = stage.run_clip(&growing, json!({"steps": 2}));
    assert_failed(&job, "engine.input", &["the size of the clip's pictures changes", "cut it"]);
    assert!(stage.site.no_work_left());
}

#[test]
fn a_source_without_a_face_says_what_is_needed() {
    // A detector that is sure of no place.
    let blind = |weights: &Path| {
        for (factor, addend) in [("k37", "k41"), ("k81", "k85"), ("k125", "k129")] {
            rewrite(weights, "insightface_det", factor, |_| 0.0);
            rewrite(weights, "insightface_det", addend, |_| -9.0);
        }
    };
    let Some(stage) = Stage::with("", blind) else { return };
    let clip = filtered(&stage.site, "clip.mp4", "scale=320:280", &["-t", "0.2", "-pix_fmt", "yuv420p"]);
    for job in [stage.run(json!({"steps": 2})), stage.run_clip(&clip, json!({"steps": 2}))] {
        assert_failed(&job, "engine.input", &["no face was found in the source", "from the front"]);
    }
}

#[test]
fn eyes_that_are_not_seen_matter_only_where_they_are_asked_for() {
    let blind = |weights: &Path| {
        rewrite(weights, "blaze_face", "k26", |_| 0.0);
        rewrite(weights, "blaze_face", "k24", |_| -9.0);
        rewrite(weights, "blaze_face", "k30", |_| -9.0);
    };
    let Some(stage) = Stage::with("", blind) else { return };
    stage.video(&stage.run(json!({"steps": 2})));
    let job = stage.run(json!({"steps": 2, "ch_info": "none"}));
    assert_failed(&job, "engine.input", &["the eyes were not found in frame 0", "`ch_info`: \"configured\""]);
}

#[test]
fn a_source_that_was_damaged_meanwhile_says_so() {
    let Some(stage) = Stage::new("") else { return };
    let clip = filtered(&stage.site, "clip.mp4", "scale=320:280", &["-t", "0.2", "-pix_fmt", "yuv420p"]);
    let video = stage.gateway.uploaded("source-videos", &clip);
    for (source, id) in [("photo_id", &stage.photo), ("video_id", &video)] {
        let file = stage.site.files().into_iter().find(|file| file.to_string_lossy().contains(id.as_str())).unwrap();
        fs::write(stage.site.data().join(file), "no picture").unwrap();
        let job = json!({"engine": "ditto", source: id, "audio_id": stage.audio});
        let job = stage.gateway.finished(&stage.gateway.submit(&job), LONG);
        assert_failed(&job, "engine.input", &["cannot be"]);
    }
}

#[test]
fn sound_alone_is_no_source_video() {
    let Some(stage) = Stage::new("") else { return };
    let sound = stage.site.scratch().join("sound.mp4");
    let tone = ["-v", "error", "-f", "lavfi", "-i", "sine=duration=1"];
    assert!(Command::new("ffmpeg").args(tone).arg(&sound).status().unwrap().success());
    assert_eq!(stage.gateway.upload("source-videos", &sound).expect(422)["code"], "video.no_picture");
}
