//! Videos of every shape written, read again and compared; and everything that may go wrong on the way.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::fixtures::{encoded_tone, ffmpeg, kind, tone};
use crate::sound::convert::ConvertedSound;
use crate::sound::file::SoundFile;

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes flat frames that grow brighter, and reads the file's facts.
    fn write(&self, spec: VideoSpec, frames: u64, sound: Option<&Path>) -> (VideoSummary, VideoFacts) {
        let mut writer = VideoWriter::create(&self.at("out.mp4"), spec, sound).unwrap();
        for n in 0..frames {
            writer.frame(&vec![(n * 3) as u8; spec.frame_bytes()]).unwrap();
        }
        let summary = writer.finish(|_| ()).unwrap();
        (summary, verify(&self.at("out.mp4"), |_| ()).unwrap())
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn spec(rate: FrameRate) -> VideoSpec {
    VideoSpec { width: 64, height: 48, rate }
}

const PAL: FrameRate = FrameRate::new(25, 1);

#[test]
fn frames_rate_and_length_are_exact() {
    let desk = Desk::new();
    for (rate, frames) in
        [(PAL, 1), (PAL, 2), (PAL, 60), (FrameRate::new(30_000, 1001), 61), (FrameRate::new(24, 1), 7)]
    {
        let (summary, facts) = desk.write(spec(rate), frames, None);
        assert_eq!((summary.frames, facts.frames, facts.rate), (frames, frames, rate));
        // The last frame lasts as long as every other.
        assert!((facts.seconds - rate.seconds(frames)).abs() < 0.001, "{facts:?}");
        assert_eq!((facts.width, facts.height), (64, 48));
        assert_eq!((facts.video_codec.as_str(), facts.pixel_format.as_str()), ("h264", "yuv420p"));
        assert_eq!((facts.sound, summary.sound_cut_seconds), (None, 0.0));
        assert_eq!(summary.bytes, fs::metadata(desk.at("out.mp4")).unwrap().len());
    }
    assert_eq!(desk.names(), ["out.mp4"]);
}

#[test]
fn sound_and_picture_end_within_a_frame() {
    let desk = Desk::new();
    for (rate, channels, seconds, frames, fps, kept) in [
        (44_100, 2, 2.0, 50, PAL, true),
        (16_000, 1, 0.7, 50, PAL, true),
        (48_000, 2, 5.0, 50, PAL, true),
        (24_000, 1, 2.0, 47, FrameRate::new(24, 1), true),
        (22_050, 1, 1.0, 31, FrameRate::new(30_000, 1001), true),
        (44_100, 1, 1.0, 1, PAL, true),
        (16_000, 1, 1.0, 1, FrameRate::new(30, 1), true),
        (8_000, 1, 1.0, 33, PAL, false),
        (11_025, 1, 2.0, 3, FrameRate::new(60, 1), false),
        (44_100, 2, 2.0, 101, FrameRate::new(120, 1), false),
    ] {
        tone(&desk.at("in.wav"), rate, channels, seconds);
        let (summary, facts) = desk.write(spec(fps), frames, Some(&desk.at("in.wav")));
        let sound = facts.sound.unwrap();
        let given = format!("{rate} Hz, {seconds} s of sound, {frames} frames at {fps}: {sound:?}");
        assert_eq!((sound.codec.as_str(), sound.channels), ("aac", channels), "{given}");
        assert_eq!(sound.sample_rate == rate, kept, "{given}");
        assert!((sound.seconds - facts.seconds).abs() <= fps.seconds(1), "{given}");
        let cut = (seconds - fps.seconds(frames)).max(0.0);
        assert!((summary.sound_cut_seconds - cut).abs() < 0.001, "{given}, cut {}", summary.sound_cut_seconds);
    }
}

#[test]
fn sound_beyond_full_scale_is_brought_down_to_it_and_all_other_stays_as_it_is() {
    let desk = Desk::new();
    for (volume, expected) in [("0.5", 0.5), ("1.0", 1.0), ("1.9", 0.95), ("20000", 0.95)] {
        let sine = format!("aevalsrc={volume}*sin(2*PI*300*t):s=44100:d=2");
        let path = desk.at("in.wav");
        ffmpeg(&["-f", "lavfi", "-i", &sine, "-c:a", "pcm_f32le", path.to_str().unwrap()]);
        desk.write(spec(PAL), 50, Some(&path));
        let mut sound = ConvertedSound::new(SoundFile::open_single(&desk.at("out.mp4")).unwrap(), 44_100, 1);
        let (mut energy, mut samples) = (0.0, 0);
        while sound.next_block().unwrap() {
            energy += sound.channel(0).iter().map(|sample| sample * sample).sum::<f32>();
            samples += sound.channel(0).len();
        }
        let peak = (2.0 * energy / samples as f32).sqrt();
        // The encoder itself takes 5 % from a tone.
        assert!((peak - expected).abs() < 0.07, "{volume}: {peak}");
    }
}

#[test]
fn sound_of_other_kinds_is_taken_at_full_quality() {
    let desk = Desk::new();
    for (name, rate, channels) in [("tone.mp3", 44_100, 2), ("tone.opus", 48_000, 2), ("tone.m4a", 44_100, 2)] {
        let sound = encoded_tone(desk.folder.path(), name, 1.0);
        let (_, facts) = desk.write(spec(PAL), 25, Some(&sound));
        let track = facts.sound.unwrap();
        assert_eq!((track.sample_rate, track.channels), (rate, channels), "{name}");
    }
    // What AAC has no rate for goes up to the next, and more than two channels are mixed down.
    for (rate, channels, expected) in [(37_800, 1, (44_100, 1)), (192_000, 1, (48_000, 1)), (48_000, 6, (48_000, 2))] {
        tone(&desk.at("in.wav"), rate, channels, 1.0);
        let (_, facts) = desk.write(spec(PAL), 25, Some(&desk.at("in.wav")));
        let track = facts.sound.unwrap();
        assert_eq!((track.sample_rate, track.channels), expected);
    }
}

#[test]
fn the_sound_stays_in_step_with_the_picture() {
    let desk = Desk::new();
    // Silence, and a tone that starts with the second second.
    let (quiet, path) = (desk.at("quiet.wav"), desk.at("in.wav"));
    tone(&quiet, 48_000, 1, 1.0);
    let filter = "adelay=1000:all=1";
    ffmpeg(&["-i", quiet.to_str().unwrap(), "-af", filter, path.to_str().unwrap()]);
    desk.write(spec(PAL), 50, Some(&path));
    let (video, back) = (desk.at("out.mp4"), desk.at("back.wav"));
    ffmpeg(&["-i", video.to_str().unwrap(), back.to_str().unwrap()]);
    let samples: Vec<i16> = hound::WavReader::open(back).unwrap().samples::<i16>().map(Result::unwrap).collect();
    let onset = samples.iter().position(|sample| sample.abs() > 4000).unwrap();
    assert!(onset.abs_diff(48_000) < 480, "the tone starts at sample {onset}");
}

#[test]
fn the_index_stands_at_the_front() {
    let desk = Desk::new();
    tone(&desk.at("in.wav"), 44_100, 2, 1.0);
    desk.write(spec(PAL), 25, Some(&desk.at("in.wav")));
    let bytes = fs::read(desk.at("out.mp4")).unwrap();
    let at = |atom: &[u8]| bytes.windows(4).position(|four| four == atom).unwrap();
    assert!(at(b"moov") < at(b"mdat"));
}

#[test]
fn colours_survive() {
    let desk = Desk::new();
    let colours = [[200, 30, 40], [20, 180, 60], [30, 40, 210], [128, 128, 128], [255, 255, 255], [0, 0, 0]];
    let spec = VideoSpec { width: 64 * colours.len() as u32, height: 64, rate: PAL };
    let row: Vec<u8> = colours.iter().flat_map(|colour| colour.repeat(64)).collect();
    let mut writer = VideoWriter::create(&desk.at("out.mp4"), spec, None).unwrap();
    for _ in 0..5 {
        writer.frame(&row.repeat(64)).unwrap();
    }
    writer.finish(|_| ()).unwrap();
    // A player that believes the file's tags; scale is told the matrix it finds there.
    let (video, back) = (desk.at("out.mp4"), desk.at("back.rgb"));
    let filter = "scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int";
    let to_rgb = ["-vf", filter, "-pix_fmt", "rgb24", "-frames:v", "1", "-f", "rawvideo"];
    ffmpeg(&[&["-i", video.to_str().unwrap()], &to_rgb[..], &[back.to_str().unwrap()]].concat());
    let pixels = fs::read(back).unwrap();
    for (n, colour) in colours.iter().enumerate() {
        let middle = (32 * spec.width as usize + n * 64 + 32) * 3;
        let decoded = &pixels[middle..middle + 3];
        let worst = decoded.iter().zip(colour).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst <= 4, "{colour:?} came back as {decoded:?}");
    }
    let tags = std::process::Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "stream=color_range,color_space,color_transfer,color_primaries"])
        .args(["-of", "csv=p=0"])
        .arg(&video)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(tags.stdout).unwrap().trim(), "tv,bt709,bt709,bt709");
}

