//! Tones in every form that people send, and files that are no sound at all.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::fixtures::{PITCH, encoded_tone, ffmpeg, float_tone, kind, tone};
use crate::sound::file::SoundFile;

const LIMITS: SpeechLimits = SpeechLimits { max_seconds: 60.0 };

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

    fn canonical(&self, input: &Path) -> Result<Speech, SoundError> {
        canonical_speech(input, &self.at("speech.wav"), &LIMITS)
    }

    /// The error's kind and sentence, once it is sure that no output was left behind.
    fn refusal(&self, input: &Path) -> (String, String) {
        let error = self.canonical(input).unwrap_err();
        assert!(!self.at("speech.wav").exists() && !self.at("speech.wav.part").exists());
        (kind(&error), error.to_string())
    }

    fn samples(&self) -> Vec<f32> {
        let mut reader = SpeechReader::open(&self.at("speech.wav")).unwrap();
        let mut all = vec![9.0; reader.samples_total() as usize + 1];
        let read = reader.read(&mut all).unwrap();
        assert_eq!(read as u64, reader.samples_total());
        all.truncate(read);
        all
    }
}

/// The tone is still the tone: same pitch, same level, same length.
#[track_caller]
fn assert_tone(speech: &Speech, samples: &[f32], seconds: f64, tolerance: f64) {
    assert_eq!(speech.samples, samples.len() as u64);
    assert!((speech.seconds - seconds).abs() <= tolerance, "{} s, not {seconds} s", speech.seconds);
    let inner = &samples[1600..samples.len() - 1600];
    let rises = inner.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    let pitch = rises as f32 * SPEECH_RATE as f32 / inner.len() as f32;
    assert!((pitch - PITCH).abs() < 3.0, "{pitch} Hz");
    // At 440 Hz, the root mean square of -23 LUFS is -22.4 dB.
    assert!((20.0 * rms(inner).log10() + 22.4).abs() < 0.2, "level {} dB", 20.0 * rms(inner).log10());
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt()
}

#[test]
fn wav_of_any_rate_becomes_canonical() {
    let desk = Desk::new();
    for (rate, channels) in [(8_000, 1), (16_000, 1), (24_000, 1), (44_100, 2), (48_000, 6)] {
        tone(&desk.at("in.wav"), rate, channels, 1.5);
        let speech = desk.canonical(&desk.at("in.wav")).unwrap();
        if channels <= 2 {
            assert_tone(&speech, &desk.samples(), 1.5, 0.001);
        }
        assert_eq!((speech.facts.sample_rate, speech.facts.channels), (rate, channels));
        assert_eq!((speech.facts.codec.as_str(), speech.facts.container.as_str()), ("pcm_s16le", "wav"));
        assert_eq!(speech.facts.seconds, 1.5);
        assert!((speech.seconds - 1.5).abs() < 0.001, "{speech:?}");
    }
    float_tone(&desk.at("float.wav"), 32_000, 1.5);
    assert_tone(&desk.canonical(&desk.at("float.wav")).unwrap(), &desk.samples(), 1.5, 0.001);
}

#[test]
fn compressed_sound_becomes_canonical() {
    let desk = Desk::new();
    for (name, codec, container) in [
        ("tone.mp3", "mp3", "mp3"),
        ("tone.ogg", "vorbis", "ogg"),
        ("tone.m4a", "aac", "mp4"),
        ("tone.flac", "flac", "flac"),
        ("tone.opus", "opus", "ogg"),
        ("tone.aac", "aac", "aac"),
    ] {
        let path = encoded_tone(desk.folder.path(), name, 2.0);
        let speech = desk.canonical(&path).unwrap();
        assert_tone(&speech, &desk.samples(), 2.0, 0.07);
        assert_eq!((speech.facts.codec.as_str(), speech.facts.container.as_str()), (codec, container));
        let mut decoded = SoundFile::open(&path).unwrap();
        while decoded.next_frame().unwrap().is_some() {}
        assert_eq!(decoded.facts(), speech.facts);
    }
}

#[test]
fn the_sound_of_a_video_is_taken_and_names_do_not_matter() {
    let desk = Desk::new();
    tone(&desk.at("in.wav"), 44_100, 1, 1.0);
    let (sound, video) = (desk.at("in.wav"), desk.at("clip.mp4"));
    ffmpeg(&["-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-i", sound.to_str().unwrap(), video.to_str().unwrap()]);
    fs::rename(&video, desk.at("clip.txt")).unwrap();
    assert_tone(&desk.canonical(&desk.at("clip.txt")).unwrap(), &desk.samples(), 1.0, 0.07);
}

#[test]
fn files_without_sound_are_refused() {
    let desk = Desk::new();
    fs::write(desk.at("empty"), "").unwrap();
    assert_eq!(desk.refusal(&desk.at("empty")).0, "Empty");

    fs::write(desk.at("text.wav"), "1\n00:00:01,000 --> 00:00:02,000\nHello\n").unwrap();
    let (kind, sentence) = desk.refusal(&desk.at("text.wav"));
    assert_eq!(kind, "Undecodable");
    assert!(sentence.contains("a text file"), "{sentence}");

    tone(&desk.at("silent.wav"), 16_000, 1, 0.0);
    assert_eq!(desk.refusal(&desk.at("silent.wav")).0, "NoSound");

    ffmpeg(&["-f", "lavfi", "-i", "testsrc=s=64x64:d=1", desk.at("mute.mp4").to_str().unwrap()]);
    let (kind, sentence) = desk.refusal(&desk.at("mute.mp4"));
    assert_eq!(kind, "NoSound");
    assert!(sentence.contains("an MP4 video"), "{sentence}");

    crate::picture::save_png(&image::RgbImage::new(64, 64), &desk.at("picture.png")).unwrap();
    assert_eq!(desk.refusal(&desk.at("picture.png")).0, "NoSound");

    assert_eq!(desk.refusal(&desk.at("missing.wav")).0, "Io");
    assert_eq!(desk.refusal(desk.folder.path()).0, "Io");
}

