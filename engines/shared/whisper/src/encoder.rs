//! Whisper's audio encoder (figure 1 of the paper), with all its states. Keys are those of OpenAI's checkpoints.

use std::path::Path;

use engine_torch::layers::{Conv1d, LayerNorm, Linear};
use engine_torch::{Checkpoint, CheckpointError, Place, VarPath, heads};
use tch::Tensor;

use crate::config::Config;
use crate::keys::encoder_key;

/// What becomes of the last block's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastState {
    /// It stays as it is. A few of its channels are in the hundreds.
    Raw,
    /// It is normalised, as Whisper's decoder gets it.
    Normalised,
}

/// The encoder.
#[derive(Debug)]
pub struct Encoder {
    conv1: Conv1d,
    conv2: Conv1d,
    positional_embedding: Tensor,
    blocks: Vec<Block>,
    ln_post: LayerNorm,
}

impl Encoder {
    /// The encoder whose keys begin at `vs`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &Config) -> Self {
        let state = config.n_audio_state;
        Self {
            conv1: Conv1d::new(&(vs / "conv1"), config.n_mels, state, 3, 1),
            conv2: Conv1d::new(&(vs / "conv2"), state, state, 3, 2),
            positional_embedding: vs.tensor("positional_embedding", &[config.n_audio_ctx, state]),
            blocks: (0..config.n_audio_layer).map(|layer| Block::new(&(vs / "blocks" / layer), config)).collect(),
            ln_post: LayerNorm::in_f32(&(vs / "ln_post"), state),
        }
    }

    /// Reads the encoder out of a checkpoint of the whole model or of the encoder alone, OpenAI's or Hugging Face's.
    ///
    /// `loaded` is told the bytes of each tensor once it is in its place.
    ///
    /// # Errors
    /// The file cannot be read, or its encoder has not exactly the tensors of `config`.
    pub fn load(
        path: &Path,
        config: &Config,
        place: Place,
        loaded: &mut dyn FnMut(u64),
    ) -> Result<Self, CheckpointError> {
        let checkpoint = Checkpoint::open(&[path], encoder_key)?;
        checkpoint.load(place, loaded, |vs| Self::new(&(vs / "encoder"), config))
    }

    /// All states: what the blocks get, and what each gives.
    ///
    /// Of a log-mel spectrogram (N, `n_mels`, 2 `n_audio_ctx`) in the network's place; gives
    /// (N, `n_audio_ctx`, `n_audio_layer` + 1, `n_audio_state`), in which a row is 20 ms.
    pub fn states(&self, mel: &Tensor, last: LastState) -> Tensor {
        let x = self.conv2.forward(&self.conv1.forward(mel).gelu("none")).gelu("none");
        let mut states = vec![x.transpose(1, 2) + &self.positional_embedding];
        for block in &self.blocks {
            states.extend(states.last().map(|x| block.forward(x)));
        }
        if last == LastState::Normalised {
            let raw = states.pop();
            states.extend(raw.map(|x| self.ln_post.forward(&x)));
        }
        Tensor::stack(&states, 2)
    }
}

/// Attention and perceptron, each after a normalisation and added to what it got.
#[derive(Debug)]
struct Block {
    attn_ln: LayerNorm,
    attn: Attention,
    mlp_ln: LayerNorm,
    mlp: (Linear, Linear),
}

impl Block {
    fn new(vs: &VarPath<'_>, config: &Config) -> Self {
        let (state, mlp) = (config.n_audio_state, config.mlp());
        Self {
            attn_ln: LayerNorm::in_f32(&(vs / "attn_ln"), state),
            attn: Attention::new(&(vs / "attn"), config),
            mlp_ln: LayerNorm::in_f32(&(vs / "mlp_ln"), state),
            mlp: (Linear::new(&(vs / "mlp" / 0), state, mlp), Linear::new(&(vs / "mlp" / 2), mlp, state)),
        }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let x = x + self.attn.forward(&self.attn_ln.forward(x));
        let (inner, outer) = &self.mlp;
        &x + outer.forward(&inner.forward(&self.mlp_ln.forward(&x)).gelu("none"))
    }
}

/// Every position looks at every other.
#[derive(Debug)]
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    heads: i64,
}

impl Attention {
    fn new(vs: &VarPath<'_>, config: &Config) -> Self {
        let state = config.n_audio_state;
        Self {
            query: Linear::new(&(vs / "query"), state, state),
            key: Linear::without_bias(&(vs / "key"), state, state),
            value: Linear::new(&(vs / "value"), state, state),
            out: Linear::new(&(vs / "out"), state, state),
            heads: config.n_audio_head,
        }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let by_head = |part: &Linear| heads::by_head(&part.forward(x), self.heads);
        let [query, key, value] = [&self.query, &self.key, &self.value].map(by_head);
        self.out.forward(&heads::gathered(&query, &key, &value))
    }
}
