//! How fast Ditto renders: `cargo xtask bench ditto` prints the seconds for frames of a large portrait.
//!
//! The networks are stand-ins: those of the reference set, which cost little, for 100 frames; and the same at a tenth of
//! what the real ones cost on a processor, for 25. `processor` are the seconds of all threads together, which other work on
//! the machine changes least. The last column tells for how much of the time before the end no network was running.

#![allow(clippy::print_stdout)] // the figures are what it is for

mod costly;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use avatar_media::video::{FrameRate, VideoError, VideoSpec, VideoWriter};
use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::speech::{self, BabbleSpec};
use engine_api::testing::{Frame, RecordingHost};
use engine_api::{EngineError, VideoFormat};
use engine_ditto::audio::features::InMemory;
use engine_ditto::face::detector::FaceSearch;
use engine_ditto::motion::noise::Seeded;
use engine_ditto::networks::Loader;
use engine_ditto::pipeline::{Pipeline, Run, Source};
use engine_ditto::settings::Settings;
use engine_ditto::settings::config_file::Config;
use engine_onnx::{Options, Runtime, time_in_networks};
use rustix::time::{ClockId, clock_gettime};

/// Side of the portrait in pixels.
const SIDE: u32 = 1432;
/// What the costly networks cost, of what the real ones do.
const SCALE: f64 = 0.1;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::load(None, None)?;
    let folder = tempfile::tempdir()?;
    let photo = folder.path().join("portrait.png");
    portrait::render(&PortraitSpec { size: (SIDE, SIDE), ..PortraitSpec::default() }).save(&photo)?;
    let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/set");
    let (cheap, costly) = (set.join("models"), folder.path().join("costly"));
    costly::write(&cheap, &costly, SCALE)?;
    println!("{SIDE} by {SIDE} px, {} cores\n", std::thread::available_parallelism()?);
    println!("networks  mode     encodes  frames  first frame  seconds  processor  frames/s  no network runs");
    for (name, networks, seconds) in [("cheap", &cheap, 4.0), ("costly", &costly, 1.0)] {
        let samples = speech::babble(&BabbleSpec { seconds, seed: 1 }).samples;
        let loader = Loader::new(runtime, networks, Options::default());
        let (mut pipeline, _) = Pipeline::load(&loader, FaceSearch::InsightFace)?;
        for (mode, config) in [("offline", "cfg_offline.pkl"), ("online", "cfg_online.pkl")] {
            let settings = Settings::merge(&[&Config::read(&set.join(config))?.settings])?;
            for encodes in [false, true] {
                let output = encodes.then(|| folder.path().join("video.mp4"));
                let run = Run {
                    source: Source::Photo(&photo),
                    samples: InMemory::from(&samples[..]),
                    ear: None,
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
fn measured(
    pipeline: &mut Pipeline,
    run: Run<'_, InMemory<'_>>,
    output: Option<PathBuf>,
) -> Result<(), Box<dyn Error>> {
    let (before, busy, start) = (time_in_networks(), processor_seconds(), Instant::now());
    let mut writer = None;
    let mut host = RecordingHost::new().on_frame(|frame| match &output {
        Some(path) => encode(&mut writer, path, frame).map_err(EngineError::internal),
        None => Ok(()),
    });
    pipeline.render(run, &mut Seeded::new(0), &mut host)?;
    let (frames, first) = (host.count, host.begun.unwrap_or_default().as_secs_f64());
    drop(host);
    let idle = 1.0 - (time_in_networks() - before).as_secs_f64() / start.elapsed().as_secs_f64();
    if let Some(writer) = writer {
        writer.finish(|_| ())?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let rate = frames as f64 / seconds;
    let busy = processor_seconds() - busy;
    println!("{frames:>6}  {first:>11.2}  {seconds:>7.2}  {busy:>9.2}  {rate:>8.1}  {:>13.1} %", 100.0 * idle);
    Ok(())
}

/// What all threads of this process together have had of the processor.
fn processor_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Writes a frame; with the first, the writer is made.
fn encode(writer: &mut Option<VideoWriter>, path: &Path, frame: Frame<'_>) -> Result<(), VideoError> {
    let VideoFormat { width, height, rate, .. } = frame.format;
    let spec = VideoSpec { width, height, rate: FrameRate::new(rate.num, rate.den) };
    let writer = match writer {
        Some(writer) => writer,
        None => writer.insert(VideoWriter::create(path, spec, None)?),
    };
    writer.frame(frame.rgb)
}
