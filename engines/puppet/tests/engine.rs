//! The engine as the gateway's host process uses it: whole jobs on painted portraits and synthetic speech.

#![allow(clippy::unwrap_used)] // a failure here is a failed test

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use avatar_media::faces::{FaceDetector, SeetaFace};
use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::speech::{self, Babble, BabbleSpec};
use engine_api::testing::RecordingHost;
use engine_api::{Computation, Engine, EngineError, ErrorKind, PortraitFace, RenderJob, Setup, Speech};
use engine_puppet::{Crop, Emotion, Params, Puppet};

const SIDE: u32 = 512;

/// What every test needs on disk.
struct Fixture {
    _folder: tempfile::TempDir,
    portrait: PathBuf,
    speech: PathBuf,
    spec: PortraitSpec,
    babble: Babble,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let spec = PortraitSpec { size: (SIDE, SIDE), seed: 4, ..PortraitSpec::default() };
    let portrait = folder.path().join("portrait.png");
    portrait::render(&spec).save(&portrait).unwrap();
    let babble = speech::babble(&BabbleSpec { seconds: 6.0, seed: 2 });
    let speech = folder.path().join("speech.wav");
    speech::write_canonical(&speech, &babble.samples).unwrap();
    Fixture { _folder: folder, portrait, speech, spec, babble }
});

/// Writes canonical speech.
fn job(portrait: Option<&Path>, speech: Option<&Path>, params: Params) -> RenderJob<Params> {
    RenderJob {
        id: "test".into(),
        portrait: portrait.map(Path::to_owned),
        face: None,
        speech: speech.map(|file| Speech::File(file.to_owned())),
        source_video: None,
        work_dir: std::env::temp_dir(),
        params,
    }
}

/// Renders into a host, and returns it.
fn render<'a>(job: &RenderJob<Params>, mut host: RecordingHost<'a>) -> Result<RecordingHost<'a>, EngineError> {
    let mut puppet = Puppet::load(&Setup::default(), &mut host).unwrap();
    puppet.render(job, &mut host)?;
    assert!(host.reports.iter().all(|report| report.done <= report.total), "{:?}", host.stages());
    host.finish().map(|()| host)
}

/// All frames of the fixture's portrait and speech.
fn film(params: Params) -> Vec<Vec<u8>> {
    let job = job(Some(&FIXTURE.portrait), Some(&FIXTURE.speech), params);
    render(&job, RecordingHost::new()).unwrap().frames
}

/// Params under which nothing moves; tests switch single parts on.
fn still() -> Params {
    Params { mouth_gain: 0.0, expressiveness: 0.0, head_motion: 0.0, blink_rate: 0.0, ..Params::default() }
}

/// An upright rectangle of pixels: left, top, right, bottom.
type Area = [u32; 4];

/// The mouth's middle, and how far the lower lip gets from there.
fn mouth_area() -> Area {
    let marks = FIXTURE.spec.landmarks();
    let half = (marks.mouth_corners[1].x - marks.mouth_corners[0].x) / 2.0;
    let [x, y] = [marks.mouth.x, marks.mouth.y];
    [x - 0.5 * half, y - 0.1 * half, x + 0.5 * half, y + 0.7 * half].map(|value| value as u32)
}

fn eye_area() -> Area {
    let [left, right] = FIXTURE.spec.landmarks().eyes;
    let reach = 0.2 * (right.x - left.x);
    [left.x - reach, left.y - reach, right.x + reach, right.y + reach].map(|value| value as u32)
}

/// Both brows and the forehead above them.
fn brow_area() -> Area {
    let [left, right] = FIXTURE.spec.landmarks().eyes;
    let unit = right.x - left.x;
    [left.x - 0.25 * unit, left.y - 0.5 * unit, right.x + 0.25 * unit, right.y - 0.2 * unit].map(|value| value as u32)
}

