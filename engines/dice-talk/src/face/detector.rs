//! The detector of faces: YOLOv5-face as TorchScript, which looks at all of a picture at once on three grids.
//!
//! It always computes on the processor in 32 bits: it looks at one or two pictures of a job, and a box jumps by pixels where
//! a score changes in its last bits.

use std::path::Path;

use engine_torch::{TorchError, guarded, pixels};
use engine_vision::opencv_resize;
use engine_vision::raster::Raster;
use tch::{CModule, Device, IValue, Kind, Tensor};

pub mod error;
pub mod output;
pub mod trust;

use super::geometry::searched_size;
use error::{LoadError, RunError};
use output::{Face, Limits, NUMBERS, faces};

/// Pixels that a cell of each grid has at each side.
const STRIDES: [i64; 3] = [8, 16, 32];
/// Pixels at each side of the picture that a new detector is tried with.
const TRIED: i64 = 416;

/// The detector.
#[derive(Debug)]
pub struct Detector {
    module: CModule,
}

impl Detector {
    /// Loads a TorchScript archive whose SHA-256 in hexadecimal digits is `trusted`, and tries it.
    ///
    /// # Errors
    /// The file cannot be read, is not the trusted one, is no such archive, or no detector.
    pub fn load(path: &Path, trusted: Option<&str>) -> Result<Self, LoadError> {
        let bytes = trust::read(path, trusted)?;
        let load = || -> Result<CModule, TorchError> {
            let mut module = CModule::load_data_on_device(&mut bytes.as_slice(), Device::Cpu)?;
            module.f_set_eval()?;
            Ok(module)
        };
        let unread = |reason| LoadError::NotTorchScript { path: path.to_owned(), reason };
        let module = guarded(load).and_then(|loaded| loaded).map_err(unread)?;
        let detector = Self { module };
        let tried = detector.look(&Tensor::zeros([1, 3, TRIED, TRIED], (Kind::Float, Device::Cpu)));
        match tried {
            Ok(_) => Ok(detector),
            Err(reason) => Err(LoadError::NoDetector { path: path.to_owned(), reason }),
        }
    }

    /// All faces in a picture (red, green, blue), the surest first.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub fn detect(&self, picture: &Raster<u8>) -> Result<Vec<Face>, RunError> {
        let shown = shown(picture);
        let (searched, size) = ([shown.width(), shown.height()], [picture.width(), picture.height()]);
        let rows = self.look(&pixels::planes(&shown))?;
        let mut numbers = vec![0.0; rows.numel()];
        rows.copy_data(&mut numbers, rows.numel());
        Ok(faces(&numbers, searched, size, Limits::default()))
    }

    /// What the detector says of every cell of its grids: (cells, [`NUMBERS`]). It is shown pictures of (1, 3, rows, columns)
    /// from 0 to 1 on the processor, rows and columns multiples of 32.
    ///
    /// # Errors
    /// It cannot be run, or gives something else.
    pub fn look(&self, picture: &Tensor) -> Result<Tensor, RunError> {
        let answer = guarded(|| -> Result<IValue, TorchError> {
            let picture = picture.shallow_clone();
            let grids = IValue::TensorList(grids(&picture));
            Ok(self.module.forward_is(&[IValue::Tensor(picture), grids])?)
        })??;
        let IValue::Tensor(answer) = answer else { return Err(RunError::NoTensor) };
        if answer.kind() != Kind::Float || answer.device() != Device::Cpu {
            return Err(RunError::NoTensor);
        }
        match answer.size()[..] {
            [1, _, numbers] if numbers == NUMBERS as i64 => {}
            _ => return Err(RunError::Shape(answer.size())),
        }
        let is_finite = guarded(|| answer.isfinite().all().int64_value(&[]) == 1)?;
        if is_finite { Ok(answer.squeeze_dim(0).contiguous()) } else { Err(RunError::NotFinite) }
    }
}

/// A picture as the detector sees it: stretched, so that shapes change a little.
#[must_use]
pub fn shown(picture: &Raster<u8>) -> Raster<u8> {
    let [columns, rows] = searched_size([picture.width(), picture.height()]);
    opencv_resize::linear(picture, columns, rows)
}

/// Column and row of each cell of each grid over a picture: (1, 1, rows, columns, 2).
fn grids(picture: &Tensor) -> Vec<Tensor> {
    let size = picture.size();
    let places = |cells: i64| Tensor::arange(cells, (Kind::Float, Device::Cpu));
    let grid = |stride: &i64| {
        let [rows, columns] = [size[2] / stride, size[3] / stride];
        let cells = Tensor::meshgrid_indexing(&[places(rows), places(columns)], "ij");
        Tensor::stack(&[&cells[1], &cells[0]], 2).view([1, 1, rows, columns, 2])
    };
    STRIDES.iter().map(grid).collect()
}

#[cfg(test)]
pub(crate) mod tests;
