//! What a picture is of: the vision tower of CLIP (Radford et al. 2021, arXiv 2103.00020), under the keys of transformers.

mod config;
mod layer;

use engine_torch::layers::{LayerNorm, Linear};
use engine_torch::{VarPath, pixels};
use engine_vision::pillow_resize::{Filter, resize};
use engine_vision::raster::Raster;
use tch::Tensor;

pub use config::ClipConfig;
use config::IMAGE;
use layer::Layer;

/// Of CLIP's training pictures: what a sample of red, green and blue is on average, and how far it is off that.
const MEAN: [f32; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const DEVIATION: [f32; 3] = [0.268_629_54, 0.261_302_6, 0.275_777_1];

/// The tower, with its projection.
#[derive(Debug)]
pub struct ClipVision {
    class_embedding: Tensor,
    patch_embedding: Tensor,
    position_embedding: Tensor,
    pre_layer_norm: LayerNorm,
    layers: Vec<Layer>,
    post_layer_norm: LayerNorm,
    visual_projection: Linear,
}

impl ClipVision {
    /// `vision_model` and `visual_projection`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &ClipConfig) -> Self {
        let (hidden, patch) = (config.hidden_size, config.patch_size);
        let tokens = (config.image_size / patch).pow(2) + 1;
        let tower = vs / "vision_model";
        let embeddings = &tower / "embeddings";
        let layers = &tower / "encoder" / "layers";
        Self {
            class_embedding: embeddings.tensor("class_embedding", &[hidden]),
            patch_embedding: (&embeddings / "patch_embedding")
                .tensor("weight", &[hidden, config.num_channels, patch, patch]),
            position_embedding: (&embeddings / "position_embedding").tensor("weight", &[tokens, hidden]),
            // So it is spelled.
            pre_layer_norm: LayerNorm::new(&(&tower / "pre_layrnorm"), hidden),
            layers: (0..config.num_hidden_layers).map(|layer| Layer::new(&(&layers / layer), config)).collect(),
            post_layer_norm: LayerNorm::new(&(&tower / "post_layernorm"), hidden),
            visual_projection: Linear::without_bias(&(vs / "visual_projection"), hidden, config.projection_dim),
        }
    }

    /// What [`pixels()`] gave, in the network's place, to its embedding (1, `projection_dim`).
    pub fn embed(&self, pixels: &Tensor) -> Tensor {
        let class = self.encoded(&self.tokens(pixels)).select(1, 0);
        self.visual_projection.forward(&self.post_layer_norm.forward(&class))
    }

    /// What the first layer is given: a token for the whole picture, and then one for each patch (1, tokens, `hidden_size`).
    pub fn tokens(&self, pixels: &Tensor) -> Tensor {
        let step = self.patch_embedding.size()[2];
        let patches = pixels.conv2d(&self.patch_embedding, None::<&Tensor>, [step, step], [0, 0], [1, 1], 1);
        let patches = patches.flatten(2, 3).transpose(1, 2);
        let class = self.class_embedding.expand([patches.size()[0], 1, -1], false);
        self.pre_layer_norm.forward(&(Tensor::cat(&[class, patches], 1) + &self.position_embedding))
    }

    /// What the last layer makes of the first one's tokens.
    pub fn encoded(&self, tokens: &Tensor) -> Tensor {
        self.layers.iter().fold(tokens.shallow_clone(), |x, layer| layer.forward(&x))
    }
}

/// The network's key of a published name: the name itself. Older versions of transformers saved the numbers of the positions
/// too.
#[must_use]
pub fn key(name: &str) -> Option<String> {
    (name != "vision_model.embeddings.position_ids").then(|| name.to_owned())
}

/// A picture of red, green and blue as the tower sees it: (1, 3, 224, 224), on the processor in 32 bits. What is not square
/// is squeezed.
pub fn pixels(picture: &Raster<u8>) -> Tensor {
    let per_channel = |numbers: &[f32]| Tensor::from_slice(numbers).view([1, -1, 1, 1]);
    (pixels::planes(&squeezed(picture)) - per_channel(&MEAN)) / per_channel(&DEVIATION)
}

/// The same in bytes.
#[must_use]
pub fn squeezed(picture: &Raster<u8>) -> Raster<u8> {
    let side = IMAGE.unsigned_abs() as usize;
    resize(picture, side, side, Filter::Lanczos)
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn positions_are_counted_and_not_read() {
        assert_eq!(key("vision_model.embeddings.position_ids"), None);
        let position = "vision_model.embeddings.position_embedding.weight";
        assert_eq!(key(position).as_deref(), Some(position));
    }
}
