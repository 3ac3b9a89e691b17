//! What finds the faces in a child that looks at pictures: the detector that is configured.

use std::io;
use std::path::PathBuf;

use avatar_media::faces::{FaceDetector, SeetaFace};
use avatar_mediapipe::{FILES, MEMORY, MediaPipe};

use crate::config::Photos;

/// The detector, loaded.
///
/// # Errors
/// Its files cannot be read, or are others.
pub(super) fn open(photos: &Photos) -> io::Result<Box<dyn FaceDetector>> {
    Ok(match &photos.mediapipe {
        Some(folder) => Box::new(MediaPipe::load(folder).map_err(io::Error::other)?),
        None => Box::new(SeetaFace::new()),
    })
}

/// The files that the child reads for it.
pub fn files(photos: &Photos) -> Vec<PathBuf> {
    photos.mediapipe.iter().flat_map(|folder| FILES.map(|name| folder.join(name))).collect()
}

/// Bytes of memory that looking for faces takes beside the picture: a copy of two thousand pixels a side, and the
/// detector's own.
pub(super) fn memory(photos: &Photos) -> u64 {
    const COPIES: u64 = 16 << 20;
    COPIES + if photos.mediapipe.is_some() { MEMORY } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Overrides};

    #[test]
    fn the_embedded_detector_is_the_default_and_files_that_are_none_are_told() {
        let folder = tempfile::tempdir().unwrap();
        for name in FILES {
            std::fs::write(folder.path().join(name), "no network").unwrap();
        }
        let set = ("AVATAR_GATEWAY__PHOTOS__MEDIAPIPE".to_owned(), folder.path().display().to_string());
        let mediapipe = Config::load(None, [set], Overrides::default()).unwrap().config.photos;
        assert_eq!(files(&mediapipe).len(), 2);
        let told = open(&mediapipe).err().unwrap().to_string();
        assert!(told.contains("blaze_face.onnx is not the network"), "{told}");
        let default = Photos { mediapipe: None, ..mediapipe };
        assert!(open(&default).is_ok() && files(&default).is_empty());
        assert_eq!(memory(&mediapipe) - memory(&default), MEMORY);
    }
}
