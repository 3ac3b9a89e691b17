//! Files that are damaged or lie about themselves, made by code.

use std::fs;
use std::path::Path;
use std::process::Command;

use avatar_samples::random::Random;

use crate::torture::materials::Materials;

/// A file that no client means well with.
#[derive(Debug, Clone)]
pub(super) struct Hostile {
    /// Where it is sent to: the last part of an upload's route.
    pub(super) routes: &'static str,
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Whole files of every kind that uploads take, to be damaged.
#[derive(Debug)]
pub(super) struct Originals(Vec<Hostile>);

/// Each kind of file: where it goes, its name, and how FFmpeg makes it of one second of a moving picture and of a tone.
const KINDS: [(&str, &str, &[&str]); 8] = [
    ("audio", "sound.wav", &["-map", "1:a"]),
    ("audio", "sound.flac", &["-map", "1:a"]),
    ("audio", "sound.mp3", &["-map", "1:a"]),
    ("audio", "sound.ogg", &["-map", "1:a", "-c:a", "flac"]),
    ("photos", "picture.png", &["-map", "0:v", "-frames:v", "1"]),
    ("photos", "picture.jpg", &["-map", "0:v", "-frames:v", "1"]),
    ("source-videos", "clip.mp4", &["-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-pix_fmt", "yuv420p"]),
    ("source-videos", "clip.mkv", &["-map", "0:v", "-c:v", "libx264", "-pix_fmt", "yuv420p"]),
];

impl Originals {
    /// Makes them in the materials' folder.
    ///
    /// # Panics
    /// FFmpeg does not.
    pub(super) fn make(materials: &Materials) -> Self {
        let made = KINDS.map(|(routes, name, arguments)| {
            let file = materials.folder().join(name);
            ffmpeg(arguments, &file);
            Hostile { routes, name: name.to_owned(), bytes: fs::read(file).expect("it was written") }
        });
        Self(made.into())
    }

    /// One of them, damaged as the seed says.
    pub(super) fn damaged(&self, random: &mut Random) -> Hostile {
        let mut file = self.0[random.below(self.0.len() as u64) as usize].clone();
        let length = file.bytes.len() as u64;
        match random.below(5) {
            0 => file.bytes.truncate(random.below(length) as usize),
            1 => flip(&mut file.bytes, random, length, 1),
            2 => flip(&mut file.bytes, random, length, 64),
            3 => flip(&mut file.bytes, random, 128.min(length), 4), // the header
            _ => lie(&mut file, random),
        }
        file
    }
}

fn ffmpeg(arguments: &[&str], file: &Path) {
    let picture = "testsrc=size=320x320:rate=10:duration=1";
    let sound = "sine=frequency=300:sample_rate=44100:duration=1";
    let sources = ["-v", "error", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound];
    let made = Command::new("ffmpeg").args(sources).args(arguments).arg(file).status();
    assert!(made.expect("FFmpeg is there").success(), "FFmpeg does not make {}", file.display());
}

/// Turns bits within the first bytes.
fn flip(bytes: &mut [u8], random: &mut Random, within: u64, times: u64) {
    for _ in 0..times {
        bytes[random.below(within) as usize] ^= 1 << random.below(8);
    }
}

/// Has the header promise far more than follows: huge sides, rates, channels and lengths, none at all.
fn lie(file: &mut Hostile, random: &mut Random) {
    let huge = random.choose(&[0, 1, 0x7fff_ffff, 0xffff_ffff, 0x0000_ffff, 0xffff_0000_u32]);
    // Where a header of this kind keeps a number of four bytes, and whether its first byte is the lowest.
    let places: (&[usize], bool) = match file.name.rsplit('.').next() {
        Some("wav") => (&[4, 16, 22, 24, 28, 34, 40, 74, 78], true),
        Some("flac") => (&[5, 12, 16, 18, 21, 24], false),
        Some("png") => (&[8, 16, 20, 24, 33], false),
        Some("jpg") => (&[2, 20, 158, 163, 165, 600], false),
        Some("mp4") => (&[0, 32, 36, 40], false),
        _ => (&[0, 4, 8, 16, 28, 32, 40], false),
    };
    let at = random.choose(places.0).min(file.bytes.len().saturating_sub(4));
    let number = if places.1 { huge.to_le_bytes() } else { huge.to_be_bytes() };
    file.bytes[at..at + 4].copy_from_slice(&number);
    if file.name.ends_with(".png") {
        mend_png(&mut file.bytes);
    }
}

/// Gives a PNG's header the sum that it needs to be believed.
fn mend_png(bytes: &mut [u8]) {
    let sum = crc32fast::hash(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
}
