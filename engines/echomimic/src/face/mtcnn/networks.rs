//! MTCNN's three networks.
//!
//! Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", 2016. Convolutions
//! have no padding, and pooling counts windows that reach over the edge.

use engine_torch::VarPath;
use engine_torch::layers::{Conv2d, Linear};
use tch::{Kind, Tensor};

/// What a network says of each window that it looks at.
#[derive(Debug)]
pub struct Answers {
    /// Whether it shows no face, or one: two probabilities along the second axis.
    pub probabilities: Tensor,
    /// How far each side of the face's box is off the window's, in widths and heights of it: left, top, right, bottom
    /// along the second axis.
    pub offsets: Tensor,
}

/// The proposal network: looks at every window of 12 by 12 pixels, in steps of two.
#[derive(Debug)]
pub struct ProposalNet {
    stem: Rectified<Conv2d>,
    features: [Rectified<Conv2d>; 2],
    face: Conv2d,
    offsets: Conv2d,
}

impl ProposalNet {
    /// `conv1` to `conv4_2`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>) -> Self {
        Self {
            stem: Rectified::conv(vs, 1, [3, 10], 3),
            features: [Rectified::conv(vs, 2, [10, 16], 3), Rectified::conv(vs, 3, [16, 32], 3)],
            face: Conv2d::new(&(vs / "conv4_1"), 32, 2, 1),
            offsets: Conv2d::new(&(vs / "conv4_2"), 32, 4, 1),
        }
    }

    /// (N, 3, rows, columns) in −1 to 1 to maps (N, …, rows / 2 − 5, columns / 2 − 5), halves rounded up.
    pub fn forward(&self, x: &Tensor) -> Answers {
        let pooled = pooled(&self.stem.forward(x), 2);
        let features = self.features.iter().fold(pooled, |x, layer| layer.forward(&x));
        answers(&self.face.forward(&features), self.offsets.forward(&features))
    }
}

/// The refinement network: looks at single windows.
#[derive(Debug)]
pub struct RefineNet {
    features: [Rectified<Conv2d>; 3],
    dense: Rectified<Linear>,
    face: Linear,
    offsets: Linear,
}

impl RefineNet {
    /// Pixels along a side of its windows.
    pub const SIDE: i64 = 24;

    /// `conv1` to `dense5_2`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>) -> Self {
        Self {
            features: [
                Rectified::conv(vs, 1, [3, 28], 3),
                Rectified::conv(vs, 2, [28, 48], 3),
                Rectified::conv(vs, 3, [48, 64], 2),
            ],
            dense: Rectified::linear(vs, 4, [576, 128]),
            face: Linear::new(&(vs / "dense5_1"), 128, 2),
            offsets: Linear::new(&(vs / "dense5_2"), 128, 4),
        }
    }

    /// (N, 3, 24, 24) in −1 to 1 to (N, …).
    pub fn forward(&self, x: &Tensor) -> Answers {
        let [first, second, third] = &self.features;
        let x = pooled(&first.forward(x), 3);
        let x = pooled(&second.forward(&x), 3);
        let features = self.dense.forward(&flat(&third.forward(&x)));
        answers(&self.face.forward(&features), self.offsets.forward(&features))
    }
}

/// The output network: looks at single windows, more closely.
#[derive(Debug)]
pub struct OutputNet {
    features: [Rectified<Conv2d>; 4],
    dense: Rectified<Linear>,
    face: Linear,
    offsets: Linear,
    landmarks: Linear,
}

impl OutputNet {
    /// Pixels along a side of its windows.
    pub const SIDE: i64 = 48;

    /// `conv1` to `dense6_3`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>) -> Self {
        Self {
            features: [
                Rectified::conv(vs, 1, [3, 32], 3),
                Rectified::conv(vs, 2, [32, 64], 3),
                Rectified::conv(vs, 3, [64, 64], 3),
                Rectified::conv(vs, 4, [64, 128], 2),
            ],
            dense: Rectified::linear(vs, 5, [1152, 256]),
            face: Linear::new(&(vs / "dense6_1"), 256, 2),
            offsets: Linear::new(&(vs / "dense6_2"), 256, 4),
            landmarks: Linear::new(&(vs / "dense6_3"), 256, 10),
        }
    }

    /// (N, 3, 48, 48) in −1 to 1 to (N, …), and five landmarks (N, 10): their five places across the window, 0 to 1, then
    /// those down it.
    pub fn forward(&self, x: &Tensor) -> (Answers, Tensor) {
        let [first, second, third, fourth] = &self.features;
        let x = pooled(&first.forward(x), 3);
        let x = pooled(&second.forward(&x), 3);
        let x = pooled(&third.forward(&x), 2);
        let features = self.dense.forward(&flat(&fourth.forward(&x)));
        let answers = answers(&self.face.forward(&features), self.offsets.forward(&features));
        (answers, self.landmarks.forward(&features))
    }
}

/// A layer and the rectifier after it, whose negative slope is learned for each channel.
#[derive(Debug)]
struct Rectified<L> {
    layer: L,
    slopes: Tensor,
}

impl Rectified<Conv2d> {
    /// Number `place`, from and to so many channels.
    fn conv(vs: &VarPath<'_>, place: usize, [from, to]: [i64; 2], kernel: i64) -> Self {
        Self {
            layer: Conv2d::new(&(vs / format_args!("conv{place}")), from, to, kernel),
            slopes: slopes(vs, place, to),
        }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        self.layer.forward(x).prelu(&self.slopes)
    }
}

impl Rectified<Linear> {
    /// Number `place`, from and to so many values.
    fn linear(vs: &VarPath<'_>, place: usize, [from, to]: [i64; 2]) -> Self {
        Self { layer: Linear::new(&(vs / format_args!("dense{place}")), from, to), slopes: slopes(vs, place, to) }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        self.layer.forward(x).prelu(&self.slopes)
    }
}

fn slopes(vs: &VarPath<'_>, place: usize, channels: i64) -> Tensor {
    (vs / format_args!("prelu{place}")).tensor("weight", &[channels])
}

/// The largest value of each square of `side` pixels, in steps of two.
fn pooled(x: &Tensor, side: i64) -> Tensor {
    x.max_pool2d([side; 2], [2, 2], [0, 0], [1, 1], true)
}

/// (N, channels, rows, columns) to (N, values), columns outermost: the networks were trained with the axes of Matlab.
fn flat(x: &Tensor) -> Tensor {
    x.permute([0, 3, 2, 1]).flatten(1, -1)
}

fn answers(face: &Tensor, offsets: Tensor) -> Answers {
    Answers { probabilities: face.softmax(1, Kind::Float), offsets }
}
