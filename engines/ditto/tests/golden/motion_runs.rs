//! Stage `accounting`, and of whole runs what comes before pictures: features, conditions, predictions and motion.

use engine_ditto::audio::features::{
    FEATURES, Feature, Features, HOP, InMemory, Mode, ONLINE_PAD, features_warmup, num_frames,
};
use engine_ditto::audio::hubert::OnnxEncoder;
use engine_ditto::motion::Points;
use engine_ditto::motion::audio2motion::offline::OfflineDriver;
use engine_ditto::motion::audio2motion::online::OnlineDriver;
use engine_ditto::motion::audio2motion::{Audio2Motion, Driver, Prediction};
use engine_ditto::motion::condition::Face;
use engine_ditto::motion::lmdm::{Denoised, Denoiser, OnnxDenoiser};
use engine_ditto::motion::{Motion, SourceMotion, mirror_index};
use engine_ditto::network_error::NetworkError;
use engine_ditto::networks::{HUBERT, LMDM, STITCH};
use engine_ditto::settings::Settings;
use engine_ditto::source::registration::Registrar;
use engine_ditto::source::smooth::smoothed;
use engine_ditto::stitch::network::OnnxStitcher;
use engine_ditto::stitch::{MotionStitch, Options};
use engine_golden::Tensor;
use engine_golden::json::{list, size, text};
use serde_json::{Value, json};

use crate::motion_records::{Recorded, motion};
use crate::reference::{SET, check};
use crate::runtime::network;
use crate::sound::wav;
use crate::sources::{is_clip, registrar, source};
use crate::whole_runs::settings;

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

/// The driver of a run: online with the features of its warm-up.
fn driver(stage: Audio2Motion, warmup: Option<Vec<Feature>>) -> Box<dyn Driver> {
    match warmup {
        Some(warmup) => Box::new(OnlineDriver::new(stage, warmup)),
        None => Box::new(OfflineDriver::new(stage, true)),
    }
}

/// The frames of a speech, whose features come chunk by chunk.
fn all(
    driver: &mut dyn Driver,
    network: &mut dyn Denoiser,
    features: &[Feature],
    chance: &mut Recorded,
) -> Vec<Motion> {
    let mut frames = Vec::new();
    for chunk in features.chunks(5) {
        frames.extend(driver.push(network, chunk, chance).expect("frames"));
    }
    frames.extend(driver.finish(network, chance).expect("frames"));
    frames
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
        let stage = Audio2Motion::new(Prediction::of(&settings), face, &motion("accounting"), &mut chance);
        let mut network = Watched::new(Still);
        let features = vec![[0.0; FEATURES]; rows];
        let mut driver = driver(stage, online.then(|| vec![[0.0; FEATURES]; overlap_v2]));
        let frames = all(&mut *driver, &mut network, &features, &mut chance);
        assert_eq!([network.windows.len(), frames.len()], [size(&case["clips"]), size(&case["frames"])], "{case}");
    }
}

#[test]
fn runs_have_the_motion_of_the_reference() {
    let (Some(hubert), Some(lmdm)) = (network(&HUBERT), network(&LMDM)) else { return };
    let mut encoder = OnnxEncoder(hubert);
    let mut lmdm = Some(OnnxDenoiser(lmdm));
    let (Some(stitcher), Some(mut registrar)) = (network(&STITCH), registrar()) else { return };
    let mut stitcher = OnnxStitcher(stitcher);
    for run in SET.runs() {
        let settings = settings(run);
        let registered = Registered::of(run, &settings, &mut registrar);
        let (face, first) = match &settings.ch_info {
            Some(character) => (character.face.clone(), character.x_s_info[0].motion.clone()),
            None => (registered.face.clone(), registered.frames[0].motion.clone()),
        };
        let (name, key) = (text(&run["name"]), text(&run["key"]));
        let mut chance = Recorded::new(key, None);
        let stage = Audio2Motion::new(Prediction::of(&settings), face, &first, &mut chance);
        let samples = wav(text(&run["audio"]));
        let mut network = Watched::new(lmdm.take().expect("it comes back"));
        let mode = if settings.online_mode { Mode::Online } else { Mode::Offline };
        let features = Features::new(InMemory::from(&samples[..]), mode).all(&mut encoder).unwrap();
        let warmup = || features_warmup(&mut encoder, settings.overlap_v2).unwrap();
        let mut driver = driver(stage, settings.online_mode.then(warmup));
        let frames = all(&mut *driver, &mut network, &features, &mut chance);
        let d0 = driver.first().cloned();
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
        let (x_s, x_d) = keypoints(&settings, run, &registered, &frames, d0, &mut stitcher, &mut chance);
        assert_eq!(chance.gaps, list(&run["blink_gaps"]).iter().map(size).collect::<Vec<_>>(), "{name}");
        if !frames.is_empty() {
            compare("x_s", &[x_s.len(), 63], x_s.concat());
            compare("x_d", &[x_d.len(), 63], x_d.concat());
        }
        lmdm = Some(network.network);
    }
}

fn row(motion: &Motion) -> [f32; 265] {
    let mut row = motion.to_vector();
    row[0] = motion.scale;
    row
}

/// A source as the motion stages see it.
struct Registered {
    frames: Vec<SourceMotion>,
    face: Face,
}

impl Registered {
    fn of(run: &Value, settings: &Settings, registrar: &mut Registrar) -> Self {
        let source = source(registrar, text(&run["source"]), settings);
        let records: Vec<_> = source.registered.iter().map(|frame| frame.motion.clone()).collect();
        let eyes: Vec<_> = source.registered.iter().map(|frame| frame.eyes.expect("a face in the square")).collect();
        let face = Face {
            eye_open: eyes.iter().map(|eyes| eyes.open).collect(),
            eye_ball: eyes.iter().map(|eyes| eyes.ball).collect(),
            sc: records[0].kp,
        };
        Self { frames: smoothed(&records, settings.smo_k_s), face }
    }
}

/// Source and driven keypoints of every frame.
fn keypoints(
    settings: &Settings,
    run: &Value,
    registered: &Registered,
    frames: &[Motion],
    d0: Option<Motion>,
    stitcher: &mut OnnxStitcher,
    chance: &mut Recorded,
) -> (Vec<Points>, Vec<Points>) {
    let sources = &registered.frames;
    let is_image = !is_clip(text(&run["source"]));
    let mut stitch = MotionStitch::new(Options::of(settings, is_image), &sources[0], chance);
    let given = &run["run_kwargs"];
    let fade = |name: &str| given[name].as_u64().map(|frames| frames as usize);
    stitch.set_length(
        Some(size(&run["num_f"])),
        (fade("fade_in"), fade("fade_out")),
        settings.ctrl_info.clone(),
        chance,
    );
    if let Some(d0) = d0 {
        stitch.set_first(d0);
    }
    let indices: Vec<usize> = (0..frames.len()).map(|frame| mirror_index(frame, sources.len())).collect();
    assert_eq!(indices, list(&run["source_index"]).iter().map(size).collect::<Vec<_>>());
    let pairs = indices
        .iter()
        .zip(frames)
        .map(|(source, frame)| stitch.frame(&sources[*source], frame, Some(stitcher)).expect("keypoints"));
    let (mut x_s, x_d): (Vec<_>, Vec<_>) = pairs.unzip();
    // The set has one row of what is constant: a photo, or a short clip under a wide mean.
    if x_s.windows(2).all(|pair| pair[0] == pair[1]) {
        x_s.truncate(1);
    }
    (x_s, x_d)
}
