//! Has the engine break what an engine must keep, for the tests of `avatar-gateway engines test`. No engine needs this file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::process::{Command, abort};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, thread};

use engine_api::{EngineError, Host, Phase, Progress, RenderJob, Speech, listen};
use serde::Deserialize;

/// Longer than `check` may take, and than half of the shortest `stall_seconds` that tests set.
const LONG: Duration = Duration::from_millis(2500);
/// So much longer than a cancel may take that it is late also where the cancel itself comes late.
const STUBBORN: Duration = Duration::from_secs(8);
const LEAKED_BYTES_PER_JOB: usize = 8 << 20;
const PRINTED_BYTES: usize = 32 << 10;
/// A rate that only a check of bounds asks for.
const GREATEST_RATE: u32 = 60;
/// The height that a deaf engine makes.
const OWN_HEIGHT: u32 = 240;

/// What is wrong with the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flaw {
    /// `check` takes its time.
    SlowCheck,
    /// `check` takes any option.
    AnyOption,
    /// `check` takes any device.
    AnyDevice,
    /// Loading fails.
    NeverLoads,
    /// Loading says nothing for long.
    MuteLoad,
    /// Videos have half of their length.
    HalfLength,
    /// The number of frames is not announced.
    Unannounced,
    /// All frames are alike.
    Frozen,
    /// A frame is black.
    Blank,
    /// Progress of a stage falls.
    FallingProgress,
    /// A phase comes again that is over.
    BackwardPhase,
    /// Nothing is said for long between two frames.
    MuteRender,
    /// A file is written beside the job's folder.
    Strews,
    /// The parameter `height` does nothing.
    Deaf,
    /// The greatest `fps` that the schema allows panics.
    Narrow,
    /// Frames depend on how many jobs there were.
    Counts,
    /// Frames depend on the process.
    Unsteady,
    /// Speech that is still spoken is heard to its end before the first frame.
    HearsToTheEnd,
    /// Before the first frame, nobody asks for long whether the job is canceled.
    StubbornStart,
    /// What `frame` fails with takes long to be carried out.
    Stubborn,
    /// Each job keeps memory.
    LeaksMemory,
    /// Each job keeps a file open.
    LeaksHandles,
    /// Each job leaves a thread.
    LeaksThreads,
    /// Each job leaves a temporary file.
    LeaksFiles,
    /// An empty file of speech ends the process.
    DiesOfEmptySpeech,
    /// The first job after one that could not be read fails.
    Sulks,
    /// Each job prints much.
    Noisy,
    /// Each job leaves a process.
    LeavesProcess,
}

/// What a flawed engine keeps from job to job.
#[derive(Debug, Default)]
pub(crate) struct Flawed {
    flaw: Option<Flaw>,
    jobs: u8,
    born: u32,
    sulks: bool,
    memory: Vec<Vec<u8>>,
    handles: Vec<File>,
}

impl Flaw {
    /// Strikes in `check`.
    pub(crate) fn in_check(self) {
        if self == Self::SlowCheck {
            thread::sleep(LONG);
        }
    }

    /// Strikes while the engine is loaded.
    pub(crate) fn in_load(self, progress: &mut dyn Progress) -> Result<(), EngineError> {
        match self {
            Self::NeverLoads => return Err(EngineError::internal("asked to fail while loading")),
            Self::MuteLoad => thread::sleep(LONG),
            _ => {}
        }
        progress.progress("flaw", 1, 1);
        Ok(())
    }
}