#[test]
fn a_playlist_cannot_reach_other_files() {
    let desk = Desk::new();
    tone(&desk.at("secret.wav"), 16_000, 1, 1.0);
    let secret = desk.at("secret.wav");
    let concat = format!("ffconcat version 1.0\nfile '{}'\n", secret.display());
    let hls = format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n", secret.display());
    for playlist in [concat, hls] {
        fs::write(desk.at("list"), &playlist).unwrap();
        let (kind, sentence) = desk.refusal(&desk.at("list"));
        assert_eq!(kind, "Undecodable", "{sentence} {playlist}");
    }
}

#[test]
fn damaged_files_give_what_is_left_of_them() {
    let desk = Desk::new();
    tone(&desk.at("whole.wav"), 16_000, 1, 2.0);
    let whole = fs::read(desk.at("whole.wav")).unwrap();
    fs::write(desk.at("cut.wav"), &whole[..whole.len() / 2]).unwrap();
    assert_tone(&desk.canonical(&desk.at("cut.wav")).unwrap(), &desk.samples(), 1.0, 0.01);

    let mp3 = encoded_tone(desk.folder.path(), "tone.mp3", 4.0);
    let mut bytes = fs::read(&mp3).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 3000].fill(0x5a);
    fs::write(&mp3, bytes).unwrap();
    let speech = desk.canonical(&mp3).unwrap();
    assert!((3.0..4.2).contains(&speech.seconds), "{speech:?}");
}

#[test]
fn noise_is_not_sound() {
    let desk = Desk::new();
    let mut noise = 1u32;
    let garbage: Vec<u8> = (0..20_000)
        .map(|_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        })
        .collect();
    fs::write(desk.at("garbage.mp3"), garbage).unwrap();
    assert_eq!(desk.refusal(&desk.at("garbage.mp3")).0, "Undecodable");
}

#[test]
fn length_is_counted_and_not_believed() {
    let desk = Desk::new();
    tone(&desk.at("in.wav"), 16_000, 1, 3.0);
    let tight = SpeechLimits { max_seconds: 2.0 };
    let error = canonical_speech(&desk.at("in.wav"), &desk.at("speech.wav"), &tight).unwrap_err();
    assert_eq!(kind(&error), "TooLong");
    assert!(!desk.at("speech.wav").exists() && !desk.at("speech.wav.part").exists());

    // The header now claims one second.
    let mut bytes = fs::read(desk.at("in.wav")).unwrap();
    let data = bytes.windows(4).position(|four| four == b"data").unwrap();
    bytes[data + 4..data + 8].copy_from_slice(&32_000u32.to_le_bytes());
    fs::write(desk.at("in.wav"), bytes).unwrap();
    assert!((desk.canonical(&desk.at("in.wav")).unwrap().seconds - 1.0).abs() < 0.001);
    let exact = SpeechLimits { max_seconds: 1.0 };
    canonical_speech(&desk.at("in.wav"), &desk.at("speech.wav"), &exact).unwrap();
}

#[test]
fn what_decoding_costs_is_bounded_by_what_the_file_says_and_by_what_it_does() {
    let desk = Desk::new();
    let sound = desk.at("in.flac");
    let silence = "anullsrc=r=384000:cl=7.1";
    ffmpeg(&["-f", "lavfi", "-i", silence, "-t", "4", "-sample_fmt", "s16", sound.to_str().unwrap()]);
    let short = SpeechLimits { max_seconds: 10.0 };
    let refused = |limits: &SpeechLimits| {
        let error = canonical_speech(&sound, &desk.at("speech.wav"), limits).unwrap_err();
        assert!(!desk.at("speech.wav").exists() && !desk.at("speech.wav.part").exists());
        kind(&error)
    };
    assert!(fs::metadata(&sound).unwrap().len() < 20_000);
    assert_eq!(refused(&short), "TooDense");
    // FLAC says in 36 bits how many samples there are, or 0 if its encoder did not know.
    let mut bytes = fs::read(&sound).unwrap();
    bytes[21] &= 0xf0;
    bytes[22..26].fill(0);
    fs::write(&sound, bytes).unwrap();
    assert_eq!(refused(&short), "TooDense", "it is decoded, but not to its end");
    canonical_speech(&sound, &desk.at("speech.wav"), &LIMITS).unwrap();
}

#[test]
fn the_reader_gives_blocks_and_refuses_what_is_not_canonical() {
    let desk = Desk::new();
    float_tone(&desk.at("in.wav"), SPEECH_RATE, 0.1);
    let mut reader = SpeechReader::open(&desk.at("in.wav")).unwrap();
    assert_eq!(reader.samples_total(), 1600);
    let (mut whole, mut block) = (Vec::new(), [0.0; 640]);
    for expected in [640, 640, 320, 0] {
        let read = reader.read(&mut block).unwrap();
        assert_eq!(read, expected);
        whole.extend_from_slice(&block[..read]);
    }
    let sine = WavReader::open(desk.at("in.wav")).unwrap().samples().map(Result::unwrap).collect::<Vec<f32>>();
    assert_eq!(whole, sine);

    tone(&desk.at("other.wav"), 44_100, 2, 0.1);
    let Err(error) = SpeechReader::open(&desk.at("other.wav")) else { panic!("44.1 kHz stereo is not canonical") };
    assert!(error.to_string().contains("44100 Hz, 2 channel(s), 16-bit integer"), "{error}");
}

mod level;
