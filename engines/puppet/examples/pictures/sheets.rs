//! Contact sheets: what the puppet makes of each photograph in a folder.

use std::error::Error;
use std::fs;
use std::path::Path;

use engine_api::EngineError;
use engine_api::testing::Warning;
use engine_puppet::{Crop, Emotion, Params};
use image::RgbImage;

use crate::photographs;
use crate::sheet::sheet;
use crate::studio::{Film, Studio};

/// Pictures in a row.
const ACROSS: usize = 8;
/// Side of each; videos are twice as large and shown at half size.
const SIDE: u32 = 256;
/// Rows of talking.
const TALKING: usize = 2;
/// Frames of a blink that are shown before the eyes are shut: lids fall faster than they rise.
const CLOSING: usize = 3;
/// The share of the farthest frame's difference at which a frame is as far.
const AS_FAR: u64 = 95;

/// Draws a sheet of each photograph, and tells of it. Whether all of them could be animated.
pub(crate) fn draw(studio: &mut Studio, folder: &Path, into: &Path) -> Result<bool, Box<dyn Error>> {
    let photographs = photographs::within(folder)?;
    fs::create_dir_all(into).map_err(|error| format!("{}: {error}", into.display()))?;
    if fs::canonicalize(folder)? == fs::canonicalize(into)? {
        return Err("sheets would take the place of photographs: name another folder for them".into());
    }
    let mut whole = true;
    for photograph in photographs {
        let shown = photograph.path.display();
        match Sitting::of(studio, &photograph.path) {
            Ok(Sitting { pictures, warnings }) => {
                let path = into.join(format!("{}.png", photograph.name));
                sheet(&pictures, ACROSS, SIDE).save(&path)?;
                println!("{shown}: {}", path.display());
                warnings.iter().for_each(|Warning { code, message }| println!("   warning {code}: {message}"));
            }
            Err(error) => {
                println!("{shown}: passed over: {}", error.message);
                whole = false;
            }
        }
    }
    Ok(whole)
}

/// One photograph, in all that it is made to do.
struct Sitting {
    /// Row after row.
    pictures: Vec<RgbImage>,
    /// Each once.
    warnings: Vec<Warning>,
}

impl Sitting {
    fn of(studio: &mut Studio, photograph: &Path) -> Result<Self, EngineError> {
        let mut sitting = Self { pictures: Vec::new(), warnings: Vec::new() };
        let mut film = |params: Params| {
            let Film { pictures, warnings } = studio.film(photograph, params)?;
            for warning in warnings {
                if !sitting.warnings.contains(&warning) {
                    sitting.warnings.push(warning);
                }
            }
            Ok::<_, EngineError>(pictures)
        };
        let side = Some(2 * SIDE);
        let talking = Params { crop: Crop::HeadAndShoulders, width: side, height: side, ..Params::default() };
        let still = Params { mouth_gain: 0.0, head_motion: 0.0, blink_rate: 0.0, ..talking.clone() };
        // Brows that rise with the voice are no part of a blink.
        let blinking = Params { blink_rate: 60.0, expressiveness: 0.0, ..still.clone() };

        let mut pictures = spread(&film(talking)?, TALKING * ACROSS);
        pictures.extend(blink(&film(blinking)?));
        for emotion in Emotion::ALL {
            let mut frames = film(Params { emotion, ..still.clone() })?;
            pictures.push(frames.swap_remove(frames.len() / 2));
        }
        for seed in 0..ACROSS as u64 {
            let mut frames = film(Params { seed, head_motion: 2.0, ..still.clone() })?;
            pictures.push(frames.swap_remove(farthest(&frames)));
        }
        sitting.pictures = pictures;
        Ok(sitting)
    }
}

/// So many frames, as far apart as they can be; each frame several times where there are too few.
fn spread(frames: &[RgbImage], count: usize) -> Vec<RgbImage> {
    (0..count).map(|index| frames[(2 * index + 1) * frames.len() / (2 * count)].clone()).collect()
}

/// The frames around the first shutting of the eyes.
fn blink(frames: &[RgbImage]) -> Vec<RgbImage> {
    let begin = farthest(frames).saturating_sub(CLOSING).min(frames.len().saturating_sub(ACROSS));
    let last = frames.len() - 1;
    (begin..begin + ACROSS).map(|index| frames[index.min(last)].clone()).collect()
}

/// The first frame that differs from the first one, which is the portrait itself, as much as any.
fn farthest(frames: &[RgbImage]) -> usize {
    let differs = |frame: &RgbImage| -> u64 {
        frame.iter().zip(frames[0].iter()).map(|(one, other)| u64::from(one.abs_diff(*other))).sum()
    };
    let differences: Vec<u64> = frames.iter().map(differs).collect();
    let most = differences.iter().max().copied().unwrap_or_default();
    differences.iter().position(|&difference| 100 * difference >= AS_FAR * most).unwrap_or_default()
}
