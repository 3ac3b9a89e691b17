//! How fast Ditto renders: `cargo xtask bench ditto` prints the seconds for frames of a large portrait.
//!
//! The networks are stand-ins: those of the reference set, which cost little, for 100 frames; and the same at a tenth of
//! what the real ones cost on a processor, for 25. The last column tells for how much of the time before the end no
//! network was running.

#![allow(clippy::print_stdout)] // the figures are what it is for

mod costly;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use avatar_media::video::{FrameRate, VideoSpec, VideoWriter};
use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::speech::{self, BabbleSpec};
use engine_api::{EngineError, Host, Progress, VideoFormat};
use engine_ditto::face::detector::FaceSearch;
use engine_ditto::motion::noise::Seeded;
use engine_ditto::networks::Loader;
use engine_ditto::pipeline::{Pipeline, Run, Source};
use engine_ditto::settings::config_file::Config;
use engine_onnx::{Options, Runtime, time_in_networks};
use engine_pickle::Value;

/// Side of the portrait in pixels.
const SIDE: u32 = 1432;
/// What the costly networks cost, of what the real ones do.
const SCALE: f64 = 0.1;

/// A host that looks at the clock, and may encode.
struct Clock {
    start: Instant,
    first: Option<Duration>,
    frames: u64,
    output: Option<PathBuf>,
    writer: Option<VideoWriter>,
}

impl Progress for Clock {
    fn progress(&mut self, _: &str, _: u64, _: u64) {}
}

impl Host for Clock {
    fn begin(&mut self, format: VideoFormat) -> Result<(), EngineError> {
        self.first = Some(self.start.elapsed());
        let VideoFormat { width, height, rate, .. } = format;
        let spec = VideoSpec { width, height, rate: FrameRate::new(rate.num, rate.den) };
        let writer = self.output.as_ref().map(|path| VideoWriter::create(path, spec, None)).transpose();
        self.writer = writer.map_err(EngineError::internal)?;
        Ok(())
    }

    fn frame(&mut self, rgb: &[u8]) -> Result<(), EngineError> {
        self.frames += 1;
        match &mut self.writer {
            Some(writer) => writer.frame(rgb).map_err(EngineError::internal),
            None => Ok(()),
        }
    }

    fn deliver(&mut self, _: &Path) -> Result<(), EngineError> {
        unreachable!("frames are handed over")
    }

    fn canceled(&self) -> Result<(), EngineError> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::load(None, None)?;
    let folder = tempfile::tempdir()?;
    let photo = folder.path().join("portrait.png");
    portrait::render(&PortraitSpec { size: (SIDE, SIDE), ..PortraitSpec::default() }).save(&photo)?;
    let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/set");
    let (cheap, costly) = (set.join("models"), folder.path().join("costly"));
    costly::write(&cheap, &costly, SCALE)?;
    println!("{SIDE} by {SIDE} px, {} cores\n", std::thread::available_parallelism()?);
    println!("networks  mode     encodes  frames  first frame  seconds  frames/s  no network runs");
    for (name, networks, seconds) in [("cheap", &cheap, 4.0), ("costly", &costly, 1.0)] {
        let samples = speech::babble(&BabbleSpec { seconds, seed: 1 }).samples;
        let loader = Loader { runtime, folder: networks, options: Options::default() };
        let (mut pipeline, _) = Pipeline::load(&loader, FaceSearch::InsightFace, &mut |_| ())?;
        for (mode, config) in [("offline", "cfg_offline.pkl"), ("online", "cfg_online.pkl")] {
            let settings = Config::read(&set.join(config))?.settings(&Value::Dict(vec![]))?;
            for encodes in [false, true] {
                let output = encodes.then(|| folder.path().join("video.mp4"));
                let run = Run {
                    source: Source::Photo(&photo),
                    samples: &samples[..],
                    settings: &settings,
                    fades: (None, None),
                    exact_length: true,
                    disk: (folder.path(), 0),
                };
                print!("{name:<8}  {mode:<7}  {:<7}  ", if encodes { "yes" } else { "no" });
                measured(&mut pipeline, run, output)?;
            }
        }
    }
    Ok(())
}

/// Renders a run and prints what it took.
fn measured(pipeline: &mut Pipeline, run: Run<'_, &[f32]>, output: Option<PathBuf>) -> Result<(), Box<dyn Error>> {
    let before = time_in_networks();
    let mut clock = Clock { start: Instant::now(), first: None, frames: 0, output, writer: None };
    pipeline.render(run, &mut Seeded::new(0), &mut clock)?;
    let rendered = clock.start.elapsed();
    let idle = 1.0 - (time_in_networks() - before).as_secs_f64() / rendered.as_secs_f64();
    if let Some(writer) = clock.writer.take() {
        writer.finish(|_| ())?;
    }
    let (seconds, first) = (clock.start.elapsed().as_secs_f64(), clock.first.unwrap_or_default().as_secs_f64());
    let frames = clock.frames;
    let rate = frames as f64 / seconds;
    println!("{frames:>6}  {first:>11.2}  {seconds:>7.2}  {rate:>8.1}  {:>13.1} %", 100.0 * idle);
    Ok(())
}
