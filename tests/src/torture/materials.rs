//! The files that clients send while a gateway is tortured: made once, and small, so that many jobs run.

use std::fs;
use std::path::Path;
use std::process::Command;

use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::random::Random;
use avatar_samples::speech::{self, BabbleSpec};
use tempfile::TempDir;

/// Lengths of the speeches that are rendered, in seconds: whole frames at every rate that orders ask for.
const SHORT: [f64; 3] = [0.25, 0.5, 1.0];
/// Length of the speech that is many bytes, in seconds: faults shall meet its upload.
const LARGE: f64 = 20.0;
/// Length of the sound that is few bytes and much work, in seconds: faults shall meet its decoding.
const LONG: f64 = 180.0;

/// A portrait and speeches.
#[derive(Debug)]
pub(super) struct Materials {
    pub(super) portrait: Vec<u8>,
    /// Short ones, which are to be rendered, then a large one and a long one.
    pub(super) speeches: Vec<Speech>,
    folder: TempDir,
}

/// A file of sound.
#[derive(Debug)]
pub(super) struct Speech {
    pub(super) bytes: Vec<u8>,
    pub(super) seconds: f64,
}

impl Materials {
    /// Makes them; the same for the same seed.
    pub(super) fn make(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("there is room for tests");
        let mut random = Random::new(seed, "materials");
        let photo = folder.path().join("portrait.png");
        portrait::render(&PortraitSpec::default()).save(&photo).expect("the folder can be written");
        let spoken = SHORT.into_iter().chain([LARGE]).map(|seconds| {
            let babble = speech::babble(&BabbleSpec { seconds, seed: random.below(1 << 32) });
            let file = folder.path().join("speech.wav");
            speech::write_wav(&file, &babble.samples, babble.sample_rate).expect("the folder can be written");
            Speech { bytes: fs::read(file).expect("it was written"), seconds }
        });
        let mut speeches: Vec<Speech> = spoken.collect();
        speeches.push(Speech { bytes: silence(folder.path(), LONG), seconds: LONG });
        let portrait = fs::read(photo).expect("it was written");
        Self { portrait, speeches, folder }
    }

    /// A folder for further files.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Speech that is rendered in a moment.
    pub(super) fn short_speech(&self, random: &mut Random) -> &Speech {
        &self.speeches[random.below(SHORT.len() as u64) as usize]
    }

    /// The sound that is much work to decode.
    pub(super) fn long_sound(&self) -> &Speech {
        &self.speeches[SHORT.len() + 1]
    }
}

/// Silence, a few kilobytes for every hour of it.
fn silence(folder: &Path, seconds: f64) -> Vec<u8> {
    let file = folder.join("silence.flac");
    let source = format!("anullsrc=r=48000:cl=stereo:d={seconds}");
    let made = Command::new("ffmpeg").args(["-v", "error", "-y", "-f", "lavfi", "-i", &source]).arg(&file).status();
    assert!(made.expect("FFmpeg is there").success(), "FFmpeg does not make {}", file.display());
    fs::read(file).expect("it was written")
}
