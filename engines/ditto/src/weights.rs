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
/// Bytes of either configuration, and their hashes, as several who have fetched them have written them down.
const CONFIG_BYTES: u64 = 30_924;
const CONFIG_SHA256: &str = "be6729ca19e25269c4447d8ff4062e18de053b0f6dd38fdb6ef8166de6e8f3e3";
const CONFIG_ONLINE_SHA256: &str = "7f82e1e383b3a29f390921846dd4b9a22794d96d8d835391e6cfda87782b7044";

/// Networks that every search needs.
const ALWAYS: [Spec; 10] = [LANDMARK203, BLAZE, MESH, APPEARANCE, MOTION, HUBERT, LMDM, STITCH, WARP, DECODER];
/// Networks of the search with InsightFace.
const INSIGHT_FACE: [Spec; 2] = [DETECTOR, LANDMARK106];

/// All files that a search needs; without one, all that any does.
pub(crate) fn published(search: Option<FaceSearch>) -> Vec<Weight> {
    let weight =
        |file: String| Weight { source: format!("{SOURCE}/{file}"), file, bytes: None, sha256: None, optional: false };
    let network = |spec: &Spec| weight(format!("{NETWORKS}/{}.onnx", spec.name));
    let config = |(file, sha256): (&str, &str)| Weight {
        bytes: Some(CONFIG_BYTES),
        sha256: Some(sha256.to_owned()),
        optional: true,
        ..weight(file.to_owned())
    };
    let configs = [(CONFIG, CONFIG_SHA256), (CONFIG_ONLINE, CONFIG_ONLINE_SHA256)].map(config);
    configs.into_iter().chain(networks(search).map(network)).collect()
}

/// The networks under their published names.
fn networks(search: Option<FaceSearch>) -> impl Iterator<Item = &'static Spec> {
    let insight_face: &[Spec] = if search == Some(FaceSearch::MediaPipe) { &[] } else { &INSIGHT_FACE };
    ALWAYS.iter().chain(insight_face)
}

/// The networks that a search needs: of the warp network the variant that a folder has.
pub(crate) fn needed(folder: &Path, search: FaceSearch) -> Vec<Spec> {
    let has_plugin_alone = !WARP.path(folder).is_file() && WARP_PLUGIN.path(folder).is_file();
    let variant = |spec: Spec| if spec.name == WARP.name && has_plugin_alone { WARP_PLUGIN } else { spec };
    networks(Some(search)).copied().map(variant).collect()
}

/// The networks that a search needs and a folder lacks, under the names of [`published`]; all without a folder.
pub(crate) fn missing(folder: Option<&Path>, search: FaceSearch) -> Vec<String> {
    let is_missing = |spec: &Spec| folder.is_none_or(|folder| !spec.path(folder).is_file());
    let missing = needed(folder.unwrap_or(Path::new("")), search).into_iter().filter(is_missing);
    missing.map(|spec| format!("{NETWORKS}/{}.onnx", spec.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_lists_the_files_that_it_needs_and_no_others() {
        let names = |search| published(search).into_iter().map(|weight| weight.file).collect::<Vec<_>>();
        let all = names(None);
        assert_eq!(names(Some(FaceSearch::InsightFace)), all);
        let media_pipe = names(Some(FaceSearch::MediaPipe));
        let left_out: Vec<_> = all.iter().filter(|file| !media_pipe.contains(file)).collect();
        assert_eq!(left_out, ["ditto_onnx/insightface_det.onnx", "ditto_onnx/landmark106.onnx"]);
    }
}
