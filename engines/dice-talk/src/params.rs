//! What a client may say: the parameters, whose comments, ranges and defaults are the published schema.

use engine_api::{Emotion, JsonSchema};
use serde::Deserialize;

use crate::face::prepare::Framing;
use crate::guidance::Guidance;

/// The seed where none is asked for, as in the reference.
const SEED: u64 = 72_589;

/// The parameters of a job, by the names and with the ranges and defaults of the reference's service; `steps` is its
/// `inference_steps`, and `interpolate`, `keep_resolution` and `original_face_pick` it does not have.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// What the face shows.
    pub emotion: Emotion,
    /// How closely the portrait is followed: more keeps the person's looks, less lets the face move more.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub ref_scale: f64,
    /// How strongly speech and emotion move the face.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub emo_scale: f64,
    /// Show a square around the face instead of the whole portrait; `expand_ratio` says how much of it.
    pub crop: bool,
    /// How far the square of `crop` goes beyond the face at each side, as a share of the face's width or height.
    #[schemars(range(min = 0.1, max = 2.0))]
    pub expand_ratio: f64,
    /// Pixels of the video's shorter side, about: both sides become multiples of 64. The reference's command line uses
    /// 512, which has four times the pixels of 256.
    #[schemars(range(min = 128, max = 2048))]
    pub min_resolution: u32,
    /// Steps in which the video is made out of noise: more take longer.
    #[schemars(range(min = 8, max = 50))]
    pub steps: u32,
    /// Seconds of speech that are rendered, at most; the job says so where there is more. By default all of it.
    #[schemars(range(min = 0.1, max = 300.0))]
    pub duration: Option<f64>,
    /// Chooses among all possible videos; by default 72589. The same seed gives the same video on the same kind of device.
    #[schemars(range(max = u64::MAX))]
    pub seed: Option<u64>,
    /// Make a picture between any two, for 25 frames per second; if not, the video has 12.5.
    pub interpolate: bool,
    /// Scale the video to the portrait's size, or with `crop` to the square's, made even.
    pub keep_resolution: bool,
    /// Where several faces are found, take the one that the reference takes, which need not be the largest.
    pub original_face_pick: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            emotion: Emotion::Neutral,
            ref_scale: 3.0,
            emo_scale: 6.0,
            crop: false,
            expand_ratio: 0.5,
            min_resolution: 256,
            steps: 20,
            duration: None,
            seed: None,
            interpolate: true,
            keep_resolution: false,
            original_face_pick: false,
        }
    }
}

impl Params {
    /// How the portrait is shown.
    #[must_use]
    pub fn framing(&self) -> Framing {
        Framing {
            crop: self.crop.then_some(self.expand_ratio),
            min_resolution: self.min_resolution as usize,
            original_face_pick: self.original_face_pick,
            ..Framing::default()
        }
    }

    /// How far predictions go towards the portrait, and towards speech and emotion.
    #[must_use]
    pub fn guidance(&self) -> Guidance {
        Guidance { portrait: self.ref_scale, emotion: self.emo_scale }
    }

    /// The seed that the noise is drawn with.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or(SEED)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn schema() -> Value {
        schemars::schema_for!(Params).to_value()
    }

    #[test]
    fn defaults_are_those_of_the_references_service() {
        let schema = schema();
        let properties = schema["properties"].as_object().unwrap();
        let defaults: serde_json::Map<String, Value> =
            properties.iter().map(|(name, property)| (name.clone(), property["default"].clone())).collect();
        let want = json!({
            "emotion": "neutral", "ref_scale": 3.0, "emo_scale": 6.0, "crop": false, "expand_ratio": 0.5,
            "min_resolution": 256, "steps": 20, "duration": null, "seed": null, "interpolate": true,
            "keep_resolution": false, "original_face_pick": false
        });
        assert_eq!(Value::Object(defaults), want);
        let read: Params = serde_json::from_value(json!({})).unwrap();
        assert_eq!((read.seed(), &read), (72_589, &Params::default()));
        let zero: Params = serde_json::from_value(json!({"seed": 0})).unwrap();
        assert_eq!(zero.seed(), 0);
        assert!(serde_json::from_value::<Params>(json!({"inference_steps": 20})).is_err());
    }

    #[test]
    fn ranges_are_published() {
        let schema = schema();
        let bounds = |name: &str, bound: &str| schema["properties"][name][bound].as_f64();
        for (name, least, greatest) in [
            ("ref_scale", 0.0, 10.0),
            ("emo_scale", 0.0, 10.0),
            ("expand_ratio", 0.1, 2.0),
            ("min_resolution", 128.0, 2048.0),
            ("steps", 8.0, 50.0),
            ("duration", 0.1, 300.0),
            ("seed", 0.0, u64::MAX as f64),
        ] {
            assert_eq!((bounds(name, "minimum"), bounds(name, "maximum")), (Some(least), Some(greatest)), "{name}");
        }
    }
}
