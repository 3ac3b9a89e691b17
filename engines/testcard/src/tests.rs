//! The tests of the test card, which show how an engine is tested without a gateway.

use std::path::{Path, PathBuf};

use engine_api::testing::RecordingHost;
use engine_api::{Computation, Engine, EngineError, ErrorKind, Heard, Readiness, RenderJob, Setup, Speech, describe};
use serde_json::{Value, json};

use super::{Params, Testcard};

#[test]
fn the_schema_publishes_ranges_defaults_and_faults() {
    let schema = describe::<Testcard>().params;
    assert_eq!(schema["additionalProperties"], false);
    let width = &schema["properties"]["width"];
    assert_eq!((&width["minimum"], &width["maximum"], &width["multipleOf"]), (&json!(64), &json!(1920), &json!(2)));
    assert_eq!(width["default"], 320);
    assert!(schema.to_string().contains("segfault"), "{schema}");
}

#[test]
fn a_wrong_option_is_found_before_a_job_is() {
    let setup = Setup { options: serde_json::Map::from_iter([("memory".into(), json!("x"))]), ..Setup::default() };
    let Readiness::Failed { reason, .. } = Testcard::check(&setup) else { panic!("it must not be ready") };
    assert!(reason.contains("`memory`"), "{reason}");
    assert_eq!(Testcard::check(&Setup::default()), Readiness::READY);
}

#[test]
fn every_announced_frame_is_sent() {
    let host = render(json!({"width": 128, "height": 96, "fps": 10, "duration": 1.25}), None).unwrap();
    let format = host.format.unwrap();
    assert_eq!((format.width, format.height, format.rate.as_f64(), format.frames), (128, 96, 10.0, Some(13)));
    assert_eq!(host.frames.len(), 13);
    assert!(host.frames.iter().all(|frame| frame.len() == 128 * 96 * 3));
    assert_eq!(host.stages(), [("read speech", 0, 0)]);
    assert_eq!(host.computations, [Computation::new("cpu", &[], "fp32")]);
    assert_eq!(host.finish(), Ok(()));
}

#[test]
fn the_length_is_asked_for_or_the_speechs_or_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let speech = speech(folder.path(), 1.0, 0.0);
    assert_eq!(render(json!({}), None).unwrap().frames.len(), 50);
    assert_eq!(render(json!({}), Some(&speech)).unwrap().frames.len(), 25);
    assert_eq!(render(json!({"duration": 0.4}), Some(&speech)).unwrap().frames.len(), 10);
    assert_eq!(render(json!({"duration": 1.6}), Some(&speech)).unwrap().frames.len(), 40);
}

#[test]
fn the_number_of_a_frame_can_be_read_from_its_picture() {
    let host = render(json!({"width": 64, "height": 64, "duration": 12}), None).unwrap();
    for (number, frame) in host.frames.iter().enumerate() {
        let last_row = &frame[63 * 64 * 3..];
        let read = (0..16).fold(0, |number, digit| number << 1 | usize::from(last_row[digit * 4 * 3] > 128));
        assert_eq!(read, number);
    }
}

#[test]
fn loud_speech_fills_the_meter() {
    let folder = tempfile::tempdir().unwrap();
    let lit = |amplitude| {
        let speech = speech(folder.path(), 0.2, amplitude);
        let host = render(json!({"width": 64, "height": 64}), Some(&speech)).unwrap();
        let row = &host.frames[2][50 * 64 * 3..][..64 * 3];
        row.chunks_exact(3).filter(|pixel| *pixel == [255; 3]).count()
    };
    assert_eq!((lit(0.0), lit(0.5), lit(1.0)), (0, 32, 64));
}

#[test]
fn speech_that_is_still_spoken_makes_the_frames_of_its_file() {
    assert!(describe::<Testcard>().streams);
    let folder = tempfile::tempdir().unwrap();
    for (seconds, params) in [
        (0.31, json!({"width": 64, "height": 64})),
        (0.31, json!({"width": 64, "height": 64, "fps": 60})),
        (0.0, json!({})),
        (0.31, json!({"duration": 0.2})),
        (0.31, json!({"duration": 0.5})),
    ] {
        let file = speech(folder.path(), seconds, 0.5);
        let read = render(params.clone(), Some(&file)).unwrap();
        let mut left = (seconds * 16_000.0) as usize;
        let mut host = RecordingHost::new().speaking(|samples, _| {
            if left == 0 {
                return Heard::End;
            }
            left -= 1;
            samples[0] = 0.5;
            Heard::Samples(1)
        });
        let spoken = RenderJob { speech: Some(Speech::Stream), ..job(params.clone(), None) };
        Testcard::load(&Setup::default(), &mut RecordingHost::new()).unwrap().render(&spoken, &mut host).unwrap();
        assert!(host.frames == read.frames, "{params}: {} frames of {}", host.count, read.count);
        assert_eq!(host.format.unwrap().frames.is_none(), params.get("duration").is_none());
    }
}

#[test]
fn broken_speech_is_an_input_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    std::fs::write(&path, b"RIFF").unwrap();
    assert_eq!(render(json!({}), Some(&path)).err().unwrap().kind, ErrorKind::Input);
}

#[test]
fn a_canceled_job_stops_at_once() {
    let mut host = RecordingHost::new().canceled_after(3);
    assert_eq!(render_into(&mut host, json!({}), None), Err(EngineError::canceled()));
    assert_eq!(host.frames.len(), 3);
}

