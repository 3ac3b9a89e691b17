//! Between pictures and tokens: affine maps of a pixel's channels that read one order of axes and write the other. The
//! product of matrices turns them at no cost; a copy would cost a tenth of it.

use engine_torch::VarPath;
use tch::Tensor;

/// An affine map of the channels of each pixel, on the way into a transformer or out of it.
#[derive(Debug)]
pub struct Projection {
    weight: Tensor,
    bias: Tensor,
}

impl Projection {
    /// `weight` (`channels`, `channels`) and `bias` (`channels`): a linear layer's.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, channels: i64) -> Self {
        Self { weight: vs.tensor("weight", &[channels, channels]), bias: vs.tensor("bias", &[channels]) }
    }

    /// `weight` (`channels`, `channels`, 1, 1) and `bias` (`channels`): a convolution's.
    #[must_use]
    pub fn of_convolution(vs: &VarPath<'_>, channels: i64) -> Self {
        let weight = vs.tensor("weight", &[channels, channels, 1, 1]);
        Self { weight: weight.view([channels, channels]), bias: vs.tensor("bias", &[channels]) }
    }

    /// A picture (N, channels, rows, columns) to tokens (N, rows · columns, channels).
    pub fn tokens(&self, picture: &Tensor) -> Tensor {
        let pixels = picture.flatten(2, 3).transpose(1, 2);
        self.bias.baddbmm(&pixels, &self.for_each(picture).transpose(1, 2), 1, 1)
    }

    /// Tokens (N, rows · columns, channels), added to the picture (N, channels, rows, columns) that they came from.
    pub fn picture(&self, tokens: &Tensor, from: &Tensor) -> Tensor {
        let channels = tokens.transpose(1, 2);
        let mut picture = self.bias.unsqueeze(1).baddbmm(&self.for_each(tokens), &channels, 1, 1).view_as(from);
        picture += from;
        picture
    }

    /// The same weights for each of the N.
    fn for_each(&self, x: &Tensor) -> Tensor {
        self.weight.expand([x.size()[0], -1, -1], false)
    }
}

#[cfg(test)]
mod tests {
    use engine_torch::layers::{Conv2d, Linear};
    use engine_torch::testing::made;
    use tch::Tensor;

    use super::Projection;

    fn numbers(seed: &str, shape: &[i64]) -> Tensor {
        let values = engine_golden::uniform::f32s(seed, shape.iter().product::<i64>() as usize, 1.0);
        Tensor::from_slice(&values).reshape(shape)
    }

    fn with_weights<N>(build: impl FnOnce(&engine_torch::VarPath<'_>) -> N) -> N {
        made(|key, shape| engine_golden::weights::weights("", "projection", key, shape), build)
    }

    #[test]
    fn pictures_become_tokens_as_by_a_linear_layer() {
        let (projection, linear) = with_weights(|vs| (Projection::new(vs, 6), Linear::new(vs, 6, 6)));
        let picture = numbers("picture", &[3, 6, 2, 5]);
        let want = linear.forward(&picture.flatten(2, 3).transpose(1, 2));
        assert!(projection.tokens(&picture).allclose(&want, 1e-5, 1e-6, false));
    }

    #[test]
    fn tokens_become_pictures_as_by_a_convolution() {
        let (projection, convolution) =
            with_weights(|vs| (Projection::of_convolution(vs, 6), Conv2d::new(vs, 6, 6, 1)));
        let (tokens, from) = (numbers("tokens", &[3, 10, 6]), numbers("from", &[3, 6, 2, 5]));
        let want = convolution.forward(&tokens.transpose(1, 2).reshape([3, 6, 2, 5])) + &from;
        assert!(projection.picture(&tokens, &from).allclose(&want, 1e-5, 1e-6, false));
    }
}
