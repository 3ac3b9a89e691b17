//! Videos of every kind that an engine may deliver.

use std::path::PathBuf;

use super::*;
use crate::fixtures::{encoded_tone, ffmpeg, tone};
use crate::video::verify;

/// Five seconds of moving picture, with its own sound.
fn clip(folder: &Path, name: &str, codecs: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let source = ["-f", "lavfi", "-i", "testsrc2=size=128x96:rate=25:duration=5"];
    let sound = ["-f", "lavfi", "-i", "sine=duration=5"];
    ffmpeg(&[&source[..], &sound, codecs, &[path.to_str().unwrap()]].concat());
    path
}

/// The whole of it with other sound of so many seconds.
fn delivered(folder: &Path, source: &Path, end: f64) -> Result<VideoSummary, VideoError> {
    let speech = folder.join("speech.wav");
    tone(&speech, 44_100, 1, end);
    deliver(source, &folder.join("out.mp4"), Some(&speech), Some(end), |_| ())
}

const KINDS: [(&str, &str, &[&str]); 7] = [
    ("vp9.webm", "vp9", &["-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libopus"]),
    ("vp8.webm", "vp8", &["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis"]),
    ("part2.mp4", "mpeg4", &["-c:v", "mpeg4", "-c:a", "aac"]),
    ("full.mp4", "h264 in yuv444p", &["-c:v", "libx264", "-pix_fmt", "yuv444p", "-c:a", "aac"]),
    ("deep.mkv", "h264 in yuv420p10le", &["-c:v", "libx264", "-pix_fmt", "yuv420p10le", "-c:a", "aac"]),
    ("motion.avi", "mjpeg", &["-c:v", "mjpeg", "-c:a", "pcm_s16le"]),
    ("hevc.mp4", "hevc", &["-c:v", "libx265", "-x265-params", "log-level=error", "-c:a", "aac"]),
];

#[test]
fn what_cannot_be_copied_is_encoded_anew_and_is_as_long() {
    let folder = tempfile::tempdir().unwrap();
    for (name, kind, codecs) in KINDS {
        let source = clip(folder.path(), name, codecs);
        // A little longer than the speech is no matter, and what is more is cut.
        for (end, frames, cut) in [(5.0, 125, 0.0), (4.9, 125, 0.0), (2.0, 50, 3.0), (7.0, 125, 0.0)] {
            let summary = delivered(folder.path(), &source, end).unwrap();
            assert_eq!((summary.frames, summary.encoded_anew.as_deref()), (frames, Some(kind)), "{name} to {end}");
            assert!((summary.pictures_cut_seconds - cut).abs() < 0.05, "{name} to {end}: {summary:?}");
            assert!((summary.sound_cut_seconds - (end - 5.0).max(0.0)).abs() < 0.01, "{name} to {end}: {summary:?}");
            let facts = verify(&folder.path().join("out.mp4"), |_| ()).unwrap();
            let shape = (facts.width, facts.height, facts.rate, facts.frames);
            assert_eq!(shape, (128, 96, FrameRate::new(25, 1), frames), "{name} to {end}");
            assert_eq!((facts.video_codec.as_str(), facts.pixel_format.as_str()), ("h264", "yuv420p"), "{name}");
            let sound = facts.sound.unwrap();
            assert_eq!((sound.codec.as_str(), sound.sample_rate), ("aac", 44_100), "{name}");
            assert!((sound.seconds - facts.seconds).abs() < 0.05, "{name} to {end}: {sound:?}");
        }
    }
}

#[test]
fn what_can_be_copied_is() {
    let folder = tempfile::tempdir().unwrap();
    for (name, pixels) in [("plain.mp4", "yuv420p"), ("full_range.mkv", "yuvj420p")] {
        let source = clip(folder.path(), name, &["-c:v", "libx264", "-pix_fmt", pixels, "-c:a", "aac"]);
        let summary = delivered(folder.path(), &source, 5.0).unwrap();
        assert_eq!((summary.frames, summary.encoded_anew), (125, None), "{name}");
    }
}

#[test]
fn without_other_sound_it_keeps_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.mp4");
    let own = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "libopus"];
    let kept = |source: &Path| {
        let summary = deliver(source, &out, None, None, |_| ()).unwrap();
        let sound = verify(&out, |_| ()).unwrap().sound.expect("its own");
        assert!(sound.codec == "aac" && (sound.seconds - 5.0).abs() < 0.05, "{sound:?}");
        summary.encoded_anew
    };
    assert_eq!(kept(&clip(folder.path(), "opus.mkv", &own)).as_deref(), Some("opus"));
    assert_eq!(kept(&clip(folder.path(), "vp8.webm", KINDS[1].2)).as_deref(), Some("vp8"));
    let silent = folder.path().join("silent.mkv");
    let pictures = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=1", "-c:v", "mpeg4"];
    ffmpeg(&[&pictures[..], &[silent.to_str().unwrap()]].concat());
    let summary = deliver(&silent, &out, None, None, |_| ()).unwrap();
    assert_eq!((summary.frames, verify(&out, |_| ()).unwrap().sound), (25, None));
}

#[test]
fn pictures_that_stand_for_different_times_keep_them() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("uneven.webm");
    let pictures = ["-f", "lavfi", "-i", "testsrc2=size=130x97:rate=25:duration=5", "-vf"];
    let gap = ["select=not(between(n\\,20\\,69))", "-fps_mode", "vfr", "-c:v", "libvpx", "-deadline", "realtime"];
    ffmpeg(&[&pictures[..], &gap, &[source.to_str().unwrap()]].concat());
    let mut told = Vec::new();
    let summary = deliver(&source, &folder.path().join("out.mp4"), None, None, |step| told.push(step)).unwrap();
    assert!((summary.seconds - 5.0).abs() < 0.1, "{summary:?}");
    assert_eq!((summary.width, summary.height), (130, 96), "an odd side is a row less");
    assert!(told.is_sorted_by(|one, next| one < next) && told.len() > 150, "each picture is news: {}", told.len());
}

#[test]
fn what_is_damaged_or_no_video_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |source: &Path| {
        let error = delivered(folder.path(), source, 5.0).unwrap_err();
        assert!(matches!(error, VideoError::Verify { .. }), "{error:?}");
        assert!(!folder.path().join("out.mp4").exists());
        error.to_string()
    };
    for (name, _, codecs) in [KINDS[0], KINDS[2], KINDS[5]] {
        // With the index in front, a cut file is still one that can be opened.
        let front = if name == "part2.mp4" { &["-movflags", "+faststart"][..] } else { &[] };
        let whole = clip(folder.path(), name, &[codecs, front].concat());
        let bytes = std::fs::read(&whole).unwrap();
        let half = folder.path().join(format!("half_{name}"));
        std::fs::write(&half, &bytes[..bytes.len() / 2]).unwrap();
        refused(&half);
    }
    let text = folder.path().join("text.mp4");
    std::fs::write(&text, "no video at all\n".repeat(64)).unwrap();
    refused(&text);
    let sound = encoded_tone(folder.path(), "sound.m4a", 1.0);
    assert!(refused(&sound).contains("without a picture track"));
}
