//! Registered sources of the set: photos, and clips whose frames lie beside the video as PNG.

use std::fs;
use std::path::Path;

use avatar_media::video::VideoReader;
use engine_ditto::face::detector::{FaceSearch, Found};
use engine_ditto::settings::Settings;
use engine_ditto::source::photo::fitted;
use engine_ditto::source::registration::{Look, Registered, Registrar};
use engine_ditto::source::track::Track;
use engine_ditto::source::video::raster;
use engine_golden::json::text;
use engine_vision::raster::Raster;
use serde_json::Value;

use crate::pixels::file_image;
use crate::reference::SET;
use crate::runtime::loader;

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

/// Registers `file` as settings want it.
pub(crate) fn source(registrar: &mut Registrar, file: &str, settings: &Settings) -> Source {
    let mut frames = frames(file, settings.max_size);
    frames.truncate(settings.template_n_frames.or(settings.n_d).unwrap_or(usize::MAX));
    let found = registrar.find(&frames[0]).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut track = Track::new(&found, Look { framing: settings.framing(), eyes: true });
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
    let clips = SET.runs().iter().map(|run| text(&run["source"]));
    for clip in clips.filter(|source| is_clip(source)) {
        let names = beside(clip);
        let mut shown = 0;
        for item in VideoReader::open(&SET.path(clip)).unwrap_or_else(|error| panic!("{clip}: {error}")) {
            let picture = item.and_then(|(_, picture)| raster(&picture));
            let picture = picture.unwrap_or_else(|error| panic!("{clip}: {error}"));
            let picture = fitted(picture, None).unwrap_or_else(|error| panic!("{clip}: {error}"));
            assert!(picture == file_image(&names[shown], None), "picture {shown} of {clip}");
            shown += 1;
        }
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