#[test]
fn sizes_and_rates_that_cannot_be_written_are_refused() {
    let desk = Desk::new();
    let rate = PAL;
    for bad in [
        VideoSpec { width: 63, height: 48, rate },
        VideoSpec { width: 64, height: 47, rate },
        VideoSpec { width: 14, height: 48, rate },
        VideoSpec { width: 64, height: 8194, rate },
        spec(FrameRate { num: 0, den: 1 }),
        spec(FrameRate { num: 25, den: 0 }),
        spec(FrameRate { num: 1000, den: 1 }),
    ] {
        let Err(error) = VideoWriter::create(&desk.at("out.mp4"), bad, None) else { panic!("{bad:?}") };
        assert!(matches!(error, VideoError::InvalidSpec { .. }), "{bad:?}: {error}");
    }
    assert_eq!(desk.names(), [""; 0]);
    assert!(VideoWriter::create(&desk.at("out.mp4"), VideoSpec { width: 16, height: 16, rate }, None).is_ok());
}

#[test]
fn a_frame_of_the_wrong_size_is_refused_and_the_next_is_not() {
    let desk = Desk::new();
    let mut writer = VideoWriter::create(&desk.at("out.mp4"), spec(PAL), None).unwrap();
    let error = writer.frame(&[0; 100]).unwrap_err();
    assert!(matches!(error, VideoError::FrameSize { expected: 9216, given: 100 }), "{error}");
    writer.frame(&[0; 9216]).unwrap();
    assert_eq!(writer.finish(|_| ()).unwrap().frames, 1);
}

