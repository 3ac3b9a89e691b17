//! The network that makes tokens of an emotion: by attention, its numbers ask a codebook that was learned of all emotions. Keys
//! are those of the reference's `emo_model.pth`.

use engine_torch::layers::Linear;
use engine_torch::{VarPath, heads};
use tch::Tensor;

use crate::projection::{Projection, ProjectionSizes};

/// The key of a tensor of the published file; none for those of a classifier that only training has a use for.
#[must_use]
pub fn key(name: &str) -> Option<String> {
    (!name.starts_with("classifier.")).then(|| name.to_owned())
}

/// The sizes of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmotionSizes {
    /// What makes an emotion's own tokens, out of its numbers.
    pub emotion: ProjectionSizes,
    /// What makes tokens of an entry of the codebook.
    pub entry: ProjectionSizes,
    /// Entries of the codebook.
    pub entries: i64,
    /// Heads of the attention.
    pub heads: i64,
}

impl EmotionSizes {
    /// Those of the published network.
    #[must_use]
    pub fn published() -> Self {
        Self {
            emotion: ProjectionSizes::published(256),
            entry: ProjectionSizes::published(1024),
            entries: 64,
            heads: 8,
        }
    }
}

/// Makes tokens of emotions, in 32 bits.
///
/// What the codebook says is the same for all of them. It is computed once, and the layers that do it are not kept.
#[derive(Debug)]
pub struct EmotionModel {
    emotion: Projection,
    query: Linear,
    /// Keys and values of all entries' tokens, by head: (1, heads, entries · tokens, channels of a head).
    keys: Tensor,
    values: Tensor,
    /// From an emotion's numbers to where the codebook's entries lie.
    nearest: Linear,
    codebook: Tensor,
    sizes: EmotionSizes,
}

impl EmotionModel {
    /// The network whose keys begin at `vs`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, sizes: &EmotionSizes) -> Self {
        let EmotionSizes { emotion, entry, entries, heads } = *sizes;
        let codes = &(vs / "codebook");
        let codebook = codes.tensor("codebook.weight", &[entries, entry.inputs]);
        let told = Projection::new(&(vs / "kv_tokens_linear"), &entry).forward(&codebook).flatten(0, 1).unsqueeze(0);
        let attention = &(vs / "attention");
        let of_tokens = |name: &str| {
            let layer = Linear::new(&(attention / name), entry.channels, entry.channels);
            heads::by_head(&layer.forward(&told), heads)
        };
        Self {
            emotion: Projection::new(&(vs / "emo_linear"), &emotion),
            query: Linear::new(&(attention / "fc_q"), emotion.channels, entry.channels),
            keys: of_tokens("fc_k"),
            values: of_tokens("fc_v"),
            nearest: Linear::new(&(codes / "fc"), emotion.inputs, entry.inputs),
            codebook,
            sizes: *sizes,
        }
    }

    /// The tokens (tokens, channels) of an emotion's numbers (256), out of the whole codebook. Of zeros, they are those of no
    /// emotion.
    pub fn tokens(&self, emotion: &Tensor) -> Tensor {
        self.asked(emotion, &self.keys, &self.values)
    }

    /// As [`Self::tokens`], out of the codebook's [nearest entry](Self::nearest) alone: what the reference calls retrieval.
    pub fn nearest_tokens(&self, emotion: &Tensor) -> Tensor {
        let tokens = self.sizes.entry.tokens;
        let [keys, values] =
            [&self.keys, &self.values].map(|all| all.narrow(2, self.nearest(emotion) * tokens, tokens));
        self.asked(emotion, &keys, &values)
    }

    /// Which entry of the codebook is nearest to an emotion's numbers (256); the first of several.
    pub fn nearest(&self, emotion: &Tensor) -> i64 {
        let at = self.nearest.forward(emotion);
        let squares = self.codebook.square().sum_dim_intlist(1, false, None);
        (squares - self.codebook.matmul(&at) * 2.0).argmin(0, false).int64_value(&[])
    }

    fn asked(&self, emotion: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor {
        let queries = self.query.forward(&self.emotion.forward(&emotion.unsqueeze(0)));
        heads::gathered(&heads::by_head(&queries, self.sizes.heads), keys, values).squeeze_dim(0)
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn the_classifier_is_no_part_of_the_network() {
        assert_eq!(key("classifier.fc1.weight"), None);
        assert_eq!(key("codebook.fc.weight").as_deref(), Some("codebook.fc.weight"));
    }
}
