//! Attention to the portrait, to which adapters add attention to the speech and to the emotion (Ye et al. 2023, arXiv
//! 2308.06721).

use engine_torch::layers::Linear;
use engine_torch::{VarPath, heads};
use tch::Tensor;

use super::contexts::Contexts;

/// Attention with two adapters. The residual is the caller's to add.
#[derive(Debug)]
pub(super) struct AdaptedAttention {
    to_q: Linear,
    to_v: Linear,
    to_out: Linear,
    /// To the speech and to the emotion.
    adapters: [Adapter; 2],
    heads: i64,
}

/// Keys and values of a context of its own.
#[derive(Debug)]
struct Adapter {
    to_k: Linear,
    to_v: Linear,
}

impl AdaptedAttention {
    /// `to_q`, `to_k`, `to_v`, `to_out.0`, and below `processor`, by adapter, `to_k_ip` and `to_v_ip`.
    pub(super) fn new(vs: &VarPath<'_>, channels: i64, context: i64, heads: i64) -> Self {
        let of_context = |vs: VarPath<'_>| Linear::without_bias(&vs, context, channels);
        let adapter = |place: usize| Adapter {
            to_k: of_context(vs / "processor" / "to_k_ip" / place),
            to_v: of_context(vs / "processor" / "to_v_ip" / place),
        };
        // A checkpoint without it is none of the network's. How well the portrait's token matches does not matter, though:
        // there is no other.
        let _ = of_context(vs / "to_k");
        Self {
            to_q: Linear::without_bias(&(vs / "to_q"), channels, channels),
            to_v: of_context(vs / "to_v"),
            to_out: Linear::new(&(vs / "to_out" / 0), channels, channels),
            adapters: std::array::from_fn(adapter),
            heads,
        }
    }

    /// Tokens (N, tokens, channels) to the same. Contexts have a row for each of the N, or for each window of them.
    ///
    /// `mask` (tokens, 1) says how much of speech and emotion each token takes up; without it they all do.
    pub(super) fn forward(&self, x: &Tensor, contexts: &Contexts, mask: Option<&Tensor>) -> Tensor {
        let rows = x.size()[0];
        let portrait = for_each(&self.to_v.forward(&contexts.clip), rows);
        let Some(mut seen) = self.adapted(x, contexts) else {
            return self.to_out.forward(&portrait).expand_as(x);
        };
        match mask {
            Some(mask) => drop(portrait.addcmul_out(&seen, &seen.shallow_clone(), mask)),
            None => seen += portrait,
        }
        self.to_out.forward(&seen)
    }

    /// What the adapters gather; none where neither counts.
    fn adapted(&self, x: &Tensor, contexts: &Contexts) -> Option<Tensor> {
        let tokens = [&contexts.audio, &contexts.emotion];
        let counting: Vec<_> =
            (0..2).filter(|&at| contexts.scales[at] != 0.0).map(|at| (at, contexts.scales[at])).collect();
        if counting.is_empty() {
            return None;
        }
        let queries = heads::by_head(&self.to_q.forward(x), self.heads);
        let gathered = counting.into_iter().map(|(at, scale)| {
            let mut gathered = self.adapters[at].gathered(&queries, tokens[at]);
            if scale != 1.0 {
                gathered *= scale;
            }
            gathered
        });
        gathered.reduce(|mut sum, gathered| {
            sum += gathered;
            sum
        })
    }
}

impl Adapter {
    fn gathered(&self, queries: &Tensor, context: &Tensor) -> Tensor {
        let size = queries.size();
        let by_head = |linear: &Linear| heads::by_head(&for_each(&linear.forward(context), size[0]), size[1]);
        heads::gathered(queries, &by_head(&self.to_k), &by_head(&self.to_v))
    }
}

/// Tokens (N, tokens, channels) with so many rows, a multiple of N: each as often as it takes.
fn for_each(tokens: &Tensor, rows: i64) -> Tensor {
    match rows / tokens.size()[0] {
        1 => tokens.shallow_clone(),
        frames => tokens.unsqueeze(1).expand([-1, frames, -1, -1], false).flatten(0, 1),
    }
}

#[cfg(test)]
mod tests {
    use engine_golden::{uniform, weights};
    use engine_torch::testing::made;

    use super::*;

    const FRAMES: i64 = 3;

    fn numbers(seed: &str, shape: &[i64]) -> Tensor {
        let values = uniform::f32s(seed, shape.iter().product::<i64>() as usize, 1.0);
        Tensor::from_slice(&values).reshape(shape)
    }

    fn attention() -> AdaptedAttention {
        made(|key, shape| weights::weights("", "adapted", key, shape), |vs| AdaptedAttention::new(vs, 8, 6, 2))
    }

    fn contexts(scales: [f64; 2]) -> Contexts {
        let [clip, audio, emotion] =
            [("clip", 1), ("audio", 4), ("emotion", 5)].map(|(name, tokens)| numbers(name, &[2, tokens, 6]));
        Contexts { clip, audio, emotion, scales }
    }

    fn close(one: &Tensor, other: &Tensor) -> bool {
        one.size() == other.size() && one.allclose(other, 1e-5, 1e-6, false)
    }

    #[test]
    fn a_row_for_a_window_goes_for_its_frames() {
        let (attention, x) = (attention(), numbers("x", &[2 * FRAMES, 7, 8]));
        let by_window = contexts([1.0, 0.5]);
        let by_frame = |tokens: &Tensor| tokens.repeat_interleave_self_int(FRAMES, 0, None);
        let repeated = Contexts {
            clip: by_frame(&by_window.clip),
            audio: by_frame(&by_window.audio),
            emotion: by_frame(&by_window.emotion),
            scales: by_window.scales,
        };
        assert!(close(&attention.forward(&x, &by_window, None), &attention.forward(&x, &repeated, None)));
        assert!(close(&repeated.by_window(2).audio, &by_window.audio));
        assert!(close(&by_window.by_window(2).audio, &by_window.audio));
    }

    #[test]
    fn what_counts_for_nothing_is_not_seen() {
        let (attention, x) = (attention(), numbers("x", &[2, 7, 8]));
        let alone = attention.forward(&x, &contexts([0.0, 0.0]), None);
        let hidden = Tensor::zeros([7, 1], (x.kind(), x.device()));
        assert!(close(&alone, &attention.forward(&x, &contexts([1.0, 1.0]), Some(&hidden))));
        // Speech alone is what is left of both without the emotion.
        let [both, speech, emotion] =
            [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]].map(|scales| attention.forward(&x, &contexts(scales), None));
        assert!(close(&(both - &emotion), &(&speech - &alone)));
        assert!(!close(&speech, &emotion));
    }
}
