//! The table of the pipeline's networks: file names, inputs and outputs, and loading one.

use std::path::{Path, PathBuf};

use engine_onnx::signature::Extent::{Any, Axes, Values};
use engine_onnx::signature::Port;
use engine_onnx::{Network, OnnxError, Options, Runtime, Signature};

/// Shape of a feature volume: batch, channels, depth, height and width.
pub const VOLUME_SHAPE: [usize; 5] = [1, 32, 16, 64, 64];
/// Numbers of a feature volume.
pub const VOLUME_LEN: usize = 32 * 16 * 64 * 64;

/// A network of the pipeline.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Its file without `.onnx`.
    pub name: &'static str,
    /// What it takes and gives; outputs are used in this order.
    pub signature: Signature,
    /// Whether 16 bits do for it where they can: for those that paint, which take nearly all of the time. For those that measure
    /// a face they do not, as landmarks then move its crop, nor for those that make motion, where differences add up.
    pub half: bool,
}

impl Spec {
    /// Its file in a folder.
    #[must_use]
    pub fn path(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.onnx", self.name))
    }

    /// How its session is built where all are built with `options`.
    fn options(&self, options: &Options) -> Options {
        Options { half: options.half && self.half, ..options.clone() }
    }

    /// Bytes of its file in a folder; 0 where there is none.
    #[must_use]
    pub fn bytes(&self, folder: &Path) -> u64 {
        self.path(folder).metadata().map_or(0, |file| file.len())
    }
}

/// Hears of each network as it begins to be loaded how many bytes its file has.
type Watch<'a> = &'a (dyn Fn(u64) + Sync);
/// Hears of each network when it is loaded.
type Loaded<'a> = &'a dyn Fn(&Spec, &Network);

/// Where the networks lie and what runs them.
#[derive(Clone)]
pub struct Loader<'a> {
    /// The library.
    pub runtime: &'a Runtime,
    /// The folder of the `.onnx` files.
    pub folder: &'a Path,
    /// How sessions are built.
    pub options: Options,
    /// Hears of what will be loaded.
    pub watch: Watch<'a>,
    /// Hears of what is loaded.
    pub loaded: Loaded<'a>,
}

impl<'a> Loader<'a> {
    /// One that nobody listens to.
    #[must_use]
    pub fn new(runtime: &'a Runtime, folder: &'a Path, options: Options) -> Self {
        Self { runtime, folder, options, watch: &|_| (), loaded: &|_, _| () }
    }

    /// Loads a network.
    ///
    /// # Errors
    /// Where the file is missing, is another network, or the runtime refuses it.
    pub fn load(&self, spec: &Spec) -> Result<Network, OnnxError> {
        (self.watch)(spec.bytes(self.folder));
        let options = spec.options(&self.options);
        let network = Network::load(self.runtime, &spec.path(self.folder), spec.signature, &options)?;
        (self.loaded)(spec, &network);
        Ok(network)
    }

    /// Whether the file of a network is there.
    #[must_use]
    pub fn has(&self, spec: &Spec) -> bool {
        spec.path(self.folder).is_file()
    }
}

const fn spec(name: &'static str, inputs: &'static [Port], outputs: &'static [Port]) -> Spec {
    Spec { name, signature: Signature { inputs, outputs }, half: false }
}

const fn painting(spec: Spec) -> Spec {
    Spec { half: true, ..spec }
}

const ONE: Option<usize> = Some(1);
const KEYPOINTS: Port = Port::f32("kp_source", Axes(&[ONE, Some(21), Some(3)]));
const DRIVING: Port = Port::f32("kp_driving", Axes(&[ONE, Some(21), Some(3)]));
const VOLUME: Port = Port::f32("feature_3d", Axes(&[ONE, Some(32), Some(16), Some(64), Some(64)]));
const FEATURE: &[Option<usize>] = &[ONE, Some(256), Some(64), Some(64)];
const SMALL: &[Option<usize>] = &[ONE, Some(3), Some(256), Some(256)];

/// SCRFD face detector. Its file declares the sizes of another input.
pub const DETECTOR: Spec = spec(
    "insightface_det",
    &[Port::f32("image", Axes(&[ONE, Some(3), Some(512), Some(512)]))],
    &[
        Port::f32("scores1", Any),
        Port::f32("scores2", Any),
        Port::f32("scores3", Any),
        Port::f32("boxes1", Any),
        Port::f32("boxes2", Any),
        Port::f32("boxes3", Any),
        Port::f32("kps1", Any),
        Port::f32("kps2", Any),
        Port::f32("kps3", Any),
    ],
);

