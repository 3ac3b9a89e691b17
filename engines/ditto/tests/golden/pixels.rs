//! Images of the set as the pipeline's rasters, and back.

use std::fs;

use engine_ditto::source::photo;
use engine_golden::Tensor;
use engine_golden::json::text;
use engine_vision::raster::Raster;
use serde_json::Value;

use crate::reference::SET;

/// The image that a record describes: a file with a greatest size, or bytes in closed form.
pub(crate) fn image(record: &Value) -> Raster<u8> {
    match record.get("file") {
        Some(file) => file_image(text(file), limit(&record["max_size"])),
        None => {
            let tensor = SET.input(record);
            raster(&tensor.shape, tensor.to_u8())
        }
    }
}

/// A file of the set, read and brought to size.
pub(crate) fn file_image(file: &str, max_size: Option<usize>) -> Raster<u8> {
    let bytes = fs::read(SET.path(file)).unwrap_or_else(|error| panic!("cannot read {file}: {error}"));
    photo::decode(&bytes)
        .and_then(|image| photo::fitted(image, max_size))
        .unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Samples of shape (height, width) or (height, width, channels).
pub(crate) fn raster<T: Copy + Default>(shape: &[usize], samples: Vec<T>) -> Raster<T> {
    let channels = shape.get(2).copied().unwrap_or(1);
    Raster::new(shape[1], shape[0], channels, samples).expect("the samples fit the shape")
}

/// An image as a u8 tensor (height, width, channels).
pub(crate) fn tensor(image: &Raster<u8>) -> Tensor {
    Tensor::u8(&[image.height(), image.width(), image.channels()], image.data().to_vec())
}

/// A matrix of JSON.
pub(crate) fn matrix<const R: usize, const C: usize>(record: &Value) -> [[f64; C]; R] {
    let tensor = SET.input(record);
    assert_eq!(tensor.shape, [R, C], "the matrix has another shape");
    std::array::from_fn(|row| std::array::from_fn(|column| tensor.at(row * C + column)))
}

/// A limit of the longer side; 0 and numbers below are none.
pub(crate) fn limit(value: &Value) -> Option<usize> {
    let limit = value.as_i64().expect("a whole number");
    usize::try_from(limit).ok().filter(|limit| *limit > 0)
}
