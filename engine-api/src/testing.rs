//! A host that records what an engine hands over: how an engine is tested without a gateway.
//!
//! ```
//! # use engine_api::testing::RecordingHost;
//! # use engine_api::{
//! #     Descriptor, DeviceKind, Engine, EngineError, FrameRate, Host, JsonSchema, Licence, Progress, RenderJob, Setup,
//! #     VideoFormat,
//! # };
//! # struct Grey;
//! # #[derive(serde::Deserialize, JsonSchema)]
//! # struct Params {}
//! # impl Engine for Grey {
//! #     type Params = Params;
//! #     fn describe() -> Descriptor {
//! #         unimplemented!()
//! #     }
//! #     fn load(_: &Setup, _: &mut dyn Progress) -> Result<Self, EngineError> {
//! #         Ok(Self)
//! #     }
//! #     fn render(&mut self, _: &RenderJob<Params>, host: &mut dyn Host) -> Result<(), EngineError> {
//! #         let format = VideoFormat { width: 4, height: 2, rate: FrameRate::new(25, 1), frames: Some(10) };
//! #         host.begin(format)?;
//! #         (0..10).try_for_each(|_| host.frame(&[128; 24]))
//! #     }
//! # }
//! # let job = RenderJob {
//! #     id: "job".into(), portrait: None, face: None, speech: None, source_video: None,
//! #     work_dir: "work".into(), params: Params {},
//! # };
//! let mut engine = Grey::load(&Setup::default(), &mut RecordingHost::new())?;
//! let mut host = RecordingHost::new();
//! engine.render(&job, &mut host)?;
//! host.finish()?; // as many frames came as were announced
//! assert_eq!(host.frames.len(), 10);
//!
//! let mut impatient = RecordingHost::new().canceled_after(3);
//! assert_eq!(engine.render(&job, &mut impatient), Err(EngineError::canceled()));
//! assert_eq!(impatient.count, 3);
//! # Ok::<(), EngineError>(())
//! ```

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::computation::Computation;
use crate::error::EngineError;
use crate::host::{Heard, Host, Progress};
use crate::job::VideoFormat;
use crate::phase::Phase;

/// How long this host waits for a sample at most, whatever the engine's patience: the speaker is asked again.
const GLANCE: Duration = Duration::from_millis(1);

/// A host that keeps what it is given, refuses what the gateway would refuse, and fails where a test says so.
///
/// It serves as the listener of [`Engine::load`](crate::Engine::load) too.
pub struct RecordingHost<'a> {
    /// What [`Host::begin`] announced.
    pub format: Option<VideoFormat>,
    /// The frames in order, unless they are [passed on](Self::on_frame).
    pub frames: Vec<Vec<u8>>,
    /// How many frames came, kept or passed on.
    pub count: u64,
    /// What [`Host::deliver`] named.
    pub video: Option<PathBuf>,
    /// Each call of [`Progress::progress`].
    pub reports: Vec<Report>,
    /// Each call of [`Progress::phase`].
    pub phases: Vec<Phase>,
    /// Each call of [`Host::warn`].
    pub warnings: Vec<Warning>,
    /// Each call of [`Host::computes_on`].
    pub computations: Vec<Computation>,
    /// How many samples of a stream were [heard](Host::hear).
    pub heard: u64,
    /// When [`Host::begin`] was called, since this host was made.
    pub begun: Option<Duration>,
    start: Instant,
    refusal: Option<EngineError>,
    cancel_after: Option<u64>,
    listener: Option<Box<Listener<'a>>>,
    speaker: Option<Box<Speaker<'a>>>,
}

type Listener<'a> = dyn FnMut(Frame<'_>) -> Result<(), EngineError> + 'a;
type Speaker<'a> = dyn FnMut(&mut [f32], u64) -> Heard + 'a;

/// One frame on its way through a [`RecordingHost`].
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// What was announced.
    pub format: VideoFormat,
    /// Its number, from 0.
    pub number: u64,
    /// RGB24, row by row.
    pub rgb: &'a [u8],
}

/// One call of [`Progress::progress`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What is being done.
    pub stage: String,
    /// Units that are finished.
    pub done: u64,
    /// Units in all; 0 where that is unknown.
    pub total: u64,
    /// When, since the host was made.
    pub after: Duration,
}

/// One call of [`Host::warn`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What a program tells it by, as the engine said it.
    pub code: String,
    /// The sentence for the client.
    pub message: String,
}

impl Default for RecordingHost<'_> {
    fn default() -> Self {
        Self {
            format: None,
            frames: Vec::new(),
            count: 0,
            video: None,
            reports: Vec::new(),
            phases: Vec::new(),
            warnings: Vec::new(),
            computations: Vec::new(),
            heard: 0,
            begun: None,
            start: Instant::now(),
            refusal: None,
            cancel_after: None,
            listener: None,
            speaker: None,
        }
    }
}

impl<'a> RecordingHost<'a> {
    /// A host that takes everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts the job as canceled once `frames` frames have come; 0 cancels it at once.
    pub fn canceled_after(mut self, frames: u64) -> Self {
        self.cancel_after = Some(frames);
        self
    }

