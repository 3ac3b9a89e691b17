//! What photographs show and painted faces mostly do not: teeth, open mouths, strong brows and glasses. Each is tried with what
//! the engine sees by itself and, where `REAL_WEIGHTS` names a folder with them, with the networks of the face mesh.

#![allow(clippy::unwrap_used)] // a failure here is a failed test

use std::path::{Path, PathBuf};

use avatar_prerequisites::real_weights;
use avatar_samples::portrait::{self, Area, Landmarks, MouthLook, PortraitSpec};
use avatar_samples::speech::{self, BabbleSpec};
use engine_api::testing::RecordingHost;
use engine_api::{Engine, RenderJob, Setup, Speech};
use engine_puppet::{Params, Puppet};
use image::RgbImage;

/// Frames of a portrait, and the warnings that came with them.
struct Film {
    frames: Vec<RgbImage>,
    warned: Vec<String>,
}

/// The portrait of a spec, saying this.
fn film(spec: &PortraitSpec, samples: &[f32], params: Params, weights: Option<&Path>) -> Film {
    let folder = tempfile::tempdir().unwrap();
    let (portrait, speech) = (folder.path().join("portrait.png"), folder.path().join("speech.wav"));
    portrait::render(spec).save(&portrait).unwrap();
    speech::write_canonical(&speech, samples).unwrap();
    let job = RenderJob {
        id: "test".into(),
        portrait: Some(portrait),
        face: None,
        speech: Some(Speech::File(speech)),
        source_video: None,
        work_dir: folder.path().to_owned(),
        params,
    };
    let mut host = RecordingHost::new();
    let setup = Setup { weights: weights.map(Path::to_owned), ..Setup::default() };
    Puppet::load(&setup, &mut host).unwrap().render(&job, &mut host).unwrap();
    let size = host.format.unwrap();
    let warned = host.warned().into_iter().map(str::to_owned).collect();
    let picture = |frame: &Vec<u8>| RgbImage::from_raw(size.width, size.height, frame.clone()).unwrap();
    Film { frames: host.frames.iter().map(picture).collect(), warned }
}

/// Without the mesh, and with it where it is there.
fn ways_to_see() -> Vec<Option<PathBuf>> {
    let mesh = real_weights("face_mesh.onnx").map(|file| Some(file.parent().unwrap().to_owned()));
    [None].into_iter().chain(mesh).collect()
}

fn babble() -> Vec<f32> {
    speech::babble(&BabbleSpec { seconds: 4.0, seed: 2 }).samples
}

/// Params under which nothing moves; tests switch single parts on.
fn still() -> Params {
    Params { mouth_gain: 0.0, expressiveness: 0.0, head_motion: 0.0, blink_rate: 0.0, ..Params::default() }
}

fn luma(picture: &RgbImage, x: f32, y: f32) -> f32 {
    let [r, g, b] = picture.get_pixel(x as u32, y as u32).0.map(f32::from);
    0.299 * r + 0.587 * g + 0.114 * b
}

/// How bright a point is that is as colourless as teeth are; 0 for skin and lips, which are red.
fn pale(picture: &RgbImage, x: f32, y: f32) -> f32 {
    let [red, _, blue] = picture.get_pixel(x as u32, y as u32).0.map(f32::from);
    if red - blue > 0.1 * red { 0.0 } else { blue }
}

/// The greatest and the mean difference of two pictures in an area.
fn differences(a: &RgbImage, b: &RgbImage, area: &Area) -> (f32, f32) {
    let rows = area.y as u32..(area.y + area.height) as u32;
    let places = rows.flat_map(|y| (area.x as u32..(area.x + area.width) as u32).map(move |x| (x as f32, y as f32)));
    let off: Vec<f32> = places.map(|(x, y)| (luma(a, x, y) - luma(b, x, y)).abs()).collect();
    (off.iter().copied().fold(0.0, f32::max), off.iter().sum::<f32>() / off.len() as f32)
}

