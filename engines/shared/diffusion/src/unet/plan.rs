//! How large a UNet is, and what residual blocks it has where.

use engine_torch::VarPath;
use tch::Tensor;

use crate::resnet::ResnetBlock2D;

/// A network's configuration.
pub trait Plan {
    /// The network's residual blocks.
    type Resnet: Resnet;

    /// How many blocks there are, and with how many channels.
    fn topology(&self) -> Topology<'_>;

    /// The residual block of a site, which `inputs` channels come into; `vs` begins its keys.
    fn resnet(&self, vs: &VarPath<'_>, inputs: i64, site: Site) -> Self::Resnet;
}

/// A residual block that knows the diffusion's step.
pub trait Resnet {
    /// (N, channels that come in, rows, columns) to (N, the site's channels, rows, columns). The N are windows of `frames`
    /// frames each; `temb` (1 or N, size) is the step's vector before its activation.
    fn forward(&self, x: &Tensor, frames: i64, temb: &Tensor) -> Tensor;
}

/// Each frame is seen by itself.
impl Resnet for ResnetBlock2D {
    fn forward(&self, x: &Tensor, _frames: i64, temb: &Tensor) -> Tensor {
        self.forward(x, Some(temb))
    }
}

/// The sizes of a UNet.
#[derive(Debug, Clone, Copy)]
pub struct Topology<'c> {
    /// Channels of a latent that comes in.
    pub in_channels: i64,
    /// Channels of the levels, the largest pictures first. The last level has no attention.
    pub channels: &'c [i64],
    /// Residual blocks of a level on the way down; on the way up there is one more.
    pub layers_per_block: i64,
}

impl Topology<'_> {
    /// Channels of the first level, and size of the waves that tell the step.
    #[must_use]
    pub fn first(&self) -> i64 {
        self.channels[0]
    }

    /// Size of the step's vector.
    #[must_use]
    pub fn time_embedding(&self) -> i64 {
        4 * self.first()
    }
}

/// A part of the UNet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The way down.
    Down,
    /// The bottom.
    Mid,
    /// The way up.
    Up,
}

/// Where a residual block stands, and the layer behind it.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// Its part of the network.
    pub part: Part,
    /// The size of pictures there: 0 is the largest, each further one has half the sides.
    pub level: usize,
    /// Its place in the block.
    pub place: usize,
    /// Channels behind the residual block.
    pub channels: i64,
    /// Whether the block has attention.
    pub has_attention: bool,
}
