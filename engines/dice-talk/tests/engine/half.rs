//! Jobs in 16 bits, which a GPU computes in: on the processor, to show that no step mixes numbers of two kinds or leaves their
//! range.

use avatar_samples::speech::{BabbleSpec, babble, write_canonical};
use engine_api::testing::RecordingHost;
use engine_dice_talk::networks::Networks;
use engine_dice_talk::params::Params;
use engine_dice_talk::pipeline::{Job, Pipeline};
use engine_dice_talk::weights::Files;
use engine_torch::Place;
use engine_torch::room::Room;
use tch::Kind;

use crate::portrait::portrait;
use crate::stage::{WEIGHTS, detector_sha256, small};

/// The frames of a small job, in numbers of a kind.
fn frames(kind: Kind) -> Vec<Vec<u8>> {
    let place = Place { kind, ..Place::CPU };
    let weights = WEIGHTS.hold();
    let files = Files { folder: weights.path() };
    let loaded = Networks::load(&files, Some(&detector_sha256()), place, None, &mut RecordingHost::new());
    let networks = loaded.expect("the networks are there");
    let room = Room::now(place, None, networks.bytes);
    let pipeline = Pipeline { networks, emotions: files.emotions(), memory: None, room };

    let folder = tempfile::tempdir().expect("a folder");
    let (image, speech) = (folder.path().join("portrait.png"), folder.path().join("speech.wav"));
    portrait(&[[6, 6]]).save(&image).expect("a portrait can be written");
    let samples = babble(&BabbleSpec { seconds: 0.5, ..BabbleSpec::default() }).samples;
    write_canonical(&speech, &samples[..2560]).expect("speech can be written");
    let params: Params = serde_json::from_value(small(serde_json::json!({}))).expect("parameters");
    let mut host = RecordingHost::new();
    let job = Job { portrait: &image, speech: &speech, params: &params };
    pipeline.render(job, &mut host).expect("the job is rendered");
    host.finish().expect("as many frames as were announced");
    host.frames
}

/// How far pictures are from each other, as peak signal to noise in decibels.
fn psnr(one: &[u8], other: &[u8]) -> f64 {
    let square = |(one, other): (&u8, &u8)| f64::from(one.abs_diff(*other)).powi(2);
    let mean = one.iter().zip(other).map(square).sum::<f64>() / one.len() as f64;
    10.0 * (255.0_f64.powi(2) / mean).log10()
}

#[test]
fn pictures_in_16_bits_are_those_in_32_but_for_rounding() {
    let (half, single) = (frames(Kind::Half), frames(Kind::Float));
    assert_eq!(half.len(), single.len());
    for (half, single) in half.iter().zip(&single) {
        let psnr = psnr(half, single);
        assert!(psnr > 35.0, "{psnr} dB");
    }
}
