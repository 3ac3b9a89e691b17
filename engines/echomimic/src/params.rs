//! What a client may say: the parameters, whose comments, ranges and defaults are the published schema.

use engine_api::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::audio::SpeechError;
use crate::audio::frames;
use crate::variant::Variant;
use crate::windows::{WindowError, Windows};

/// Samples of speech in a second.
const SPEECH_RATE: usize = 16_000;

/// The parameters of a job, by the reference's names; `no_face`, `exact_length` and `original_mask_wrap` are this engine's.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Width of the video in pixels. The networks were trained at 512 by 512; other sizes look worse, and where width and
    /// height differ the face is stretched.
    #[schemars(range(min = 64, max = 2048), extend("multipleOf" = 8))]
    pub width: u32,
    /// Height of the video in pixels, as with the width.
    #[schemars(range(min = 64, max = 2048), extend("multipleOf" = 8))]
    pub height: u32,
    /// Frames, at most: of longer speech the rest is not rendered, and the job says so. By default as many as the speech
    /// needs.
    #[schemars(range(min = 1, max = 2_160_000))]
    pub length: Option<u32>,
    /// Chooses among all possible videos of a size and length; −1 for any. The same seed gives the same video.
    #[schemars(range(min = -1, max = u64::MAX))]
    pub seed: i128,
    /// How far the region that moves goes beyond the face, at each side, as a share of the face's width or height.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub facemask_dilation_ratio: f64,
    /// How far the picture goes beyond the face, at each side, as a share of the face's width or height. It is then cut to a
    /// square; larger shows more of the portrait.
    #[schemars(range(min = 0.0, max = 4.0))]
    pub facecrop_dilation_ratio: f64,
    /// Frames that are made together. The networks were trained with 12.
    #[schemars(range(min = 1, max = 32))]
    pub context_frames: u32,
    /// Frames that two neighbouring groups of `context_frames` share; below `context_frames`. More is smoother and takes
    /// longer.
    #[schemars(range(max = 31))]
    pub context_overlap: u32,
    /// How closely speech and portrait are followed. Up to 1 there is no guidance, which takes half the time; less guidance
    /// also moves the head less. By default 1 with the accelerated networks, and 2.5 with the others.
    #[schemars(range(min = 0.0, max = 20.0))]
    pub cfg: Option<f64>,
    /// Steps in which the video is made out of noise: more take longer. By default 6 with the accelerated networks, and 30
    /// with the others.
    #[schemars(range(min = 1, max = 1000))]
    pub steps: Option<u32>,
    /// Without effect, as in the reference: speech is always heard at 16000 samples a second.
    #[schemars(range(min = 1, max = 768_000))]
    pub sample_rate: u32,
    /// Frames per second.
    #[schemars(range(min = 1, max = 60))]
    pub fps: u32,
    /// What becomes of a portrait in which no face is found: "refuse" it, or use the "whole_picture", stretched to width and
    /// height, all of which may move.
    pub no_face: NoFace,
    /// End the video with the speech. If not, it has about two frames more, as the reference's.
    pub exact_length: bool,
    /// Make the region that moves as the reference does where it would begin left of the portrait or above it: it then
    /// wraps around, and is mostly empty. If not, it begins at the edge.
    pub original_mask_wrap: bool,
}

/// What becomes of a portrait in which no face is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // a text on each name would turn the schema's plain list of names into a list of schemas
pub enum NoFace {
    #[default]
    Refuse,
    WholePicture,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            width: 512,
            height: 512,
            length: None,
            seed: 420,
            facemask_dilation_ratio: 0.1,
            facecrop_dilation_ratio: 0.5,
            context_frames: 12,
            context_overlap: 3,
            cfg: None,
            steps: None,
            sample_rate: 16_000,
            fps: 24,
            no_face: NoFace::Refuse,
            exact_length: true,
            original_mask_wrap: false,
        }
    }
}

/// How long a video becomes, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// Frames that are made. The noise depends on their number, so that it is the reference's even where fewer are shown.
    pub made: usize,
    /// Frames that are shown, from the first on; no more than are made.
    pub shown: usize,
    /// Frames that the speech lasts, the last one perhaps in part.
    pub spoken: usize,
}

impl Params {
    /// Denoising steps.
    #[must_use]
    pub fn steps(&self, variant: Variant) -> usize {
        self.steps.unwrap_or(variant.steps()) as usize
    }

    /// The factor of guidance; up to 1 there is none.
    #[must_use]
    pub fn cfg(&self, variant: Variant) -> f64 {
        self.cfg.unwrap_or(variant.cfg())
    }

    /// The windows over a video of so many frames, from 1 on.
    ///
    /// # Errors
    /// `context_frames` and `context_overlap` do not fit together.
    pub fn windows(&self, frames: usize) -> Result<Windows, WindowError> {
        Windows::new(frames as i64, self.context_frames.into(), self.context_overlap.into())
    }

