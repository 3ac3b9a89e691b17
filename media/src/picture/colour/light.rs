//! Pictures of a high dynamic range, which say how much light there is and not how much of white. White is put where
//! reports of the ITU (BT.2408) have it, and what is brighter is pressed into the little that is left below it.

use moxcms::{CmsError, ColorProfile, DataColorSpace, TransferCharacteristics, TransformExecutor};

use super::sample::{Sample, Samples};
use crate::high_range::{PEAK, SYSTEM_GAMMA, WHITE, hlg_scene, pq};

/// Up to which part of white nothing is pressed.
const KEPT: f64 = 0.7;
/// Steps of the result's curve, even in light.
const STEPS: usize = 1 << 13;

/// A conversion of such pictures to sRGB.
pub(super) struct HighRange {
    samples: Samples,
    /// Light as a part of white, for each value of a sample; of HLG, of the scene.
    light: Vec<f64>,
    /// Whether it is that of the scene.
    of_scene: bool,
    matrix: [[f64; 3]; 3],
    levels: Vec<u8>,
}

impl HighRange {
    /// For samples of type `T`. None for profiles of an ordinary range.
    pub(super) fn of<T: Sample>(profile: &ColorProfile, samples: Samples) -> Option<Self> {
        let (of_scene, light): (bool, fn(f64) -> f64) = match profile.cicp?.transfer_characteristics {
            TransferCharacteristics::Smpte2084 => (false, |signal| pq(signal) / WHITE),
            TransferCharacteristics::Hlg => (true, hlg_scene),
            _ => return None,
        };
        let light = (0..T::VALUES).map(|value| light(value as f64 / (T::VALUES - 1) as f64)).collect();
        let matrix = match profile.color_space {
            DataColorSpace::Rgb => profile.transform_matrix(&ColorProfile::new_srgb()).v,
            _ => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        };
        let levels = (0..=STEPS).map(|step| srgb(step as f64 / STEPS as f64)).collect();
        Some(Self { samples, light, of_scene, matrix, levels })
    }

    fn convert(&self, mut light: [f64; 3]) -> [u8; 3] {
        if self.of_scene {
            let whole = 0.2627 * light[0] + 0.678 * light[1] + 0.0593 * light[2];
            let shown = PEAK / WHITE * whole.powf(SYSTEM_GAMMA - 1.0);
            light = light.map(|channel| channel * shown);
        }
        let light = self.matrix.map(|row| row.iter().zip(light).map(|(factor, channel)| factor * channel).sum::<f64>());
        let most = light.iter().fold(0.0, |most: f64, channel| most.max(*channel));
        let factor = if most > KEPT { pressed(most) / most } else { 1.0 };
        light.map(|channel| self.levels[((channel * factor).clamp(0.0, 1.0) * STEPS as f64).round() as usize])
    }
}

impl<T: Sample> TransformExecutor<T> for HighRange {
    fn transform(&self, pixels: &[T], converted: &mut [T]) -> Result<(), CmsError> {
        let light = |sample: T| self.light[sample.value()];
        for (pixel, out) in pixels.chunks_exact(self.samples.count()).zip(converted.as_chunks_mut::<3>().0) {
            let light = match *pixel {
                [grey] => [light(grey); 3],
                [red, green, blue, ..] => [red, green, blue].map(light),
                _ => [0.0; 3],
            };
            *out = self.convert(light).map(T::of_level);
        }
        Ok(())
    }
}

/// What is left of light that is brighter than what is kept, as a part of white.
fn pressed(light: f64) -> f64 {
    let room = 1.0 - KEPT;
    KEPT + room * (1.0 - (-(light - KEPT) / room).exp())
}

/// The level of sRGB for light as a part of white.
fn srgb(light: f64) -> u8 {
    let signal = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (255.0 * signal).round() as u8
}
