//! The levels of the UNet: residual blocks, each with a layer behind it, and a halving or doubling.

use engine_torch::VarPath;
use tch::Tensor;

use super::pass::{Pass, Probe};
use super::plan::{Part, Plan, Resnet, Site};
use crate::sampling::{Downsample2D, Upsample2D};

/// What a network has behind each residual block.
pub trait Layer {
    /// The network's configuration.
    type Plan: Plan;
    /// What one run of the network gives its layers, and takes from them.
    type Run<'r>;

    /// The layer at a site of the block whose keys `vs` begins.
    fn new(vs: &VarPath<'_>, plan: &Self::Plan, site: Site) -> Self;

    /// (N, channels, rows, columns) to the same.
    fn forward(&self, x: Tensor, run: &mut Self::Run<'_>, probe: &mut Probe<'_>) -> Tensor;
}

/// The residual blocks of a network whose layers are these.
type ResnetOf<L> = <<L as Layer>::Plan as Plan>::Resnet;

/// Residual blocks with their layers.
pub(super) struct Layers<L: Layer> {
    path: String,
    resnets: Vec<ResnetOf<L>>,
    layers: Vec<L>,
}

/// Where a block stands, as its sites do.
#[derive(Clone, Copy)]
struct Ground {
    part: Part,
    level: usize,
    channels: i64,
    has_attention: bool,
}

impl Ground {
    fn site(self, place: usize) -> Site {
        let Self { part, level, channels, has_attention } = self;
        Site { part, level, place, channels, has_attention }
    }
}

impl<L: Layer> Layers<L> {
    /// `inputs` are the channels that come into each residual block.
    fn new(vs: &VarPath<'_>, plan: &L::Plan, inputs: &[i64], ground: Ground) -> Self {
        let resnet = |(place, inputs): (usize, &i64)| resnet(vs, plan, *inputs, ground.site(place));
        Self {
            path: vs.to_string(),
            resnets: inputs.iter().enumerate().map(resnet).collect(),
            layers: (0..inputs.len()).map(|place| L::new(vs, plan, ground.site(place))).collect(),
        }
    }

    fn forward(&self, place: usize, x: &Tensor, pass: &mut Pass<'_, '_, L::Run<'_>>) -> Tensor {
        let Self { path, resnets, layers } = self;
        let x = resnets[place].forward(x, pass.frames, pass.temb);
        pass.probe.see(|| format!("{path}.resnets.{place}"), &x);
        layers[place].forward(x, pass.run, pass.probe)
    }

    /// The layers alone, in the order in which they run.
    pub(super) fn iter(&self) -> impl Iterator<Item = &L> {
        self.layers.iter()
    }
}

/// A level on the way down.
pub(super) struct DownBlock<L: Layer> {
    pub(super) layers: Layers<L>,
    downsampler: Option<Downsample2D>,
}

impl<L: Layer> DownBlock<L> {
    pub(super) fn new(vs: &VarPath<'_>, plan: &L::Plan, level: usize) -> Self {
        let topology = plan.topology();
        let channels = topology.channels;
        let (inputs, outputs) = (channels[level.saturating_sub(1)], channels[level]);
        let is_last = level + 1 == channels.len();
        let inputs: Vec<i64> =
            (0..topology.layers_per_block).map(|layer| if layer == 0 { inputs } else { outputs }).collect();
        let ground = Ground { part: Part::Down, level, channels: outputs, has_attention: !is_last };
        Self {
            layers: Layers::new(vs, plan, &inputs, ground),
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
pub(super) struct MidBlock<L: Layer> {
    pub(super) layers: Layers<L>,
    last: ResnetOf<L>,
}

impl<L: Layer> MidBlock<L> {
    pub(super) fn new(vs: &VarPath<'_>, plan: &L::Plan) -> Self {
        let levels = plan.topology().channels;
        let level = levels.len() - 1;
        let ground = Ground { part: Part::Mid, level, channels: levels[level], has_attention: true };
        Self {
            layers: Layers::new(vs, plan, &[ground.channels], ground),
            last: resnet(vs, plan, ground.channels, ground.site(1)),
        }
    }

    pub(super) fn forward(&self, x: &Tensor, pass: &mut Pass<'_, '_, L::Run<'_>>) -> Tensor {
        let x = self.layers.forward(0, x, pass);
        let x = self.last.forward(&x, pass.frames, pass.temb);
        pass.probe.see(|| self.layers.path.clone(), &x);
        x
    }
}

/// A level on the way up.
pub(super) struct UpBlock<L: Layer> {
    pub(super) layers: Layers<L>,
    upsampler: Option<Upsample2D>,
}

impl<L: Layer> UpBlock<L> {
    /// `block` counts from the smallest pictures.
    pub(super) fn new(vs: &VarPath<'_>, plan: &L::Plan, block: usize) -> Self {
        let topology = plan.topology();
        let channels = topology.channels;
        let level = channels.len() - 1 - block;
        let outputs = channels[level];
        let before = channels.get(level + 1).copied().unwrap_or(outputs);
        let skipped = channels[level.saturating_sub(1)];
        let last = topology.layers_per_block;
        let inputs: Vec<i64> = (0..=last)
            .map(|layer| {
                let hidden = if layer == 0 { before } else { outputs };
                hidden + if layer == last { skipped } else { outputs }
            })
            .collect();
        let ground = Ground { part: Part::Up, level, channels: outputs, has_attention: block > 0 };
        Self {
            layers: Layers::new(vs, plan, &inputs, ground),
            upsampler: (level > 0).then(|| Upsample2D::new(&(vs / "upsamplers" / 0), outputs)),
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

/// The residual block of a site of the block whose keys `vs` begins.
fn resnet<P: Plan>(vs: &VarPath<'_>, plan: &P, inputs: i64, site: Site) -> P::Resnet {
    plan.resnet(&(vs / "resnets" / site.place), inputs, site)
}