    /// The length of a video of so many samples of speech, at 16 kHz.
    ///
    /// # Errors
    /// They are too few.
    pub fn length(&self, samples: usize) -> Result<Length, SpeechError> {
        let most = self.length.map_or(usize::MAX, |length| length as usize);
        let made = frames::frames(frames::rows(samples)?, self.fps).min(most);
        let spoken = (samples * self.fps as usize).div_ceil(SPEECH_RATE);
        Ok(Length { made, shown: if self.exact_length { made.min(spoken) } else { made }, spoken })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn params(given: Value) -> Params {
        serde_json::from_value(given).unwrap()
    }

    #[test]
    fn defaults_are_those_of_the_reference_where_it_has_some() {
        let schema = schemars::schema_for!(Params).to_value();
        let defaults: serde_json::Map<String, Value> = schema["properties"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, property)| (name.clone(), property["default"].clone()))
            .collect();
        let want = json!({
            "width": 512, "height": 512, "length": null, "seed": 420, "facemask_dilation_ratio": 0.1,
            "facecrop_dilation_ratio": 0.5, "context_frames": 12, "context_overlap": 3, "cfg": null, "steps": null,
            "sample_rate": 16000, "fps": 24, "no_face": "refuse", "exact_length": true, "original_mask_wrap": false
        });
        assert_eq!(Value::Object(defaults), want);
        assert_eq!(params(json!({})), Params::default());
        assert!(serde_json::from_value::<Params>(json!({"facemusk_dilation_ratio": 0.1})).is_err());
    }

    #[test]
    fn ranges_are_published() {
        let schema = schemars::schema_for!(Params).to_value();
        let bounds = |name: &str, bound: &str| schema["properties"][name][bound].as_f64();
        for (name, least, greatest) in [
            ("width", 64.0, 2048.0),
            ("height", 64.0, 2048.0),
            ("length", 1.0, 2_160_000.0),
            ("seed", -1.0, u64::MAX as f64),
            ("facemask_dilation_ratio", 0.0, 1.0),
            ("facecrop_dilation_ratio", 0.0, 4.0),
            ("context_frames", 1.0, 32.0),
            ("context_overlap", 0.0, 31.0),
            ("cfg", 0.0, 20.0),
            ("steps", 1.0, 1000.0),
            ("fps", 1.0, 60.0),
            ("sample_rate", 1.0, 768_000.0),
        ] {
            assert_eq!((bounds(name, "minimum"), bounds(name, "maximum")), (Some(least), Some(greatest)), "{name}");
        }
        assert_eq!((bounds("width", "multipleOf"), bounds("height", "multipleOf")), (Some(8.0), Some(8.0)));
    }

    #[test]
    fn steps_and_guidance_are_the_variants_unless_given() {
        let of = |given: Value, variant| (params(given.clone()).steps(variant), params(given).cfg(variant));
        assert_eq!(of(json!({}), Variant::Acc), (6, 1.0));
        assert_eq!(of(json!({"steps": null, "cfg": null}), Variant::Plain), (30, 2.5));
        assert_eq!(of(json!({"steps": 3, "cfg": 1.5}), Variant::Acc), (3, 1.5));
    }

    #[test]
    fn a_video_ends_with_its_speech_or_as_the_reference_ends_it() {
        let length =
            |given: Value, samples| params(given).length(samples).map(|length| (length.made, length.shown)).unwrap();
        assert_eq!(length(json!({}), 160_000), (242, 240));
        assert_eq!(length(json!({"exact_length": false}), 160_000), (242, 242));
        assert_eq!(length(json!({"length": 1200}), 160_000), (242, 240));
        assert_eq!(length(json!({"length": 241}), 160_000), (241, 240));
        assert_eq!(length(json!({"length": 100}), 160_000), (100, 100));
        assert!(params(json!({})).length(319).is_err());
        for fps in 1..=60 {
            for samples in [320, 639, 800, 16_000, 16_319, 480_000, 480_001, 9_600_319] {
                let (made, shown) = length(json!({ "fps": fps }), samples);
                let spoken = samples as f64 / 16_000.0 * f64::from(fps);
                assert!(shown <= made && shown as f64 >= spoken && spoken > shown as f64 - 1.0, "{samples} at {fps}");
            }
        }
    }

    #[test]
    fn windows_are_checked_against_each_other() {
        let told = params(json!({"context_frames": 8, "context_overlap": 8})).windows(20).unwrap_err().to_string();
        assert!(told.contains("context_overlap") && told.contains("below context_frames"), "{told}");
        assert!(params(json!({})).windows(1).is_ok());
    }
}
