//! The pictures of the documentation, out of a painted portrait and babble.

use std::error::Error;
use std::path::Path;

use avatar_samples::portrait::{self, PortraitSpec};
use engine_puppet::{Crop, Emotion, Params};
use image::RgbImage;

use crate::sheet::sheet;
use crate::studio::Studio;

/// Frames on the strip, and how many frames of the video lie between two of them.
const STRIP: usize = 8;
const EVERY: usize = 4;
/// Side of each picture on a sheet; videos are twice as large and shown at half size.
const SIDE: u32 = 196;

/// Draws both into a folder.
pub(crate) fn draw(studio: &mut Studio, folder: &Path) -> Result<(), Box<dyn Error>> {
    let portrait = studio.folder().join("portrait.png");
    portrait::render(&PortraitSpec::default()).save(&portrait)?;

    let talk = Params {
        crop: Crop::HeadAndShoulders,
        width: Some(2 * SIDE),
        height: Some(2 * SIDE),
        blink_rate: 50.0,
        ..Params::default()
    };
    let frames = studio.film(&portrait, talk.clone())?.pictures;
    let strip: Vec<RgbImage> = frames.into_iter().skip(20).step_by(EVERY).take(STRIP).collect();
    sheet(&strip, STRIP, SIDE).save(folder.join("puppet-talking.png"))?;

    let mut looks = Vec::new();
    for emotion in Emotion::ALL {
        let still = Params { emotion, mouth_gain: 0.0, head_motion: 0.0, blink_rate: 0.0, ..talk.clone() };
        let mut frames = studio.film(&portrait, still)?.pictures;
        looks.push(frames.swap_remove(frames.len() / 2));
    }
    sheet(&looks, 4, SIDE).save(folder.join("puppet-emotions.png"))?;
    Ok(())
}