/// 106 landmarks.
pub const LANDMARK106: Spec = spec(
    "landmark106",
    &[Port::f32("data", Axes(&[None, Some(3), Some(192), Some(192)]))],
    &[Port::f32("fc1", Values(212))],
);

/// 203 landmarks.
pub const LANDMARK203: Spec = spec(
    "landmark203",
    &[Port::f32("input", Axes(&[ONE, Some(3), Some(224), Some(224)]))],
    &[Port::f32("landmarks", Values(406))],
);

/// BlazeFace.
pub const BLAZE: Spec = spec(
    "blaze_face",
    &[Port::f32("input", Axes(&[ONE, Some(128), Some(128), Some(3)]))],
    &[Port::f32("regressors", Values(896 * 16)), Port::f32("classificators", Values(896))],
);

/// The face mesh of 478 points.
pub const MESH: Spec = spec(
    "face_mesh",
    &[Port::f32("input", Axes(&[None, Some(256), Some(256), Some(3)]))],
    &[Port::f32("Identity", Values(1434))],
);

/// Appearance: the feature volume of a source frame.
pub const APPEARANCE: Spec = painting(spec(
    "appearance_extractor",
    &[Port::f32("image", Axes(SMALL))],
    &[Port::f32("pred", Axes(&[ONE, Some(32), Some(16), Some(64), Some(64)]))],
));

/// Motion: pose logits, expression and key points of a source frame.
pub const MOTION: Spec = spec(
    "motion_extractor",
    &[Port::f32("image", Axes(SMALL))],
    &[
        Port::f32("pitch", Values(66)),
        Port::f32("yaw", Values(66)),
        Port::f32("roll", Values(66)),
        Port::f32("t", Values(3)),
        Port::f32("exp", Values(63)),
        Port::f32("scale", Values(1)),
        Port::f32("kp", Values(63)),
    ],
);

/// Sound features.
pub const HUBERT: Spec =
    spec("hubert", &[Port::f32("input_values", Axes(&[ONE, None]))], &[Port::f32("encoding_out", Any)]);

/// The diffusion model of motion.
pub const LMDM: Spec = spec(
    "lmdm_v0.4_hubert",
    &[
        Port::f32("x", Axes(&[ONE, Some(80), Some(265)])),
        Port::f32("cond_frame", Axes(&[ONE, Some(265)])),
        Port::f32("cond", Axes(&[ONE, Some(80), Some(1103)])),
        Port::i64("time_cond", Axes(&[ONE])),
    ],
    &[Port::f32("pred_noise", Values(80 * 265)), Port::f32("x_start", Values(80 * 265))],
);

/// Stitching of the key points.
pub const STITCH: Spec = spec("stitch_network", &[KEYPOINTS, DRIVING], &[Port::f32("out", Values(63))]);

/// Warping of the feature volume, as exported.
pub const WARP: Spec =
    painting(spec("warp_network_ori", &[VOLUME, KEYPOINTS, DRIVING], &[Port::f32("out", Axes(FEATURE))]));

/// Warping, with the node of a TensorRT plugin; taken where the other file is missing.
pub const WARP_PLUGIN: Spec =
    painting(spec("warp_network", &[VOLUME, KEYPOINTS, DRIVING], &[Port::f32("out", Axes(FEATURE))]));

/// The decoder.
pub const DECODER: Spec = painting(spec(
    "decoder",
    &[Port::f32("feature", Axes(FEATURE))],
    &[Port::f32("output", Axes(&[ONE, Some(3), Some(512), Some(512)]))],
));

/// All of them.
pub const ALL: [Spec; 13] = [
    DETECTOR,
    LANDMARK106,
    LANDMARK203,
    BLAZE,
    MESH,
    APPEARANCE,
    MOTION,
    HUBERT,
    LMDM,
    STITCH,
    WARP,
    WARP_PLUGIN,
    DECODER,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_that_paint_are_those_that_16_bits_do_for() {
        let half = Options { half: true, ..Options::default() };
        let mixed = ALL.iter().filter(|spec| spec.options(&half).half).map(|spec| spec.name);
        assert_eq!(mixed.collect::<Vec<_>>(), ["appearance_extractor", "warp_network_ori", "warp_network", "decoder"]);
        assert!(ALL.iter().all(|spec| !spec.options(&Options::default()).half));
    }
}
