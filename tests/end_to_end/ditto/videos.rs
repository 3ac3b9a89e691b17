//! Ditto on photos: size, frame rate, length and pixels of the video, and that the seed decides them.

use serde_json::json;

use super::{Stage, filtered};

#[test]
fn a_photo_speaks_offline_and_online() {
    let Some(mut stage) = Stage::new("") else { return };
    stage.speak(2.0);
    for online in [false, true] {
        let job = stage.run(json!({"online_mode": online, "steps": 4}));
        let video = stage.video(&job);
        assert_eq!((video.size, video.rate.as_str(), video.frames), ((512, 512), "25/1", 50), "{job}");
        assert!((video.seconds - 2.0).abs() < 0.04, "{}", video.seconds);
        assert_eq!(job["video"]["frames"], 50, "{job}");
    }
    assert!(stage.site.no_work_left());
}

#[test]
fn around_the_face_the_photo_stays_as_it_is() {
    let Some(mut stage) = Stage::new("") else { return };
    // A face in the middle of a wide picture, whose left is red and whose right is blue; both sides are odd.
    let sides = "pad=813:513:150:0:red,drawbox=x=662:w=151:h=513:color=blue:t=fill";
    let photo = filtered(&stage.site, "wide.png", sides, &["-frames:v", "1"]);
    stage.photo = stage.gateway.uploaded("photos", &photo);
    let video = stage.video(&stage.run(json!({"steps": 2, "crop_scale": 1.2})));
    assert_eq!(video.size, (812, 512), "even, for every player");
    let pixels = video.pixels(20);
    let pixel = |x: usize, y: usize| &pixels[(y * 812 + x) * 3..][..3];
    let near = |pixel: &[u8], colour: [u8; 3]| pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 12);
    for y in [10, 250, 500] {
        assert!(near(pixel(12, y), [255, 0, 0]), "{:?}", pixel(12, y));
        assert!(near(pixel(800, y), [0, 0, 255]), "{:?}", pixel(800, y));
    }
}

#[test]
fn a_seed_decides_every_pixel() {
    let Some(stage) = Stage::new("") else { return };
    let hash = |online: bool, seed: u32| {
        stage.video(&stage.run(json!({"online_mode": online, "steps": 3, "seed": seed}))).hash()
    };
    for online in [false, true] {
        let first = hash(online, 7);
        assert!(first.starts_with("MD5="), "{first}");
        assert_eq!(hash(online, 7), first, "online: {online}");
        assert_ne!(hash(online, 8), first, "online: {online}");
    }
}

#[test]
fn a_duration_cuts_the_speech() {
    let Some(stage) = Stage::new("") else { return };
    for online in [false, true] {
        let video = stage.video(&stage.run(json!({"online_mode": online, "steps": 2, "duration": 0.5})));
        assert_eq!(video.frames, 13, "online: {online}");
    }
}

#[test]
fn a_stream_that_is_not_cut_ends_in_silence() {
    let Some(stage) = Stage::new("") else { return };
    let video = stage.video(&stage.run(json!({"online_mode": true, "steps": 2, "exact_length": false})));
    assert!((25 + 8..=25 + 17).contains(&video.frames), "{}", video.frames);
    let pictures = video.frames as f64 / 25.0;
    assert!((video.seconds - pictures).abs() < 0.04, "{} s of sound, {pictures} s of pictures", video.seconds);
}