/// The left and the right corner of the mouth.
fn corner_areas() -> [Area; 2] {
    let marks = FIXTURE.spec.landmarks();
    let reach = 0.12 * (marks.eyes[1].x - marks.eyes[0].x);
    marks.mouth_corners.map(|at| [at.x - reach, at.y - reach, at.x + reach, at.y + reach].map(|value| value as u32))
}

/// Mean absolute difference of two frames in an area.
fn difference(a: &[u8], b: &[u8], [left, top, right, bottom]: Area) -> f64 {
    let mut sum = 0u64;
    for y in top..bottom {
        let row = ((y * SIDE + left) * 3) as usize..((y * SIDE + right) * 3) as usize;
        sum += a[row.clone()].iter().zip(&b[row]).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
    }
    sum as f64 / f64::from((right - left) * (bottom - top) * 3)
}

/// Loudness of the fixture's speech around the time of each of `count` frames, 25 a second, `lag` seconds later.
fn envelope(count: usize, lag: f64) -> Vec<f64> {
    let samples = &FIXTURE.babble.samples;
    let at = |frame: usize| ((frame as f64 / 25.0 + lag) * 16_000.0) as usize;
    (0..count)
        .map(|frame| {
            let middle = at(frame);
            let window = &samples[middle.saturating_sub(640).min(samples.len())..(middle + 640).min(samples.len())];
            (window.iter().map(|sample| f64::from(sample * sample)).sum::<f64>() / window.len().max(1) as f64).sqrt()
        })
        .collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product: f64 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    let square = |values: &[f64], mean: f64| values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    product / (square(a, mean_a) * square(b, mean_b)).sqrt()
}

#[test]
fn the_mouth_follows_the_speech_and_rests_in_its_pauses() {
    let frames = film(Params { mouth_gain: 1.0, ..still() });
    let open: Vec<f64> = frames.iter().map(|frame| difference(&frames[0], frame, mouth_area())).collect();

    // 0 to 80 ms ahead of the sound.
    let best =
        [0.0, 0.04, 0.08].map(|lag| correlation(&open, &envelope(open.len(), lag))).into_iter().fold(-1.0, f64::max);
    assert!(best >= 0.7, "correlation of mouth and loudness {best:.2}");

    let pauses: Vec<_> = FIXTURE.babble.pauses.iter().filter(|pause| pause.end - pause.start > 0.45).collect();
    assert!(!pauses.is_empty(), "the speech needs a pause");
    for pause in pauses {
        let (from, to) = (pause.start + 0.3, pause.end - 0.1);
        let inside = (from * 25.0).ceil() as usize..=(to * 25.0) as usize;
        assert!(open[inside].iter().all(|&open| open == 0.0), "the mouth is open in the pause from {from:.2} s");
    }
    let most = open.iter().fold(0.0f64, |a, &b| a.max(b));
    assert!(most > 10.0, "the mouth must open visibly: {most:.1}");
}

#[test]
fn what_is_far_from_the_head_stays_as_it_was() {
    let source = portrait::render(&FIXTURE.spec);
    let marks = FIXTURE.spec.landmarks();
    let unit = marks.eyes[1].x - marks.eyes[0].x;
    let middle = [marks.face.x + marks.face.width / 2.0, marks.face.y + marks.face.height / 2.0];
    let lively =
        Params { head_motion: 2.0, mouth_gain: 2.0, expressiveness: 2.0, blink_rate: 60.0, ..Params::default() };
    let films = Emotion::ALL.into_iter().flat_map(|emotion| film(Params { emotion, fps: 10, ..lively.clone() }));
    for frame in films {
        for (x, y, pixel) in source.enumerate_pixels() {
            if (x as f32 - middle[0]).hypot(y as f32 - middle[1]) > 2.9 * unit {
                let at = ((y * SIDE + x) * 3) as usize;
                assert_eq!(frame[at..at + 3], pixel.0, "at {x}, {y}");
            }
        }
    }
}

