//! The levels of the UNet: residual blocks, each with a layer behind it, and a halving or doubling.

use engine_diffusion::resnet::{ResnetBlock2D, ResnetShape};
use engine_diffusion::sampling::{Downsample2D, Upsample2D};
use engine_torch::VarPath;
use tch::Tensor;

use super::config::UNetConfig;
use super::pass::{Pass, Probe};

/// What a network has behind each residual block.
pub trait Layer {
    /// What one run of the network gives its layers, and takes from them.
    type Run<'r>;

    /// The layer at a site of the block whose keys `vs` begins.
    fn new(vs: &VarPath<'_>, config: &UNetConfig, site: Site) -> Self;

    /// The path of its attention; none where it has none.
    fn attention(&self) -> Option<&str>;

    /// (N, channels, rows, columns) to the same.
    fn forward(&self, x: Tensor, run: &mut Self::Run<'_>, probe: &mut Probe<'_>) -> Tensor;
}

/// Where a layer stands.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// Its place among the layers of its block.
    pub place: i64,
    /// Channels there.
    pub channels: i64,
    /// Whether the block has attention.
    pub has_attention: bool,
}

/// Residual blocks with their layers.
pub(super) struct Layers<L> {
    path: String,
    resnets: Vec<ResnetBlock2D>,
    layers: Vec<L>,
}

impl<L: Layer> Layers<L> {
    /// `inputs` are the channels that come into each residual block.
    fn new(vs: &VarPath<'_>, config: &UNetConfig, inputs: &[i64], channels: i64, has_attention: bool) -> Self {
        let resnet = |(place, inputs): (usize, &i64)| {
            ResnetBlock2D::new(&(vs / "resnets" / place), resnet_shape(config, *inputs, channels))
        };
        let layer = |place| L::new(vs, config, Site { place, channels, has_attention });
        Self {
            path: vs.to_string(),
            resnets: inputs.iter().enumerate().map(resnet).collect(),
            layers: (0..inputs.len() as i64).map(layer).collect(),
        }
    }

    fn forward(&self, place: usize, x: &Tensor, pass: &mut Pass<'_, '_, L::Run<'_>>) -> Tensor {
        let Self { path, resnets, layers } = self;
        let x = resnets[place].forward(x, Some(pass.temb));
        pass.probe.see(|| format!("{path}.resnets.{place}"), &x);
        layers[place].forward(x, pass.run, pass.probe)
    }

    /// The layers alone, in the order in which they run.
    pub(super) fn iter(&self) -> impl Iterator<Item = &L> {
        self.layers.iter()
    }
}

/// A level on the way down.
pub(super) struct DownBlock<L> {
    pub(super) layers: Layers<L>,
    downsampler: Option<Downsample2D>,
}

impl<L: Layer> DownBlock<L> {
    pub(super) fn new(vs: &VarPath<'_>, config: &UNetConfig, level: usize) -> Self {
        let channels = &config.block_out_channels;
        let (inputs, outputs) = (channels[level.saturating_sub(1)], channels[level]);
        let is_last = level + 1 == channels.len();
        let inputs: Vec<i64> =
            (0..config.layers_per_block).map(|layer| if layer == 0 { inputs } else { outputs }).collect();
        Self {
            layers: Layers::new(vs, config, &inputs, outputs, !is_last),
            downsampler: (!is_last).then(|| Downsample2D::new(&(vs / "downsamplers" / 0), outputs)),
        }
    }

    /// Leaves what the way up needs in `skips`.
    pub(super) fn forward(
        &self,
        mut x: Tensor,
        skips: &mut Vec<Tensor>,
        pass: &mut Pass<'_, '_, L::Run<'_>>,
    ) -> Tensor {
        for place in 0..self.layers.resnets.len() {
            x = self.layers.forward(place, &x, pass);
            skips.push(x.shallow_clone());
        }
        if let Some(downsampler) = &self.downsampler {
            x = downsampler.forward(&x);
            skips.push(x.shallow_clone());
        }
        pass.probe.see(|| self.layers.path.clone(), &x);
        x
    }
}

/// The level at the bottom: two residual blocks, the layer between them.
pub(super) struct MidBlock<L> {
    pub(super) layers: Layers<L>,
    last: ResnetBlock2D,
}

impl<L: Layer> MidBlock<L> {
    pub(super) fn new(vs: &VarPath<'_>, config: &UNetConfig) -> Self {
        let channels = config.block_out_channels[config.block_out_channels.len() - 1];
        Self {
            layers: Layers::new(vs, config, &[channels], channels, true),
            last: ResnetBlock2D::new(&(vs / "resnets" / 1), resnet_shape(config, channels, channels)),
        }
    }

    pub(super) fn forward(&self, x: &Tensor, pass: &mut Pass<'_, '_, L::Run<'_>>) -> Tensor {
        let x = self.layers.forward(0, x, pass);
        let x = self.last.forward(&x, Some(pass.temb));
        pass.probe.see(|| self.layers.path.clone(), &x);
        x
    }
}

/// A level on the way up.
pub(super) struct UpBlock<L> {
    pub(super) layers: Layers<L>,
    upsampler: Option<Upsample2D>,
}

impl<L: Layer> UpBlock<L> {
    pub(super) fn new(vs: &VarPath<'_>, config: &UNetConfig, level: usize) -> Self {
        let channels: Vec<i64> = config.block_out_channels.iter().rev().copied().collect();
        let (before, outputs) = (channels[level.saturating_sub(1)], channels[level]);
        let is_last = level + 1 == channels.len();
        let skipped = if is_last { outputs } else { channels[level + 1] };
        let last = config.layers_per_block;
        let inputs: Vec<i64> = (0..=last)
            .map(|layer| {
                let hidden = if layer == 0 { before } else { outputs };
                hidden + if layer == last { skipped } else { outputs }
            })
            .collect();
        Self {
            layers: Layers::new(vs, config, &inputs, outputs, level > 0),
            upsampler: (!is_last).then(|| Upsample2D::new(&(vs / "upsamplers" / 0), outputs)),
        }
    }

    /// Takes what the way down has left, and ends with the size of the next of it.
    pub(super) fn forward(
        &self,
        mut x: Tensor,
        skips: &mut Vec<Tensor>,
        pass: &mut Pass<'_, '_, L::Run<'_>>,
    ) -> Tensor {
        for place in 0..self.layers.resnets.len() {
            let skip = skips.pop().expect("the way down leaves one for each layer of the way up");
            let joined = Tensor::cat(&[x, skip], 1);
            x = self.layers.forward(place, &joined, pass);
        }
        if let (Some(upsampler), Some(next)) = (&self.upsampler, skips.last()) {
            let size = next.size();
            x = upsampler.forward(&x, [size[2], size[3]]);
        }
        pass.probe.see(|| self.layers.path.clone(), &x);
        x
    }
}

fn resnet_shape(config: &UNetConfig, inputs: i64, outputs: i64) -> ResnetShape {
    ResnetShape {
        inputs,
        outputs,
        time_embedding: Some(config.time_embedding()),
        groups: config.norm_num_groups,
        eps: config.norm_eps,
    }
}
