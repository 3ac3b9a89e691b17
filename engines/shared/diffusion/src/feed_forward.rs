//! The layers between attentions: a gated linear unit with GELU (Shazeer 2020, arXiv 2002.05202).

use engine_torch::VarPath;
use engine_torch::layers::Linear;
use tch::Tensor;

/// How many times wider the middle is.
const WIDENING: i64 = 4;

/// Numbers in the middle that a processor computes at once: few enough to stay near it, and in memory that is kept for the
/// next use.
const MIDDLE: usize = 4_000_000;

/// GEGLU and the way back, token by token. The residual is the caller's to add.
#[derive(Debug)]
pub struct FeedForward {
    proj: Linear,
    out: Linear,
}

impl FeedForward {
    /// `net.0.proj` (8 · `channels`, `channels`) and `net.2` (`channels`, 4 · `channels`).
    #[must_use]
    pub fn new(vs: &VarPath<'_>, channels: i64) -> Self {
        let inner = WIDENING * channels;
        Self {
            proj: Linear::new(&(vs / "net" / 0 / "proj"), channels, 2 * inner),
            out: Linear::new(&(vs / "net" / 2), inner, channels),
        }
    }

    /// Tokens (…, channels), in one piece of memory, to the same.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        debug_assert!(x.is_contiguous(), "parts of the result would be copies");
        let result = x.empty_like();
        let [tokens, results] = [x, &result].map(|x| x.flatten(0, -2));
        let parts = if x.device().is_cuda() { 1 } else { (tokens.numel() * 2 * WIDENING as usize).div_ceil(MIDDLE) };
        for (part, result) in tokens.chunk(parts as i64, 0).iter().zip(results.chunk(parts as i64, 0)) {
            self.out.forward_into(&self.gated(part), &result);
        }
        result
    }

    fn gated(&self, x: &Tensor) -> Tensor {
        let projected = self.proj.forward(x);
        let halves = projected.chunk(2, -1);
        // The gate is the second half; GELU by the error function.
        let mut gated = halves[1].gelu("none");
        gated *= &halves[0];
        gated
    }
}

#[cfg(test)]
mod tests {
    use engine_torch::testing::made;
    use tch::{Device, Kind, Tensor};

    use super::{FeedForward, MIDDLE};

    #[test]
    fn tokens_are_the_same_in_parts() {
        let weights = |key: &str, shape: &[usize]| engine_golden::weights::weights("", "feed_forward", key, shape);
        let network = made(weights, |vs| FeedForward::new(vs, 4));
        let token = Tensor::arange(4, (Kind::Float, Device::Cpu));
        let want = network.forward(&token.view([1, 1, 4]));
        let many = network.forward(&token.expand([3, MIDDLE as i64 / 64, 4], false).contiguous());
        assert!(many.allclose(&want.expand_as(&many), 1e-5, 1e-6, false));
    }
}
