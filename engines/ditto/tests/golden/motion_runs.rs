//! Stage `accounting`, and of whole runs what comes before pictures: features, conditions, predictions and motion.

use std::path::Path;

use engine_ditto::audio2motion::{Audio2Motion, Stream};
use engine_ditto::condition::Face;
use engine_ditto::config::{Config, Settings};
use engine_ditto::inference::{Denoised, Denoiser, NetworkError, OnnxDenoiser, OnnxEncoder};
use engine_ditto::motion::Motion;
use engine_ditto::networks::{HUBERT, LMDM};
use engine_ditto::sound::{FEATURES, HOP, ONLINE_PAD, features_offline, features_online, features_warmup, num_frames};
use engine_ditto::stitch::{MotionStitch, Options};
use serde_json::{Value, json};

use crate::expectation::check;
use crate::motion_records::{Recorded, motion, setting, source};
use crate::reference::{SET, list, size, text};
use crate::runtime::network;
use crate::sound::wav;
use crate::tensor::Tensor;

/// A network that keeps what it was told and what came of it last.
struct Watched<N> {
    network: N,
    cond_frames: Vec<Vec<f32>>,
    conds: Vec<Vec<f32>>,
    windows: Vec<Vec<f32>>,
    last_time: i64,
}

impl<N> Watched<N> {
    fn new(network: N) -> Self {
        Self { network, cond_frames: Vec::new(), conds: Vec::new(), windows: Vec::new(), last_time: -1 }
    }
}

impl<N: Denoiser> Denoiser for Watched<N> {
    fn denoise(&mut self, x: &[f32], cond_frame: &[f32], cond: &[f32], time: i64) -> Result<Denoised, NetworkError> {
        let seen = self.network.denoise(x, cond_frame, cond, time)?;
        // Times fall within a window.
        if self.last_time <= time {
            self.cond_frames.push(cond_frame.to_vec());
            self.conds.push(cond.to_vec());
            self.windows.push(Vec::new());
        }
        self.last_time = time;
        *self.windows.last_mut().expect("a window") = seen.x_start.clone();
        Ok(seen)
    }
}

struct Still;

impl Denoiser for Still {
    fn denoise(&mut self, _: &[f32], _: &[f32], _: &[f32], _: i64) -> Result<Denoised, NetworkError> {
        Ok(Denoised { pred_noise: vec![0.0; 80 * 265], x_start: vec![0.0; 80 * 265] })
    }
}

#[test]
fn speeches_have_the_frames_and_windows_of_the_reference() {
    for case in SET.cases("accounting") {
        let samples = size(&case["samples"]);
        assert_eq!(num_frames(samples), size(&case["num_f"]));
        let online = case["mode"] == "online";
        let overlap_v2 = size(&case["overlap_v2"]);
        let settings = Settings { online_mode: online, overlap_v2, sampling_timesteps: 1, ..Settings::default() };
        let rows = if online { 5 * (samples + ONLINE_PAD).div_ceil(HOP) } else { num_frames(samples) };
        assert_eq!(rows, size(&case["feature_rows"]), "{case}");
        let face = Face { eye_open: vec![[0.0; 2]], eye_ball: vec![[0.0; 6]], sc: [0.0; 63] };
        let mut chance = Recorded::new("accounting", None);
        let stage = Audio2Motion::new(&settings, face, &motion("accounting"), &mut chance);
        let mut network = Watched::new(Still);
        let features = vec![[0.0; FEATURES]; rows];
        let frames = if online {
            let mut stream = Stream::new(stage, vec![[0.0; FEATURES]; overlap_v2]);
            let mut frames = Vec::new();
            for chunk in features.chunks(5) {
                frames.extend(stream.push(&mut network, chunk, &mut chance).unwrap());
            }
            frames.extend(stream.finish(&mut network, &mut chance).unwrap());
            frames
        } else {
            stage.whole(&mut network, &features, &mut chance).unwrap()
        };
        assert_eq!([network.windows.len(), frames.len()], [size(&case["clips"]), size(&case["frames"])], "{case}");
    }
}

#[test]
fn runs_have_the_motion_of_the_reference() {
    let (Some(hubert), Some(lmdm)) = (network(&HUBERT), network(&LMDM)) else { return };
    let mut encoder = OnnxEncoder(hubert);
    let mut lmdm = Some(OnnxDenoiser(lmdm));
    for run in list(SET.part("runs")) {
        let config = Config::read(&SET.path(text(&run["cfg"]))).unwrap();
        let settings = config.settings(&setting(&run["setup_kwargs"])).unwrap();
        // Without a reference character the face has to be registered first.
        let Some(character) = settings.ch_info.clone() else { continue };
        let (name, key) = (text(&run["name"]), text(&run["key"]));
        let mut chance = Recorded::new(key, None);
        let stage = Audio2Motion::new(&settings, character.face, &character.x_s_info[0].motion, &mut chance);
        let samples = wav(text(&run["audio"]));
        let mut network = Watched::new(lmdm.take().expect("it comes back"));
        let (features, frames) = if settings.online_mode {
            let features = features_online(&mut encoder, &samples).unwrap();
            let mut stream = Stream::new(stage, features_warmup(&mut encoder, settings.overlap_v2).unwrap());
            let mut frames = Vec::new();
            for chunk in features.chunks(5) {
                frames.extend(stream.push(&mut network, chunk, &mut chance).unwrap());
            }
            frames.extend(stream.finish(&mut network, &mut chance).unwrap());
            (features, frames)
        } else {
            let features = features_offline(&mut encoder, &samples).unwrap();
            let frames = stage.whole(&mut network, &features, &mut chance).unwrap();
            (features, frames)
        };
        let compare = |field: &str, shape: &[usize], values: Vec<f32>| {
            check(&format!("{name} {field}"), &run[field], &Tensor::f32(shape, values));
        };
        let clips = network.windows.len();
        assert_eq!(
            json!([clips, chance.noises, frames.len()]),
            json!([run["clips"], run["noise_draws"], run["frames"]])
        );
        compare("features", &[features.len(), FEATURES], features.concat());
        compare("kp_cond", &[clips, 265], network.cond_frames.concat());
        compare("aud_cond", &[clips, 80, 1103], network.conds.concat());
        compare("pred", &[clips, 80, 265], network.windows.concat());
        if !frames.is_empty() {
            compare("motion", &[frames.len(), 265], frames.iter().flat_map(row).collect());
        }
        assert_eq!(
            gaps(&settings, run, chance),
            list(&run["blink_gaps"]).iter().map(size).collect::<Vec<_>>(),
            "{name}"
        );
        lmdm = Some(network.network);
    }
}

fn row(motion: &Motion) -> [f32; 265] {
    let mut row = motion.to_vector();
    row[0] = motion.scale;
    row
}

/// The gaps that the motion stage draws; they do not depend on the source's face.
fn gaps(settings: &Settings, run: &Value, mut chance: Recorded) -> Vec<usize> {
    let is_image = Path::new(text(&run["source"])).extension().is_some_and(|end| end == "png");
    let options = Options::of(settings, is_image);
    let mut stitch = MotionStitch::new(options, &source("gaps"), &mut chance);
    stitch.set_length(size(&run["num_f"]), (None, None), settings.ctrl_info.clone(), &mut chance);
    chance.gaps
}
