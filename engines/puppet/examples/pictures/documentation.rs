//! The pictures of the documentation, out of painted portraits and babble.

use std::error::Error;
use std::path::{Path, PathBuf};

use avatar_samples::portrait::{self, MouthLook, PortraitSpec};
use engine_puppet::{Crop, Emotion, Params};
use image::RgbImage;

use crate::sheet::sheet;
use crate::studio::Studio;

/// Frames on a strip, and how many frames of the video lie between two of them.
const STRIP: usize = 8;
const EVERY: usize = 4;
/// Side of each picture on a sheet; videos are twice as large and shown at half size.
const SIDE: u32 = 196;

/// Draws them all into a folder.
pub(crate) fn draw(studio: &mut Studio, folder: &Path) -> Result<(), Box<dyn Error>> {
    let usual = painted(studio, &PortraitSpec::default())?;
    sheet(&talking(studio, &usual, 20)?, STRIP, SIDE).save(folder.join("puppet-talking.png"))?;

    let mut looks = Vec::new();
    for emotion in Emotion::ALL {
        let still = Params { emotion, mouth_gain: 0.0, head_motion: 0.0, blink_rate: 0.0, ..talk() };
        let mut frames = studio.film(&usual, still)?.pictures;
        looks.push(frames.swap_remove(frames.len() / 2));
    }
    sheet(&looks, 4, SIDE).save(folder.join("puppet-emotions.png"))?;

    let mut mouths = Vec::new();
    for (seed, mouth) in [(12, MouthLook::Smile), (23, MouthLook::Open)] {
        let face = painted(studio, &PortraitSpec { seed, mouth, ..PortraitSpec::default() })?;
        mouths.extend(talking(studio, &face, 0)?);
    }
    sheet(&mouths, STRIP, SIDE).save(folder.join("puppet-mouths.png"))?;
    Ok(())
}

fn talk() -> Params {
    Params {
        crop: Crop::HeadAndShoulders,
        width: Some(2 * SIDE),
        height: Some(2 * SIDE),
        blink_rate: 50.0,
        ..Params::default()
    }
}

/// Paints a portrait, and tells where it lies.
fn painted(studio: &Studio, spec: &PortraitSpec) -> Result<PathBuf, Box<dyn Error>> {
    let path = studio.folder().join(format!("{}-{:?}.png", spec.seed, spec.mouth));
    portrait::render(spec).save(&path)?;
    Ok(path)
}

/// Frames of a face that talks, from one of the video on.
fn talking(studio: &mut Studio, portrait: &Path, from: usize) -> Result<Vec<RgbImage>, Box<dyn Error>> {
    let frames = studio.film(portrait, talk())?.pictures;
    Ok(frames.into_iter().skip(from).step_by(EVERY).take(STRIP).collect())
}