#[test]
fn the_film_starts_and_ends_with_the_portrait() {
    let source = portrait::render(&FIXTURE.spec).into_raw();
    let emotion = Emotion::Disgusted;
    let frames = film(Params { emotion, head_motion: 2.0, blink_rate: 60.0, ..Params::default() });
    assert!(frames[0] == source, "the first frame differs from the portrait");
    assert!(frames[frames.len() - 1] == source, "the last frame differs from the portrait");
}

#[test]
fn a_seed_repeats_its_film_and_another_makes_another() {
    let film = |seed| film(Params { seed, ..Params::default() });
    let first = film(1);
    assert!(first == film(1), "the same seed must give the same frames");
    assert!(first != film(2), "another seed must give other motion");
}

#[test]
fn another_seed_blinks_at_other_times() {
    let blinks = |seed| {
        let frames = film(Params { seed, blink_rate: 30.0, ..still() });
        let shut = |frame: &Vec<u8>| difference(&frames[0], frame, eye_area()) > 4.0;
        (0..frames.len()).filter(|&index| shut(&frames[index])).collect::<Vec<_>>()
    };
    let first = blinks(1);
    assert!((3..60).contains(&first.len()), "frames with shut eyes: {first:?}");
    assert_ne!(first, blinks(2));
}

#[test]
fn each_part_is_switched_off_alone() {
    let source = portrait::render(&FIXTURE.spec).into_raw();
    assert!(film(still()).iter().all(|frame| *frame == source), "nothing moves when all is off");

    let moved = |params: Params, area: Area| {
        film(params).iter().map(|frame| difference(&source, frame, area)).fold(0.0, f64::max)
    };
    let without_mouth = Params { blink_rate: 30.0, ..still() };
    assert_eq!(moved(without_mouth.clone(), mouth_area()), 0.0);
    assert!(moved(without_mouth, eye_area()) > 4.0);
    let without_blinks = Params { mouth_gain: 1.0, ..still() };
    assert_eq!(moved(without_blinks.clone(), eye_area()), 0.0);
    assert!(moved(without_blinks, mouth_area()) > 4.0);
    let with_brows = Params { expressiveness: 1.0, ..still() };
    assert!(moved(with_brows.clone(), brow_area()) > 1.0, "stressed words must lift the brows");
    assert_eq!(moved(with_brows, mouth_area()), 0.0);
    let with_head = Params { head_motion: 1.0, ..still() };
    assert!(moved(with_head, eye_area()) > 2.0);
}

#[test]
fn every_emotion_has_a_look_of_its_own() {
    let look = |emotion, expressiveness| {
        let frames = film(Params { emotion, expressiveness, fps: 10, ..still() });
        frames[frames.len() / 2].clone()
    };
    let looks = Emotion::ALL.map(|emotion| (emotion, look(emotion, 1.0)));
    let neutral = look(Emotion::Neutral, 0.0);
    let [left, right] = corner_areas();
    for (index, (emotion, frame)) in looks.iter().enumerate().skip(1) {
        let differs = |area| difference(&neutral, frame, area);
        assert!(differs(left).max(differs(right)) > 2.5, "{emotion:?} leaves the corners of the mouth");
        assert!(differs(brow_area()) > 1.0, "{emotion:?} leaves the brows");
        assert!(differs(eye_area()) > 1.0, "{emotion:?} leaves the lids");
        for (other, theirs) in &looks[1..index] {
            let apart = [left, right, brow_area(), eye_area()].map(|area| difference(theirs, frame, area));
            assert!(apart.iter().sum::<f64>() > 6.0, "{emotion:?} looks like {other:?}: {apart:.1?}");
        }
        assert!(look(*emotion, 0.0) == neutral, "{emotion:?} shows without expressiveness");
        let strong = look(*emotion, 2.0);
        assert!(difference(&neutral, &strong, brow_area()) > 1.1 * differs(brow_area()), "{emotion:?} is no stronger");
    }
    let contempt = &looks[7].1;
    let [left, right] = [left, right].map(|area| difference(&neutral, contempt, area));
    assert!(right > 3.0 * left, "contempt raises one corner of the mouth: {left:.1} and {right:.1}");
}

