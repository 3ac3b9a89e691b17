//! The light of pictures with a high dynamic range or a wide gamut, as BT.709 shows it.

use std::array;
use std::sync::OnceLock;

use ffmpeg_next::{color, frame};

use crate::high_range::{PEAK, SYSTEM_GAMMA, WHITE, hlg_scene, pq, rolled_off};

/// How screens of standard dynamic range show their signal (ITU-R BT.1886).
const GAMMA: f64 = 2.4;
/// What luminance is made of in the primaries of BT.2020.
const LUMINANCE: [f32; 3] = [0.2627, 0.6780, 0.0593];
/// Steps of a table: between two of them, each curve is a line.
const STEPS: usize = 1024;

/// How the signal of a kind of pictures becomes the signal of BT.709 that shows the same, or what comes nearest to it. What
/// takes a dozen powers a pixel takes eight look-ups.
pub(super) struct Light {
    /// Of a part of the signal: its light, with the brightest as 1.
    light: Table,
    /// Of the square root of the luminance: what a screen makes of the light of a scene.
    system: Option<Table>,
    /// Of the square root of the brightest part's light: what all of it is dimmed by, so that the hue stays.
    gain: Table,
    /// Light in the picture's primaries as light in those of BT.709.
    mix: [[f32; 3]; 3],
    /// Of the square root of light: its signal, from 0 to 255.
    signal: Table,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transfer {
    Standard,
    /// What phones record.
    Hlg,
    /// What films have.
    Pq,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gamut {
    Bt709,
    Bt2020,
    P3,
}

impl Light {
    /// Of a picture, if it is other than BT.709. High dynamic range that names no primaries has those of BT.2020.
    pub(super) fn of(picture: &frame::Video) -> Option<&'static Self> {
        static KINDS: [OnceLock<Light>; 9] = [const { OnceLock::new() }; 9];
        let transfer = match picture.color_transfer_characteristic() {
            color::TransferCharacteristic::SMPTE2084 => Transfer::Pq,
            color::TransferCharacteristic::ARIB_STD_B67 => Transfer::Hlg,
            _ => Transfer::Standard,
        };
        let gamut = match picture.color_primaries() {
            color::Primaries::BT2020 => Gamut::Bt2020,
            color::Primaries::SMPTE431 | color::Primaries::SMPTE432 => Gamut::P3,
            color::Primaries::Unspecified if transfer != Transfer::Standard => Gamut::Bt2020,
            _ => Gamut::Bt709,
        };
        let is_other = transfer != Transfer::Standard || gamut != Gamut::Bt709;
        is_other.then(|| KINDS[transfer as usize * 3 + gamut as usize].get_or_init(|| Self::new(transfer, gamut)))
    }

    fn new(transfer: Transfer, gamut: Gamut) -> Self {
        // Candelas per square metre of the brightest light.
        let (brightest, light) = match transfer {
            Transfer::Standard => (WHITE, Table::of(|part| part.powf(GAMMA))),
            Transfer::Hlg => (PEAK, Table::of(hlg_scene)),
            Transfer::Pq => (10_000.0, Table::of(|part| pq(part) / 10_000.0)),
        };
        let gain = |root: f64| match transfer {
            Transfer::Standard => 1.0,
            // In the dark it does not change, and at nothing it cannot be told.
            _ => {
                let light = root.max(1e-3).powi(2) * brightest;
                rolled_off(light) / light * brightest / WHITE
            }
        };
        Self {
            light,
            system: (transfer == Transfer::Hlg).then(|| Table::of(|root| root.powf(2.0 * (SYSTEM_GAMMA - 1.0)))),
            gain: Table::of(gain),
            mix: gamut.to_bt709(),
            signal: Table::of(|root| 255.0 * root.powf(2.0 / GAMMA)),
        }
    }

    /// The colour that shows this one, both from 0 to 255.
    pub(super) fn shown(&self, colour: [f32; 3]) -> [f32; 3] {
        let mut light = colour.map(|part| self.light.at(part / 255.0));
        if let Some(system) = &self.system {
            let gain = system.at(sum(LUMINANCE, light).sqrt());
            light = light.map(|part| part * gain);
        }
        let gain = self.gain.at(light.into_iter().fold(0.0, f32::max).sqrt());
        self.mix.map(|row| self.signal.at((sum(row, light) * gain).max(0.0).sqrt()))
    }
}

fn sum(shares: [f32; 3], parts: [f32; 3]) -> f32 {
    shares[0] * parts[0] + shares[1] * parts[1] + shares[2] * parts[2]
}

/// A curve over 0 to 1.
struct Table(Box<[f32; STEPS + 1]>);

impl Table {
    fn of(curve: impl Fn(f64) -> f64) -> Self {
        Self(Box::new(array::from_fn(|step| curve(step as f64 / STEPS as f64) as f32)))
    }

