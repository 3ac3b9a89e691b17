//! Attention by several heads: what all that attend have in common (Vaswani et al. 2017, arXiv 1706.03762).

use tch::Tensor;

/// Tokens (N, tokens, channels) by head: (N, `heads`, tokens, channels / `heads`).
///
/// # Panics
/// The tokens have other axes, or their channels are no multiple of the heads.
pub fn by_head(tokens: &Tensor, heads: i64) -> Tensor {
    let size = tokens.size();
    tokens.view([size[0], size[1], heads, size[2] / heads]).transpose(1, 2)
}

/// What queries gather from values by the keys they match, all [`by_head`], as tokens (N, queries, channels). The scale is
/// one over the root of a head's channels; nothing is masked.
pub fn gathered(queries: &Tensor, keys: &Tensor, values: &Tensor) -> Tensor {
    let gathered =
        Tensor::scaled_dot_product_attention(queries, keys, values, None::<&Tensor>, 0.0, false, None, false);
    gathered.transpose(1, 2).flatten(2, 3)
}