#[test]
fn the_check_of_a_video_tells_how_far_it_is() {
    let desk = Desk::new();
    let mut writer = VideoWriter::create(&desk.at("out.mp4"), spec(PAL), None).unwrap();
    for _ in 0..100 {
        writer.frame(&[90; 9216]).unwrap();
    }
    let mut told = Vec::new();
    writer.finish(|checked| told.push(checked)).unwrap();
    assert!(told.len() > 50 && told.is_sorted() && told.last() == Some(&100), "{told:?}");
}

#[test]
fn what_is_not_finished_leaves_nothing() {
    let desk = Desk::new();
    let mut writer = VideoWriter::create(&desk.at("out.mp4"), spec(PAL), None).unwrap();
    for _ in 0..30 {
        writer.frame(&[90; 9216]).unwrap();
    }
    assert_eq!(desk.names(), ["out.mp4.part"]);
    drop(writer);
    assert_eq!(desk.names(), [""; 0]);

    let empty = VideoWriter::create(&desk.at("out.mp4"), spec(PAL), None).unwrap();
    assert!(matches!(empty.finish(|_| ()), Err(VideoError::NoFrames)));
    assert_eq!(desk.names(), [""; 0]);
}

#[test]
fn sound_that_is_none_is_told_at_once() {
    let desk = Desk::new();
    fs::write(desk.at("in.wav"), "words").unwrap();
    let Err(error) = VideoWriter::create(&desk.at("out.mp4"), spec(PAL), Some(&desk.at("in.wav"))) else { panic!() };
    assert!(matches!(&error, VideoError::Sound(sound) if kind(sound) == "Undecodable"), "{error}");
    assert_eq!(desk.names(), ["in.wav"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_recognised() {
    let desk = Desk::new();
    std::os::unix::fs::symlink("/dev/full", desk.at("out.mp4.part")).unwrap();
    let spec = VideoSpec { width: 320, height: 240, rate: PAL };
    let mut noise = 1u32;
    let mut frame = vec![0; spec.frame_bytes()];
    let write = || -> Result<VideoSummary, VideoError> {
        let mut writer = VideoWriter::create(&desk.at("out.mp4"), spec, None)?;
        for _ in 0..100 {
            frame.fill_with(|| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 24) as u8
            });
            writer.frame(&frame)?;
        }
        writer.finish(|_| ())
    };
    let mut write = write;
    let error = write().unwrap_err();
    let full = matches!(&error, VideoError::Io(error) if error.kind() == std::io::ErrorKind::StorageFull);
    assert!(full, "{error:?}");
}

#[test]
fn damaged_videos_do_not_pass() {
    let desk = Desk::new();
    tone(&desk.at("in.wav"), 44_100, 2, 2.0);
    let spec = VideoSpec { width: 320, height: 240, rate: PAL };
    desk.write(spec, 50, Some(&desk.at("in.wav")));
    let whole = fs::read(desk.at("out.mp4")).unwrap();

    fs::write(desk.at("cut.mp4"), &whole[..whole.len() * 2 / 3]).unwrap();
    let error = verify(&desk.at("cut.mp4"), |_| ()).unwrap_err();
    assert!(matches!(error, VideoError::Verify { .. }), "{error}");

    fs::write(desk.at("words.mp4"), "words").unwrap();
    assert!(matches!(verify(&desk.at("words.mp4"), |_| ()), Err(VideoError::Verify { .. })));
    assert!(matches!(verify(&desk.at("in.wav"), |_| ()), Err(VideoError::Verify { .. })));
    assert!(matches!(verify(&desk.at("missing.mp4"), |_| ()), Err(VideoError::Io(_))));
}

#[test]
fn a_writer_may_be_handed_to_another_thread() {
    let desk = Desk::new();
    let mut writer = VideoWriter::create(&desk.at("out.mp4"), spec(PAL), None).unwrap();
    let written = std::thread::spawn(move || {
        writer.frame(&[0; 9216])?;
        writer.finish(|_| ())
    });
    assert_eq!(written.join().unwrap().unwrap().frames, 1);
}

#[test]
fn rates_are_kept_in_lowest_terms() {
    assert_eq!(FrameRate::new(50, 2), FrameRate { num: 25, den: 1 });
    assert_eq!(FrameRate::new(30_000, 1001).to_string(), "30000/1001");
    assert_eq!(FrameRate::new(25, 1).to_string(), "25");
    assert_eq!(FrameRate::new(30_000, 1001).seconds(30_000), 1001.0);
}
