//! Videos joined, decoded again and compared with their parts.

use std::fs;

use super::*;
use crate::fixtures::{ffmpeg, tone};
use crate::video::{VideoSpec, VideoWriter};

const PAL: FrameRate = FrameRate::new(25, 1);

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A video of `frames` flat pictures of one grey.
    fn video(
        &self,
        name: &str,
        size: (u32, u32),
        rate: FrameRate,
        frames: u64,
        grey: u8,
        sound: Option<&str>,
    ) -> PathBuf {
        let (path, sound) = (self.at(name), sound.map(|sound| self.at(sound)));
        let spec = VideoSpec { width: size.0, height: size.1, rate };
        let mut writer = VideoWriter::create(&path, spec, sound.as_deref()).unwrap();
        for _ in 0..frames {
            writer.frame(&vec![grey; spec.frame_bytes()]).unwrap();
        }
        writer.finish(|_| ()).unwrap();
        path
    }

    fn part(&self, name: &str, frames: u64, grey: u8, sound: Option<&str>) -> PathBuf {
        self.video(name, (64, 48), PAL, frames, grey, sound)
    }

    fn joined(&self, parts: &[PathBuf]) -> VideoFacts {
        concat(parts, &self.at("whole.mp4")).unwrap()
    }

    fn refused(&self, parts: &[PathBuf]) -> String {
        let error = concat(parts, &self.at("whole.mp4")).unwrap_err();
        assert!(matches!(error, VideoError::Concat { .. }), "{error:?}");
        assert!(!self.at("whole.mp4").exists() && !self.at("whole.mp4.part").exists());
        error.to_string()
    }
}

#[test]
fn all_pictures_of_all_parts_are_there_in_order() {
    let desk = Desk::new();
    let parts = [desk.part("a.mp4", 13, 40, None), desk.part("b.mp4", 1, 120, None), desk.part("c.mp4", 61, 200, None)];
    let facts = desk.joined(&parts);
    assert_eq!((facts.frames, facts.rate, facts.sound), (75, PAL, None));
    assert!((facts.seconds - 3.0).abs() < 0.001, "{}", facts.seconds);

    let raw = desk.at("raw");
    ffmpeg(&[
        "-i",
        desk.at("whole.mp4").to_str().unwrap(),
        "-pix_fmt",
        "gray",
        "-f",
        "rawvideo",
        raw.to_str().unwrap(),
    ]);
    let pictures = fs::read(raw).unwrap();
    let greys: Vec<u8> = pictures.chunks(64 * 48).map(|picture| picture[64 * 24 + 32]).collect();
    assert_eq!(greys.len(), 75);
    for (at, grey) in greys.iter().enumerate() {
        let wanted = [40, 120, 200][usize::from(at >= 13) + usize::from(at >= 14)];
        assert!(grey.abs_diff(wanted) < 20, "picture {at} has {grey} instead of {wanted}");
    }
    let bytes = fs::read(desk.at("whole.mp4")).unwrap();
    let at = |atom: &[u8]| bytes.windows(4).position(|four| four == atom).unwrap();
    assert!(at(b"moov") < at(b"mdat"));
}

#[test]
fn sound_and_pictures_of_every_part_stay_together() {
    let desk = Desk::new();
    // Every part is dark and silent for half a second, then bright and loud, so both must change at the same time.
    tone(&desk.at("tone.wav"), 44_100, 2, 1.3);
    let (tone, delayed) = (desk.at("tone.wav"), desk.at("delayed.wav"));
    ffmpeg(&["-i", tone.to_str().unwrap(), "-af", "adelay=500:all=1", delayed.to_str().unwrap()]);
    let spec = VideoSpec { width: 64, height: 48, rate: PAL };
    let lengths = [33, 41, 27, 38];
    let parts: Vec<PathBuf> = lengths
        .iter()
        .enumerate()
        .map(|(number, frames)| {
            let path = desk.at(&format!("{number}.mp4"));
            let mut writer = VideoWriter::create(&path, spec, Some(&delayed)).unwrap();
            for frame in 0..*frames {
                // Half a second is 12.5 pictures.
                writer.frame(&vec![if frame < 13 { 20 } else { 220 }; spec.frame_bytes()]).unwrap();
            }
            writer.finish(|_| ()).unwrap();
            path
        })
        .collect();
    let facts = desk.joined(&parts);
    let frames: u64 = lengths.iter().sum();
    assert_eq!(facts.frames, frames);
    let sound = facts.sound.unwrap();
    assert_eq!((sound.codec.as_str(), sound.sample_rate, sound.channels), ("aac", 44_100, 2));
    assert!((sound.seconds - PAL.seconds(frames)).abs() < 0.1, "{} s", sound.seconds);

    // A player goes by the timestamps; `async` lets this one do so too.
    let (whole, back) = (desk.at("whole.mp4"), desk.at("back.wav"));
    let filter = "aresample=async=1:min_hard_comp=0.001";
    ffmpeg(&["-i", whole.to_str().unwrap(), "-af", filter, "-ac", "1", back.to_str().unwrap()]);
    let samples: Vec<i16> = hound::WavReader::open(back).unwrap().samples::<i16>().map(Result::unwrap).collect();
    let mut start = 0;
    for frames in lengths {
        let begin = PAL.seconds(start);
        let from = ((begin + 0.1) * 44_100.0) as usize;
        let onset = samples[from..].iter().position(|sample| sample.abs() > 4000).unwrap() + from;
        let onset = onset as f64 / 44_100.0 - begin;
        assert!((onset - 0.5).abs() < 0.01, "the tone of the part at {begin} s starts {onset} s after it");
        start += frames;
    }
}

