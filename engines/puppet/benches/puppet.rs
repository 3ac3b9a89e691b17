//! How fast the puppet plays: `cargo bench -p engine-puppet --bench puppet` prints a table for a few sizes.
//!
//! Each job runs twice: for the clock alone, and for the video writer, which tells how long it encodes beside it.

#![allow(clippy::print_stdout)] // the table is what it is for

use std::path::Path;
use std::time::{Duration, Instant};

use avatar_media::video::{FrameRate, VideoSpec, VideoWriter};
use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::speech::{self, BabbleSpec};
use engine_api::{Engine, EngineError, Host, Progress, RenderJob, Setup, VideoFormat};
use engine_puppet::{Emotion, Params, Puppet};

const SECONDS: f64 = 12.0;

/// A host that takes frames and looks at the clock.
struct Clock {
    start: Instant,
    analysis: Option<Instant>,
    begin: Option<Instant>,
    frames: u64,
    writer: Option<VideoWriter>,
}

impl Progress for Clock {
    fn progress(&mut self, _stage: &str, done: u64, _total: u64) {
        // The last report before the frames closes the search for the face; the analysis of speech follows it.
        if done > 0 && self.analysis.is_none() {
            self.analysis = Some(Instant::now());
        }
    }
}

impl Host for Clock {
    fn begin(&mut self, _format: VideoFormat) -> Result<(), EngineError> {
        self.begin = Some(Instant::now());
        Ok(())
    }

    fn frame(&mut self, rgb: &[u8]) -> Result<(), EngineError> {
        self.frames += 1;
        match &mut self.writer {
            Some(writer) => writer.frame(rgb).map_err(EngineError::internal),
            None => {
                std::hint::black_box(rgb);
                Ok(())
            }
        }
    }

    fn deliver(&mut self, _video: &Path) -> Result<(), EngineError> {
        unreachable!("the puppet hands over frames")
    }

    fn canceled(&self) -> Result<(), EngineError> {
        Ok(())
    }
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let speech = folder.path().join("speech.wav");
    let babble = speech::babble(&BabbleSpec { seconds: SECONDS, seed: 1 });
    speech::write_canonical(&speech, &babble.samples).expect("write the speech");
    let mut puppet = Puppet::load(&Setup::default(), &mut Clock::started()).expect("the puppet loads");

    println!("{SECONDS} s of speech at 25 frames/s, one thread");
    println!(
        "{:>10} {:>10} {:>12} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10}",
        "size", "emotion", "portrait ms", "analysis ms", "frames/s", "real time", "analysis", "warp", "encode"
    );
    // An emotion is the dearest face: its lids are painted in every frame.
    for (side, emotion) in
        [(256, Emotion::Neutral), (512, Emotion::Neutral), (512, Emotion::Disgusted), (1024, Emotion::Neutral)]
    {
        let portrait = folder.path().join("portrait.png");
        portrait::render(&PortraitSpec { size: (side, side), ..PortraitSpec::default() })
            .save(&portrait)
            .expect("write the portrait");
        let job = RenderJob {
            id: "bench".into(),
            portrait: Some(portrait),
            speech: Some(speech.clone()),
            source_video: None,
            work_dir: folder.path().to_owned(),
            params: Params { max_size: side, emotion, ..Params::default() },
        };
        let mut clock = Clock::started();
        puppet.render(&job, &mut clock).expect("the job renders");
        let played = Instant::now();

        let spec = VideoSpec { width: side, height: side, rate: FrameRate::new(25, 1) };
        let video = folder.path().join("video.mp4");
        let writer = VideoWriter::create(&video, spec, Some(&speech)).expect("the size can be written");
        let mut recorder = Clock { writer: Some(writer), ..Clock::started() };
        puppet.render(&job, &mut recorder).expect("the job renders");
        let writer = recorder.writer.expect("it was put there");
        let encode = writer.finish(|_| {}).expect("the video is whole").encode_seconds;

        clock.print(side, emotion, played, encode);
    }
}

impl Clock {
    fn started() -> Self {
        Self { start: Instant::now(), analysis: None, begin: None, frames: 0, writer: None }
    }

    /// `encode` is how long the writer worked on the same frames, in seconds.
    fn print(&self, side: u32, emotion: Emotion, played: Instant, encode: f64) {
        let (Some(analysis), Some(begin)) = (self.analysis, self.begin) else { return };
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        let (listen, play) = (begin - analysis, played - begin);
        // The speech is heard twice, at the same cost: before the frames and again beside them. The rest is painting.
        let work = (listen + play).as_secs_f64() + encode;
        let heard = 2.0 * listen.as_secs_f64() / work;
        let rate = self.frames as f64 / play.as_secs_f64();
        println!(
            "{:>10} {:>10} {:>12.0} {:>12.1} {:>12.0} {:>9.1}x {:>9.1}% {:>9.1}% {:>9.1}%",
            format!("{side}x{side}"),
            format!("{emotion:?}").to_lowercase(),
            milliseconds(analysis - self.start),
            milliseconds(listen),
            rate,
            rate / 25.0,
            100.0 * heard,
            100.0 * (1.0 - heard - encode / work),
            100.0 * encode / work,
        );
    }
}
