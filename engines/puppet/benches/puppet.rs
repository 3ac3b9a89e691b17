//! How fast the puppet plays: `cargo bench -p engine-puppet --bench puppet` prints a table for a few sizes.
//!
//! Each job runs as the gateway lets it run: an engine that is loaded, a face that the upload has found, frames that go into
//! the encoder, and a video that is decoded from start to end. Then the same frames go into the encoder alone. Times are
//! the processor's, of all threads together, so that other work on the machine counts less; those to the first frame are
//! the clock's. Where `REAL_WEIGHTS` names a folder with the networks of the face mesh, the same is done with them.

#![allow(clippy::print_stdout)] // the table is what it is for

use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use avatar_media::faces::{FaceDetector, SeetaFace};
use avatar_media::picture::{RgbImage, save_png};
use avatar_media::video::{FrameRate, VideoSpec, VideoSummary, VideoWriter};
use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::speech::{self, BabbleSpec};
use engine_api::testing::RecordingHost;
use engine_api::{Engine, EngineError, PortraitFace, RenderJob, Setup, Speech};
use engine_puppet::{Emotion, Params, Puppet};
use rustix::time::{ClockId, Timespec, clock_gettime};

const SECONDS: f64 = 8.0;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let speech = folder.path().join("speech.wav");
    let babble = speech::babble(&BabbleSpec { seconds: SECONDS, seed: 1 });
    speech::write_canonical(&speech, &babble.samples).expect("write the speech");
    println!("{SECONDS} s of speech at 25 frames/s; milliseconds of processor time for each frame");
    table(folder.path(), &speech, None);
    match env::var_os("REAL_WEIGHTS") {
        Some(weights) => table(folder.path(), &speech, Some(weights.into())),
        None => println!("with the face mesh: not measured, as REAL_WEIGHTS names no folder with its networks"),
    }
}

/// Prints what it takes without weights, or with those of a folder.
fn table(folder: &Path, speech: &Path, weights: Option<PathBuf>) {
    println!("{} the face mesh:", if weights.is_some() { "with" } else { "without" });
    let setup = Setup { weights, ..Setup::default() };
    let mut puppet = Puppet::load(&setup, &mut RecordingHost::new()).expect("the puppet loads");
    println!(
        "{:>10} {:>10} {:>14} {:>12} {:>10} {:>8} {:>10} {:>8} {:>10} {:>8}",
        "size", "emotion", "first frame ms", "frames/s", "whole", "warp", "conversion", "check", "encoder", "ratio"
    );
    // An emotion is the dearest face: its lids are painted in every frame.
    for (side, emotion) in
        [(256, Emotion::Neutral), (512, Emotion::Neutral), (512, Emotion::Disgusted), (1024, Emotion::Neutral)]
    {
        let picture = portrait::render(&PortraitSpec { size: (side, side), ..PortraitSpec::default() });
        let portrait = folder.join("portrait.png");
        save_png(&picture, &portrait).expect("write the portrait");
        let job = RenderJob {
            id: "bench".into(),
            portrait: Some(portrait),
            face: found(&picture),
            speech: Some(Speech::File(speech.to_owned())),
            source_video: None,
            work_dir: folder.to_owned(),
            params: Params { max_size: side, emotion, ..Params::default() },
        };
        Measured::of(&mut puppet, &job).print(side, emotion);
    }
}

/// The clearest face of a portrait, as the gateway tells it.
fn found(picture: &RgbImage) -> Option<PortraitFace> {
    let face = SeetaFace::new().detect(picture).into_iter().next()?;
    Some(PortraitFace { x: face.x, y: face.y, width: face.width, height: face.height, score: face.score })
}

/// What a job took. All but the first and the second are of the processor.
struct Measured {
    frames: f64,
    /// From the job's coming to its first frame's being with the encoder.
    first_frame: Duration,
    /// From there until the video was checked.
    after: Duration,
    /// The second in the processor's time.
    whole: f64,
    warp: f64,
    written: Written,
}

impl Measured {
    fn of(puppet: &mut Puppet, job: &RenderJob<Params>) -> Self {
        let spec = VideoSpec { width: job.params.max_size, height: job.params.max_size, rate: FrameRate::new(25, 1) };
        let video = job.work_dir.join("video.mp4");
        let sound = job.speech_file().ok();
        let start = Instant::now();
        let (mut writer, mut first) = (None, None);
        let mut host = RecordingHost::new().on_frame(|frame| {
            let writer = writer.get_or_insert_with(|| create(&video, spec, sound));
            writer.frame(frame.rgb).map_err(EngineError::internal)?;
            first.get_or_insert_with(|| (start.elapsed(), processor_seconds()));
            Ok(())
        });
        puppet.render(job, &mut host).expect("the job renders");
        drop(host);
        writer.expect("there are frames").finish(|_| {}).expect("the video is whole");
        let (first_frame, busy) = first.expect("there are frames");
        let (after, whole) = (start.elapsed() - first_frame, processor_seconds() - busy);

        let mut begun = None;
        let mut host = RecordingHost::new().on_frame(|frame| {
            begun.get_or_insert_with(thread_seconds);
            std::hint::black_box(frame.rgb);
            Ok(())
        });
        puppet.render(job, &mut host).expect("the job renders");
        drop(host);
        let warp = thread_seconds() - begun.expect("there are frames");

        let mut host = RecordingHost::new();
        puppet.render(job, &mut host).expect("the job renders");
        let frames = host.frames;
        let written = Written::of(create(&video, spec, sound), &frames);
        Self { frames: frames.len() as f64, first_frame, after, whole, warp, written }
    }

    fn print(&self, side: u32, emotion: Emotion) {
        let each = |seconds: f64| 1000.0 * seconds / self.frames;
        let Written { conversion, encoder, check } = self.written;
        println!(
            "{:>10} {:>10} {:>14.1} {:>12.0} {:>10.2} {:>8.2} {:>10.2} {:>8.2} {:>10.2} {:>8.2}",
            format!("{side}x{side}"),
            format!("{emotion:?}").to_lowercase(),
            self.first_frame.as_secs_f64() * 1000.0,
            self.frames / self.after.as_secs_f64(),
            each(self.whole),
            each(self.warp),
            each(conversion),
            each(check),
            each(encoder),
            self.whole / encoder,
        );
    }
}

/// What writing frames took that are there already, in seconds of the processor.
struct Written {
    conversion: f64,
    /// With the sound's, and the file's writing.
    encoder: f64,
    check: f64,
}

impl Written {
    fn of(mut writer: VideoWriter, frames: &[Vec<u8>]) -> Self {
        let (start, own) = (processor_seconds(), thread_seconds());
        frames.iter().for_each(|frame| writer.frame(frame).expect("the frame fits"));
        let conversion = thread_seconds() - own;
        let mut encoded = None;
        let checked = |_| {
            encoded.get_or_insert_with(processor_seconds);
        };
        let _: VideoSummary = writer.finish(checked).expect("the video is whole");
        let encoded = encoded.expect("there are frames");
        Self { conversion, encoder: encoded - start - conversion, check: processor_seconds() - encoded }
    }
}

fn create(video: &Path, spec: VideoSpec, sound: Option<&Path>) -> VideoWriter {
    VideoWriter::create(video, spec, sound).expect("the size can be written")
}

/// What all threads of this process together have had of the processor.
fn processor_seconds() -> f64 {
    seconds(clock_gettime(ClockId::ProcessCPUTime))
}

/// What this thread has had of it.
fn thread_seconds() -> f64 {
    seconds(clock_gettime(ClockId::ThreadCPUTime))
}

fn seconds(time: Timespec) -> f64 {
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
