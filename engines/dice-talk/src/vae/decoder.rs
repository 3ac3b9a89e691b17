//! The autoencoder's way from latents to pictures, which looks at the frames of a chunk together.

use std::iter;

use engine_diffusion::head::Head;
use engine_diffusion::resnet::ResnetShape;
use engine_diffusion::sampling::Upsample2D;
use engine_diffusion::vae::{AttentionBlock, EPS, VaeConfig};
use engine_torch::VarPath;
use engine_torch::layers::{Conv2d, TemporalConv};
use tch::Tensor;

use crate::spatio_temporal_resnet::{SpatioTemporalResBlock, SpatioTemporalShape};
use crate::time_mixer::Half;

/// Epsilon of normalisations along time.
const TEMPORAL_EPS: f64 = 1e-5;
/// Frames that the last convolution sees at once.
const KERNEL: i64 = 3;
/// Numbers of frames that are taken at once through what looks at each by itself. Twice the sides are four times as many, and
/// kernels of GPUs count them in 31 bits.
const MOST_NUMBERS: i64 = 1 << 27;

/// Latents to pictures.
#[derive(Debug)]
pub struct TemporalDecoder {
    conv_in: Conv2d,
    middle: [SpatioTemporalResBlock; 2],
    attention: AttentionBlock,
    up_blocks: Vec<UpBlock>,
    head: Head,
    time_conv_out: TemporalConv,
}

/// Residual blocks, and but for the last of them all a doubling.
#[derive(Debug)]
struct UpBlock {
    resnets: Vec<SpatioTemporalResBlock>,
    upsampler: Option<Upsample2D>,
}

impl TemporalDecoder {
    /// `conv_in`, `mid_block`, `up_blocks.0` and so on, `conv_norm_out`, `conv_out` and `time_conv_out`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &VaeConfig) -> Self {
        let groups = config.norm_num_groups;
        let channels: Vec<i64> = config.block_out_channels.iter().rev().copied().collect();
        let [first, last] = [channels[0], channels[channels.len() - 1]];
        let middle = vs / "mid_block";
        let up_block = |(place, outputs): (usize, &i64)| {
            let inputs = channels[place.saturating_sub(1)];
            let is_last = place + 1 == channels.len();
            UpBlock::new(&(vs / "up_blocks" / place), [inputs, *outputs], is_last, config)
        };
        Self {
            conv_in: Conv2d::new(&(vs / "conv_in"), config.latent_channels, first, 3).padding(1),
            middle: [0, 1].map(|place| Self::resnet(&(&middle / "resnets" / place), [first, first], groups)),
            attention: AttentionBlock::new(&(&middle / "attentions" / 0), groups, first),
            up_blocks: channels.iter().enumerate().map(up_block).collect(),
            head: Head::new(vs, last, config.out_channels, groups, EPS),
            time_conv_out: TemporalConv::new(&(vs / "time_conv_out"), config.out_channels, config.out_channels, KERNEL),
        }
    }

    /// Latents of a chunk (frames, latent channels, rows, columns), at their own scale, to its pictures
    /// (frames, 3, 8 · rows, 8 · columns).
    pub fn forward(&self, latents: &Tensor) -> Tensor {
        let frames = latents.size()[0];
        let [first, second] = &self.middle;
        let x = first.forward(&self.conv_in.forward(latents), frames, None);
        let x = second.forward(&self.attention.forward(&x), frames, None);
        let x = self.up_blocks.iter().fold(x, |x, block| block.forward(x, frames));
        let x = self.head.forward(&x);
        let along_time = x.flatten(2, 3).transpose(0, 1).unsqueeze(0);
        self.time_conv_out.forward(&along_time).squeeze_dim(0).transpose(0, 1).reshape(x.size())
    }

    /// A residual block of the decoder, `inputs` channels to `outputs`, which knows no steps; `vs` begins its keys.
    #[must_use]
    pub fn resnet(vs: &VarPath<'_>, [inputs, outputs]: [i64; 2], groups: i64) -> SpatioTemporalResBlock {
        let spatial = ResnetShape { inputs, outputs, time_embedding: None, groups, eps: EPS };
        SpatioTemporalResBlock::new(
            vs,
            SpatioTemporalShape { spatial, temporal_eps: TEMPORAL_EPS, mixed_by: Half::Temporal },
        )
    }
}

impl UpBlock {
    /// `resnets.0` and so on, and `upsamplers.0`.
    fn new(vs: &VarPath<'_>, [inputs, outputs]: [i64; 2], is_last: bool, config: &VaeConfig) -> Self {
        let inputs = iter::once(inputs).chain(iter::repeat(outputs));
        let layers = (0..=config.layers_per_block).zip(inputs);
        let groups = config.norm_num_groups;
        Self {
            resnets: layers
                .map(|(layer, inputs)| TemporalDecoder::resnet(&(vs / "resnets" / layer), [inputs, outputs], groups))
                .collect(),
            upsampler: (!is_last).then(|| Upsample2D::new(&(vs / "upsamplers" / 0), outputs)),
        }
    }

    fn forward(&self, x: Tensor, frames: i64) -> Tensor {
        // Chunks are large, and a block's input is no longer needed when its spatial half is done.
        let x = self.resnets.iter().fold(x, |x, resnet| {
            let spatial = in_parts(&x, MOST_NUMBERS, |x| resnet.spatial.forward(x, None));
            drop(x);
            resnet.along_time(spatial, frames, None)
        });
        match &self.upsampler {
            Some(upsampler) => in_parts(&x, MOST_NUMBERS, |x| upsampler.doubled(x)),
            None => x,
        }
    }
}

/// What a step that looks at each frame by itself makes of frames (frames, channels, rows, columns), at least one: it is given
/// no more at once than have about `most` numbers, so that what is between its layers stays small.
fn in_parts(x: &Tensor, most: i64, step: impl Fn(&Tensor) -> Tensor) -> Tensor {
    let frames = x.size()[0];
    let at_once = (most * frames / x.numel() as i64).max(1);
    if at_once >= frames {
        return step(x);
    }
    let mut parts = x.split(at_once, 0).into_iter().map(|part| step(&part));
    let first = parts.next().expect("there is a frame");
    let mut shape = first.size();
    shape[0] = frames;
    let all = first.new_empty(shape, (first.kind(), first.device()));
    let mut done = 0;
    for part in iter::once(first).chain(parts) {
        let count = part.size()[0];
        all.narrow(0, done, count).copy_(&part);
        done += count;
    }
    all
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn parts_give_what_the_whole_gives() {
        let x = Tensor::arange(7 * 2 * 3 * 4, (Kind::Float, Device::Cpu)).view([7, 2, 3, 4]);
        let step = |x: &Tensor| x.upsample_nearest2d([6, 8], None, None) + 1.0;
        for most in [1, 24, 60, 7 * 24, i64::from(u32::MAX)] {
            assert_eq!(in_parts(&x, most, step), step(&x), "{most} numbers at once");
        }
    }
}
