//! Sound that was cut, damaged or joined, made by code in the formats that people send.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::file::SoundFile;
use super::{Missing, SoundError};
use crate::fixtures::{encoded_tone, ffmpeg, kind, tone};

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A tone of so many seconds in the format of the name.
    fn made(&self, name: &str, seconds: f64, options: &[&str]) -> Vec<u8> {
        let (source, path) = (self.folder.path().join("source.wav"), self.folder.path().join(name));
        tone(&source, 44_100, 1, seconds);
        ffmpeg(&[&["-i", source.to_str().unwrap()], options, &[path.to_str().unwrap()]].concat());
        fs::read(path).unwrap()
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("sent");
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Seconds decoded, and what is missing.
    fn heard(&self, bytes: &[u8]) -> Result<(f64, Missing), SoundError> {
        let mut sound = SoundFile::open(&self.file(bytes))?;
        while sound.next_frame()?.is_some() {}
        Ok((sound.seconds(), sound.missing()))
    }

    #[track_caller]
    fn assert_whole(&self, what: &str, bytes: &[u8], seconds: f64) {
        let (heard, missing) = self.heard(bytes).unwrap();
        assert!((heard - seconds).abs() < 0.15, "{what}: {heard} s, not {seconds} s");
        assert_eq!(missing, Missing::default(), "{what}");
    }
}

/// Formats and what makes them.
const FORMATS: [(&str, &[&str]); 22] = [
    ("pcm.wav", &[]),
    ("float.wav", &["-c:a", "pcm_f32le"]),
    ("mulaw.wav", &["-c:a", "pcm_mulaw", "-ar", "8000"]),
    ("adpcm.wav", &["-c:a", "adpcm_ms"]),
    ("large.wav", &["-rf64", "always"]),
    ("variable.mp3", &["-q:a", "4"]),
    ("constant.mp3", &["-b:a", "64k", "-ar", "8000"]),
    ("tagged.mp3", &["-metadata", "title=A title", "-id3v2_version", "3"]),
    ("front.m4a", &["-movflags", "+faststart"]),
    ("back.m4a", &[]),
    ("pieces.mp4", &["-movflags", "+frag_keyframe+empty_moov", "-frag_duration", "500000"]),
    ("lossless.m4a", &["-c:a", "alac", "-movflags", "+faststart"]),
    ("tone.flac", &[]),
    ("vorbis.ogg", &["-c:a", "libvorbis"]),
    ("tone.opus", &[]),
    ("tone.webm", &["-c:a", "libopus"]),
    ("tone.mka", &["-c:a", "flac"]),
    ("tone.aiff", &[]),
    ("tone.au", &[]),
    ("tone.aac", &[]),
    ("tone.wma", &[]),
    ("tone.caf", &[]),
];

#[test]
fn nothing_is_missing_of_whole_files() {
    let desk = Desk::new();
    for (name, options) in FORMATS {
        desk.assert_whole(name, &desk.made(name, 4.0, options), 4.0);
    }
}

#[test]
fn what_was_cut_off_is_told_with_both_lengths() {
    let desk = Desk::new();
    // Of the others nobody can know, or nothing can be read without their end.
    let silent = ["back.m4a", "pieces.mp4", "tone.aac", "tone.wma", "tone.caf"];
    for (name, options) in FORMATS.into_iter().filter(|(name, _)| !silent.contains(name)) {
        let whole = desk.made(name, 4.0, options);
        let (heard, missing) = desk.heard(&whole[..whole.len() * 6 / 10]).unwrap();
        assert!((0.8..3.2).contains(&heard), "{name}: {heard} s");
        match name {
            "vorbis.ogg" | "tone.opus" => assert!(missing.is_endless, "{name}: {missing:?}"),
            _ => {
                let promised = missing.promised_seconds.unwrap_or_else(|| panic!("{name}: {missing:?}"));
                assert!((promised - 4.0).abs() < 0.2, "{name}: {promised} s");
            }
        }
    }
}

#[test]
fn damage_in_the_middle_is_told() {
    let desk = Desk::new();
    for (name, options) in FORMATS {
        // Plain samples are as good as any others.
        if !["variable.mp3", "tone.flac", "vorbis.ogg", "front.m4a", "lossless.m4a"].contains(&name) {
            continue;
        }
        let mut bytes = desk.made(name, 4.0, options);
        let (middle, length) = (bytes.len() / 2, bytes.len() / 8);
        bytes[middle..middle + length].fill(0x5a);
        let (_, missing) = desk.heard(&bytes).unwrap();
        assert!(missing.promised_seconds.is_some() || missing.damaged > 0, "{name}: {missing:?}");
    }
}

