//! The running job, as the engine sees it: frames go straight into the encoder.

use std::fs;
use std::mem;
use std::path::Path;
use std::time::Duration;

use avatar_media::sound::SoundError;
use avatar_media::speech::{SPEECH_RATE, SpeechReader};
use avatar_media::video::{self, VideoError, VideoSpec, VideoSummary, VideoWriter};
use engine_api::{Computation, EngineError, ErrorKind, Heard, Host, Phase, Progress, VideoFormat};

use crate::blobs::space::FreeSpace;
use crate::domain::computation::{self, AttemptComputation};
use crate::domain::engine_warning::{AttemptWarnings, EngineWarning};
use crate::domain::shortage::Shortage;
use crate::host::calls::What;
use crate::host::child::recorder::Recorder;
use crate::host::child::reporter::Reporter;
use crate::host::child::socket::HostSocket;
use crate::host::child::spoken::SpokenSpeech;
use crate::host::protocol::{FromHost, Render};

/// How long speech is waited for at most before a cancel is looked for, whatever the engine's patience.
const GLANCE: Duration = Duration::from_millis(100);

/// Receives what the engine makes of one job.
pub(crate) struct RunningJob<'a> {
    render: &'a Render,
    link: &'a HostSocket,
    reporter: Reporter<'a>,
    recorder: Recorder,
    spoken: Option<SpokenSpeech>,
    warnings: AttemptWarnings,
    computation: AttemptComputation,
    output: Output,
    /// What the machine lacked when the video could not be written.
    shortage: Option<Shortage>,
}

enum Output {
    Nothing,
    Frames { writer: Box<VideoWriter>, written: u64, expected: Option<u64> },
    File(VideoSummary),
}

impl<'a> RunningJob<'a> {
    /// One to which nothing has been handed yet.
    ///
    /// # Errors
    /// The file for what the engine says cannot be made, or the pipe for the speech cannot be opened.
    pub(crate) fn new(render: &'a Render, link: &'a HostSocket) -> Result<Self, EngineError> {
        let recorder = Recorder::open(render.calls.as_deref()).map_err(EngineError::internal)?;
        let spoken = render.spoken.as_deref().map(SpokenSpeech::open).transpose().map_err(EngineError::internal)?;
        Ok(Self {
            render,
            link,
            reporter: Reporter::new(link, Phase::Preparing),
            recorder,
            spoken,
            warnings: AttemptWarnings::default(),
            computation: AttemptComputation::default(),
            output: Output::Nothing,
            shortage: None,
        })
    }

    /// Completes the video after the engine has returned.
    pub(crate) fn finish(&mut self) -> Result<VideoSummary, EngineError> {
        match mem::replace(&mut self.output, Output::Nothing) {
            Output::Nothing => Err(EngineError::internal("the engine returned without a video")),
            Output::File(video) => Ok(video),
            Output::Frames { written, expected: Some(expected), .. } if written != expected => {
                Err(EngineError::internal(format!("the engine announced {expected} frames and delivered {written}")))
            }
            Output::Frames { writer, written, .. } => {
                self.reporter.finishing("finish", 0, written);
                let finished = writer.finish(|checked| self.reporter.finishing("finish", checked, written));
                finished.map_err(|error| self.failed(error))
            }
        }
    }

    /// What the machine lacks, if that is why rendering ended with this error: the writer has met it, or the engine could
    /// not write files of its own on a disk that is full.
    pub(crate) fn shortage(&self, error: &EngineError) -> Option<Shortage> {
        let of_engine = matches!(error.kind, ErrorKind::Output | ErrorKind::Internal);
        let is_full = || of_engine && FreeSpace::of(&self.render.job.work_dir).is_used_up();
        self.shortage.or_else(|| is_full().then_some(Shortage::Storage))
    }

    /// What a failure of the writer means for the job: whose fault it is decides its kind.
    fn failed(&mut self, error: VideoError) -> EngineError {
        let kind = match &error {
            VideoError::InvalidSpec { .. } | VideoError::FrameSize { .. } | VideoError::NoFrames => ErrorKind::Internal,
            VideoError::Io(error) | VideoError::Sound(SoundError::Io(error)) => {
                self.shortage = Shortage::of_io(error);
                ErrorKind::Output
            }
            _ => ErrorKind::Output,
        };
        EngineError::new(kind, error)
    }
}

