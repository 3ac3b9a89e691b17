//! Renders a run: a speech and a source become frames, in a chain of threads that each have a network or two.
//!
//! predict → stitch → warp → decode → paste → host. Bounded channels lie between them, so a slow stage slows the others
//! and memory does not grow. A stage that fails, or is no longer listened to, lets go of its ends of the channels: those
//! before it find nobody to send to, those after it nothing to receive, and all end. None waits for another in any other
//! way.

mod error;
mod events;
mod remarks;
mod stages;

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, sync_channel};
use std::thread::{self, ScopedJoinHandle};

use engine_api::{EngineError, Host};
use engine_onnx::{Network, OnnxError, PassedOver, Precision, Provider, Stop};

use crate::audio::features::{Features, Mode, Samples, features_warmup, num_frames};
use crate::audio::hubert::{OnnxEncoder, SpeechEncoder};
use crate::audio::streamed::Ear;
use crate::face::detector::FaceSearch;
use crate::motion::WINDOW;
use crate::motion::audio2motion::offline::OfflineDriver;
use crate::motion::audio2motion::online::OnlineDriver;
use crate::motion::audio2motion::{Audio2Motion, Driver, Prediction};
use crate::motion::lmdm::{Denoiser, OnnxDenoiser};
use crate::motion::noise::Chance;
use crate::networks::{HUBERT, LMDM, Loader, STITCH, Spec};
use crate::render::networks::{Decoder, Warper};
use crate::settings::Settings;
use crate::source::avatar::{Avatar, Pictures, Wanted};
use crate::source::known_photos::KnownPhotos;
use crate::source::registration::Registrar;
use crate::stitch::network::OnnxStitcher;
use crate::stitch::{MotionStitch, Options};
pub use error::RunError;
use events::{Frames, Steps};

/// Motion records on their way: a window, so that rendering goes on while the next is predicted.
const MOTIONS_AHEAD: usize = 80;
/// Keypoints on their way.
const POINTS_AHEAD: usize = 8;
/// Features, squares and frames on their way: megabytes each.
const PICTURES_AHEAD: usize = 2;

/// All networks, loaded.
pub struct Pipeline {
    registrar: Registrar,
    known_photos: KnownPhotos,
    encoder: OnnxEncoder,
    denoiser: OnnxDenoiser,
    stitcher: OnnxStitcher,
    warper: Warper,
    decoder: Decoder,
    /// Ends their runs where nobody waits for the result any more.
    stop: Stop,
}

