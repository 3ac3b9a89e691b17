//! The layers that networks are made of, each with its weights by the keys that torch gives them.

use tch::Tensor;

use crate::var_path::VarPath;

/// An affine map of the last axis.
#[derive(Debug)]
pub struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    /// `weight` (`outputs`, `inputs`) and `bias` (`outputs`).
    #[must_use]
    pub fn new(vs: &VarPath<'_>, inputs: i64, outputs: i64) -> Self {
        Self { bias: Some(vs.tensor("bias", &[outputs])), ..Self::without_bias(vs, inputs, outputs) }
    }

    /// `weight` alone.
    #[must_use]
    pub fn without_bias(vs: &VarPath<'_>, inputs: i64, outputs: i64) -> Self {
        Self { weight: vs.tensor("weight", &[outputs, inputs]), bias: None }
    }

    /// (…, `inputs`) to (…, `outputs`).
    pub fn forward(&self, x: &Tensor) -> Tensor {
        x.linear(&self.weight, self.bias.as_ref())
    }

    /// As [`Self::forward`], into memory of that shape.
    pub fn forward_into(&self, x: &Tensor, result: &Tensor) {
        let _ = x.linear_out(result, &self.weight, self.bias.as_ref());
    }
}

/// A convolution over one axis, with zeros at both ends so that steps of one keep the length (where the kernel is odd).
#[derive(Debug)]
pub struct Conv1d {
    weight: Tensor,
    bias: Tensor,
    stride: i64,
}

impl Conv1d {
    /// `weight` (`outputs`, `inputs`, `kernel`) and `bias` (`outputs`).
    #[must_use]
    pub fn new(vs: &VarPath<'_>, inputs: i64, outputs: i64, kernel: i64, stride: i64) -> Self {
        Self { weight: vs.tensor("weight", &[outputs, inputs, kernel]), bias: vs.tensor("bias", &[outputs]), stride }
    }

    /// (N, `inputs`, length) to (N, `outputs`, length / stride).
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let padding = self.weight.size()[2] / 2;
        x.conv1d(&self.weight, Some(&self.bias), [self.stride], [padding], [1], 1)
    }
}

/// A convolution over rows and columns with a square kernel.
#[derive(Debug)]
pub struct Conv2d {
    weight: Tensor,
    bias: Tensor,
    stride: i64,
    padding: i64,
}

impl Conv2d {
    /// `weight` (`outputs`, `inputs`, `kernel`, `kernel`) and `bias` (`outputs`); steps by one, without padding.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, inputs: i64, outputs: i64, kernel: i64) -> Self {
        let weight = vs.tensor("weight", &[outputs, inputs, kernel, kernel]);
        Self { weight, bias: vs.tensor("bias", &[outputs]), stride: 1, padding: 0 }
    }

    /// Steps by so many pixels.
    #[must_use]
    pub fn stride(self, stride: i64) -> Self {
        Self { stride, ..self }
    }

    /// With so many zeros at each edge.
    #[must_use]
    pub fn padding(self, padding: i64) -> Self {
        Self { padding, ..self }
    }

    /// (N, `inputs`, rows, columns) to (N, `outputs`, rows, columns).
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let [stride, padding] = [[self.stride; 2], [self.padding; 2]];
        x.conv2d(&self.weight, Some(&self.bias), stride, padding, [1, 1], 1)
    }
}

/// A convolution along time, pixel by pixel: its kernel has one row and one column. Zeros lie before the first frame and
/// behind the last, so that there are as many frames as before (where the kernel is odd).
#[derive(Debug)]
pub struct TemporalConv {
    weight: Tensor,
    bias: Tensor,
}

impl TemporalConv {
    /// `weight` (`outputs`, `inputs`, `kernel`, 1, 1) and `bias` (`outputs`).
    #[must_use]
    pub fn new(vs: &VarPath<'_>, inputs: i64, outputs: i64, kernel: i64) -> Self {
        let weight = vs.tensor("weight", &[outputs, inputs, kernel, 1, 1]);
        // Pixels may lie in one axis: two axes are convolved, not three.
        Self { weight: weight.squeeze_dim(-1), bias: vs.tensor("bias", &[outputs]) }
    }

    /// (N, `inputs`, frames, pixels) to (N, `outputs`, frames, pixels).
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let padding = [self.weight.size()[2] / 2, 0];
        x.conv2d(&self.weight, Some(&self.bias), [1, 1], padding, [1, 1], 1)
    }
}

/// Normalisation over groups of channels, of each picture by itself.
#[derive(Debug)]
pub struct GroupNorm {
    weight: Tensor,
    bias: Tensor,
    groups: i64,
    eps: f64,
}

impl GroupNorm {
    /// `weight` and `bias` (`channels`).
    #[must_use]
    pub fn new(vs: &VarPath<'_>, groups: i64, channels: i64, eps: f64) -> Self {
        Self { weight: vs.tensor("weight", &[channels]), bias: vs.tensor("bias", &[channels]), groups, eps }
    }

    /// (N, `channels`, …) to the same.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        x.group_norm(self.groups, Some(&self.weight), Some(&self.bias), self.eps, true)
    }
}

/// Normalisation over the last axis, with epsilon 1e-5.
#[derive(Debug)]
pub struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    size: i64,
}

impl LayerNorm {
    const EPS: f64 = 1e-5;

    /// `weight` and `bias` (`size`).
    #[must_use]
    pub fn new(vs: &VarPath<'_>, size: i64) -> Self {
        Self { weight: vs.tensor("weight", &[size]), bias: vs.tensor("bias", &[size]), size }
    }

    /// As [`Self::new`], but computed in 32 bits whatever the network computes in.
    #[must_use]
    pub fn in_f32(vs: &VarPath<'_>, size: i64) -> Self {
        Self { weight: vs.tensor_f32("weight", &[size]), bias: vs.tensor_f32("bias", &[size]), size }
    }

    /// (…, `size`) to the same, of the same kind.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let own = x.to_kind(self.weight.kind());
        own.layer_norm([self.size], Some(&self.weight), Some(&self.bias), Self::EPS, true).to_kind(x.kind())
    }
}
