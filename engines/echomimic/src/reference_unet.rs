//! The reference network: what the portrait's latent looks like inside Stable Diffusion's UNet, for the denoiser to attend to
//! (Hu et al. 2023, arXiv 2311.17117).

use engine_diffusion::attention::Attention;
use engine_diffusion::feed_forward::FeedForward;
use engine_diffusion::transformer::Wrapper;
use engine_diffusion::unet::{Backbone, Given, Layer, Probe, Site};
use engine_torch::VarPath;
use engine_torch::layers::LayerNorm;
use tch::Tensor;

use crate::unet_config::UNetConfig;

/// The reference network. Its output is of no use; what its attentions are given is.
pub struct ReferenceUNet {
    backbone: Backbone<Writer>,
}

impl ReferenceUNet {
    /// Every key of `reference_unet.pth`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &UNetConfig) -> Self {
        Self { backbone: Backbone::new(vs, config) }
    }

    /// The paths of the attentions, in the order in which they run.
    pub fn attentions(&self) -> impl Iterator<Item = &str> {
        self.backbone.layers().filter_map(Writer::path)
    }

    /// A latent (1, 4, rows, columns) to what each attention is given, in the order in which they run: tokens
    /// (1, rows · columns, channels) at the attention's own size.
    #[must_use]
    pub fn banks(&self, latent: &Tensor, probe: &mut Probe<'_>) -> Vec<Tensor> {
        let mut run = Written { banks: Vec::new(), last: self.attentions().count() };
        let given = Given { latents: latent, frames: 1, temb: &self.backbone.step(0.0, latent, probe) };
        let _ = self.backbone.forward(given, |x| x, &mut run, probe);
        run.banks
    }
}

/// What has been written in one run.
pub struct Written {
    banks: Vec<Tensor>,
    /// How many attentions there are. Behind the last of them nothing needs to be computed.
    last: usize,
}

/// Self-attention that writes down what it is given, where the block has attention.
pub struct Writer {
    path: String,
    attention: Option<WriterAttention>,
}

impl Writer {
    /// The path of its attention; none where it has none.
    fn path(&self) -> Option<&str> {
        self.attention.as_ref().map(|_| self.path.as_str())
    }
}

impl Layer for Writer {
    type Plan = UNetConfig;
    type Run<'r> = Written;

    fn new(vs: &VarPath<'_>, config: &UNetConfig, site: Site) -> Self {
        let vs = vs / "attentions" / site.place;
        let attention = site.has_attention.then(|| WriterAttention::new(&vs, config, site.channels));
        Self { path: vs.to_string(), attention }
    }

    fn forward(&self, x: Tensor, run: &mut Written, probe: &mut Probe<'_>) -> Tensor {
        let Some(attention) = &self.attention else { return x };
        let tokens = attention.wrapper.tokens(&x);
        let bank = attention.norm1.forward(&tokens);
        let is_last = run.banks.len() + 1 == run.last;
        run.banks.push(bank.shallow_clone());
        if is_last {
            return x;
        }
        let x = attention.forward(&x, tokens, &bank);
        probe.see(|| self.path.clone(), &x);
        x
    }
}

/// A transformer block without cross-attention.
pub struct WriterAttention {
    wrapper: Wrapper,
    norm1: LayerNorm,
    attn1: Attention,
    norm3: LayerNorm,
    ff: FeedForward,
}

impl WriterAttention {
    /// `norm`, `proj_in`, `transformer_blocks.0`, `proj_out`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &UNetConfig, channels: i64) -> Self {
        let block = vs / "transformer_blocks" / 0;
        Self {
            wrapper: Wrapper::of_convolutions(vs, config.norm_num_groups, channels),
            norm1: LayerNorm::new(&(&block / "norm1"), channels),
            attn1: Attention::new(&(&block / "attn1"), channels, channels, config.attention_head_dim),
            norm3: LayerNorm::new(&(&block / "norm3"), channels),
            ff: FeedForward::new(&(&block / "ff"), channels),
        }
    }

    /// What comes of a picture, and what is written down.
    pub fn run(&self, x: &Tensor) -> (Tensor, Tensor) {
        let tokens = self.wrapper.tokens(x);
        let bank = self.norm1.forward(&tokens);
        (self.forward(x, tokens, &bank), bank)
    }

    fn forward(&self, x: &Tensor, tokens: Tensor, normed: &Tensor) -> Tensor {
        let tokens = tokens + self.attn1.forward(normed, normed);
        let tokens = self.ff.forward(&self.norm3.forward(&tokens)) + tokens;
        self.wrapper.picture(&tokens, x)
    }
}
