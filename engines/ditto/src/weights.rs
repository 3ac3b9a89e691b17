//! The published weight files that the engine needs.

use std::path::Path;

use engine_api::Weight;

use crate::face::detector::FaceSearch;
use crate::networks::{
    APPEARANCE, BLAZE, DECODER, DETECTOR, HUBERT, LANDMARK106, LANDMARK203, LMDM, MESH, MOTION, STITCH, Spec, WARP,
    WARP_PLUGIN,
};
use crate::options::{CONFIG, CONFIG_ONLINE, NETWORKS};

/// The model repository, at the commit whose files others have published hashes of.
const SOURCE: &str = "digital-avatar/ditto-talkinghead@e4a2f60328ee7c32af585ac4b3cce299e4c8e254";
/// Bytes of either configuration.
const CONFIG_BYTES: u64 = 30_924;

/// Networks that every search needs.
const ALWAYS: [Spec; 10] = [LANDMARK203, BLAZE, MESH, APPEARANCE, MOTION, HUBERT, LMDM, STITCH, WARP, DECODER];
/// Networks of the search with InsightFace.
const INSIGHT_FACE: [Spec; 2] = [DETECTOR, LANDMARK106];

/// All files, for `models pull`.
pub(crate) fn published() -> Vec<Weight> {
    let weight =
        |file: String, bytes| Weight { source: format!("{SOURCE}/{file}"), file, bytes, sha256: None, optional: false };
    let networks = ALWAYS.iter().chain(&INSIGHT_FACE);
    let networks = networks.map(|spec| weight(format!("{NETWORKS}/{}.onnx", spec.name), None));
    let configs = [CONFIG, CONFIG_ONLINE].map(|file| weight(file.to_owned(), Some(CONFIG_BYTES)));
    configs.into_iter().chain(networks).collect()
}

/// The networks that a search needs and a folder lacks, under the names of [`published`]; all without a folder.
pub(crate) fn missing(folder: Option<&Path>, search: FaceSearch) -> Vec<String> {
    let insight_face: &[Spec] = if search == FaceSearch::InsightFace { &INSIGHT_FACE } else { &[] };
    let is_there = |spec: &Spec| folder.is_some_and(|folder| spec.path(folder).is_file());
    let has = |spec: &Spec| is_there(spec) || (spec.name == WARP.name && is_there(&WARP_PLUGIN));
    let missing = ALWAYS.iter().chain(insight_face).filter(|spec| !has(spec));
    missing.map(|spec| format!("{NETWORKS}/{}.onnx", spec.name)).collect()
}
