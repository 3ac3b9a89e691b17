//! Stages `clip.pixels` and `clip.embed`, and the keys of the vision tower's checkpoint.

use engine_dice_talk::clip::{self, ClipConfig, ClipVision};
use engine_golden_torch::same_keys;
use engine_torch::testing::keys;
use engine_vision::raster::Raster;
use serde_json::Value;
use tch::{Tensor, no_grad};

use crate::reference::{SET, check, config, listed, network};

#[test]
fn pictures_are_squeezed_and_scaled_as_in_the_reference() {
    for stage in SET.stages("clip.pixels") {
        let picture = picture(stage, "image");
        let squeezed = clip::squeezed(&picture);
        let size = [squeezed.height(), squeezed.width(), squeezed.channels()].map(|size| size as i64);
        check(stage, "image224", &Tensor::from_slice(squeezed.data()).view(size));
        check(stage, "pixels", &clip::pixels(&picture).squeeze_dim(0));
    }
}

#[test]
fn pictures_have_the_embeddings_of_the_reference() {
    let tower = tower();
    for stage in SET.stages("clip.embed") {
        let pixels = clip::pixels(&picture(stage, "image"));
        no_grad(|| {
            let tokens = tower.tokens(&pixels);
            check(stage, "pre_layernorm", &tokens);
            check(stage, "last_hidden", &tower.encoded(&tokens));
            check(stage, "image_embeds", &tower.embed(&pixels));
        });
    }
}

#[test]
fn the_tower_asks_for_its_checkpoint() {
    same_keys(&keys(|vs| ClipVision::new(vs, &ClipConfig::default())), &listed("svd_image_encoder"));
}

/// The set's tower.
pub(crate) fn tower() -> ClipVision {
    let config: ClipConfig = serde_json::from_value(config("clip").clone()).expect("a configuration");
    network("clip", |vs| ClipVision::new(vs, &config))
}

/// The picture `name` of a stage.
pub(crate) fn picture(stage: &Value, name: &str) -> Raster<u8> {
    let stored = SET.input(&stage["inputs"][name]);
    let &[height, width, channels] = stored.shape.as_slice() else { panic!("it is no picture") };
    Raster::new(width, height, channels, stored.to_u8()).expect("as many samples as the shape holds")
}
