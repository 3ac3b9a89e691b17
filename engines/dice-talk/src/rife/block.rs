//! A block of RIFE's network: how an estimate of motion changes.

use engine_torch::VarPath;
use engine_torch::layers::Conv2d;
use tch::Tensor;

/// Channels of its features.
const FEATURES: i64 = 90;
/// Channels of what it is given: two pictures, how they are mixed, and the flows to both.
const INPUTS: i64 = 3 + 3 + 1 + 4;

/// Convolutions at a quarter of the sides, and the way back.
#[derive(Debug)]
pub struct FlowBlock {
    shrinking: [Rectified<Conv2d>; 2],
    features: [[Rectified<Conv2d>; 2]; 4],
    flows: Enlarging,
    logits: Enlarging,
}

/// What a block adds to an estimate.
#[derive(Debug)]
pub struct Change {
    /// To the flows, in pixels of its own size: (N, 4, rows, columns).
    pub flows: Tensor,
    /// To the logits of the mixture: (N, 1, rows, columns).
    pub logits: Tensor,
}

impl FlowBlock {
    /// `conv0.0` and `conv0.1`, `convblock0.0` to `convblock3.1`, `conv1` and `conv2`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>) -> Self {
        let half = FEATURES / 2;
        let shrinking = |vs: VarPath<'_>, [inputs, outputs]: [i64; 2]| {
            Rectified::new(&vs, outputs, |vs| Conv2d::new(vs, inputs, outputs, 3).stride(2).padding(1))
        };
        let feature =
            |vs: VarPath<'_>| Rectified::new(&vs, FEATURES, |vs| Conv2d::new(vs, FEATURES, FEATURES, 3).padding(1));
        Self {
            shrinking: [shrinking(vs / "conv0" / 0, [INPUTS, half]), shrinking(vs / "conv0" / 1, [half, FEATURES])],
            features: [0, 1, 2, 3].map(|place| {
                let vs = vs / format_args!("convblock{place}");
                [feature(&vs / 0), feature(&vs / 1)]
            }),
            flows: Enlarging::new(&(vs / "conv1"), 4),
            logits: Enlarging::new(&(vs / "conv2"), 1),
        }
    }

    /// Of (N, 11, rows, columns), whose sides are multiples of 4: the first picture, the second, the logits, and the flows to
    /// the first and to the second.
    pub fn forward(&self, x: &Tensor) -> Change {
        // With channels side by side, convolutions need not put them so on the way in, nor back on the way out.
        let x = x.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2]);
        let x = self.shrinking.iter().fold(x, |x, layer| layer.forward(&x));
        let x = self.features.iter().fold(x, |x, [first, second]| {
            let mut features = second.forward(&first.forward(&x));
            features += &x;
            features
        });
        Change { flows: self.flows.forward(&x), logits: self.logits.forward(&x) }
    }
}

/// Two convolutions backwards, each of which doubles the sides.
#[derive(Debug)]
struct Enlarging {
    first: Rectified<Doubling>,
    second: Doubling,
}

impl Enlarging {
    /// `0` to `2`.
    fn new(vs: &VarPath<'_>, outputs: i64) -> Self {
        let half = FEATURES / 2;
        Self {
            first: Rectified::new(vs, half, |vs| Doubling::new(vs, FEATURES, half)),
            second: Doubling::new(&(vs / 2), half, outputs),
        }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        self.second.forward(&self.first.forward(x))
    }
}

/// A layer and the rectifier after it, whose negative slope is learned for each channel.
#[derive(Debug)]
struct Rectified<L> {
    layer: L,
    slopes: Tensor,
}

impl<L> Rectified<L> {
    /// `0` and `1`.
    fn new(vs: &VarPath<'_>, outputs: i64, layer: impl FnOnce(&VarPath<'_>) -> L) -> Self {
        Self { layer: layer(&(vs / 0)), slopes: (vs / 1).tensor("weight", &[outputs]) }
    }
}

impl Rectified<Conv2d> {
    fn forward(&self, x: &Tensor) -> Tensor {
        self.layer.forward(x).prelu(&self.slopes)
    }
}

impl Rectified<Doubling> {
    fn forward(&self, x: &Tensor) -> Tensor {
        self.layer.forward(x).prelu(&self.slopes)
    }
}

/// A convolution by squares of four pixels backwards, in steps of two: it doubles the sides.
#[derive(Debug)]
struct Doubling {
    weight: Tensor,
    bias: Tensor,
}

impl Doubling {
    /// `weight` (`inputs`, `outputs`, 4, 4) and `bias` (`outputs`).
    fn new(vs: &VarPath<'_>, inputs: i64, outputs: i64) -> Self {
        Self { weight: vs.tensor("weight", &[inputs, outputs, 4, 4]), bias: vs.tensor("bias", &[outputs]) }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        x.conv_transpose2d(&self.weight, Some(&self.bias), [2, 2], [1, 1], [0, 0], 1, [1, 1])
    }
}
