//! Stages `emotion.npy` and `emotion.tokens`.

use engine_dice_talk::emotion::{EmotionModel, EmotionSizes, key, priors};
use engine_golden::json::size;
use engine_golden_torch::same_keys;
use engine_torch::testing;
use tch::{Device, Kind, Tensor};

use crate::reference::{SET, check, config, file, input, listed, network};
use crate::speech::projection_sizes;

/// The set's network.
pub(crate) fn model() -> EmotionModel {
    let config = config("emo_model");
    let sizes = EmotionSizes {
        emotion: projection_sizes(&config["emo_linear"]),
        entry: projection_sizes(&config["kv_tokens_linear"]),
        entries: size(&config["codebook"]["codebook_size"]) as i64,
        heads: size(&config["attention"]["num_heads"]) as i64,
    };
    network("emo_model", |vs| EmotionModel::new(vs, &sizes))
}

#[test]
fn files_hold_the_numbers_of_the_reference() {
    for stage in SET.stages("emotion.npy") {
        check(stage, "mu", &priors::read(&file(stage, "npy")).expect("the file is an emotion's"));
    }
}

#[test]
fn tokens_are_those_of_the_reference() {
    let model = model();
    for stage in SET.stages("emotion.tokens") {
        let emotion = match stage["args"]["mu"] == "zeros" {
            true => Tensor::zeros([priors::NUMBERS as i64], (Kind::Float, Device::Cpu)),
            false => input(stage, "mu"),
        };
        for name in stage["outputs"].as_object().expect("outputs by name").keys() {
            let got = match name.as_str() {
                "full" => model.tokens(&emotion),
                "nearest" => model.nearest_tokens(&emotion),
                "nearest_index" => Tensor::from_slice(&[model.nearest(&emotion)]),
                other => panic!("an output {other:?} is not computed"),
            };
            check(stage, name, &got);
        }
    }
}

#[test]
fn the_network_asks_for_the_tensors_of_the_published_one() {
    let mut published = listed("dicetalk_emo_model_pth");
    published.retain(|name, _| key(name).is_some());
    same_keys(&testing::keys(|vs| EmotionModel::new(vs, &EmotionSizes::published())), &published);
}