#[test]
fn the_film_is_as_long_as_the_speech() {
    let folder = tempfile::tempdir().unwrap();
    let speech = folder.path().join("speech.wav");
    for (seconds, fps, expected) in [(1.0, 25, 25), (0.31, 10, 3), (1.99, 60, 119), (0.05, 25, 1), (2.5, 30, 75)] {
        speech::write_canonical(&speech, &speech::babble(&BabbleSpec { seconds, seed: 1 }).samples).unwrap();
        let job = job(Some(&FIXTURE.portrait), Some(&speech), Params { fps, ..Params::default() });
        let host = render(&job, RecordingHost::new()).unwrap();
        assert_eq!(host.count, expected, "{seconds} s at {fps} frames a second");
        let format = host.format.unwrap();
        assert_eq!((format.frames, format.rate.num, format.rate.den), (Some(expected), fps, 1));
        assert!((host.count as f64 / f64::from(fps) - seconds).abs() <= 0.5 / f64::from(fps) + 1e-9);
        assert!(host.reports.iter().any(|report| report.stage == "find the face"));
        assert_eq!(host.computations, [Computation::new("cpu", &[], "fp32")], "there is no mesh");
    }
}

#[test]
fn sizes_are_even_and_keep_the_aspect() {
    let folder = tempfile::tempdir().unwrap();
    let (portrait, speech) = (folder.path().join("odd.png"), folder.path().join("speech.wav"));
    speech::write_canonical(&speech, &[0.0; 3200]).unwrap();
    for (size, max_size, expected) in
        [((451, 601), 1024, (450, 600)), ((301, 401), 1024, (384, 512)), ((301, 401), 256, (192, 256))]
    {
        portrait::render(&PortraitSpec { size, ..PortraitSpec::default() }).save(&portrait).unwrap();
        let job = job(Some(&portrait), Some(&speech), Params { max_size, ..Params::default() });
        let format = render(&job, RecordingHost::new()).unwrap().format.unwrap();
        assert_eq!((format.width, format.height), expected);
    }
}

#[test]
fn the_picture_can_be_cut_and_sized() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("far.png");
    let spec = PortraitSpec { scale: 0.6, ..FIXTURE.spec.clone() };
    portrait::render(&spec).save(&path).unwrap();
    let video = |params| {
        let job = job(Some(&path), Some(&FIXTURE.speech), Params { fps: 10, ..params });
        let host = render(&job, RecordingHost::new()).unwrap();
        let (format, last) = (host.format.unwrap(), host.frames.last().unwrap().clone());
        image::RgbImage::from_raw(format.width, format.height, last).unwrap()
    };
    let sized = |width, height| video(Params { width, height, ..still() }).dimensions();
    assert_eq!(sized(Some(200), None), (200, 200));
    assert_eq!(sized(None, Some(400)), (400, 400));
    assert_eq!(sized(Some(400), Some(240)), (400, 240));

    let close = video(Params { crop: Crop::HeadAndShoulders, width: Some(SIDE), ..still() });
    let face_width = |picture: &image::RgbImage| {
        let faces = SeetaFace::new().detect(picture);
        faces.first().expect("a face is found").width
    };
    let (near, far) = (face_width(&close), face_width(&portrait::render(&spec)));
    assert!(near > 1.4 * far, "the face is {near} wide in the cut and {far} in the whole picture");
}

