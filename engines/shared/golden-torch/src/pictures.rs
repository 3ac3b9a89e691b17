//! Pictures as sets hold them and as engines do.

use engine_golden::{Set, Tensor};
use engine_vision::raster::Raster;
use serde_json::Value;

/// The picture `name` of a stage, channels in the order in which it is stored.
///
/// # Panics
/// The stage has none of this name.
#[must_use]
pub fn picture(set: &Set, stage: &Value, name: &str) -> Raster<u8> {
    let stored = set.input(&stage["inputs"][name]);
    let (height, width, channels) = match stored.shape[..] {
        [height, width] => (height, width, 1),
        [height, width, channels] => (height, width, channels),
        _ => panic!("{name} is no picture"),
    };
    Raster::new(width, height, channels, stored.to_u8()).expect("as many samples as the shape holds")
}

/// A picture as sets hold it: (rows, columns, channels), or without the last where there is one channel.
#[must_use]
pub fn tensor(picture: &Raster<u8>) -> Tensor {
    let size = [picture.height(), picture.width(), picture.channels()];
    Tensor::u8(if size[2] == 1 { &size[..2] } else { &size }, picture.data().to_vec())
}
