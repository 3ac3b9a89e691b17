//! The settings of a run: a caller's values over those of the configuration over those of the code.

pub mod character;
pub mod config_file;
mod facts;
mod prediction;
pub mod read;
mod stitching;
mod values;

use std::collections::HashMap;
use std::ops::Range;

use engine_pickle::Value;

use crate::face::framing::FRAMING;
use crate::face::framing::Framing;
use crate::motion::Part;
use crate::motion::Points;
use crate::motion::condition::EmotionRow;
use crate::motion::windows::Bounds;
use crate::stitch::blink::Blinks;
use crate::stitch::control::Control;
use crate::stitch::fade::Fade;
use character::Character;
use read::{FromValue, SettingError, typed};
use values as parse;

/// Frames of a day at 25 per second, the most that a length may be.
const MOST_FRAMES: usize = 25 * 86_400;

/// The settings of a run. Names are those of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Longest side of the source in pixels, 1 to 16384; none is no limit. Default 1920.
    pub max_size: Option<usize>,
    /// Frames of a source video that are used; none is as many as `n_d`, or all. Default none.
    pub template_n_frames: Option<usize>,
    /// Size of the crop as a multiple of the face, 0.5 to 10. Default 2.3.
    pub crop_scale: f64,
    /// How far the crop is moved right, in its own width, −1 to 1; without effect unless `corrected`. Default 0.
    pub crop_vx_ratio: f64,
    /// How far the crop is moved down, in its own height, −1 to 1. Default −0.125.
    pub crop_vy_ratio: f64,
    /// Turn the crop so that the face stands upright. Default true.
    pub crop_flag_do_rot: bool,
    /// Frames of the running mean over the records of a source video, 0 to 1000; up to 1 none. Default 13.
    pub smo_k_s: usize,
    /// Shares of the emotions by frame, at least one row. Default label 4, neutral.
    pub emo: Vec<EmotionRow>,
    /// The eyes of a source video are always those of its first frame. Default false.
    pub eye_f0_mode: bool,
    /// The reference character; none is the source itself. Default none.
    pub ch_info: Option<Character>,
    /// Frames by which windows of motion overlap, 1 to 79. Default 10.
    pub overlap_v2: usize,
    /// Every how many windows the condition frame goes back to the source; 0 never. Default 0.
    pub fix_kp_cond: usize,
    /// Numbers of the condition frame that stay predicted even then, within 0 to 265. Default none.
    pub fix_kp_cond_dim: Option<Range<usize>>,
    /// Steps of the sampler, 1 to 1000. Default 50.
    pub sampling_timesteps: usize,
    /// Streaming: warm-up and a cross-fade no longer than a step. Default false.
    pub online_mode: bool,
    /// Bounds of motion vectors. Default none.
    pub v_min_max_for_clip: Option<Bounds>,
    /// Frames of the running mean over predicted poses, 0 to 1000; up to 1 none. Default 3.
    pub smo_k_d: usize,
    /// Frames of the output, if known. Default none.
    pub n_d: Option<usize>,
    /// Driven parts with their gains; none depends on the source. Default none.
    pub use_d_keys: Option<Vec<(Part, f64)>>,
    /// Motion counts from the first predicted frame. Default true.
    pub relative_d: bool,
    /// The eyes are driven; none is those of a photo. Default none.
    pub drive_eye: Option<bool>,
    /// Expression offsets of a blink, at least one; none is no blinks. Default none.
    pub delta_eye_arr: Option<Vec<Points>>,
    /// When eyes blink: −1 never, 0 by chance, else gaps in frames. Default by chance.
    pub delta_eye_open_n: Blinks,
    /// What fades lead to: "" nothing, "d0" the first frame, "s" the source. Default "".
    pub fade_type: Fade,
    /// What fades change. Default the expression.
    pub fade_out_keys: Vec<Part>,
    /// Use the stitching network. Default true.
    pub flag_stitching: bool,
    /// Control by frame. Default none.
    pub ctrl_info: HashMap<usize, Control>,
    /// Control of all frames. Default none.
    pub overall_ctrl_info: Control,
    /// Does right what the reference does wrong; no setting of a configuration. Default false.
    pub corrected: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_size: Some(1920),
            template_n_frames: None,
            crop_scale: 2.3,
            crop_vx_ratio: 0.0,
            crop_vy_ratio: -0.125,
            crop_flag_do_rot: true,
            smo_k_s: 13,
            emo: vec![crate::motion::condition::emotion_row(&[4])],
            eye_f0_mode: false,
            ch_info: None,
            overlap_v2: 10,
            fix_kp_cond: 0,
            fix_kp_cond_dim: None,
            sampling_timesteps: 50,
            online_mode: false,
            v_min_max_for_clip: None,
            smo_k_d: 3,
            n_d: None,
            use_d_keys: None,
            relative_d: true,
            drive_eye: None,
            delta_eye_arr: None,
            delta_eye_open_n: Blinks::Random,
            fade_type: Fade::Off,
            fade_out_keys: vec![Part::Exp],
            flag_stitching: true,
            ctrl_info: HashMap::new(),
            overall_ctrl_info: Control::default(),
            corrected: false,
        }
    }
}

