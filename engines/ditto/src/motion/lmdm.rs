//! LMDM, the diffusion network that turns noise into motion.

use engine_onnx::{Input, Network};

use super::condition::CONDITION;
use crate::motion::{VECTOR, WINDOW};
use crate::network_error::{NetworkError, run};

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
