//! The denoising network: Stable Diffusion's UNet that also attends to the portrait, to the speech, and along time.

use engine_diffusion::attention::{Attention, KeysValues};
use engine_diffusion::feed_forward::FeedForward;
use engine_diffusion::head::Head;
use engine_diffusion::transformer::Wrapper;
use engine_diffusion::unet::{Backbone, Given, Layer, Probe, Site};
use engine_torch::VarPath;
use engine_torch::layers::LayerNorm;
use tch::Tensor;

use crate::motion_module::MotionModule;
use crate::unet_config::UNetConfig;

/// How strongly the speech counts; the reference has no other value.
const AUDIO_RATIO: f64 = 3.0;

/// The denoising network.
pub struct DenoisingUNet {
    backbone: Backbone<Reader>,
    /// Features to velocities.
    pub head: Head,
}

/// One call of the network: windows of frames that are denoised together.
#[derive(Debug, Clone, Copy)]
pub struct Call<'c> {
    /// The step of the diffusion, 0 to 999.
    pub timestep: i64,
    /// Latents (N · frames, 4, rows, columns) of N windows. With guidance the first half are those that are to be denoised
    /// without portrait and speech, and N is even.
    pub latents: &'c Tensor,
    /// The speech (N · frames, tokens, channels).
    pub audio: &'c Tensor,
    /// The face's place (1, channels of the first level, rows, columns).
    pub face: &'c Tensor,
    /// The portrait, as [`DenoisingUNet::portrait`] gives it.
    pub portrait: &'c [KeysValues],
    /// Frames of a window, at most as many as the network knows positions of.
    pub frames: i64,
    /// Whether there is guidance.
    pub is_guided: bool,
}

impl DenoisingUNet {
    /// Every key of `denoising_unet_acc.pth` and of `motion_module_acc.pth`, but for its positions.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &UNetConfig) -> Self {
        let first = config.block_out_channels[0];
        Self {
            backbone: Backbone::new(vs, config),
            head: Head::new(vs, first, config.out_channels, config.norm_num_groups, config.norm_eps),
        }
    }

    /// The paths of the attentions, in the order in which they run.
    pub fn attentions(&self) -> impl Iterator<Item = &str> {
        self.backbone.layers().filter_map(Reader::path)
    }

    /// What the reference network has written, as keys and values: the same for all steps and frames of a video.
    #[must_use]
    pub fn portrait(&self, banks: &[Tensor]) -> Vec<KeysValues> {
        let attentions = self.backbone.layers().filter_map(|layer| layer.attention.as_ref());
        attentions.zip(banks).map(|(attention, bank)| attention.keys_values(bank)).collect()
    }

    /// The velocity of each latent (N · frames, 4, rows, columns).
    pub fn forward(&self, call: Call<'_>, probe: &mut Probe<'_>) -> Tensor {
        let steer = |x: Tensor| {
            let n = x.size()[0];
            let first = if call.is_guided { n / 2 } else { 0 };
            let _ = x.narrow(0, first, n - first).g_add_(call.face);
            x
        };
        let mut run = Reading { call, next: 0 };
        let Call { latents, frames, .. } = call;
        let given = Given { latents, frames, temb: &self.backbone.step(call.timestep as f64, latents, probe) };
        let x = self.backbone.forward(given, steer, &mut run, probe);
        let velocity = self.head.forward(&x);
        probe.see(|| "out".to_owned(), &velocity);
        velocity
    }
}

/// How far one run has come.
pub struct Reading<'r> {
    call: Call<'r>,
    next: usize,
}

/// Attention where the block has it, and attention along time.
pub struct Reader {
    path: [String; 2],
    attention: Option<ReaderAttention>,
    motion: MotionModule,
}

impl Reader {
    /// The path of its attention; none where it has none.
    fn path(&self) -> Option<&str> {
        self.attention.as_ref().map(|_| self.path[0].as_str())
    }
}

impl Layer for Reader {
    type Plan = UNetConfig;
    type Run<'r> = Reading<'r>;

    fn new(vs: &VarPath<'_>, config: &UNetConfig, site: Site) -> Self {
        let Site { place, channels, has_attention, .. } = site;
        let [attention, motion] = ["attentions", "motion_modules"].map(|name| vs / name / place);
        Self {
            path: [attention.to_string(), motion.to_string()],
            attention: has_attention.then(|| ReaderAttention::new(&attention, config, channels)),
            motion: MotionModule::new(&motion, config, channels),
        }
    }

    fn forward(&self, mut x: Tensor, run: &mut Reading<'_>, probe: &mut Probe<'_>) -> Tensor {
        let [attention, motion] = &self.path;
        if let Some(layer) = &self.attention {
            x = layer.forward(&x, &run.call.portrait[run.next], run.call.audio, run.call.is_guided);
            run.next += 1;
            probe.see(|| attention.clone(), &x);
        }
        x = self.motion.forward(&x, run.call.frames);
        probe.see(|| motion.clone(), &x);
        x
    }
}

/// A transformer block that attends to its own picture and the portrait, then to the speech.
pub struct ReaderAttention {
    wrapper: Wrapper,
    norm1: LayerNorm,
    attn1: Attention,
    norm2: LayerNorm,
    attn2: Attention,
    norm3: LayerNorm,
    ff: FeedForward,
}

impl ReaderAttention {
    /// `norm`, `proj_in`, `transformer_blocks.0`, `proj_out`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &UNetConfig, channels: i64) -> Self {
        let block = vs / "transformer_blocks" / 0;
        let heads = config.attention_head_dim;
        Self {
            wrapper: Wrapper::of_convolutions(vs, config.norm_num_groups, channels),
            norm1: LayerNorm::new(&(&block / "norm1"), channels),
            attn1: Attention::new(&(&block / "attn1"), channels, channels, heads),
            norm2: LayerNorm::new(&(&block / "norm2"), channels),
            attn2: Attention::new(&(&block / "attn2"), channels, config.audio_channels, heads),
            norm3: LayerNorm::new(&(&block / "norm3"), channels),
            ff: FeedForward::new(&(&block / "ff"), channels),
        }
    }

    /// What a bank of the reference network offers here.
    #[must_use]
    pub fn keys_values(&self, bank: &Tensor) -> KeysValues {
        self.attn1.keys_values(bank)
    }

    /// (N, channels, rows, columns) to the same; with guidance, the first half knows no portrait.
    pub fn forward(&self, x: &Tensor, portrait: &KeysValues, audio: &Tensor, is_guided: bool) -> Tensor {
        let mut tokens = self.wrapper.tokens(x);
        tokens += self.to_portrait(&self.norm1.forward(&tokens), portrait, is_guided);
        let mut heard = self.attn2.forward(&self.norm2.forward(&tokens), audio);
        heard *= AUDIO_RATIO;
        tokens += heard;
        tokens += self.ff.forward(&self.norm3.forward(&tokens));
        self.wrapper.picture(&tokens, x)
    }

    fn to_portrait(&self, normed: &Tensor, portrait: &KeysValues, is_guided: bool) -> Tensor {
        let (queries, own) = (self.attn1.queries(normed), self.attn1.keys_values(normed));
        if !is_guided {
            return self.attn1.attend(&queries, &own.with(portrait));
        }
        let half = normed.size()[0] / 2;
        self.attn1.attend_parts(&[
            (queries.narrow(0, 0, half), own.of(0, half)),
            (queries.narrow(0, half, half), own.of(half, half).with(portrait)),
        ])
    }
}
