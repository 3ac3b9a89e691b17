//! Registered sources of the set: photos, and clips whose frames lie beside the video as PNG.

use std::fs;
use std::path::Path;

use avatar_media::video::ClipError;
use engine_ditto::clip::{Next, pictures};
use engine_ditto::crop::Framing;
use engine_ditto::raster::Raster;
use engine_ditto::register::{FRAMING, FaceSearch, Found, Look, Registered, Registrar};
use engine_ditto::source::fitted;
use engine_ditto::track::Track;
use serde_json::Value;

use crate::pixels::{file_image, limit};
use crate::reference::{SET, list, number, text};
use crate::runtime::loader;

/// What the reference limits the longer side to where nothing else is said.
const MAX_SIZE: Option<usize> = Some(1920);

/// A source with what registration says of it.
pub(crate) struct Source {
    pub(crate) frames: Vec<Raster<u8>>,
    pub(crate) found: Found,
    pub(crate) registered: Vec<Registered>,
}

/// The networks of registration; `None` where there is no runtime.
pub(crate) fn registrar() -> Option<Registrar> {
    Some(Registrar::load(&loader()?, FaceSearch::InsightFace).unwrap_or_else(|error| panic!("{error}")))
}

/// Registers `file` with the keyword arguments of a case.
pub(crate) fn source(registrar: &mut Registrar, file: &str, arguments: &Value) -> Source {
    let frames = frames(file, arguments.get("max_size").map_or(MAX_SIZE, limit));
    let real = |name: &str, otherwise: f32| arguments.get(name).map_or(otherwise, |value| number(value) as f32);
    let framing = Framing {
        scale: real("crop_scale", FRAMING.scale),
        down: real("crop_vy_ratio", FRAMING.down),
        upright: arguments.get("crop_flag_do_rot").and_then(Value::as_bool).unwrap_or(FRAMING.upright),
        ..FRAMING
    };
    let found = registrar.find(&frames[0]).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut track = Track::new(&found, Look { framing, eyes: true });
    let next = |frame| track.next(registrar, frame).unwrap_or_else(|error| panic!("{file}: {error}"));
    let registered = frames.iter().map(next).collect();
    Source { frames, found, registered }
}

fn frames(file: &str, max_size: Option<usize>) -> Vec<Raster<u8>> {
    if !is_clip(file) {
        return vec![file_image(file, max_size)];
    }
    beside(file).iter().map(|name| file_image(name, max_size)).collect()
}

/// Whether a source of the set is a clip; all others are photos.
pub(crate) fn is_clip(file: &str) -> bool {
    file.ends_with(".mp4")
}

/// The pictures of a clip, which lie beside it.
fn beside(clip: &str) -> Vec<String> {
    let folder = Path::new(clip).with_extension("");
    let listed = fs::read_dir(SET.path(text_of(&folder))).expect("a clip's pictures lie beside it");
    let mut names: Vec<String> =
        listed.flatten().map(|entry| text_of(&folder.join(entry.file_name())).to_owned()).collect();
    names.sort();
    names
}

#[test]
fn clips_decode_to_the_pictures_beside_them() {
    let clips = list(SET.part("runs")).iter().map(|run| text(&run["source"]));
    for clip in clips.filter(|source| is_clip(source)) {
        let names = beside(clip);
        let mut shown = 0;
        let decoded = pictures::<ClipError>(&SET.path(clip), &mut |_, picture| {
            let picture = fitted(picture, None).unwrap_or_else(|error| panic!("{clip}: {error}"));
            assert!(picture == file_image(&names[shown], None), "picture {shown} of {clip}");
            shown += 1;
            Ok(Next::More)
        });
        decoded.unwrap_or_else(|error| panic!("{clip}: {error}"));
        assert_eq!(shown, names.len(), "pictures of {clip}");
    }
}

fn text_of(path: &Path) -> &str {
    path.to_str().expect("the set's names are text")
}

/// The name of a case.
pub(crate) fn name(case: &Value) -> &str {
    text(&case["name"])
}