/// The source of a run.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A picture file.
    Photo(&'a Path),
    /// A video file.
    Clip(&'a Path),
}

/// What a run is given.
pub struct Run<'a, S> {
    /// What it is made from.
    pub source: Source<'a>,
    /// The speech.
    pub samples: S,
    /// What hears it, where it is still spoken: then `settings` are those of a stream.
    pub ear: Option<Ear>,
    /// How it is made.
    pub settings: &'a Settings,
    /// Frames of the fades at the beginning and at the end; there is none at the end of a speech that is still spoken.
    pub fades: (Option<usize>, Option<usize>),
    /// A stream is cut to the length of the speech.
    pub exact_length: bool,
    /// A folder for the frames of a clip, and the bytes that they may take there.
    pub disk: (&'a Path, u64),
}

impl Pipeline {
    /// Loads the networks. Of several providers the first network chooses for all: what is computed on one device cannot be
    /// taken over on another without a copy.
    ///
    /// # Errors
    /// Where a file is missing or is another network, or no provider can compute it.
    pub fn load(loader: &Loader<'_>, search: FaceSearch) -> Result<(Self, Chosen), OnnxError> {
        let chosen = RefCell::new(Chosen::default());
        let loaded = |spec: &Spec, network: &Network| chosen.borrow_mut().hear(spec, network);
        let mut loader = Loader { loaded: &loaded, ..loader.clone() };
        let stop = Stop::new(loader.runtime)?;
        loader.options.stop = Some(stop.clone());
        let stitcher = loader.load(&STITCH)?;
        loader.options.providers = vec![stitcher.provider()];
        let pipeline = Self {
            stitcher: OnnxStitcher(stitcher),
            decoder: Decoder::load(&loader)?,
            warper: Warper::load(&loader)?,
            denoiser: OnnxDenoiser(loader.load(&LMDM)?),
            registrar: Registrar::load(&loader, search)?,
            known_photos: KnownPhotos::default(),
            // The largest comes last: whatever is wrong with the others is known at once.
            encoder: OnnxEncoder(loader.load(&HUBERT)?),
            stop,
        };
        Ok((pipeline, chosen.into_inner()))
    }

    /// Renders a run: announces the video to the host and gives it every frame.
    ///
    /// # Errors
    /// See [`RunError`]; whatever the host returns is passed on.
    pub fn render<S: Samples + Send>(
        &mut self,
        run: Run<'_, S>,
        chance: &mut (dyn Chance + Send),
        host: &mut dyn Host,
    ) -> Result<(), RunError> {
        self.stop.reset()?;
        let length = run.samples.total().map(num_frames);
        if length == Some(0) {
            return Err(RunError::TooShort);
        }
        let avatar = self.register(run.source, &Wanted::new(run.settings, length), run.disk, host)?;
        let prepared = self.prepare(run, length, &avatar, chance)?;
        match self.run_stages(prepared, &avatar, chance, host)? {
            0 => Err(RunError::TooShort),
            _ => Ok(()),
        }
    }

    fn register(
        &mut self,
        source: Source<'_>,
        wanted: &Wanted,
        disk: (&Path, u64),
        host: &mut dyn Host,
    ) -> Result<Arc<Avatar>, RunError> {
        const STAGE: &str = "find the face";
        host.progress(STAGE, 0, 0);
        let registrar = &mut self.registrar;
        let avatar = match source {
            Source::Photo(photo) => self.known_photos.avatar(registrar, photo, wanted)?,
            Source::Clip(clip) => {
                let mut watch = |done: usize| -> Result<(), EngineError> {
                    host.progress("register the video", done as u64, 0);
                    host.canceled()
                };
                Arc::new(Avatar::of_clip(registrar, clip, wanted, disk, &mut watch)?)
            }
        };
        host.progress(STAGE, 1, 1);
        host.canceled()?;
        remarks::warn(&avatar.remarks, host);
        Ok(avatar)
    }

    /// Sets up the first two stages of a run whose speech has `length` frames, where that is known.
    fn prepare<S: Samples>(
        &mut self,
        run: Run<'_, S>,
        length: Option<usize>,
        avatar: &Avatar,
        chance: &mut dyn Chance,
    ) -> Result<Prepared<S>, RunError> {
        let Run { settings, samples, ear, fades, .. } = run;
        let (face, first) = match &settings.ch_info {
            Some(character) => (character.face.clone(), &character.x_s_info[0].motion),
            None => (avatar.face.clone(), &avatar.motions[0].motion),
        };
        // Chance is drawn in this order: the sampler's steps, the blinks, and the windows as they come.
        let motion = Audio2Motion::new(Prediction::of(settings), face, first, chance);
        let is_photo = matches!(avatar.pictures, Pictures::Photo(..));
        let mut stitch = MotionStitch::new(Options::of(settings, is_photo), &avatar.motions[0], chance);
        stitch.set_length(length, fades, settings.ctrl_info.clone(), chance);
        let (mode, driver): (_, Box<dyn Driver + Send>) = if settings.online_mode {
            let warmup = features_warmup(&mut self.encoder, settings.overlap_v2)?;
            (Mode::Online, Box::new(OnlineDriver::new(motion, warmup)))
        } else {
            let mode = if settings.corrected { Mode::OfflineAligned } else { Mode::Offline };
            (mode, Box::new(OfflineDriver::new(motion, !settings.corrected)))
        };
        let exact = run.exact_length || mode != Mode::Online;
        let mut features = Features::new(samples, mode);
        if exact && mode == Mode::Online {
            features = features.at_least(WINDOW - settings.overlap_v2);
        }
        let expected = length.filter(|_| exact).map(|frames| frames as u64);
        Ok(Prepared { features, ear, driver, stitch, exact, expected })
    }

    /// Runs the stages until the last frame is with the host; gives the number of frames.
    fn run_stages<S: Samples + Send>(
        &mut self,
        prepared: Prepared<S>,
        avatar: &Avatar,
        chance: &mut (dyn Chance + Send),
        host: &mut dyn Host,
    ) -> Result<u64, RunError> {
        let Prepared { features, ear, driver, stitch, exact, expected } = prepared;
        let Self { encoder, denoiser, stitcher, warper, decoder, stop, .. } = self;
        let (motions, motions_in) = sync_channel(MOTIONS_AHEAD);
        let (points, points_in) = sync_channel(POINTS_AHEAD);
        let (warped, warped_in) = sync_channel(PICTURES_AHEAD);
        let (squares, squares_in) = sync_channel(PICTURES_AHEAD);
        let (used_squares, used_squares_in) = mpsc::channel();
        let (events, events_in) = sync_channel(PICTURES_AHEAD);
        let (used_frames, used_frames_in) = mpsc::channel();
        let (first_frame, first_frame_in) = mpsc::channel();
        let steps = Steps::new(events.clone());
        thread::scope(|scope| {
            let stages = [
                scope.spawn(move || {
                    let networks: (&mut dyn SpeechEncoder, &mut dyn Denoiser) = (encoder, denoiser);
                    stages::predict(features, driver, networks, chance, &steps, &motions, &first_frame_in)
                }),
                scope.spawn(move || stages::stitch(stitch, stitcher, avatar, exact, &motions_in, &points)),
                scope.spawn(move || stages::warp(warper, &avatar.pictures, &points_in, &warped)),
                scope.spawn(move || stages::decode(decoder, &warped_in, &squares, &used_squares_in)),
                scope.spawn(move || {
                    stages::paste(avatar, &squares_in, &used_squares, &events, &used_frames_in, first_frame)
                }),
            ];
            let Avatar { width, height, .. } = *avatar;
            let shown = Frames { width, height, expected, used: used_frames }.show(events_in, ear, host);
            if shown.is_err() {
                stop.stop()?;
            }
            let ended: Vec<_> = stages.into_iter().map(joined).collect();
            // The host's word counts before that of stages, which it may have ended.
            let shown = shown?;
            ended.into_iter().collect::<Result<(), _>>()?;
            Ok(shown)
        })
    }
}

/// What the first two stages of a run work with.
struct Prepared<S> {
    features: Features<S>,
    ear: Option<Ear>,
    driver: Box<dyn Driver + Send>,
    stitch: MotionStitch,
    /// The video ends with the speech.
    exact: bool,
    /// Frames of the video, where they are known.
    expected: Option<u64>,
}

/// What computes, and what was tried before it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// What computes.
    pub provider: Provider,
    /// What cannot, and why.
    pub passed_over: Vec<PassedOver>,
    /// Whether any network computes in 16 bits.
    pub half: bool,
    /// Networks that were to compute in 16 bits and do not.
    pub in_full: Vec<InFull>,
}

/// A network that computes in 32 bits though 16 were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFull {
    /// Its file without `.onnx`.
    pub network: &'static str,
    /// Why, in words that follow an "as".
    pub reason: String,
}

impl Chosen {
    fn hear(&mut self, spec: &Spec, network: &Network) {
        self.provider = network.provider();
        self.passed_over.extend_from_slice(network.passed_over());
        match network.precision() {
            Precision::Full => {}
            Precision::Mixed => self.half = true,
            Precision::Refused(reason) => {
                self.in_full.push(InFull { network: spec.name, reason: reason.clone() });
            }
        }
    }
}

/// What a stage ended with; a panic goes on here.
fn joined<T>(stage: ScopedJoinHandle<'_, T>) -> T {
    stage.join().unwrap_or_else(|panic| resume_unwind(panic))
}
