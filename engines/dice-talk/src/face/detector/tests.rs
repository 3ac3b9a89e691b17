//! The stand-in detector of the golden set, whole and changed.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use engine_api::{EngineError, ErrorKind};
use engine_torch::pixels::planes;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::write::{FileOptions, ZipWriter};
use zip::{CompressionMethod, ZipArchive};

use super::*;

const STAND_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/set/files/fake_detector.pt");
/// What its program ends with.
const ANSWER: &str = "return torch.unsqueeze(torch.cat(outs), 0)";

fn sha256(path: &Path) -> String {
    format!("{:x}", Sha256::digest(fs::read(path).unwrap()))
}

/// Loads a file that is trusted as it is.
pub(crate) fn trusted(path: &Path) -> Result<Detector, LoadError> {
    Detector::load(path, Some(&sha256(path)))
}

/// The stand-in.
pub(crate) fn stand_in() -> Detector {
    trusted(Path::new(STAND_IN)).unwrap()
}

/// The stand-in with a part of its program replaced.
pub(crate) fn changed(folder: &TempDir, old: &str, new: &str) -> PathBuf {
    let path = folder.path().join("changed.pt");
    let mut from = ZipArchive::new(File::open(STAND_IN).unwrap()).unwrap();
    let mut to = ZipWriter::new(File::create(&path).unwrap());
    for place in 0..from.len() {
        let mut entry = from.by_index(place).unwrap();
        let (name, mut bytes) = (entry.name().to_owned(), Vec::new());
        entry.read_to_end(&mut bytes).unwrap();
        if name.ends_with(".py") {
            let program = String::from_utf8(bytes).unwrap();
            assert!(program.contains(old), "{program}");
            bytes = program.replace(old, new).into_bytes();
        }
        to.start_file(name, FileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
        to.write_all(&bytes).unwrap();
    }
    to.finish().unwrap();
    path
}

#[test]
fn only_the_trusted_file_is_loaded() {
    let (path, hash) = (Path::new(STAND_IN), sha256(Path::new(STAND_IN)));
    assert!(Detector::load(path, Some(&hash.to_uppercase())).is_ok());
    let other = "0".repeat(64);
    for (trusted, words) in [(None, "none is configured"), (Some(other.as_str()), "00000000 is configured")] {
        let error = Detector::load(path, trusted).unwrap_err();
        assert!(matches!(error, LoadError::Untrusted { .. }));
        let error = EngineError::from(error);
        assert_eq!(error.kind, ErrorKind::Weights);
        assert!(error.message.contains(words), "{error}");
        assert!(error.message.contains(&format!("set detector_sha256 = \"{hash}\"")), "{error}");
    }
}

#[test]
fn what_is_no_archive_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("detector.pt");
    let told = Detector::load(&path, Some("")).unwrap_err().to_string();
    assert!(told.contains("detector.pt: it cannot be read: "), "{told}");
    let whole = fs::read(STAND_IN).unwrap();
    for bytes in [&b""[..], b"<!DOCTYPE html>", &whole[..whole.len() - 30], &whole[..100]] {
        fs::write(&path, bytes).unwrap();
        let error = trusted(&path).unwrap_err();
        assert!(matches!(error, LoadError::NotTorchScript { .. }), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

#[test]
fn what_is_no_detector_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |old: &str, new: &str| {
        let LoadError::NoDetector { reason, .. } = trusted(&changed(&folder, old, new)).unwrap_err() else {
            panic!("it is told otherwise")
        };
        reason
    };
    assert_eq!(refused(ANSWER, "return torch.cat(outs)"), RunError::Shape(vec![3549, 16]));
    let cut = "return torch.slice(torch.unsqueeze(torch.cat(outs), 0), 2, 0, 15)";
    assert_eq!(refused(ANSWER, cut), RunError::Shape(vec![1, 3549, 15]));
    let double = "return torch.to(torch.unsqueeze(torch.cat(outs), 0), 7)";
    assert_eq!(refused(ANSWER, double), RunError::NoTensor);
    let infinite = "return torch.div(torch.unsqueeze(torch.cat(outs), 0), 0.)";
    assert_eq!(refused(ANSWER, infinite), RunError::NotFinite);
    assert_eq!(refused("-> Tensor:", "-> List[Tensor]:\n    if True:\n      return grids"), RunError::NoTensor);
    let failed = refused("torch.reshape(grids[i], [-1, 2])", "torch.reshape(grids[i], [-1, 2, 2, 2, 2])").to_string();
    assert!(failed.starts_with("libtorch: Tensors must have same number of dimensions"), "{failed}");
}

#[test]
fn a_picture_is_searched_in_its_red_plane_and_not_turned() {
    let detector = stand_in();
    // Of cells of 32 pixels it sees those that are red, and of the finer ones every few.
    let lit = |red: usize| {
        let mut picture = Raster::zeros(416, 416, 3);
        for y in 64..96 {
            picture.row_mut(y).as_chunks_mut::<3>().0[160..192].iter_mut().for_each(|pixel| pixel[red] = 255);
        }
        picture
    };
    let place = detector.detect(&lit(0)).unwrap()[0].place;
    assert!(
        (place.left + place.width / 2.0 - 176.0).abs() < 1e-3 && (place.top + place.height / 2.0 - 80.0).abs() < 1e-3
    );
    assert!(detector.detect(&lit(2)).unwrap().is_empty());
    assert_eq!(planes(&shown(&lit(0))).size(), [1, 3, 416, 416]);
}
