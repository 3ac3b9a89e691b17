//! HuBERT, the network that turns sound into features.

use engine_onnx::{Input, Network};

use crate::network_error::{NetworkError, run};

/// HuBERT: sound to features.
pub trait SpeechEncoder {
    /// Encodes a stretch of sound at 16 kHz, ±1; gives rows of 1024 numbers, 20 rows for 6480 samples.
    ///
    /// # Errors
    /// If the network fails.
    fn encode(&mut self, samples: &[f32]) -> Result<Vec<f32>, NetworkError>;
}

/// HuBERT on ONNX Runtime, loaded with [`crate::networks::HUBERT`].
pub struct OnnxEncoder(pub Network);

impl SpeechEncoder for OnnxEncoder {
    fn encode(&mut self, samples: &[f32]) -> Result<Vec<f32>, NetworkError> {
        let shape = [1, samples.len()];
        Ok(run("hubert", &mut self.0, &[Input::F32(&shape, samples)])?.values(0).to_vec())
    }
}
