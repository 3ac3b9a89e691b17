//! Runs whose speech is still spoken while they render.

use engine_api::testing::RecordingHost;
use engine_api::{EngineError, Heard};
use engine_ditto::audio::features::{FRAME, InMemory, Samples, num_frames};
use engine_ditto::audio::streamed::{Ear, streamed};
use engine_ditto::motion::WINDOW;
use engine_ditto::pipeline::{Pipeline, Run, Source};
use engine_ditto::settings::Settings;
use engine_golden::json::text;
use serde_json::Value;

use crate::motion_records::Recorded;
use crate::reference::SET;
use crate::sound::wav;
use crate::sources::is_clip;
use crate::whole_runs::{pipeline, settings};

/// The reference's run of a photo as a stream, with few steps, and eyes that do not blink: blinks are planned by the length.
fn online() -> (&'static Value, Settings) {
    let runs = SET.runs().iter().filter(|run| !is_clip(text(&run["source"])));
    let run = runs.clone().find(|run| settings(run).online_mode).expect("a run as a stream");
    (run, Settings { sampling_timesteps: 2, delta_eye_arr: None, ..settings(run) })
}

/// Renders the run's photo to a speech that lies in memory, or to one that is heard.
fn render<S: Samples + Send>(
    pipeline: &mut Pipeline,
    (samples, ear): (S, Option<Ear>),
    exact_length: bool,
    host: &mut RecordingHost<'_>,
) -> Result<(), EngineError> {
    let (run, settings) = online();
    let path = SET.path(text(&run["source"]));
    let job = Run {
        source: Source::Photo(&path),
        samples,
        ear,
        settings: &settings,
        fades: (Some(3), None),
        exact_length,
        disk: ("".as_ref(), 0),
    };
    pipeline.render(job, &mut Recorded::new(text(&run["key"]), None), host).map_err(EngineError::from)
}

fn heard(most: usize) -> (impl Samples + Send, Option<Ear>) {
    let (ear, speech) = streamed(most);
    (speech, Some(ear))
}

/// Says one sample at a time; once `pause` samples are said, it waits for a frame.
fn sample_by_sample(said: &[f32], pause: usize) -> impl FnMut(&mut [f32], u64) -> Heard + '_ {
    let mut next = 0;
    move |samples, frames| {
        if next == said.len() {
            return Heard::End;
        }
        if next == pause && frames == 0 {
            return Heard::Nothing;
        }
        samples[0] = said[next];
        next += 1;
        Heard::Samples(1)
    }
}

#[test]
fn speech_that_is_heard_sample_by_sample_gives_the_frames_of_its_file() {
    let Some(mut pipeline) = pipeline() else { return };
    let said = wav("inputs/a_45280.wav");
    for (length, exact) in [(45_280, true), (45_280, false), (32_000, true), (4480, true), (640, true)] {
        let said = &said[..length];
        let mut read = RecordingHost::new();
        render(&mut pipeline, (InMemory::from(said), None), exact, &mut read).expect("the file is rendered");
        let mut host = RecordingHost::new().speaking(sample_by_sample(said, usize::MAX));
        render(&mut pipeline, heard(usize::MAX), exact, &mut host).expect("what is heard is rendered");
        assert_eq!((host.count, host.heard), (read.count, length as u64), "{length} samples, exact: {exact}");
        assert!(host.frames == read.frames, "{length} samples, exact: {exact}");
        assert_eq!(host.format.expect("there are frames").frames, None);
        assert!(!exact || host.count == num_frames(length) as u64);
    }
}

#[test]
fn the_first_frame_comes_within_a_window_of_its_sound() {
    let Some(mut pipeline) = pipeline() else { return };
    let said = wav("inputs/a_45280.wav").repeat(2);
    // Whoever waits for more than that would wait for ever. A window begins as late as its overlap with the silence before.
    let (_, settings) = online();
    let needed = (2 * (WINDOW - settings.overlap_v2) + 5) * FRAME;
    assert!(needed <= WINDOW * FRAME);
    let mut host = RecordingHost::new().speaking(sample_by_sample(&said, needed));
    render(&mut pipeline, heard(usize::MAX), true, &mut host).expect("it goes on");
    assert_eq!(host.count, num_frames(said.len()) as u64);
}

#[test]
fn no_more_is_heard_than_the_client_wants() {
    let Some(mut pipeline) = pipeline() else { return };
    let mut host = RecordingHost::new().speaking(|samples, _| {
        samples.fill(0.1);
        Heard::Samples(samples.len())
    });
    render(&mut pipeline, heard(16_000), true, &mut host).expect("it ends");
    assert_eq!((host.heard, host.count), (16_000, 25));
}

#[test]
fn a_run_that_waits_for_its_speaker_can_be_canceled_and_the_next_one_is_whole() {
    let Some(mut pipeline) = pipeline() else { return };
    let said = wav("inputs/a_45280.wav");
    let mut host = RecordingHost::new().canceled_after(3).speaking(sample_by_sample(&said[..24_000], usize::MAX));
    assert_eq!(render(&mut pipeline, heard(usize::MAX), true, &mut host), Err(EngineError::canceled()));
    let mut silent = RecordingHost::new().speaking(|_, _| Heard::End);
    let error = render(&mut pipeline, heard(usize::MAX), false, &mut silent).expect_err("nothing was said");
    assert!(error.message.contains("too short"), "{error}");
    let mut host = RecordingHost::new().speaking(sample_by_sample(&said[..16_000], usize::MAX));
    render(&mut pipeline, heard(usize::MAX), true, &mut host).expect("it is whole");
    assert_eq!(host.count, 25);
}