#[test]
fn errors_strike_at_their_frame_with_their_kind() {
    for (fault, kind) in [
        ("error", ErrorKind::Internal),
        ("input", ErrorKind::Input),
        ("device", ErrorKind::Device),
        ("backend", ErrorKind::Backend),
        ("oom", ErrorKind::OutOfMemory),
    ] {
        let mut host = RecordingHost::new();
        let error = render_into(&mut host, json!({"fault": fault, "at_frame": 7}), None).unwrap_err();
        assert_eq!(error, EngineError::new(kind, "asked to fail at frame 7"));
        assert_eq!(host.frames.len(), 7);
    }
}

#[test]
fn warnings_are_told_and_the_video_is_made() {
    let host = render(json!({"warn_from": 3, "duration": 0.2}), None).unwrap();
    assert_eq!(host.finish(), Ok(()));
    let told: Vec<_> = host.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(told, ["asked to warn at frame 3", "asked to warn at frame 4"]);
    assert_eq!(host.warned(), ["asked_to_warn"; 2]);
    assert!(render(json!({}), None).unwrap().warnings.is_empty());
}

#[test]
#[should_panic(expected = "asked to panic at frame 5")]
fn a_panic_strikes() {
    let _ = render(json!({"fault": "panic"}), None);
}

#[test]
fn a_short_video_announces_more_than_it_sends() {
    let host = render(json!({"fault": "short"}), None).unwrap();
    assert_eq!((host.format.unwrap().frames, host.frames.len()), (Some(50), 5));
    assert_eq!(host.finish().unwrap_err().message, "the engine announced 50 frames and delivered 5");
}

#[test]
fn slow_frames_take_their_time() {
    let start = std::time::Instant::now();
    render(json!({"fault": "slow", "frame_ms": 10, "duration": 0.2}), None).unwrap();
    assert!(start.elapsed().as_millis() >= 50, "five frames of 10 ms");
}

#[test]
fn a_held_job_goes_on_once_it_is_released() {
    let folder = tempfile::tempdir().unwrap();
    let options = json!({"memory_dir": folder.path()}).as_object().unwrap().clone();
    let mut engine = Testcard::load(&Setup { options, ..Setup::default() }, &mut RecordingHost::new()).unwrap();
    let params = json!({"fault": "hold", "duration": 1});
    let mut host = RecordingHost::new().canceled_after(5);
    let error = engine.render(&job(params.clone(), None), &mut host).unwrap_err();
    assert_eq!((error.kind, host.frames.len()), (ErrorKind::Canceled, 5));
    std::fs::write(folder.path().join("release"), "").unwrap();
    engine.render(&job(params.clone(), None), &mut RecordingHost::new()).unwrap();

    let forgetful = render(params, None).err().unwrap();
    assert!(forgetful.message.contains("memory_dir"), "{forgetful}");
}

#[test]
fn a_counted_fault_strikes_so_often_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let options = json!({"memory_dir": folder.path()}).as_object().unwrap().clone();
    let setup = Setup { options, ..Setup::default() };
    let params = json!({"fault": "error", "fault_times": 2, "duration": 1});
    let outcomes = [0; 4].map(|_| {
        let mut engine = Testcard::load(&setup, &mut RecordingHost::new()).unwrap(); // a process of its own forgets
        engine.render(&job(params.clone(), None), &mut RecordingHost::new()).is_ok()
    });
    assert_eq!(outcomes, [false, false, true, true]);

    let forgetful = render(params, None).err().unwrap();
    assert!(forgetful.message.contains("memory_dir"), "{forgetful}");
}

#[test]
fn an_operator_can_let_every_job_fail() {
    let options = json!({"fault": "input"}).as_object().unwrap().clone();
    let mut engine = Testcard::load(&Setup { options, ..Setup::default() }, &mut RecordingHost::new()).unwrap();
    let mut kind = |params| engine.render(&job(params, None), &mut RecordingHost::new()).unwrap_err().kind;
    assert_eq!(kind(json!({})), ErrorKind::Input);
    assert_eq!(kind(json!({"fault": "backend"})), ErrorKind::Backend, "the client's word goes first");
}

fn render(params: Value, speech: Option<&Path>) -> Result<RecordingHost<'static>, EngineError> {
    let mut host = RecordingHost::new();
    render_into(&mut host, params, speech).map(|()| host)
}

fn render_into(host: &mut RecordingHost<'_>, params: Value, speech: Option<&Path>) -> Result<(), EngineError> {
    let mut engine = Testcard::load(&Setup::default(), &mut RecordingHost::new()).unwrap();
    engine.render(&job(params, speech), host)
}

fn job(params: Value, speech: Option<&Path>) -> RenderJob<Params> {
    RenderJob {
        id: "job-1".into(),
        portrait: None,
        face: None,
        speech: speech.map(|file| Speech::File(file.to_owned())),
        source_video: None,
        work_dir: PathBuf::from("unused"),
        params: serde_json::from_value(params).unwrap(),
    }
}

/// Canonical speech: so many seconds at a constant level.
fn speech(folder: &Path, seconds: f64, level: f32) -> PathBuf {
    let path = folder.join("speech.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for _ in 0..(seconds * 16_000.0) as usize {
        writer.write_sample(level).unwrap();
    }
    writer.finalize().unwrap();
    path
}
