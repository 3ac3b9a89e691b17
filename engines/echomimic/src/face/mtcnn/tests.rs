//! The detector with closed-form weights, which find something, but no faces.

use engine_golden::uniform::u8s;
use engine_golden::weights::weights;
use engine_torch::testing::made;
use engine_vision::raster::Raster;
use tch::{Device, Kind};

use super::*;

fn detector(config: Config) -> Mtcnn {
    fn network<N>(name: &str, network: impl FnOnce(&VarPath<'_>) -> N) -> N {
        made(|key, shape| weights("", &format!("mtcnn_{name}"), key, shape), network)
    }
    let (proposal, refine) = (network("pnet", ProposalNet::new), network("rnet", RefineNet::new));
    Mtcnn::new(config, proposal, refine, network("onet", OutputNet::new))
}

fn pixels(width: usize, height: usize) -> Pixels {
    let samples = u8s(&format!("{width}x{height}"), width * height * 3);
    Pixels::new(&Raster::new(width, height, 3, samples).unwrap(), [0, 1, 2])
}

#[test]
fn bands_together_are_the_whole() {
    let detector = detector(Config::default());
    let band = BAND as usize;
    for height in [13, band, band + 10, band + 11, band + 12, 2 * band + 11, 2 * band + 37] {
        let pixels = pixels(17, height);
        let level = Level { scale: 1.0, height: height as i64, width: 17 };
        let whole = detector.proposal.forward(&pixels.level(&level));
        let banded = detector.maps(&pixels, &level);
        assert_eq!(banded.offsets.size(), whole.offsets.size(), "{height} rows");
        for (banded, whole) in [(banded.offsets, whole.offsets), (banded.probabilities, whole.probabilities)] {
            assert!(banded.allclose(&whole, 1e-5, 1e-6, false), "{height} rows");
        }
    }
}

#[test]
fn a_picture_has_levels_from_the_smallest_face_on() {
    let detector = detector(Config::default());
    assert!(detector.levels(19, 1000).is_empty() && detector.levels(0, 0).is_empty());
    assert!(detector.detect(&pixels(19, 400)).is_empty());
    let levels = detector.levels(20, 1000);
    assert_eq!(levels, [Level { scale: 0.6, height: 601, width: 13 }]);
}

#[test]
fn no_size_of_a_picture_is_too_odd() {
    let detector = detector(Config { thresholds: [0.5; 3], ..Config::default() });
    for (width, height) in [(20, 20), (21, 20), (20, 333), (401, 23), (64, 65), (127, 90)] {
        let pixels = pixels(width, height);
        for face in detector.detect(&pixels) {
            let numbers = face.landmarks.as_flattened().iter().chain(&face.bounds);
            assert!(numbers.copied().all(f32::is_finite) && (0.5..=1.0).contains(&face.probability), "{face:?}");
        }
    }
}

#[test]
fn windows_beyond_the_picture_are_left_out() {
    let (detector, pixels) = (detector(Config::default()), pixels(40, 30));
    let inside = [3.0, 4.0, 20.0, 21.0];
    let windows = [
        [-30.0, 5.0, -2.0, 20.0],
        inside,
        [50.0, 5.0, 60.0, 15.0],
        [f32::NAN; 4],
        [f32::INFINITY; 4],
        [f32::NEG_INFINITY; 4],
        inside,
    ];
    let seen = detector.refine(&pixels, &windows);
    assert_eq!(seen.iter().map(|answer| answer.bounds).collect::<Vec<_>>(), [inside; 2]);
    assert_eq!((seen[0].score, seen[0].offsets), (seen[1].score, seen[1].offsets));
    assert_eq!(detector.look_closely(&pixels, &windows).len(), 2);
    assert!(detector.refine(&pixels, &windows[..1]).is_empty());
}

#[test]
fn parts_of_a_picture_keep_their_level() {
    let grey = Pixels::new(&Raster::new(30, 20, 3, vec![255; 1800]).unwrap(), [0, 1, 2]);
    let window = grey.window([-5.0, -5.0, 12.0, 40.0], 24).unwrap();
    let expected = Tensor::full([1, 3, 24, 24], 127.5 * 0.0078125, (Kind::Float, Device::Cpu));
    assert_eq!(window, expected);
}