#[test]
fn a_blink_leaves_the_brows_as_they_are() {
    for weights in ways_to_see() {
        for (seed, brows, glasses) in [(4, 1.0, false), (4, 2.0, false), (23, 2.0, false), (12, 1.0, true)] {
            let spec = PortraitSpec { seed, brows, glasses, ..PortraitSpec::default() };
            let params = Params { blink_rate: 60.0, fps: 10, ..still() };
            let Film { frames, warned } = film(&spec, &[0.0; 64_000], params, weights.as_deref());
            if warned.contains(&"eyes_unsure".to_owned()) {
                assert!(glasses && frames.iter().all(|frame| *frame == frames[0]), "seed {seed}: {warned:?}");
                continue;
            }
            let Landmarks { brows, lids, .. } = spec.landmarks();
            let eye = Area { x: lids[0][0].x - 4.0, y: lids[0][0].y, width: 8.0, height: lids[0][1].y - lids[0][0].y };
            let shut = frames.iter().map(|frame| differences(&frames[0], frame, &eye).1).fold(0.0, f32::max);
            assert!(shut > 20.0, "seed {seed}: the eyes must blink: {shut:.1}");
            for (frame, area) in frames.iter().flat_map(|frame| brows.iter().map(move |area| (frame, area))) {
                let (most, mean) = differences(&frames[0], frame, area);
                assert!(
                    mean < 1.0 && most < 64.0,
                    "seed {seed}: a blink changes a brow by {mean:.2}, {most:.0} at most"
                );
            }
        }
    }
}

/// How many times one goes from lip to teeth on the way down through the mouth.
fn rows_of_teeth(frame: &RgbImage, marks: &Landmarks, least: f32) -> usize {
    let (top, bottom) = (marks.lips.upper[4], marks.lips.lower[4]);
    let gap = bottom.y - top.y;
    let steps = (0..120).map(|step| top.y - gap + 0.04 * gap * step as f32);
    let bright: Vec<bool> = steps.map(|y| pale(frame, top.x + 2.0, y) > least).collect();
    usize::from(bright[0]) + bright.windows(2).filter(|pair| !pair[0] && pair[1]).count()
}

#[test]
fn teeth_that_the_portrait_shows_are_never_doubled() {
    for weights in ways_to_see() {
        // The mesh, which knows photographs, takes some painted smiles for closed lips.
        let seeds: &[u64] = if weights.is_some() { &[12] } else { &[4, 8, 12] };
        for &seed in seeds {
            let spec = PortraitSpec { seed, mouth: MouthLook::Smile, ..PortraitSpec::default() };
            let marks = spec.landmarks();
            let params = Params { mouth_gain: 1.0, ..still() };
            let Film { frames, warned } = film(&spec, &babble(), params, weights.as_deref());
            assert_eq!(warned, [""; 0], "a smile is a face at rest");
            let middle = 0.5 * (marks.lips.upper[4].y + marks.lips.lower[4].y);
            let teeth = pale(&frames[0], marks.lips.upper[4].x + 2.0, middle);
            for (number, frame) in frames.iter().enumerate() {
                let now = pale(frame, marks.lips.upper[4].x + 2.0, middle);
                assert!(
                    (now - teeth).abs() < 40.0,
                    "seed {seed}: the teeth go with the jaw in frame {number}: {now} {teeth} {weights:?}"
                );
                let rows = rows_of_teeth(frame, &marks, 0.85 * teeth);
                assert!(rows <= 1, "seed {seed}: {rows} rows of teeth in frame {number}");
            }
            let moved = Area { x: marks.mouth.x - 20.0, y: marks.lips.lower[4].y, width: 40.0, height: 30.0 };
            let most = frames.iter().map(|frame| differences(&frames[0], frame, &moved).1).fold(0.0, f32::max);
            assert!(most > 5.0, "seed {seed}: the lower lip must move: {most:.1}");
        }
    }
}

#[test]
fn an_open_mouth_is_closed_in_silence() {
    for weights in ways_to_see() {
        for seed in [3, 8, 12, 23] {
            let spec = PortraitSpec { seed, mouth: MouthLook::Open, ..PortraitSpec::default() };
            let marks = spec.landmarks();
            let params = Params { mouth_gain: 1.0, ..still() };
            let Film { frames, warned } = film(&spec, &[0.0; 32_000], params, weights.as_deref());
            assert_eq!(warned, ["mouth_open"], "seed {seed}");
            let source = portrait::render(&spec);
            assert!(frames[0] == source && frames[frames.len() - 1] == source, "it begins and ends with the portrait");
            // What is as dark as the inside of the mouth, on the way down through its middle.
            let dark = |frame: &RgbImage| {
                let (top, bottom) = (marks.lips.upper[4], marks.lips.lower[4]);
                let least = 0.42 * luma(frame, top.x, top.y - 0.9 * (bottom.y - top.y));
                (top.y as u32..bottom.y as u32).filter(|&y| luma(frame, top.x, y as f32) < least).count()
            };
            let (open, closed) = (dark(&source), dark(&frames[frames.len() / 2]));
            assert!(open > 8 && closed * 4 < open, "seed {seed}: {closed} of {open} dark pixels are left");
        }
    }
}
