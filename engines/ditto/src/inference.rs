//! The networks as the steps see them: what goes in and what comes out.

use std::error::Error;

use engine_onnx::{Input, Network, Outputs};

use crate::condition::CONDITION;
use crate::motion::{COORDINATES, KEYPOINTS, VECTOR, WINDOW};

/// A network failed, or gave a result of another size than it should.
#[derive(Debug, thiserror::Error)]
#[error("network {network}: {reason}")]
pub struct NetworkError {
    /// The network's name.
    pub network: &'static str,
    /// What went wrong.
    pub reason: Box<dyn Error + Send + Sync>,
}

impl NetworkError {
    /// An error of a network.
    pub fn new(network: &'static str, reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { network, reason: reason.into() }
    }

    /// The network gave what is no number.
    #[must_use]
    pub fn not_finite(network: &'static str) -> Self {
        Self::new(network, NotFinite)
    }

    /// Whether the network gave what is no number.
    #[must_use]
    pub fn is_not_finite(&self) -> bool {
        self.reason.is::<NotFinite>()
    }
}

/// Steps that do not fit the network, for one, drive it there.
#[derive(Debug, thiserror::Error)]
#[error("the motion is not finite; try another number of `steps`")]
struct NotFinite;

/// HuBERT: sound to features.
pub trait SpeechEncoder {
    /// Encodes a stretch of sound at 16 kHz, ±1; gives rows of 1024 numbers, 20 rows for 6480 samples.
    ///
    /// # Errors
    /// If the network fails.
    fn encode(&mut self, samples: &[f32]) -> Result<Vec<f32>, NetworkError>;
}

/// What the motion network makes of noisy motion.
#[derive(Debug, Clone, PartialEq)]
pub struct Denoised {
    /// The noise it sees, 80 × 265.
    pub pred_noise: Vec<f32>,
    /// The motion it sees behind the noise, 80 × 265.
    pub x_start: Vec<f32>,
}

/// LMDM: the motion network.
pub trait Denoiser {
    /// Looks through the noise of `x` (80 × 265) at time `time`, given the condition frame (265) and the condition
    /// (80 × 1103).
    ///
    /// # Errors
    /// If the network fails.
    fn denoise(&mut self, x: &[f32], cond_frame: &[f32], cond: &[f32], time: i64) -> Result<Denoised, NetworkError>;
}

/// The stitching network: driven keypoints that fit the source's shoulders.
pub trait Stitcher {
    /// Corrects the driven keypoints; both are 21 × 3.
    ///
    /// # Errors
    /// If the network fails.
    fn stitch(&mut self, source: &Points, driven: &Points) -> Result<Points, NetworkError>;
}

/// Keypoints, x y z by keypoint.
pub type Points = [f32; COORDINATES];

/// Runs a network.
fn run<'n>(name: &'static str, network: &'n mut Network, inputs: &[Input<'_>]) -> Result<Outputs<'n>, NetworkError> {
    network.run(inputs).map_err(|error| NetworkError::new(name, error))
}

/// HuBERT on ONNX Runtime, loaded with [`crate::networks::HUBERT`].
pub struct OnnxEncoder(pub Network);

impl SpeechEncoder for OnnxEncoder {
    fn encode(&mut self, samples: &[f32]) -> Result<Vec<f32>, NetworkError> {
        let shape = [1, samples.len()];
        Ok(run("hubert", &mut self.0, &[Input::F32(&shape, samples)])?.values(0).to_vec())
    }
}

/// LMDM on ONNX Runtime, loaded with [`crate::networks::LMDM`].
pub struct OnnxDenoiser(pub Network);

impl Denoiser for OnnxDenoiser {
    fn denoise(&mut self, x: &[f32], cond_frame: &[f32], cond: &[f32], time: i64) -> Result<Denoised, NetworkError> {
        const NAME: &str = "lmdm";
        let inputs = [
            Input::F32(&[1, WINDOW, VECTOR], x),
            Input::F32(&[1, VECTOR], cond_frame),
            Input::F32(&[1, WINDOW, CONDITION], cond),
            Input::I64(&[1], &[time]),
        ];
        let outputs = run(NAME, &mut self.0, &inputs)?;
        Ok(Denoised { pred_noise: outputs.values(0).to_vec(), x_start: outputs.values(1).to_vec() })
    }
}

/// The stitching network on ONNX Runtime, loaded with [`crate::networks::STITCH`].
pub struct OnnxStitcher(pub Network);

impl Stitcher for OnnxStitcher {
    fn stitch(&mut self, source: &Points, driven: &Points) -> Result<Points, NetworkError> {
        const NAME: &str = "stitch_network";
        const SHAPE: [usize; 3] = [1, KEYPOINTS, 3];
        let outputs = run(NAME, &mut self.0, &[Input::F32(&SHAPE, source), Input::F32(&SHAPE, driven)])?;
        outputs
            .values(0)
            .try_into()
            .map_err(|_| NetworkError::new(NAME, "it gives another number of values than it should"))
    }
}