    /// Lets [`Host::begin`] and [`Host::deliver`] fail.
    pub fn refusing(mut self, error: EngineError) -> Self {
        self.refusal = Some(error);
        self
    }

    /// Passes frames on instead of keeping them, for tests of long videos and for benches. An error is what
    /// [`Host::frame`] returns.
    pub fn on_frame(mut self, listener: impl FnMut(Frame<'_>) -> Result<(), EngineError> + 'a) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Speaks, for a job whose speech is [`Speech::Stream`](crate::Speech::Stream): what `speaker` writes into the slice is heard.
    /// It is told how many frames have come, so that it can wait for them.
    ///
    /// ```
    /// # use engine_api::testing::RecordingHost;
    /// # use engine_api::{Heard, Host};
    /// # use std::time::Duration;
    /// let mut speech = [0.5; 100].into_iter();
    /// let mut host = RecordingHost::new().speaking(move |samples, _frames| match speech.next() {
    ///     Some(sample) => {
    ///         samples[0] = sample;
    ///         Heard::Samples(1) // sample by sample, whatever there is room for
    ///     }
    ///     None => Heard::End,
    /// });
    /// assert_eq!(host.hear(&mut [0.0; 640], Duration::ZERO)?, Heard::Samples(1));
    /// # Ok::<(), engine_api::EngineError>(())
    /// ```
    pub fn speaking(mut self, speaker: impl FnMut(&mut [f32], u64) -> Heard + 'a) -> Self {
        self.speaker = Some(Box::new(speaker));
        self
    }

    /// What the gateway says of the whole once [`Engine::render`](crate::Engine::render) has returned.
    ///
    /// # Errors
    /// `Internal` when nothing came, or another number of frames than was announced.
    pub fn finish(&self) -> Result<(), EngineError> {
        match (self.format.map(|format| format.frames), &self.video) {
            (None, None) => Err(EngineError::internal("the engine returned without a video")),
            (Some(Some(announced)), _) if announced != self.count => {
                let count = self.count;
                Err(EngineError::internal(format!("the engine announced {announced} frames and delivered {count}")))
            }
            _ => Ok(()),
        }
    }

    /// The stages that were told, each with its units done and in all.
    pub fn stages(&self) -> Vec<(&str, u64, u64)> {
        self.reports.iter().map(|report| (report.stage.as_str(), report.done, report.total)).collect()
    }

    /// The codes of the warnings, in order.
    pub fn warned(&self) -> Vec<&str> {
        self.warnings.iter().map(|warning| warning.code.as_str()).collect()
    }

    fn open(&mut self) -> Result<(), EngineError> {
        self.canceled()?;
        if self.format.is_some() || self.video.is_some() {
            return Err(EngineError::internal("the engine began its video twice"));
        }
        self.refusal.clone().map_or(Ok(()), Err)
    }
}

impl Progress for RecordingHost<'_> {
    fn progress(&mut self, stage: &str, done: u64, total: u64) {
        self.reports.push(Report { stage: stage.to_owned(), done, total, after: self.start.elapsed() });
    }

    fn phase(&mut self, phase: Phase) {
        self.phases.push(phase);
    }
}

impl Host for RecordingHost<'_> {
    fn begin(&mut self, format: VideoFormat) -> Result<(), EngineError> {
        self.open()?;
        (self.format, self.begun) = (Some(format), Some(self.start.elapsed()));
        Ok(())
    }

    fn frame(&mut self, rgb: &[u8]) -> Result<(), EngineError> {
        self.canceled()?;
        let format =
            self.format.ok_or_else(|| EngineError::internal("the engine sent a frame before it began its video"))?;
        let (sent, needed) = (rgb.len(), format.frame_bytes());
        if sent != needed {
            return Err(EngineError::internal(format!("a frame has {sent} bytes instead of {needed}")));
        }
        match &mut self.listener {
            Some(listener) => listener(Frame { format, number: self.count, rgb })?,
            None => self.frames.push(rgb.to_vec()),
        }
        self.count += 1;
        Ok(())
    }

    fn deliver(&mut self, video: &Path) -> Result<(), EngineError> {
        self.open()?;
        self.video = Some(video.to_owned());
        Ok(())
    }

    fn canceled(&self) -> Result<(), EngineError> {
        match self.cancel_after {
            Some(frames) if self.count >= frames => Err(EngineError::canceled()),
            _ => Ok(()),
        }
    }

    fn warn(&mut self, code: &str, message: &str) {
        self.warnings.push(Warning { code: code.to_owned(), message: message.to_owned() });
    }

    fn computes_on(&mut self, machinery: &Computation) {
        self.computations.push(machinery.clone());
    }

    fn hear(&mut self, samples: &mut [f32], patience: Duration) -> Result<Heard, EngineError> {
        self.canceled()?;
        let speaker = self.speaker.as_mut().ok_or_else(EngineError::no_stream)?;
        let heard = speaker(samples, self.count);
        match heard {
            Heard::Samples(count) => self.heard += count as u64,
            Heard::Nothing => thread::sleep(patience.min(GLANCE)),
            Heard::End => {}
        }
        Ok(heard)
    }
}