impl Flawed {
    /// An engine with this flaw.
    pub(crate) fn new(flaw: Option<Flaw>) -> Self {
        let born = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        Self { flaw, born, ..Self::default() }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// Strikes at the beginning of a job.
    pub(crate) fn begin<P>(&mut self, job: &RenderJob<P>, fps: u32, host: &mut dyn Host) -> Result<(), EngineError> {
        self.jobs = self.jobs.wrapping_add(1);
        match self.flaw {
            Some(Flaw::FallingProgress) => {
                host.progress("count", 5, 10);
                host.progress("count", 3, 10);
            }
            Some(Flaw::BackwardPhase) => {
                host.phase(Phase::Rendering);
                host.phase(Phase::Preparing);
            }
            Some(Flaw::HearsToTheEnd) if job.speech == Some(Speech::Stream) => {
                while listen(host, &mut [0.0; 640])? > 0 {}
            }
            Some(Flaw::StubbornStart) => thread::sleep(STUBBORN),
            Some(Flaw::Narrow) if fps == GREATEST_RATE => panic!("asked to panic at {fps} frames per second"),
            Some(Flaw::DiesOfEmptySpeech) => {
                let speech = job.speech_file().ok().and_then(|speech| fs::metadata(speech).ok());
                if speech.is_some_and(|speech| speech.len() == 0) {
                    abort();
                }
            }
            _ => self.leak(job).map_err(EngineError::internal)?,
        }
        Ok(())
    }

    /// Keeps or leaves what no job should.
    fn leak<P>(&mut self, job: &RenderJob<P>) -> io::Result<()> {
        match self.flaw {
            Some(Flaw::LeaksMemory) => self.memory.push(vec![1; LEAKED_BYTES_PER_JOB]),
            Some(Flaw::LeaksHandles) => self.handles.push(File::open("/dev/null")?),
            Some(Flaw::LeaksThreads) => drop(thread::spawn(thread::park)),
            Some(Flaw::LeaksFiles) => fs::write(env::temp_dir().join(format!("left-by-{}", job.id)), "")?,
            Some(Flaw::Strews) => fs::write(job.work_dir.with_file_name("strewn"), "")?,
            Some(Flaw::Noisy) => {
                let line = ".".repeat(79) + "\n";
                io::stderr().write_all(line.repeat(PRINTED_BYTES / line.len()).as_bytes())?;
            }
            Some(Flaw::LeavesProcess) => drop(Command::new("sleep").arg("60").spawn()?),
            _ => {}
        }
        Ok(())
    }

    /// Strikes once the speech was read, or could not be.
    pub(crate) fn read<T>(&mut self, speech: Result<T, EngineError>) -> Result<T, EngineError> {
        match (&speech, self.has(Flaw::Sulks)) {
            (Err(_), true) => self.sulks = true,
            (Ok(_), true) if std::mem::take(&mut self.sulks) => {
                return Err(EngineError::internal("asked to fail after a job that could not be read"));
            }
            _ => {}
        }
        speech
    }

    /// How many frames come of those that should.
    pub(crate) fn frames(&self, frames: u64) -> u64 {
        if self.has(Flaw::HalfLength) { frames.div_ceil(2) } else { frames }
    }

    /// How many are announced.
    pub(crate) fn announced(&self, frames: u64) -> Option<u64> {
        (!self.has(Flaw::Unannounced)).then_some(frames)
    }

    /// How high the video is that should be so high.
    pub(crate) fn height(&self, height: u32) -> u32 {
        if self.has(Flaw::Deaf) { OWN_HEIGHT } else { height }
    }

    /// Which frame is drawn in the place of this one, and how loud it seems.
    pub(crate) fn shown(&self, frame: u64, loudness: f32) -> (u64, f32) {
        if self.has(Flaw::Frozen) { (0, 0.0) } else { (frame, loudness) }
    }

    /// Spoils a frame that was drawn.
    pub(crate) fn paint(&self, picture: &mut [u8], frame: u64) {
        match self.flaw {
            Some(Flaw::Blank) if frame == 1 => picture.fill(0),
            Some(Flaw::MuteRender) if frame == 1 => thread::sleep(LONG),
            Some(Flaw::Counts) => picture[0] = self.jobs,
            Some(Flaw::Unsteady) => picture[..4].copy_from_slice(&self.born.to_le_bytes()),
            _ => {}
        }
    }

    /// Carries out what `frame` failed with.
    pub(crate) fn handed_over(&self, outcome: Result<(), EngineError>) -> Result<(), EngineError> {
        if outcome.is_err() && self.has(Flaw::Stubborn) {
            thread::sleep(STUBBORN);
        }
        outcome
    }
}
