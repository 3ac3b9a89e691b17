//! The warp network and the decoder: a source's feature volume and driven keypoints become the face's square.

use engine_onnx::{Input, Kept, Network, OnnxError};

use crate::motion::Points;
use crate::networks::{DECODER, Loader, VOLUME_SHAPE, WARP, WARP_PLUGIN};
use crate::render::square::{SIDE, Square};

const POINTS: [usize; 3] = [1, 21, 3];

/// The network that moves a feature volume.
pub struct Warper(Network);

impl Warper {
    /// Loads `warp_network_ori`, or where it is missing `warp_network`.
    ///
    /// # Errors
    /// Where both files are missing, or it is another network.
    pub fn load(loader: &Loader<'_>) -> Result<Self, OnnxError> {
        let spec = if loader.has(&WARP) || !loader.has(&WARP_PLUGIN) { WARP } else { WARP_PLUGIN };
        loader.load(&spec).map(Self)
    }

    /// Lays a volume (32, 16, 64, 64) where the network computes, for one frame or for many.
    ///
    /// # Errors
    /// Where it has another size, or there is no room.
    pub fn keep(&self, volume: Vec<f32>) -> Result<Kept, OnnxError> {
        self.0.keep(&VOLUME_SHAPE, volume)
    }

    /// The feature (256, 64, 64) of a volume, its own keypoints and the driven ones; it stays where it is computed.
    ///
    /// # Errors
    /// Where the network fails or a size is wrong.
    pub fn warp(&mut self, volume: &Kept, source: &Points, driven: &Points) -> Result<Kept, OnnxError> {
        self.0.run_kept(&[Input::Kept(volume), Input::F32(&POINTS, source), Input::F32(&POINTS, driven)])
    }
}

/// The network that paints.
pub struct Decoder(Network);

impl Decoder {
    /// Loads the network.
    ///
    /// # Errors
    /// Where the file is missing or is another network.
    pub fn load(loader: &Loader<'_>) -> Result<Self, OnnxError> {
        loader.load(&DECODER).map(Self)
    }

    /// Paints the face's square of a feature of [`Warper::warp`].
    ///
    /// # Errors
    /// Where the network fails or a size is wrong.
    pub fn decode(&mut self, feature: &Kept, square: &mut Square) -> Result<(), OnnxError> {
        let outputs = self.0.run(&[Input::Kept(feature)])?;
        let (red, others) = outputs.values(0).split_at(SIDE * SIDE);
        let (green, blue) = others.split_at(SIDE * SIDE);
        let planes = red.iter().zip(green).zip(blue);
        square.paint(planes.map(|((red, green), blue)| [red, green, blue].map(|value| value.clamp(0.0, 1.0) * 255.0)));
        Ok(())
    }
}
