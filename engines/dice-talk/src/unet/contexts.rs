//! What the network's attentions look at beside the pictures.

use tch::Tensor;

/// Tokens of N windows of several frames each: a row for each window (N, tokens, channels), which goes for all of its
/// frames, or a row for each frame (N · frames, tokens, channels).
#[derive(Debug)]
pub struct Contexts {
    /// The portrait: one token.
    pub clip: Tensor,
    /// The speech.
    pub audio: Tensor,
    /// The emotion.
    pub emotion: Tensor,
    /// How strongly speech and emotion count; what counts for 0 is passed over.
    pub scales: [f64; 2],
}

impl Contexts {
    /// A row for each of so many windows: the mean of its frames.
    #[must_use]
    pub fn by_window(&self, windows: i64) -> Self {
        let mean = |tokens: &Tensor| match tokens.size()[0] / windows {
            1 => tokens.shallow_clone(),
            frames => tokens.unflatten(0, [windows, frames]).mean_dim(1, false, tokens.kind()),
        };
        Self { clip: mean(&self.clip), audio: mean(&self.audio), emotion: mean(&self.emotion), scales: self.scales }
    }
}