#[test]
fn a_box_that_lies_oddly_is_no_reason_to_fail() {
    for [x, y, width, height] in [
        [0.0, 0.0, 512.0, 512.0],
        [-40.0, -30.0, 200.0, 200.0],
        [500.0, 500.0, 80.0, 80.0],
        [511.0, 511.0, 1.0, 1.0],
        [200.0, 200.0, 0.0, 0.0],
    ] {
        let face = Some(PortraitFace { x, y, width, height, score: 0.9 });
        let params = Params { fps: 10, blink_rate: 60.0, ..Params::default() };
        let job = RenderJob { face, ..job(Some(&FIXTURE.portrait), Some(&FIXTURE.speech), params) };
        assert_eq!(render(&job, RecordingHost::new()).unwrap().count, 60, "{x}, {y}, {width}, {height}");
    }
}

#[test]
fn a_canceled_job_stops_at_once() {
    let job = job(Some(&FIXTURE.portrait), Some(&FIXTURE.speech), Params::default());
    let mut seen = 0;
    let listening = RecordingHost::new().on_frame(|frame| {
        seen = frame.number + 1;
        if frame.number == 4 { Err(EngineError::canceled()) } else { Ok(()) }
    });
    let result = render(&job, listening);
    assert_eq!(result.err().map(|error| error.kind), Some(ErrorKind::Canceled));
    assert_eq!(seen, 5);
}

#[test]
fn what_cannot_be_rendered_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    image::RgbImage::from_pixel(200, 200, image::Rgb([90, 120, 90])).save(path("empty.png")).unwrap();
    speech::write_canonical(&path("short.wav"), &[0.0; 160]).unwrap();
    std::fs::write(path("broken"), b"neither picture nor sound").unwrap();

    let (portrait, speech) = (Some(FIXTURE.portrait.as_path()), Some(FIXTURE.speech.as_path()));
    let cases = [
        (None, speech, "needs a portrait"),
        (portrait, None, "needs a speech"),
        (Some(&*path("empty.png")), speech, "no face"),
        (Some(&*path("broken")), speech, "portrait cannot be read"),
        (portrait, Some(&*path("broken")), "speech cannot be read"),
        (portrait, Some(&*path("missing.wav")), "speech cannot be read"),
        (portrait, Some(&*path("short.wav")), "less than one frame"),
    ];
    for (portrait, speech, expected) in cases {
        let error = render(&job(portrait, speech, Params::default()), RecordingHost::new()).err().expect(expected);
        assert_eq!(error.kind, ErrorKind::Input, "{error}");
        assert!(error.message.contains(expected), "{error}");
        assert!(error.message.contains("send"), "no remedy: {error}");
    }
}

#[test]
fn params_have_the_published_defaults_and_refuse_unknown_names() {
    let schema = engine_api::describe::<Puppet>().params;
    for (name, default) in [
        ("mouth_gain", 1.0),
        ("expressiveness", 1.0),
        ("head_motion", 1.0),
        ("blink_rate", 15.0),
        ("max_size", 1024.0),
        ("fps", 25.0),
    ] {
        let property = &schema["properties"][name];
        assert_eq!(property["default"].as_f64(), Some(default), "{name}");
        assert!(property["minimum"].is_number() && property["maximum"].is_number(), "{name}");
    }
    for name in ["width", "height"] {
        let property = &schema["properties"][name];
        assert!(property["default"].is_null() && property["multipleOf"] == 2, "{name}: {property}");
    }
    assert!(schema.to_string().contains("\"enum\":[\"neutral\",\"happy\""), "{schema}");
    let json = r#"{"emotion": "surprised", "crop": "head_and_shoulders", "width": 512}"#;
    let params: Params = serde_json::from_str(json).unwrap();
    assert_eq!((params.emotion, params.crop), (Emotion::Surprised, Crop::HeadAndShoulders));
    assert!(serde_json::from_str::<Params>(r#"{"emotion": "bored"}"#).is_err());
    assert_eq!(serde_json::from_str::<Params>("{}").unwrap(), Params::default());
    assert!(serde_json::from_str::<Params>(r#"{"mouth": 1}"#).is_err());
}
