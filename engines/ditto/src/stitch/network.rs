//! The stitching network, which corrects driven keypoints so that the face fits the source's neck and shoulders.

use engine_onnx::{Input, Network};

use crate::motion::{KEYPOINTS, Points};
use crate::network_error::{NetworkError, run};

/// The stitching network: driven keypoints that fit the source's shoulders.
pub trait Stitcher {
    /// Corrects the driven keypoints; both are 21 × 3.
    ///
    /// # Errors
    /// If the network fails.
    fn stitch(&mut self, source: &Points, driven: &Points) -> Result<Points, NetworkError>;
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
