//! Attention with several heads over tokens (Vaswani et al. 2017, arXiv 1706.03762).

use engine_torch::layers::Linear;
use engine_torch::{VarPath, heads};
use tch::Tensor;

/// Attention of tokens to themselves or to a context. The residual is the caller's to add.
#[derive(Debug)]
pub struct Attention {
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    heads: i64,
}

/// Keys and values of a context, by head: (N, heads, tokens, channels of a head).
#[derive(Debug)]
pub struct KeysValues {
    keys: Tensor,
    values: Tensor,
}

impl Attention {
    /// `to_q`, `to_k` and `to_v` without bias, `to_out.0` with one; the context has `context` channels.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, channels: i64, context: i64, heads: i64) -> Self {
        Self {
            to_q: Linear::without_bias(&(vs / "to_q"), channels, channels),
            to_k: Linear::without_bias(&(vs / "to_k"), context, channels),
            to_v: Linear::without_bias(&(vs / "to_v"), context, channels),
            to_out: Linear::new(&(vs / "to_out" / 0), channels, channels),
            heads,
        }
    }

    /// All four with bias, as the autoencoder has them.
    #[must_use]
    pub fn with_bias(vs: &VarPath<'_>, channels: i64, heads: i64) -> Self {
        let linear = |vs: VarPath<'_>| Linear::new(&vs, channels, channels);
        Self {
            to_q: linear(vs / "to_q"),
            to_k: linear(vs / "to_k"),
            to_v: linear(vs / "to_v"),
            to_out: linear(vs / "to_out" / 0),
            heads,
        }
    }

    /// Tokens (N, tokens, channels) to what they gather from a context (N, tokens, `context`).
    pub fn forward(&self, x: &Tensor, context: &Tensor) -> Tensor {
        self.attend(&self.queries(x), &self.keys_values(context))
    }

    /// What tokens ask for: (N, heads, tokens, channels of a head).
    pub fn queries(&self, x: &Tensor) -> Tensor {
        self.by_head(&self.to_q.forward(x))
    }

    /// What a context offers, to be used more than once, or together with another's.
    #[must_use]
    pub fn keys_values(&self, context: &Tensor) -> KeysValues {
        KeysValues {
            keys: self.by_head(&self.to_k.forward(context)),
            values: self.by_head(&self.to_v.forward(context)),
        }
    }

    /// What [`Self::queries`] gather, as tokens (N, tokens, channels).
    pub fn attend(&self, queries: &Tensor, context: &KeysValues) -> Tensor {
        self.to_out.forward(&context.gathered(queries))
    }

    /// As [`Self::attend`] of several parts of the pictures, each with a context of its own.
    pub fn attend_parts(&self, parts: &[(Tensor, KeysValues)]) -> Tensor {
        let gathered: Vec<Tensor> = parts.iter().map(|(queries, context)| context.gathered(queries)).collect();
        self.to_out.forward(&Tensor::cat(&gathered, 0))
    }

    fn by_head(&self, tokens: &Tensor) -> Tensor {
        heads::by_head(tokens, self.heads)
    }
}

impl KeysValues {
    fn gathered(&self, queries: &Tensor) -> Tensor {
        heads::gathered(queries, &self.keys, &self.values)
    }

    /// Those of some of the pictures.
    #[must_use]
    pub fn of(&self, first: i64, count: i64) -> Self {
        Self { keys: self.keys.narrow(0, first, count), values: self.values.narrow(0, first, count) }
    }

    /// These tokens and behind them those of `shared`, a context of one picture that goes for all.
    #[must_use]
    pub fn with(&self, shared: &Self) -> Self {
        // Heads lie side by side in memory, and whole tokens are joined faster than their heads.
        let joined = |own: &Tensor, shared: &Tensor| {
            let shared = shared.expand([own.size()[0], -1, -1, -1], false);
            Tensor::cat(&[own, &shared].map(|part| part.transpose(1, 2)), 1).transpose(1, 2)
        };
        Self { keys: joined(&self.keys, &shared.keys), values: joined(&self.values, &shared.values) }
    }
}

#[cfg(test)]
mod tests {
    use engine_torch::testing::made;
    use tch::{Device, Kind};

    use super::*;

    fn numbers(seed: &str, shape: &[i64]) -> Tensor {
        let values = engine_golden::uniform::f32s(seed, shape.iter().product::<i64>() as usize, 1.0);
        Tensor::from_slice(&values).reshape(shape)
    }

    fn attention(channels: i64) -> Attention {
        let values = |key: &str, shape: &[usize]| engine_golden::weights::weights("", "attention", key, shape);
        made(values, |vs| Attention::new(vs, channels, channels, 4))
    }

    #[test]
    fn a_shared_context_is_as_good_as_one_repeated() {
        let attention = attention(16);
        let (x, bank) = (numbers("x", &[6, 5, 16]), numbers("bank", &[1, 7, 16]));
        let repeated = Tensor::cat(&[&x, &bank.repeat([6, 1, 1])], 1);
        let want = attention.forward(&x, &repeated);
        let got =
            attention.attend(&attention.queries(&x), &attention.keys_values(&x).with(&attention.keys_values(&bank)));
        assert!(got.allclose(&want, 1e-5, 1e-6, false));
    }

    #[test]
    fn parts_have_contexts_of_their_own() {
        let attention = attention(16);
        let x = numbers("x", &[6, 5, 16]);
        let (queries, own) = (attention.queries(&x), attention.keys_values(&x));
        let parts = [(queries.narrow(0, 0, 2), own.of(0, 2)), (queries.narrow(0, 2, 4), own.of(2, 4))];
        assert!(attention.attend_parts(&parts).allclose(&attention.forward(&x, &x), 1e-5, 1e-6, false));
    }

    #[test]
    fn equal_tokens_gather_their_mean() {
        let one_per_head = made(|_, shape| vec![1.0; shape.iter().product()], |vs| Attention::new(vs, 4, 4, 4));
        let x = Tensor::ones([1, 3, 4], (Kind::Float, Device::Cpu));
        // Each value is 4, each output 4 · 4 plus a bias of 1.
        assert_eq!(one_per_head.forward(&x, &x), Tensor::full([1, 3, 4], 17.0, (Kind::Float, Device::Cpu)));
    }
}
