//! How many frames a second the video writer takes, with nothing else to do.
//!
//! Run by `cargo xtask bench writer`. Every figure depends on the machine; compare figures of one run.

#![allow(clippy::print_stdout, reason = "a table for people is what a benchmark makes")]

use std::time::Instant;

use avatar_media::video::{FrameRate, VideoSpec, VideoWriter};

/// Pictures that are shown in turn: enough that the encoder has motion to work on.
const PICTURES: usize = 25;
const FRAMES: usize = 300;

fn main() {
    println!("{:12} {:>16} {:>16} {:>16}", "size", "frames/s", "times real time", "verify frames/s");
    for (width, height) in [(512, 512), (1024, 1024), (1280, 720)] {
        let spec = VideoSpec { width, height, rate: FrameRate::new(25, 1) };
        let pictures: Vec<_> = (0..PICTURES).map(|turn| picture(width, height, turn)).collect();
        let folder = tempfile::tempdir().expect("there is room for a video");
        let start = Instant::now();
        let mut writer = VideoWriter::create(&folder.path().join("video.mp4"), spec, None).expect("the size is even");
        for frame in 0..FRAMES {
            // There and back, so that no two neighbours are far apart.
            let turn = frame % (2 * PICTURES);
            writer.frame(&pictures[turn.min(2 * PICTURES - 1 - turn)]).expect("the frame fits");
        }
        let summary = writer.finish(|_| ()).expect("there are frames");
        let encoding = start.elapsed().as_secs_f64() - summary.verify_seconds;
        let rate = FRAMES as f64 / encoding;
        println!(
            "{:12} {:>16.0} {:>16.1} {:>16.0}",
            format!("{width}x{height}"),
            rate,
            rate / 25.0,
            FRAMES as f64 / summary.verify_seconds
        );
    }
}

/// A soft pattern with a disc that moves with `turn`, and grain as a camera has it.
fn picture(width: u32, height: u32, turn: usize) -> Vec<u8> {
    let centre = (f64::from(width) * (0.3 + 0.4 * turn as f64 / PICTURES as f64), f64::from(height) * 0.5);
    let mut grain = 12345_u32;
    let mut bytes = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            let distance = (f64::from(x) - centre.0).hypot(f64::from(y) - centre.1);
            let disc = if distance < f64::from(height) * 0.3 { 90 } else { 0 };
            grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (grain >> 29) as u8;
            bytes.extend([
                60 + disc + noise,
                80 + (x * 60 / width) as u8 + noise,
                70 + (y * 90 / height) as u8 + noise,
            ]);
        }
    }
    bytes
}
