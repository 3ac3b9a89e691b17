//! Rendering: a source's feature volume and driven key points become the face's square.

use engine_onnx::{Input, Network, OnnxError};

use crate::networks::{DECODER, Loader, WARP, WARP_PLUGIN};
use crate::putback::SIDE;
use crate::raster::Raster;

const VOLUME: [usize; 5] = [1, 32, 16, 64, 64];
const POINTS: [usize; 3] = [1, 21, 3];
const FEATURE: [usize; 4] = [1, 256, 64, 64];

/// The networks of rendering.
pub struct Renderer {
    warp: Network,
    decoder: Network,
}

impl Renderer {
    /// Loads the networks: `warp_network_ori`, or where it is missing `warp_network`.
    ///
    /// # Errors
    /// Where a file is missing or is another network.
    pub fn load(loader: &Loader<'_>) -> Result<Self, OnnxError> {
        let warp = if loader.has(&WARP) || !loader.has(&WARP_PLUGIN) { WARP } else { WARP_PLUGIN };
        Ok(Self { warp: loader.load(&warp)?, decoder: loader.load(&DECODER)? })
    }

    /// The warped feature (256, 64, 64) of a volume (32, 16, 64, 64), its own key points and the driven ones
    /// (21, 3).
    ///
    /// # Errors
    /// Where the network fails or a size is wrong.
    pub fn warp(&mut self, volume: &[f32], source: &[f32], driven: &[f32]) -> Result<Vec<f32>, OnnxError> {
        let inputs = [Input::F32(&VOLUME, volume), Input::F32(&POINTS, source), Input::F32(&POINTS, driven)];
        Ok(self.warp.run(&inputs)?.into_iter().flatten().collect())
    }

    /// The face's square (512 by 512 RGB, 0 to 255, not rounded) of a warped feature.
    ///
    /// # Errors
    /// Where the network fails or a size is wrong.
    pub fn decode(&mut self, feature: &[f32]) -> Result<Raster<f32>, OnnxError> {
        let planes: Vec<f32> = self.decoder.run(&[Input::F32(&FEATURE, feature)])?.into_iter().flatten().collect();
        let mut square = Raster::zeros(SIDE, SIDE, 3);
        for (channel, plane) in planes.chunks_exact(SIDE * SIDE).take(3).enumerate() {
            for (pixel, &value) in square.data_mut().chunks_exact_mut(3).zip(plane) {
                pixel[channel] = value.clamp(0.0, 1.0) * 255.0;
            }
        }
        Ok(square)
    }
}
