//! A picture that steers the denoising, brought to the size and channels of its first features (Zhang et al. 2023, arXiv
//! 2302.05543): EchoMimic's face locator, and DICE-Talk's pose guider with three channels.

use engine_torch::VarPath;
use engine_torch::layers::Conv2d;
use tch::Tensor;

/// Convolutions, three of which halve the picture; SiLU after each but the last.
#[derive(Debug)]
pub struct ConditioningEmbedding {
    conv_in: Conv2d,
    blocks: Vec<Conv2d>,
    conv_out: Conv2d,
}

impl ConditioningEmbedding {
    /// Channels of the convolutions that every published network has.
    pub const CHANNELS: [i64; 4] = [16, 32, 96, 256];

    /// `conv_in`, `blocks.0` and so on, `conv_out`; `inputs` are the picture's channels.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, inputs: i64, channels: &[i64], outputs: i64) -> Self {
        let blocks = channels.windows(2).enumerate().flat_map(|(step, pair)| {
            let conv = |place, to| Conv2d::new(&(vs / "blocks" / place), pair[0], to, 3).padding(1);
            [conv(2 * step, pair[0]), conv(2 * step + 1, pair[1]).stride(2)]
        });
        let [first, last] = [channels[0], channels[channels.len() - 1]];
        Self {
            conv_in: Conv2d::new(&(vs / "conv_in"), inputs, first, 3).padding(1),
            blocks: blocks.collect(),
            conv_out: Conv2d::new(&(vs / "conv_out"), last, outputs, 3).padding(1),
        }
    }

    /// (N, `inputs`, rows, columns) to (N, `outputs`, rows / 8, columns / 8).
    pub fn forward(&self, picture: &Tensor) -> Tensor {
        let hidden = self.conv_in.forward(picture).silu_();
        let hidden = self.blocks.iter().fold(hidden, |hidden, conv| conv.forward(&hidden).silu_());
        self.conv_out.forward(&hidden)
    }
}