    fn at(&self, place: f32) -> f32 {
        let place = place.clamp(0.0, 1.0) * STEPS as f32;
        let step = (place as usize).min(STEPS - 1);
        let (from, to) = (self.0[step], self.0[step + 1]);
        from + (to - from) * (place - step as f32)
    }
}

impl Gamut {
    /// Linear light in these primaries as that of BT.709 (ITU-R BT.2087, SMPTE RP 177).
    fn to_bt709(self) -> [[f32; 3]; 3] {
        match self {
            Self::Bt709 => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            Self::Bt2020 => {
                [[1.66049, -0.58764, -0.07285], [-0.12455, 1.1329, -0.00835], [-0.01815, -0.10058, 1.11873]]
            }
            Self::P3 => [[1.22494, -0.22494, 0.0], [-0.04206, 1.04206, 0.0], [-0.01964, -0.07864, 1.09828]],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::high_range::to_pq;

    fn grey(light: &Light, signal: f64) -> f64 {
        let [red, green, blue] = light.shown([signal as f32 * 255.0; 3]);
        assert!((red - green).abs() < 0.02 && (green - blue).abs() < 0.02, "{red} {green} {blue}");
        f64::from(green)
    }

    #[test]
    fn both_ranges_are_rolled_off_alike_and_greys_stay_grey() {
        let [hlg, pq] = [Transfer::Hlg, Transfer::Pq].map(|transfer| Light::new(transfer, Gamut::Bt2020));
        for signal in [0.1, 0.38, 0.5, 0.75, 0.9, 1.0_f64] {
            let light = 1000.0 * hlg_scene(signal).powf(SYSTEM_GAMMA);
            let (of_hlg, of_pq) = (grey(&hlg, signal), grey(&pq, to_pq(light)));
            let exact = 255.0 * (rolled_off(light) / WHITE).powf(1.0 / GAMMA);
            assert!((of_hlg - exact).abs() < 0.2 && (of_pq - exact).abs() < 0.2, "{signal}: {of_hlg} {of_pq} {exact}");
        }
        // Black stays, and there is room above white.
        assert!(grey(&hlg, 0.0) < 0.01 && grey(&pq, 0.0) < 0.01);
        assert!((220.0..242.0).contains(&grey(&hlg, 0.75)), "{}", grey(&hlg, 0.75));
        assert!((grey(&hlg, 1.0) - 255.0).abs() < 0.1 && (grey(&pq, 1.0) - 255.0).abs() < 0.1);
        let rising: Vec<f64> = (0..=1000).map(|at| grey(&pq, f64::from(at) / 1000.0)).collect();
        assert!(rising.windows(2).all(|pair| pair[1] > pair[0] - 0.2), "{rising:?}");
    }

    #[test]
    fn a_wide_gamut_is_moved_and_not_taken_for_another() {
        // The red, green and blue of BT.709 in the other primaries' numbers.
        for (gamut, colours) in [
            (Gamut::Bt2020, [[0.6274, 0.0691, 0.0164], [0.3293, 0.9195, 0.0880], [0.0433, 0.0114, 0.8956]]),
            (Gamut::P3, [[0.8225, 0.0332, 0.0171], [0.1775, 0.9668, 0.0724], [0.0, 0.0, 0.9105]]),
        ] {
            let light = Light::new(Transfer::Standard, gamut);
            for (at, colour) in colours.into_iter().enumerate() {
                let shown = light.shown(colour.map(|part: f32| 255.0 * part.powf(1.0 / GAMMA as f32)));
                for (part, value) in shown.into_iter().enumerate() {
                    let light = (value / 255.0).powf(GAMMA as f32);
                    assert!((light - f32::from(u8::from(part == at))).abs() < 0.002, "{gamut:?} {at}: {shown:?}");
                }
            }
        }
    }
}
