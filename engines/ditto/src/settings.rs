//! The settings of a run, and the one merge of what a client, a configuration and the code say of them.

pub mod character;
pub mod config_file;
pub mod error;
mod facts;
mod prediction;
mod stitching;
mod values;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};

use serde::Deserialize;

use crate::face::framing::{FRAMING, Framing};
use crate::motion::condition::{EmotionRow, emotion_row};
use crate::motion::part::{Gains, Part};
use crate::motion::windows::Bounds;
use crate::motion::{Points, VECTOR};
use crate::stitch::blink::Blinks;
use crate::stitch::control::Control;
use crate::stitch::fade::Fade;
use character::Character;
use error::SettingError;

/// Frames of a day at 25 per second, the most that a length may be.
const MOST_FRAMES: usize = 25 * 86_400;

/// Makes [`Settings`], the same settings as one party gives them ([`Partial`]), and the merge of these, out of one table:
/// text, how a configuration writes the setting, name, type, the code's value, and the range of numbers.
macro_rules! settings {
    ($(
        $(#[doc = $text:literal])+
        $(#[serde($($form:tt)+)])+
        $name:ident: $type:ty = $default:expr $(, within $range:expr)?;
    )+) => {
        /// The settings of a run. Names are those of the configuration.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Settings {
            $( $(#[doc = $text])+ pub $name: $type, )+
        }

        /// What a client or a configuration says of the settings; what is none is left to others.
        #[derive(Debug, Clone, PartialEq, Default, Deserialize)]
        #[serde(default, deny_unknown_fields, expecting = "a mapping of settings")]
        pub struct Partial {
            $( $(#[doc = $text])+ $(#[serde($($form)+)])+ pub $name: Option<$type>, )+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $( $name: $default, )+ }
            }
        }

        impl Settings {
            fn apply(&mut self, given: &Partial) {
                $( if let Some(value) = &given.$name {
                    self.$name.clone_from(value);
                } )+
            }

            fn check_ranges(&self) -> Result<(), SettingError> {
                $( $( within(stringify!($name), self.$name, $range)?; )? )+
                Ok(())
            }
        }
    };
}

settings! {
    /// Longest side of the source in pixels, 1 to 16384; none is no limit. Default 1920.
    #[serde(deserialize_with = "values::positive")]
    max_size: Option<usize> = Some(1920), within 1..=16_384;

    /// Frames of a source video that are used; none is as many as `n_d`, or all. Default none.
    #[serde(deserialize_with = "values::positive")]
    template_n_frames: Option<usize> = None, within 1..=MOST_FRAMES;

    /// Size of the crop as a multiple of the face, 0.5 to 10. Default 2.3.
    #[serde(deserialize_with = "values::given")]
    crop_scale: f64 = 2.3, within 0.5..=10.0;

    /// How far the crop is moved right, in its own width, −1 to 1; without effect unless `corrected`. Default 0.
    #[serde(deserialize_with = "values::given")]
    crop_vx_ratio: f64 = 0.0, within -1.0..=1.0;

    /// How far the crop is moved down, in its own height, −1 to 1. Default −0.125.
    #[serde(deserialize_with = "values::given")]
    crop_vy_ratio: f64 = -0.125, within -1.0..=1.0;

    /// Turn the crop so that the face stands upright. Default true.
    #[serde(deserialize_with = "values::given")]
    crop_flag_do_rot: bool = true;

    /// Frames of the running mean over the records of a source video, 0 to 1000; up to 1 none. Default 13.
    #[serde(deserialize_with = "values::given")]
    smo_k_s: usize = 13, within 0..=1000;

    /// Shares of the emotions by frame, at least one row. Default label 4, neutral.
    #[serde(deserialize_with = "values::emotions")]
    emo: Vec<EmotionRow> = vec![emotion_row(&[4])];

    /// The eyes of a source video are always those of its first frame. Default false.
    #[serde(deserialize_with = "values::given")]
    eye_f0_mode: bool = false;

    /// The reference character; none is the source itself. Default none.
    #[serde(deserialize_with = "values::given")]
    ch_info: Option<Character> = None;

    /// Frames by which windows of motion overlap, 1 to 79. Default 10.
    #[serde(deserialize_with = "values::given")]
    overlap_v2: usize = 10, within 1..=79;

    /// Every how many windows the condition frame goes back to the source; 0 never. Default 0.
    #[serde(deserialize_with = "values::given")]
    fix_kp_cond: usize = 0;

    /// Numbers of the condition frame that stay predicted even then, within 0 to 265. Default none.
    #[serde(deserialize_with = "values::dimensions")]
    fix_kp_cond_dim: Option<Range<usize>> = None;

    /// Steps of the sampler, 1 to 1000. Default 50.
    #[serde(deserialize_with = "values::given")]
    sampling_timesteps: usize = 50, within 1..=1000;

    /// Streaming: warm-up and a cross-fade no longer than a step. Default false.
    #[serde(deserialize_with = "values::given")]
    online_mode: bool = false;

    /// Bounds of motion vectors. Default none.
    #[serde(deserialize_with = "values::bounds")]
    v_min_max_for_clip: Option<Bounds> = None;

    /// Frames of the running mean over predicted poses, 0 to 1000; up to 1 none. Default 3.
    #[serde(deserialize_with = "values::given")]
    smo_k_d: usize = 3, within 0..=1000;

    /// Frames of the output, if known. Default none.
    #[serde(rename = "N_d", deserialize_with = "values::positive")]
    n_d: Option<usize> = None, within 1..=MOST_FRAMES;

    /// Driven parts with their gains; none depends on the source. Default none.
    #[serde(deserialize_with = "values::driven")]
    use_d_keys: Option<Gains> = None;

    /// Motion counts from the first predicted frame. Default true.
    #[serde(deserialize_with = "values::given")]
    relative_d: bool = true;

    /// The eyes are driven; none is those of a photo. Default none.
    #[serde(deserialize_with = "values::given")]
    drive_eye: Option<bool> = None;

    /// Expression offsets of a blink, at least one; none is no blinks. Default none.
    #[serde(deserialize_with = "values::offsets")]
    delta_eye_arr: Option<Vec<Points>> = None;

    /// When eyes blink: −1 never, 0 by chance, else gaps in frames. Default by chance.
    #[serde(deserialize_with = "values::given")]
    delta_eye_open_n: Blinks = Blinks::Random;

    /// What fades lead to: "" nothing, "d0" the first frame, "s" the source. Default "".
    #[serde(deserialize_with = "values::given")]
    fade_type: Fade = Fade::Off;

    /// What fades change. Default the expression.
    #[serde(deserialize_with = "values::parts")]
    fade_out_keys: Vec<Part> = vec![Part::Exp];

    /// Use the stitching network. Default true.
    #[serde(deserialize_with = "values::given")]
    flag_stitching: bool = true;

    /// Control by frame. Default none.
    #[serde(deserialize_with = "values::control_by_frame")]
    ctrl_info: HashMap<usize, Control> = HashMap::new();

    /// Control of all frames. Default none.
    #[serde(deserialize_with = "values::control")]
    overall_ctrl_info: Control = Control::default();

    /// Does right what the reference does wrong; no setting of a configuration. Default false.
    #[serde(skip)]
    corrected: bool = false;
}

impl Settings {
    /// Merges what several parties say: later ones win, and what none of them says has its default.
    ///
    /// # Errors
    /// For a value out of its range; the error names the setting.
    pub fn merge(layers: &[&Partial]) -> Result<Self, SettingError> {
        let mut settings = Self::default();
        layers.iter().for_each(|layer| settings.apply(layer));
        settings.check_ranges()?;
        match &settings.fix_kp_cond_dim {
            Some(kept) if kept.start > kept.end || kept.end > VECTOR => {
                let reason = format!("it is no pair of ascending numbers up to {VECTOR}");
                Err(SettingError::new("fix_kp_cond_dim", reason))
            }
            _ => Ok(settings),
        }
    }

    /// How the square around the face lies.
    #[must_use]
    pub fn framing(&self) -> Framing {
        Framing {
            scale: self.crop_scale as f32,
            down: self.crop_vy_ratio as f32,
            // The reference takes it and does not hand it on (`core/atomic_components/source2info.py`, e9191cf).
            right: if self.corrected { self.crop_vx_ratio as f32 } else { 0.0 },
            upright: self.crop_flag_do_rot,
            ..FRAMING
        }
    }
}

/// Whether a number, if there is one, lies in a range.
fn within<T>(name: &str, number: impl Into<Option<T>>, range: RangeInclusive<T>) -> Result<(), SettingError>
where
    T: PartialOrd + Display,
{
    match number.into() {
        Some(number) if !range.contains(&number) => {
            let reason = format!("{number} is not from {} to {}", range.start(), range.end());
            Err(SettingError::new(name, reason))
        }
        _ => Ok(()),
    }
}
