//! The network as a whole.

use engine_diffusion::embeddings::{TimestepEmbedding, sinusoid};
use engine_diffusion::head::Head;
use engine_diffusion::unet::{Backbone, Given, Layer, Plan, Probe, Site};
use engine_torch::VarPath;
use tch::Tensor;

use super::config::UNetConfig;
use super::contexts::Contexts;
use super::masks::Masks;
use super::transformer::{SpatioTemporalTransformer, Surroundings};

/// The epsilon of the head's normalisation.
const HEAD_EPS: f64 = 1e-5;

/// The denoising network.
pub struct DenoisingUNet {
    backbone: Backbone<Behind>,
    add_embedding: TimestepEmbedding,
    /// Waves of each of the numbers that go with the step.
    waves: i64,
    /// Features to predictions.
    pub head: Head,
}

/// One call of the network: N windows of frames that are denoised together, one behind the other.
#[derive(Debug, Clone, Copy)]
pub struct Call<'c> {
    /// The step of the diffusion: a quarter of the noise level's logarithm.
    pub timestep: f64,
    /// Frames per second, how much moves, and how much a second time.
    pub ids: [f64; 3],
    /// Latents (N · frames, 8, rows, columns), scaled to the step, and behind them the portrait's.
    pub latents: &'c Tensor,
    /// Frames of a window.
    pub frames: i64,
    /// Portrait, speech and emotion.
    pub contexts: &'c Contexts,
    /// The face's place (1, channels of the first level, rows, columns), or one for each frame of a window.
    pub pose: &'c Tensor,
    /// How much of speech and emotion each pixel takes up.
    pub masks: &'c Masks,
}

impl DenoisingUNet {
    /// Every key of `unet.pth`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &UNetConfig) -> Self {
        let topology = config.topology();
        let (waves, step) = (config.projection_class_embeddings_input_dim, topology.time_embedding());
        Self {
            backbone: Backbone::new(vs, config),
            add_embedding: TimestepEmbedding::new(&(vs / "add_embedding"), waves, step, step),
            waves: config.addition_time_embed_dim,
            head: Head::new(vs, topology.first(), config.out_channels, UNetConfig::GROUPS, HEAD_EPS),
        }
    }

    /// What is predicted of each latent (N · frames, 4, rows, columns).
    pub fn forward(&self, call: Call<'_>, probe: &mut Probe<'_>) -> Tensor {
        let Call { latents, frames, .. } = call;
        let windows = latents.size()[0] / frames;
        let temb = self.step(call.timestep, call.ids, latents, probe);
        let steer = |x: Tensor| {
            let _ = x.unflatten(0, [windows, frames]).g_add_(call.pose);
            x
        };
        let around = Surroundings { frames, spatial: call.contexts, temporal: &call.contexts.by_window(windows) };
        let given = Given { latents, frames, temb: &temb };
        let x = self.backbone.forward(given, steer, &mut Run { around, masks: call.masks }, probe);
        let predicted = self.head.forward(&x);
        probe.see(|| "out".to_owned(), &predicted);
        predicted
    }

    /// A step and the numbers that go with it as a vector (1, size), in the place and numbers of `like`.
    pub fn step(&self, timestep: f64, ids: [f64; 3], like: &Tensor, probe: &mut Probe<'_>) -> Tensor {
        let numbers = Tensor::from_slice(&ids).to_device(like.device());
        let waves = sinusoid(&numbers, self.waves).to_kind(like.kind()).view([1, -1]);
        let added = self.add_embedding.forward(&waves);
        probe.see(|| "add_embedding".to_owned(), &added);
        self.backbone.step(timestep, like, probe) + added
    }
}

/// What one run gives the layers.
struct Run<'r> {
    around: Surroundings<'r>,
    masks: &'r Masks,
}

/// A transformer where the block has attention.
struct Behind {
    path: String,
    transformer: Option<SpatioTemporalTransformer>,
    level: usize,
}

impl Layer for Behind {
    type Plan = UNetConfig;
    type Run<'r> = Run<'r>;

    fn new(vs: &VarPath<'_>, config: &UNetConfig, site: Site) -> Self {
        let vs = vs / "attentions" / site.place;
        let heads = config.num_attention_heads[site.level];
        let transformer = site.has_attention.then(|| SpatioTemporalTransformer::new(&vs, config, site.channels, heads));
        Self { path: vs.to_string(), transformer, level: site.level }
    }

    fn forward(&self, x: Tensor, run: &mut Run<'_>, probe: &mut Probe<'_>) -> Tensor {
        let Some(transformer) = &self.transformer else { return x };
        let x = transformer.forward(&x, run.around, run.masks.of(self.level), probe);
        probe.see(|| self.path.clone(), &x);
        x
    }
}
