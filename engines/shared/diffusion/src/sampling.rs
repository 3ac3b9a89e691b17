//! Halving and doubling pictures by convolutions.

use engine_torch::VarPath;
use engine_torch::layers::Conv2d;
use tch::Tensor;

/// Halves a picture, rounding up: a convolution in steps of two.
#[derive(Debug)]
pub struct Downsample2D {
    conv: Conv2d,
    /// Whether zeros lie at all four edges, or at the last row and column alone.
    is_even: bool,
}

impl Downsample2D {
    /// `conv`, with zeros at all edges.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, channels: i64) -> Self {
        Self { conv: Conv2d::new(&(vs / "conv"), channels, channels, 3).stride(2).padding(1), is_even: true }
    }

    /// `conv`, with zeros behind the last row and column alone, as the autoencoder has it.
    #[must_use]
    pub fn padded_behind(vs: &VarPath<'_>, channels: i64) -> Self {
        Self { conv: Conv2d::new(&(vs / "conv"), channels, channels, 3).stride(2), is_even: false }
    }

    /// (N, channels, rows, columns) to half of both.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        if self.is_even { self.conv.forward(x) } else { self.conv.forward(&x.constant_pad_nd([0, 1, 0, 1])) }
    }
}

/// Enlarges a picture by repeating pixels, and convolves.
#[derive(Debug)]
pub struct Upsample2D {
    conv: Conv2d,
}

impl Upsample2D {
    /// `conv`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, channels: i64) -> Self {
        Self { conv: Conv2d::new(&(vs / "conv"), channels, channels, 3).padding(1) }
    }

    /// (N, channels, rows, columns) to `size`, in rows and columns. Twice the size is usual; what was halved from an odd
    /// number of rows goes back to that number.
    pub fn forward(&self, x: &Tensor, size: [i64; 2]) -> Tensor {
        self.conv.forward(&x.upsample_nearest2d(size, None, None))
    }

    /// To twice the size.
    pub fn doubled(&self, x: &Tensor) -> Tensor {
        let size = x.size();
        self.forward(x, [2 * size[2], 2 * size[3]])
    }
}