#[test]
fn files_that_were_joined_are_read_to_the_end_of_the_last() {
    let desk = Desk::new();
    for (name, options) in FORMATS {
        let (one, two) = (desk.made(name, 2.0, options), desk.made(name, 3.0, options));
        desk.assert_whole(name, &[&one[..], &two, &one].concat(), 7.0);
    }
    let (wav, mp3, flac) =
        (desk.made("one.wav", 1.0, &[]), desk.made("one.mp3", 1.5, &[]), desk.made("one.flac", 2.0, &["-ar", "16000"]));
    desk.assert_whole("a WAV, an MP3, a FLAC and a WAV", &[&wav[..], &mp3, &flac, &wav].concat(), 5.5);
    let empty = desk.made("empty.wav", 0.0, &[]);
    desk.assert_whole("one without a sample between two", &[&wav[..], &empty, &wav].concat(), 2.0);
}

#[test]
fn of_joined_files_each_keeps_its_promise() {
    let desk = Desk::new();
    for name in ["one.wav", "one.mp3", "one.flac"] {
        let whole = desk.made(name, 2.0, &[]);
        let cut = &whole[..whole.len() / 2];
        for (what, joined) in [("last", [&whole[..], cut].concat()), ("first", [cut, &whole].concat())] {
            let (heard, missing) = desk.heard(&joined).unwrap();
            assert!((2.7..3.4).contains(&heard), "{name}, {what}: {heard}");
            let promised = missing.promised_seconds.unwrap_or_else(|| panic!("{name}, {what}: {missing:?}"));
            assert!((promised - 4.0).abs() < 0.2, "{name}, {what}: {promised}");
        }
    }
}

#[test]
fn a_header_that_does_not_know_the_length_promises_none() {
    let desk = Desk::new();
    for size in [0, 0x7fff_f000, 0xffff_ffff_u32] {
        let mut wav = desk.made("one.wav", 1.0, &["-bitexact"]);
        wav[40..44].copy_from_slice(&size.to_le_bytes());
        assert_eq!(&wav[36..40], b"data");
        desk.assert_whole("one", &wav, 1.0);
        desk.assert_whole("two", &[&wav[..], &wav].concat(), 2.0);
    }
}

#[test]
fn what_stands_behind_the_sound_and_is_none_is_told() {
    let desk = Desk::new();
    let mut wav = desk.made("one.wav", 2.0, &["-bitexact"]);
    desk.assert_whole("padding", &[&wav[..], &[0; 5000]].concat(), 2.0);
    let text = "this is no sound. ".repeat(50);
    assert_eq!(desk.heard(&[&wav[..], text.as_bytes()].concat()).unwrap().1.unread_bytes, text.len() as u64);
    // The header now claims half of the samples.
    let half = (wav.len() as u32 - 44) / 2;
    wav[40..44].copy_from_slice(&half.to_le_bytes());
    let (heard, missing) = desk.heard(&wav).unwrap();
    assert!((heard - 1.0).abs() < 0.01 && missing.unread_bytes.abs_diff(u64::from(half)) < 3, "{heard} {missing:?}");
}

#[test]
fn sound_within_other_formats_is_not_torn_out_of_them() {
    let desk = Desk::new();
    let path = encoded_tone(desk.folder.path(), "tone.mp3", 2.0);
    let mp3 = path.to_str().unwrap();
    for name in ["mp3.wav", "mp3.mkv", "mp3.avi", "mp3.mp4"] {
        let out = desk.folder.path().join(name);
        ffmpeg(&["-i", mp3, "-c", "copy", out.to_str().unwrap()]);
        let (heard, missing) = desk.heard(&fs::read(&out).unwrap()).unwrap();
        assert!((heard - 2.0).abs() < 0.15 && missing.unread_bytes == 0, "{name}: {heard} {missing:?}");
    }
    // A whole MP3 in the chunk of a WAV, as old recorders write it.
    let inner = fs::read(&path).unwrap();
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x12\0\0\0\x55\0\x02\0\x44\xac\0\0\x80\x3e\0\0\x01\0\0\0\0\0data".to_vec();
    wav.extend((inner.len() as u32).to_le_bytes());
    wav.extend(&inner);
    let (heard, missing) = desk.heard(&wav).unwrap();
    assert!((heard - 2.0).abs() < 0.15 && missing.unread_bytes == 0, "{heard} {missing:?}");
}

#[test]
fn more_files_than_anybody_joins_are_refused() {
    let desk = Desk::new();
    let empty = desk.made("empty.wav", 0.0, &["-bitexact"]);
    let error = desk.heard(&empty.repeat(10_001)).unwrap_err();
    assert_eq!(kind(&error), "Undecodable");
    assert!(error.to_string().contains("more than 10000 files"), "{error}");
}
