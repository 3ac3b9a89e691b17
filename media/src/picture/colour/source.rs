//! What files say of their colours.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, MatrixCoefficients,
    ParsingOptions, ToneReprCurve, TransferCharacteristics,
};

use super::sample::Samples;

/// The largest profile that is heeded, in bytes. Those of printing presses have up to three million.
pub(in crate::picture) const LARGEST_PROFILE: usize = 4 << 20;

/// The curve of sRGB, as ICC has it.
const SRGB_CURVE: [f32; 5] = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045];

/// What a file says of its colours.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::picture) enum Source {
    /// An ICC profile.
    Profile(Vec<u8>),
    /// Numbers of ITU-T H.273.
    CodePoints {
        /// Table 2.
        primaries: u8,
        /// Table 3.
        transfer: u8,
    },
    /// What PNG has had from its beginning.
    Measured {
        /// The exponent that leads to light.
        gamma: Option<f32>,
        /// White, red, green and blue, as x and y.
        chromaticities: Option<[(f32, f32); 4]>,
    },
}

/// Bytes of memory that a profile of this size takes: itself, its tables for three intents, and what is made of one.
pub(in crate::picture) fn demand(profile_bytes: u64) -> u64 {
    /// Tables of the conversion itself.
    const TABLES: u64 = 3 << 20;
    if profile_bytes == 0 { 0 } else { 8 * profile_bytes.min(LARGEST_PROFILE as u64) + TABLES }
}

impl Source {
    /// The profile that it stands for; none if it is none for such samples.
    pub(super) fn profile(&self, samples: Samples) -> Option<ColorProfile> {
        match self {
            Self::Profile(bytes) => read(bytes, samples),
            Self::CodePoints { primaries, transfer } => of_code_points(*primaries, *transfer, samples),
            Self::Measured { gamma, chromaticities } => measured(*gamma, *chromaticities, samples),
        }
    }
}

/// Tags that say how samples become colours. The others are not looked at, so that they may be as broken as they like.
const TAGS: [&[u8; 4]; 11] =
    [b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"A2B0", b"A2B1", b"A2B2", b"cicp"];
/// Where the tags are counted, and how long the entry of each is.
const COUNT: std::ops::Range<usize> = 128..132;
const ENTRY: usize = 12;

fn read(bytes: &[u8], samples: Samples) -> Option<ColorProfile> {
    if bytes.len() > LARGEST_PROFILE {
        return None;
    }
    let mut bytes = bytes.to_vec();
    let count = u32::from_be_bytes(bytes.get(COUNT)?.try_into().ok()?) as usize;
    for entry in bytes[COUNT.end..].chunks_exact_mut(ENTRY).take(count) {
        if !TAGS.iter().any(|tag| entry.starts_with(*tag)) {
            entry[..4].fill(0);
        }
    }
    let options = ParsingOptions {
        max_profile_size: LARGEST_PROFILE + 1,
        max_allowed_clut_size: LARGEST_PROFILE,
        ..ParsingOptions::default()
    };
    let profile = ColorProfile::new_from_slice_with_options(&bytes, options).ok()?;
    let space = match samples {
        Samples::Grey => DataColorSpace::Gray,
        Samples::Rgb => DataColorSpace::Rgb,
        Samples::Cmyk => DataColorSpace::Cmyk,
    };
    (profile.color_space == space).then_some(profile)
}

fn of_code_points(primaries: u8, transfer: u8, samples: Samples) -> Option<ColorProfile> {
    const UNSPECIFIED: u8 = 2;
    let primaries = if primaries == UNSPECIFIED { 1 } else { primaries };
    let transfer_characteristics = match TransferCharacteristics::try_from(transfer).ok()? {
        // Nobody shows pictures, or video, by the inverse of the camera's curve.
        TransferCharacteristics::Unspecified
        | TransferCharacteristics::Bt709
        | TransferCharacteristics::Bt601
        | TransferCharacteristics::Bt202010bit
        | TransferCharacteristics::Bt202012bit => TransferCharacteristics::Srgb,
        other => other,
    };
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
        transfer_characteristics,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    Some(of_light(profile, samples))
}

fn measured(gamma: Option<f32>, chromaticities: Option<[(f32, f32); 4]>, samples: Samples) -> Option<ColorProfile> {
    /// What writers that mean sRGB say, because a curve cannot be said.
    const ALMOST_SRGB: f32 = 2.2;
    let curve = match gamma {
        Some(gamma) if (gamma - ALMOST_SRGB).abs() > 0.03 => {
            // Nobody means anything beyond.
            (0.2..=5.0).contains(&gamma).then(|| vec![gamma])?
        }
        _ => SRGB_CURVE.to_vec(),
    };
    let mut profile = ColorProfile::new_srgb();
    if let Some([white, red, green, blue]) = chromaticities {
        let [white, red, green, blue] = [white, red, green, blue].map(|(x, y)| Chromaticity::new(x, y));
        profile.update_rgb_colorimetry(white.to_xyyb(), ColorPrimaries { red, green, blue });
    }
    profile.cicp = None;
    let curve = Some(ToneReprCurve::Parametric(curve));
    (profile.red_trc, profile.green_trc, profile.blue_trc) = (curve.clone(), curve.clone(), curve);
    Some(of_light(profile, samples))
}

/// The same for grey samples, which have the curve alone.
fn of_light(profile: ColorProfile, samples: Samples) -> ColorProfile {
    if samples != Samples::Grey {
        return profile;
    }
    let mut grey = ColorProfile::new_gray_with_gamma(1.0);
    (grey.gray_trc, grey.cicp) = (profile.red_trc, profile.cicp);
    grey
}
