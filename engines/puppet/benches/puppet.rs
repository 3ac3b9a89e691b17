//! How fast the puppet plays: `cargo bench -p engine-puppet --bench puppet` prints a table for a few sizes.
//!
//! Each job runs twice: for the clock alone, and for the video writer, which tells how long it encodes beside it.

#![allow(clippy::print_stdout)] // the table is what it is for

use std::time::{Duration, Instant};

use avatar_media::video::{FrameRate, VideoSpec, VideoWriter};
use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::speech::{self, BabbleSpec};
use engine_api::testing::RecordingHost;
use engine_api::{Engine, EngineError, RenderJob, Setup};
use engine_puppet::{Emotion, Params, Puppet};

const SECONDS: f64 = 12.0;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let speech = folder.path().join("speech.wav");
    let babble = speech::babble(&BabbleSpec { seconds: SECONDS, seed: 1 });
    speech::write_canonical(&speech, &babble.samples).expect("write the speech");
    let mut puppet = Puppet::load(&Setup::default(), &mut RecordingHost::new()).expect("the puppet loads");

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
            face: None,
            speech: Some(speech.clone()),
            source_video: None,
            work_dir: folder.path().to_owned(),
            params: Params { max_size: side, emotion, ..Params::default() },
        };
        let start = Instant::now();
        let mut clock = RecordingHost::new().on_frame(|frame| {
            std::hint::black_box(frame.rgb);
            Ok(())
        });
        puppet.render(&job, &mut clock).expect("the job renders");
        let played = start.elapsed();

        let spec = VideoSpec { width: side, height: side, rate: FrameRate::new(25, 1) };
        let video = folder.path().join("video.mp4");
        let mut writer = VideoWriter::create(&video, spec, Some(&speech)).expect("the size can be written");
        let mut encoded = RecordingHost::new().on_frame(|frame| writer.frame(frame.rgb).map_err(EngineError::internal));
        puppet.render(&job, &mut encoded).expect("the job renders");
        drop(encoded);
        let encode = writer.finish(|_| {}).expect("the video is whole").encode_seconds;

        print(&clock, side, emotion, played, encode);
    }
}

/// `played` is how long the job ran, and `encode` how long the writer worked on the same frames, in seconds.
fn print(clock: &RecordingHost<'_>, side: u32, emotion: Emotion, played: Duration, encode: f64) {
    // The last report before the frames closes the search for the face; the analysis of speech follows it.
    let found = clock.reports.iter().find(|report| report.done > 0).map(|report| report.after);
    let (Some(analysis), Some(begin)) = (found, clock.begun) else { return };
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let (listen, play) = (begin - analysis, played - begin);
    // The speech is heard twice, at the same cost: before the frames and again beside them. The rest is painting.
    let work = (listen + play).as_secs_f64() + encode;
    let heard = 2.0 * listen.as_secs_f64() / work;
    let rate = clock.count as f64 / play.as_secs_f64();
    println!(
        "{:>10} {:>10} {:>12.0} {:>12.1} {:>12.0} {:>9.1}x {:>9.1}% {:>9.1}% {:>9.1}%",
        format!("{side}x{side}"),
        format!("{emotion:?}").to_lowercase(),
        milliseconds(analysis),
        milliseconds(listen),
        rate,
        rate / 25.0,
        100.0 * heard,
        100.0 * (1.0 - heard - encode / work),
        100.0 * encode / work,
    );
}