#[test]
fn many_parts_do_not_drift() {
    let desk = Desk::new();
    tone(&desk.at("tone.wav"), 48_000, 1, 1.0);
    let rate = FrameRate::new(30_000, 1001);
    let part = desk.video("part.mp4", (64, 48), rate, 17, 90, Some("tone.wav"));
    let facts = desk.joined(&vec![part; 40]);
    assert_eq!((facts.frames, facts.rate), (680, rate));
    assert!((facts.seconds - rate.seconds(680)).abs() < 0.001, "{}", facts.seconds);
}

#[test]
fn one_part_is_copied_whole() {
    let desk = Desk::new();
    tone(&desk.at("tone.wav"), 16_000, 1, 1.0);
    let part = desk.part("a.mp4", 20, 90, Some("tone.wav"));
    let alone = verify(&part, |_| ()).unwrap();
    assert_eq!(desk.joined(&[part]), alone);
}

#[test]
fn parts_that_do_not_go_together_are_refused() {
    let desk = Desk::new();
    tone(&desk.at("mono.wav"), 44_100, 1, 1.0);
    tone(&desk.at("stereo.wav"), 44_100, 2, 1.0);
    let silent = desk.part("silent.mp4", 5, 90, None);
    let mono = desk.part("mono.mp4", 5, 90, Some("mono.wav"));
    for (other, first, words) in [
        (
            desk.video("b.mp4", (64, 64), PAL, 5, 90, None),
            &silent,
            "part 2 differs from part 1: it measures 64x64, not 64x48",
        ),
        (
            desk.video("c.mp4", (64, 48), FrameRate::new(30, 1), 5, 90, None),
            &silent,
            "it has 30 frames per second, not 25",
        ),
        (mono.clone(), &silent, "it has sound"),
        (silent.clone(), &mono, "it has no sound"),
        (desk.part("stereo.mp4", 5, 90, Some("stereo.wav")), &mono, "with 2 channels, not aac at 44100 Hz with 1"),
    ] {
        let told = desk.refused(&[first.clone(), other]);
        assert!(told.contains(words), "{told}");
    }
    assert!(desk.refused(&[]).contains("there are none"));

    let ffmpeg_made = |name: &str, arguments: &[&str]| {
        let (path, source) = (desk.at(name), ["-i", silent.to_str().unwrap()]);
        ffmpeg(&[&source[..], arguments, &[path.to_str().unwrap()]].concat());
        path
    };
    let other = ffmpeg_made("other.mp4", &["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]);
    assert!(desk.refused(&[silent.clone(), other]).contains("encoded with other settings"));
    let mpeg = ffmpeg_made("mpeg.mp4", &["-c:v", "mpeg4"]);
    assert!(desk.refused(&[silent.clone(), mpeg]).contains("part 2 cannot be used: it is no MP4 with H.264"));
    fs::write(desk.at("words.mp4"), "words, and no video at all").unwrap();
    assert!(desk.refused(&[desk.at("words.mp4")]).contains("part 1 cannot be used"));
    assert!(matches!(concat(&[desk.at("missing.mp4")], &desk.at("whole.mp4")), Err(VideoError::Io(_))));
}
