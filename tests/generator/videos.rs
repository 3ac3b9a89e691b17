//! The video that the double of the Duix generator makes, and the files it leaves beside it.

use avatar_tests::Behaviour;

use crate::{Studio, ffprobe, names};

#[test]
fn a_video_as_long_as_the_speech_comes_out() {
    let studio = Studio::new(&Behaviour::default());
    let answer = studio.run("job-1");
    assert_eq!(answer["data"]["result"], "/job-1-r.mp4", "{answer}");

    let found = ffprobe(&studio.generator.temp().join("job-1-r.mp4"));
    let [picture, sound] = &found["streams"].as_array().unwrap()[..] else { panic!("{found}") };
    assert_eq!(picture["codec_name"], "h264");
    assert_eq!(picture["pix_fmt"], "yuv420p");
    assert_eq!((&picture["width"], &picture["height"]), (&128.into(), &128.into()));
    assert_eq!(picture["r_frame_rate"], "25/1");
    assert_eq!(picture["nb_read_frames"], "23", "25 frames of speech, less two");
    assert_eq!(sound["codec_name"], "aac");
    let length: f64 = found["format"]["duration"].as_str().unwrap().parse().unwrap();
    assert!((0.95..1.1).contains(&length), "{length}");
}

#[test]
fn what_the_original_leaves_behind_stays() {
    let studio = Studio::new(&Behaviour::default());
    studio.run("a");
    let left = ["a", "a-r.mp4", "a-t.mp4", "a_format.mp4", "a_format.wav", "face.mp4", "voice.wav"];
    assert_eq!(names(&studio.generator.temp()), left);
}

#[test]
fn newer_images_tell_more() {
    let studio = Studio::new(&Behaviour { newer: true, step_ms: 1000, ..Behaviour::default() });
    let body = serde_json::json!({"audio_url": "voice.wav", "video_url": "face.mp4", "code": "a"});
    assert_eq!(studio.submit(&body).json()["msg"], "成功");
    let mut steps = vec![];
    let answer = loop {
        let answer = studio.query("a");
        if answer["data"]["status"] != 1 {
            break answer;
        }
        steps.push(format!("{} {}", answer["data"]["progress"], answer["data"]["msg"].as_str().unwrap()));
        steps.dedup();
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    assert_eq!(steps[steps.len() - 2..], ["20 视频特征提取完成", "80 视频处理完成"]);
    let data = &answer["data"];
    assert_eq!((&data["msg"], &data["status"]), (&"视频处理完成".into(), &2.into()));
    assert_eq!((&data["width"], &data["height"]), (&128.into(), &128.into()));
    assert!((950..1100).contains(&data["video_duration"].as_u64().unwrap()), "{data}");
    assert!(data["cost"].as_f64().unwrap() > 0.1, "{data}");
}