impl Settings {
    /// How the square around the face lies.
    #[must_use]
    pub fn framing(&self) -> Framing {
        Framing {
            scale: self.crop_scale as f32,
            down: self.crop_vy_ratio as f32,
            // The reference takes it and forgets it.
            right: if self.corrected { self.crop_vx_ratio as f32 } else { 0.0 },
            upright: self.crop_flag_do_rot,
            ..FRAMING
        }
    }

    /// Merges mappings of settings; later ones win, and what none names has its default. `None` is a value: it wins
    /// too.
    ///
    /// # Errors
    /// For what is no mapping, an unknown name, a wrong type or a value out of range; the error names the setting.
    pub fn merge(layers: &[&Value]) -> Result<Self, SettingError> {
        let mut values: HashMap<&str, &Value> = HashMap::new();
        for layer in layers {
            let Value::Dict(pairs) = layer else {
                return Err(SettingError::new("default_kwargs", "the settings are not a mapping"));
            };
            for (name, value) in pairs {
                let Value::Str(name) = name else {
                    return Err(SettingError::new("default_kwargs", "a name is not a text"));
                };
                values.insert(name, value);
            }
        }
        let mut settings = Self::default();
        for (name, value) in values {
            settings.set(name, value)?;
        }
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), SettingError> {
        match name {
            "max_size" => self.max_size = positive(name, value, 16_384)?,
            "template_n_frames" => self.template_n_frames = positive(name, value, MOST_FRAMES)?,
            "crop_scale" => self.crop_scale = within(name, value, 0.5, 10.0)?,
            "crop_vx_ratio" => self.crop_vx_ratio = within(name, value, -1.0, 1.0)?,
            "crop_vy_ratio" => self.crop_vy_ratio = within(name, value, -1.0, 1.0)?,
            "crop_flag_do_rot" => self.crop_flag_do_rot = typed(name, value)?,
            "smo_k_s" => self.smo_k_s = within(name, value, 0, 1000)?,
            "emo" => self.emo = parse::emotions(name, value)?,
            "eye_f0_mode" => self.eye_f0_mode = typed(name, value)?,
            "ch_info" => self.ch_info = optional(name, value, parse::character)?,
            "overlap_v2" => self.overlap_v2 = within(name, value, 1, 79)?,
            "fix_kp_cond" => self.fix_kp_cond = typed(name, value)?,
            "fix_kp_cond_dim" => self.fix_kp_cond_dim = optional(name, value, parse::dimensions)?,
            "sampling_timesteps" => self.sampling_timesteps = within(name, value, 1, 1000)?,
            "online_mode" => self.online_mode = typed(name, value)?,
            "v_min_max_for_clip" => self.v_min_max_for_clip = optional(name, value, parse::bounds)?,
            "smo_k_d" => self.smo_k_d = within(name, value, 0, 1000)?,
            "N_d" => self.n_d = positive(name, value, MOST_FRAMES)?,
            "use_d_keys" => self.use_d_keys = optional(name, value, parse::driven)?,
            "relative_d" => self.relative_d = typed(name, value)?,
            "drive_eye" => self.drive_eye = optional(name, value, typed)?,
            "delta_eye_arr" => self.delta_eye_arr = optional(name, value, parse::offsets)?,
            "delta_eye_open_n" => self.delta_eye_open_n = parse::blinks(name, value)?,
            "fade_type" => self.fade_type = parse::fade(name, value)?,
            "fade_out_keys" => self.fade_out_keys = parse::parts(name, value)?,
            "flag_stitching" => self.flag_stitching = typed(name, value)?,
            "ctrl_info" => self.ctrl_info = parse::control_by_frame(name, value)?,
            "overall_ctrl_info" => self.overall_ctrl_info = parse::control(name, value)?,
            _ => return Err(SettingError::new(name, "there is no such setting")),
        }
        Ok(())
    }
}

/// `None`, or what the reader makes of the value.
fn optional<T>(
    name: &str,
    value: &Value,
    read: impl Fn(&str, &Value) -> Result<T, SettingError>,
) -> Result<Option<T>, SettingError> {
    if *value == Value::None { Ok(None) } else { read(name, value).map(Some) }
}

/// A number above 0 up to a limit; `None`, 0 and numbers below 0 mean that there is none.
fn positive(name: &str, value: &Value, most: usize) -> Result<Option<usize>, SettingError> {
    let number = optional(name, value, typed::<i64>)?.unwrap_or(0);
    match usize::try_from(number) {
        Err(_) | Ok(0) => Ok(None),
        Ok(number) if number <= most => Ok(Some(number)),
        Ok(_) => Err(SettingError::new(name, format!("it is above {most}"))),
    }
}

fn within<T>(name: &str, value: &Value, least: T, most: T) -> Result<T, SettingError>
where
    T: FromValue + PartialOrd + std::fmt::Display,
{
    let number: T = typed(name, value)?;
    if number < least || number > most {
        return Err(SettingError::new(name, format!("{number} is not from {least} to {most}")));
    }
    Ok(number)
}
