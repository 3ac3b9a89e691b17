//! Makes the pictures of the puppet's documentation out of a painted portrait and babble:
//! `cargo run --release -p engine-puppet --example pictures -- docs/images`.

use std::error::Error;
use std::path::PathBuf;

use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::speech::{self, BabbleSpec};
use engine_api::testing::RecordingHost;
use engine_api::{Engine, EngineError, RenderJob, Setup};
use engine_puppet::{Crop, Emotion, Params, Puppet};
use image::RgbImage;
use image::imageops::{self, FilterType};

/// Frames on the strip, and how many frames of the video lie between two of them.
const STRIP: usize = 8;
const EVERY: usize = 4;
/// Side of each picture on a sheet; videos are twice as large and shown at half size.
const SIDE: u32 = 196;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name the folder that the pictures go to")?);
    let studio = Studio::new()?;

    let talk = Params {
        crop: Crop::HeadAndShoulders,
        width: Some(2 * SIDE),
        height: Some(2 * SIDE),
        blink_rate: 50.0,
        ..Params::default()
    };
    let frames = studio.film(talk.clone())?;
    let strip: Vec<RgbImage> = frames.into_iter().skip(20).step_by(EVERY).take(STRIP).collect();
    sheet(&strip, STRIP).save(folder.join("puppet-talking.png"))?;

    let look = |emotion| {
        let still = Params { emotion, mouth_gain: 0.0, head_motion: 0.0, blink_rate: 0.0, ..talk.clone() };
        studio.film(still).map(|mut frames| frames.swap_remove(frames.len() / 2))
    };
    let looks: Vec<RgbImage> = Emotion::ALL.into_iter().map(look).collect::<Result<_, _>>()?;
    sheet(&looks, 4).save(folder.join("puppet-emotions.png"))?;
    Ok(())
}

/// One portrait, one recording, and a puppet.
struct Studio {
    folder: tempfile::TempDir,
    portrait: PathBuf,
    speech: PathBuf,
}

impl Studio {
    fn new() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let (portrait, speech) = (folder.path().join("portrait.png"), folder.path().join("speech.wav"));
        portrait::render(&PortraitSpec::default()).save(&portrait)?;
        let babble = speech::babble(&BabbleSpec { seconds: 4.0, seed: 1 });
        speech::write_canonical(&speech, &babble.samples)?;
        Ok(Self { folder, portrait, speech })
    }

    fn film(&self, params: Params) -> Result<Vec<RgbImage>, EngineError> {
        let job = RenderJob {
            id: "pictures".into(),
            portrait: Some(self.portrait.clone()),
            face: None,
            speech: Some(self.speech.clone()),
            source_video: None,
            work_dir: self.folder.path().to_owned(),
            params,
        };
        let mut pictures = Vec::new();
        let mut host = RecordingHost::new().on_frame(|frame| {
            let picture = RgbImage::from_raw(frame.format.width, frame.format.height, frame.rgb.to_vec());
            pictures.push(picture.expect("a frame fills the format that began the video"));
            Ok(())
        });
        Puppet::load(&Setup::default(), &mut host)?.render(&job, &mut host)?;
        drop(host);
        Ok(pictures)
    }
}

/// Pictures side by side, so many in a row.
fn sheet(pictures: &[RgbImage], across: usize) -> RgbImage {
    let mut sheet = RgbImage::new(SIDE * across as u32, SIDE * pictures.len().div_ceil(across) as u32);
    for (index, picture) in pictures.iter().enumerate() {
        let small = imageops::resize(picture, SIDE, SIDE, FilterType::Triangle);
        let (column, row) = ((index % across) as i64, (index / across) as i64);
        imageops::replace(&mut sheet, &small, i64::from(SIDE) * column, i64::from(SIDE) * row);
    }
    sheet
}
