//! The picture in which faces are looked for, and parts of it as MTCNN's networks take them.

use engine_vision::boxes::Bounds;
use engine_vision::raster::Raster;
use tch::{Kind, Tensor};

use super::candidate::covered;
use super::pyramid::Level;

/// A picture (1, 3, rows, columns) on the processor, samples 0 to 255.
#[derive(Debug)]
pub struct Pixels {
    samples: Tensor,
    width: usize,
    height: usize,
}

impl Pixels {
    /// A picture of three channels, taken in this order.
    #[must_use]
    pub fn new(picture: &Raster<u8>, order: [i64; 3]) -> Self {
        let (width, height) = (picture.width(), picture.height());
        let interleaved = Tensor::from_slice(picture.data()).view([1, height as i64, width as i64, 3]);
        let planes = interleaved.permute([0, 3, 1, 2]).index_select(1, &Tensor::from_slice(&order));
        Self { samples: planes.to_kind(Kind::Float).contiguous(), width, height }
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The whole picture at a level's size (1, 3, rows, columns), −1 to 1.
    pub fn level(&self, level: &Level) -> Tensor {
        centred(&averaged(&self.samples, [level.height, level.width]))
    }

    /// What a box covers, at `side` by `side` pixels (1, 3, `side`, `side`), −1 to 1; none where it covers nothing.
    pub fn window(&self, bounds: Bounds, side: i64) -> Option<Tensor> {
        let [top, bottom, left, right] = covered(bounds, self.width, self.height);
        let (rows, columns) = (bottom - top + 1, right - left + 1);
        (rows > 0 && columns > 0).then(|| {
            let window = self.samples.narrow(2, top - 1, rows).narrow(3, left - 1, columns);
            centred(&averaged(&window, [side; 2]))
        })
    }
}

/// Resizes (N, C, rows, columns) to these rows and columns: each sample is the mean of those that it touches.
pub fn averaged(x: &Tensor, size: [i64; 2]) -> Tensor {
    x.adaptive_avg_pool2d(size)
}

fn centred(samples: &Tensor) -> Tensor {
    (samples - 127.5) * 0.0078125
}
