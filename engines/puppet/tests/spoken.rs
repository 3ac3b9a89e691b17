//! The engine while the speech is still spoken, sample by sample.

#![allow(clippy::unwrap_used)] // a failure here is a failed test

use std::path::{Path, PathBuf};

use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::speech::{BabbleSpec, babble};
use engine_api::testing::RecordingHost;
use engine_api::{Engine, EngineError, Heard, RenderJob, SPEECH_RATE, Setup, Speech, describe};
use engine_puppet::{Params, Puppet};

#[test]
fn it_says_that_it_takes_speech_that_is_still_spoken() {
    assert!(describe::<Puppet>().streams);
}

#[test]
fn a_video_is_as_long_as_what_was_said_and_begins_long_before_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let said = babble(&BabbleSpec { seconds: 3.5, seed: 3 }).samples;
    for fps in [10, 25, 60] {
        let mut host = RecordingHost::new().speaking(sample_by_sample(&said, usize::MAX));
        render(&job(folder.path(), fps), &mut host).unwrap();
        let expected = (said.len() as f64 / f64::from(SPEECH_RATE) * f64::from(fps)).round() as u64;
        assert_eq!((host.format.unwrap().frames, host.count, host.heard), (None, expected, said.len() as u64));
        let moved = host.frames.windows(2).filter(|pair| pair[0] != pair[1]).count() as u64;
        assert!(moved > expected / 2, "{moved} of {expected} frames differ from the one before");
    }
}

#[test]
fn a_frame_waits_for_a_tenth_of_a_second_of_sound_beyond_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let said = babble(&BabbleSpec { seconds: 1.0, seed: 3 }).samples;
    // Nothing more is said until the first frame is there: an engine that waits for more would wait for ever.
    let tenth = SPEECH_RATE as usize / 10;
    let mut host = RecordingHost::new().speaking(sample_by_sample(&said, tenth));
    render(&job(folder.path(), 25), &mut host).unwrap();
    assert_eq!(host.count, 25);
}

#[test]
fn a_job_that_waits_for_its_speaker_can_be_canceled() {
    let folder = tempfile::tempdir().unwrap();
    let said = vec![0.1; 3 * SPEECH_RATE as usize];
    let mut said = said.iter();
    let mut host = RecordingHost::new().canceled_after(20).speaking(|samples, frames| match said.next() {
        Some(sample) if frames < 20 => {
            samples[0] = *sample;
            Heard::Samples(1)
        }
        _ => Heard::Nothing,
    });
    assert_eq!(render(&job(folder.path(), 25), &mut host), Err(EngineError::canceled()));
}

#[test]
fn too_little_said_is_refused_as_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = RecordingHost::new().speaking(sample_by_sample(&[0.1; 100], usize::MAX));
    let error = render(&job(folder.path(), 25), &mut host).unwrap_err();
    assert!(error.message.contains("less than one frame") && host.format.is_none(), "{error}");
}

/// Says one sample at a time, and no more than `ahead` beyond the frames that have come, at 25 a second.
fn sample_by_sample(said: &[f32], ahead: usize) -> impl FnMut(&mut [f32], u64) -> Heard + '_ {
    let mut next = 0;
    move |samples, frames| {
        if next == said.len() {
            return Heard::End;
        }
        if next >= (frames as usize * 640).saturating_add(ahead) {
            return Heard::Nothing;
        }
        samples[0] = said[next];
        next += 1;
        Heard::Samples(1)
    }
}

fn job(folder: &Path, fps: u32) -> RenderJob<Params> {
    let portrait = folder.join("portrait.png");
    portrait::render(&PortraitSpec { size: (256, 256), seed: 4, ..PortraitSpec::default() }).save(&portrait).unwrap();
    RenderJob {
        id: "test".into(),
        portrait: Some(portrait),
        face: None,
        speech: Some(Speech::Stream),
        source_video: None,
        work_dir: PathBuf::from("unused"),
        params: Params { fps, ..Params::default() },
    }
}

fn render(job: &RenderJob<Params>, host: &mut RecordingHost<'_>) -> Result<(), EngineError> {
    Puppet::load(&Setup::default(), host).unwrap().render(job, host)
}
