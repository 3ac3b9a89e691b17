//! The two networks of the face mesh: Puppet works without them, and better with them.

use avatar_mediapipe::{FILES, MediaPipe};
use engine_api::{EngineError, ErrorKind, Setup, Weight};

/// Where the conversions of MediaPipe's Face Landmarker to ONNX are published, at one commit.
const SOURCE: &str = "digital-avatar/ditto-talkinghead@e4a2f60328ee7c32af585ac4b3cce299e4c8e254/ditto_onnx";

/// The files, for `models pull`.
pub(crate) fn published() -> Vec<Weight> {
    let weight = |file: &str| Weight {
        file: file.into(),
        source: format!("{SOURCE}/{file}"),
        bytes: None,
        sha256: None,
        optional: true,
    };
    FILES.map(weight).into()
}

/// What faces are measured by, for `/engines`.
pub(crate) fn note(setup: &Setup) -> String {
    if has_mesh(setup) {
        return "faces are measured by MediaPipe's face mesh".into();
    }
    "faces are measured by the picture alone; with `avatar-gateway models pull puppet` and `weights` in [engines.puppet] \
     they are measured by MediaPipe's face mesh, which sees much more"
        .into()
}

/// The face mesh, if both of its files lie in the engine's folder of weights.
///
/// # Errors
/// `Weights` where a file is damaged, or another network.
pub(crate) fn mesh(setup: &Setup) -> Result<Option<MediaPipe>, EngineError> {
    let Some(folder) = setup.weights.as_deref().filter(|_| has_mesh(setup)) else { return Ok(None) };
    MediaPipe::load(folder).map(Some).map_err(|error| EngineError::new(ErrorKind::Weights, error.to_string()))
}

fn has_mesh(setup: &Setup) -> bool {
    published().iter().all(|weight| setup.weights.as_deref().is_some_and(|folder| weight.is_in(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_networks_are_told_and_one_alone_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup { weights: Some(folder.path().to_owned()), ..Setup::default() };
        assert!(mesh(&setup).unwrap().is_none() && note(&setup).contains("models pull puppet"));
        std::fs::write(folder.path().join(FILES[0]), "no network").unwrap();
        assert!(mesh(&setup).unwrap().is_none() && note(&setup).contains("models pull puppet"));
        std::fs::write(folder.path().join(FILES[1]), "no network").unwrap();
        let error = mesh(&setup).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Weights);
        assert!(error.message.contains("blaze_face.onnx is not the network"), "{error}");
        assert!(note(&setup).contains("face mesh") && !note(&setup).contains("pull"));
    }
}