/// Length of the speech as the engine hears it.
fn speech_seconds(speech: &Path) -> Result<f64, SoundError> {
    Ok(SpeechReader::open(speech)?.samples_total() as f64 / f64::from(SPEECH_RATE))
}

impl Progress for RunningJob<'_> {
    fn progress(&mut self, stage: &str, done: u64, total: u64) {
        self.recorder.note(|| What::Progress { stage: stage.to_owned(), done, total });
        self.reporter.progress(stage, done, total);
    }

    fn phase(&mut self, phase: Phase) {
        self.recorder.note(|| What::Phase { phase });
        self.reporter.phase(phase);
    }
}

impl Host for RunningJob<'_> {
    fn begin(&mut self, format: VideoFormat) -> Result<(), EngineError> {
        self.recorder.note(|| What::Begin { format });
        self.canceled()?;
        if !matches!(self.output, Output::Nothing) {
            return Err(EngineError::internal("the engine began its video twice"));
        }
        let rate = video::FrameRate { num: format.rate.num, den: format.rate.den };
        let spec = VideoSpec { width: format.width, height: format.height, rate };
        let writer = VideoWriter::create(&self.render.output, spec, self.render.sound.as_deref());
        let writer = writer.map_err(|error| self.failed(error))?;
        self.output = Output::Frames { writer: Box::new(writer), written: 0, expected: format.frames };
        self.reporter.frames(0, format.frames.unwrap_or(0));
        Ok(())
    }

    fn frame(&mut self, rgb: &[u8]) -> Result<(), EngineError> {
        self.recorder.note(|| What::frame(rgb));
        self.canceled()?;
        let Output::Frames { writer, written, expected } = &mut self.output else {
            return Err(EngineError::internal("the engine sent a frame before it began its video"));
        };
        match writer.frame(rgb) {
            Ok(()) => {
                *written += 1;
                self.reporter.frames(*written, expected.unwrap_or(0));
                Ok(())
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn deliver(&mut self, video: &Path) -> Result<(), EngineError> {
        self.canceled()?;
        if !matches!(self.output, Output::Nothing) {
            return Err(EngineError::internal("the engine delivered a file after it had begun a video"));
        }
        let work = self.render.job.work_dir.canonicalize();
        if !work.is_ok_and(|work| video.canonicalize().is_ok_and(|video| video.starts_with(work))) {
            return Err(EngineError::internal("the engine delivered a file outside the job's work folder"));
        }
        self.recorder.note(|| What::Deliver);
        let end = self.render.job.speech_file().ok().map(speech_seconds).transpose();
        let end = end.map_err(|error| self.failed(VideoError::Sound(error)))?;
        let reporter = &mut self.reporter;
        reporter.finishing("check video", 0, 0);
        let checked = |pictures| reporter.finishing("check video", pictures, 0);
        let summary = video::deliver(video, &self.render.output, self.render.sound.as_deref(), end, checked);
        self.output = Output::File(summary.map_err(|error| self.failed(error))?);
        self.recorder.pictures(&self.render.output);
        let _ = fs::remove_file(video); // it goes with the work folder otherwise
        Ok(())
    }

    fn canceled(&self) -> Result<(), EngineError> {
        if self.link.is_canceled() { Err(EngineError::canceled()) } else { Ok(()) }
    }

    fn warn(&mut self, code: &str, message: &str) {
        // Kept here too, so that an engine which warns at every frame does not flood the parent.
        if let Some(warning) = self.warnings.keep(EngineWarning::new(code, message)) {
            self.link.send(&FromHost::Warning(warning.clone()));
        }
    }

    fn computes_on(&mut self, machinery: &Computation) {
        if let Some(computation) = self.computation.keep(computation::Computation::of_engine(machinery)) {
            self.link.send(&FromHost::Computation(computation.clone()));
        }
    }

    fn hear(&mut self, samples: &mut [f32], patience: Duration) -> Result<Heard, EngineError> {
        self.canceled()?;
        let spoken = self.spoken.as_mut().ok_or_else(EngineError::no_stream)?;
        let heard = spoken.hear(samples, patience.min(GLANCE));
        heard.map_err(|error| EngineError::internal(format!("the speech cannot be heard: {error}")))
    }
}
