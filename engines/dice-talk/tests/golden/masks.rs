//! Stages `table.mask_levels`, `mask.values` and `pose_guider`: what the mask of the face becomes.

use engine_dice_talk::unet::{grid, resampled};
use engine_diffusion::conditioning_embedding::ConditioningEmbedding;
use engine_golden::json::{list, size};
use serde_json::Value;
use tch::{Device, Kind, Tensor, no_grad};

use crate::reference::{SET, check, config, input, network};

/// The mask (rows, columns) that a stage is given, from 0 to 1.
pub(crate) fn mask(stage: &Value) -> Tensor {
    input(stage, "mask").to_kind(Kind::Float) / 255.0
}

/// The mask that a stage's arguments describe: 1 between rows and columns, and 0 elsewhere.
pub(crate) fn rectangle(args: &Value, name: &str) -> Tensor {
    let extent = |value: &Value| size(value) as i64;
    let mask = Tensor::zeros([extent(&args["H"]), extent(&args["W"])], (Kind::Float, Device::Cpu));
    let ends: Vec<i64> = list(&args[name]).iter().map(extent).collect();
    let inside = mask.narrow(0, ends[0], ends[1] - ends[0]).narrow(1, ends[2], ends[3] - ends[2]);
    let _ = inside.shallow_clone().fill_(1.0);
    mask
}

#[test]
fn masks_have_the_grids_of_the_original() {
    for stage in SET.stages("table.mask_levels") {
        let cases: Vec<Vec<i64>> = Vec::try_from(input(stage, "cases")).expect("rows of numbers");
        let grids: Vec<i64> = cases.iter().flat_map(|case| grid(case[0], case[1], case[2])).collect();
        check(stage, "grid", &Tensor::from_slice(&grids).view([-1, 2]));
    }
}

#[test]
fn masks_have_the_values_of_the_original() {
    for stage in SET.stages("mask.values") {
        let mask = if stage["inputs"].get("mask").is_some() { mask(stage) } else { rectangle(&stage["args"], "rect") };
        for queries in list(&stage["args"]["queries"]).iter().map(size) {
            // Levels are told by how many of the picture's pixels lie in a row of theirs.
            let level = (mask.numel() / queries).isqrt();
            check(stage, &format!("level_{level}"), &resampled(&mask, queries as i64));
        }
    }
}

/// The set's pose guider.
pub(crate) fn pose_guider() -> ConditioningEmbedding {
    let config = config("pose_guider");
    let extent = |name: &str| size(&config[name]) as i64;
    let channels: Vec<i64> = list(&config["block_out_channels"]).iter().map(|channels| size(channels) as i64).collect();
    let (inputs, outputs) = (extent("conditioning_channels"), extent("conditioning_embedding_channels"));
    network("pose_guider", |vs| ConditioningEmbedding::new(vs, inputs, &channels, outputs))
}

/// What the set's pose guider makes of a mask (rows, columns): (1, channels, rows / 8, columns / 8).
pub(crate) fn pose(mask: &Tensor) -> Tensor {
    no_grad(|| pose_guider().forward(&mask.expand([1, 3, -1, -1], false)))
}

#[test]
fn a_mask_becomes_the_feature_of_the_original() {
    for stage in SET.stages("pose_guider") {
        check(stage, "feature", &pose(&mask(stage)).squeeze_dim(0));
    }
}
