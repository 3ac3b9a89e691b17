//! The boundary as it really is: libraries built for these tests, loaded from disk and called from this side.

#[path = "plugins/later_module.rs"]
mod later_module;
#[path = "plugins/library.rs"]
mod library;

use std::fs;
use std::path::Path;

use abi_stable::library::ROOT_MODULE_LOADER_NAME;
use engine_api::abi::ABI_VERSION;
use engine_api::abi::load::{LoadedEngine, OpenError, Plugin};
use engine_api::testing::RecordingHost;
use engine_api::{
    Computation, EngineError, ErrorKind, FrameRate, Heard, Input, Phase, Readiness, RenderJob, Setup, Speech,
    VideoFormat,
};
use library::library;
use serde_json::{Value, json};

#[test]
fn a_plugin_describes_itself() {
    let description = open("plugin_good").describe().unwrap();
    assert_eq!(description.descriptor.id, "good");
    assert_eq!(description.descriptor.version, "1.2.3");
    assert_eq!(description.descriptor.inputs, [vec![Input::Portrait, Input::Speech], vec![Input::SourceVideo]]);
    assert_eq!(description.params["properties"]["frames"]["maximum"], 1000);
    let licence = &description.descriptor.licence;
    assert_eq!((licence.weights.as_deref(), licence.commercial_use), (Some("for research alone"), false));
}

#[test]
fn a_setup_reaches_the_plugin_and_its_readiness_comes_back() {
    let plugin = open("plugin_good");
    assert_eq!(plugin.check(&setup(json!({}))), Ok(Readiness::READY));
    let noted = Ok(Readiness::Ready { note: Some("größer \"als\"".into()) });
    assert_eq!(plugin.check(&setup(json!({"note": "größer \"als\""}))), noted);
    let with_weights = Setup { weights: Some("folder/größe".into()), device: "cuda:1".into(), ..Setup::default() };
    assert_eq!(
        plugin.check(&with_weights),
        Ok(Readiness::MissingWeights {
            files: vec!["net.bin".into()],
            remedy: "put it into folder/größe for cuda:1".into()
        })
    );
}

#[test]
fn a_setup_chooses_the_weights() {
    let plugin = open("plugin_good");
    let files = |options: Value| {
        let described = plugin.describe_for(&setup(options)).unwrap();
        described.descriptor.weights.into_iter().map(|weight| weight.file).collect::<Vec<_>>()
    };
    assert_eq!(files(json!({})), [""; 0]);
    assert_eq!(files(json!({"file": "net.bin"})), ["net.bin"]);
    let older = open("plugin_abi_1_0");
    assert_eq!(older.describe_for(&setup(json!({"file": "net.bin"}))), older.describe(), "it knows no such question");
}

#[test]
fn loading_tells_its_progress() {
    let mut host = RecordingHost::new();
    assert!(open("plugin_good").load(&setup(json!({})), &mut host).is_ok());
    assert_eq!(host.stages(), [("load weights", 1, 2)]);
}

#[test]
fn frames_arrive_in_order_and_bit_for_bit() {
    let mut host = RecordingHost::new();
    good().render(&job(json!({"frames": 50})), &mut host).unwrap();
    let format = VideoFormat { width: 32, height: 16, rate: FrameRate::new(30000, 1001), frames: Some(50) };
    assert_eq!(host.format, Some(format));
    assert_eq!(host.frames.len(), 50);
    for (number, frame) in host.frames.iter().enumerate() {
        let sent: Vec<u8> = (0..32 * 16 * 3).map(|at| (number * 31 + at * 7) as u8).collect();
        assert_eq!(frame, &sent, "frame {number}");
    }
}

#[test]
fn one_engine_renders_many_jobs() {
    let mut engine = good();
    let failed = engine.render(&job(json!({"fail": EngineError::input("no")})), &mut RecordingHost::new());
    assert_eq!(failed, Err(EngineError::input("no")));
    let mut host = RecordingHost::new();
    assert_eq!(engine.render(&job(json!({"frames": 2})), &mut host), Ok(()));
    assert_eq!(host.frames.len(), 2);
}

#[test]
fn a_finished_video_is_handed_over_by_path() {
    let mut host = RecordingHost::new();
    good().render(&job(json!({"video": "work/größe 1.mp4"})), &mut host).unwrap();
    assert_eq!(host.video.as_deref(), Some(Path::new("work/größe 1.mp4")));
}

#[test]
fn a_phase_that_an_engine_says_reaches_the_host() {
    let mut host = RecordingHost::new();
    let options = setup(json!({"phase": "loading"}));
    let mut engine = open("plugin_good").load(&options, &mut host).unwrap();
    assert_eq!(host.phases, [Phase::Loading]);
    engine.render(&job(json!({"phases": Phase::ALL})), &mut host).unwrap();
    assert_eq!(host.phases[1..], Phase::ALL);
}

#[test]
fn a_warning_reaches_the_host_and_the_job_goes_on() {
    let warnings = json!([["several_faces", "the largest of 2 faces is used: größer \"als\""], ["good.short", ""]]);
    let mut host = RecordingHost::new();
    good().render(&job(json!({"frames": 2, "warnings": warnings})), &mut host).unwrap();
    assert_eq!(host.finish(), Ok(()));
    let warned: Vec<_> = host.warnings.iter().map(|warning| [&warning.code, &warning.message]).collect();
    assert_eq!(json!(warned), warnings);
    assert_eq!(host.warned(), ["several_faces", "good.short"]);
}

#[test]
fn what_a_job_is_computed_on_reaches_the_host() {
    let told =
        [Computation::new("cuda:1", &["TensorRT", "CUDA"], "mixed"), Computation::new("größer \"als\"", &[], "")];
    let mut host = RecordingHost::new();
    good().render(&job(json!({"frames": 2, "computations": told})), &mut host).unwrap();
    assert_eq!((host.finish(), &host.computations[..]), (Ok(()), &told[..]));

    let mut host = RecordingHost::new();
    let later = json!([{"device": "cpu", "watts": 7}]);
    good().render(&job(json!({"frames": 2, "computations": later})), &mut host).unwrap();
    assert_eq!(host.computations, [Computation::new("cpu", &[], "")], "fields may come and go");
}

#[test]
fn speech_that_is_still_spoken_is_heard_piece_by_piece() {
    let plugin = open("plugin_good");
    assert!(plugin.describe().unwrap().streams && !open("plugin_abi_1_0").describe().unwrap().streams);
    let mut pieces = [Heard::Samples(3), Heard::Nothing, Heard::Samples(100), Heard::End].into_iter();
    let mut host = RecordingHost::new().speaking(|samples, _| {
        samples.fill(2.0);
        pieces.next().unwrap_or(Heard::End)
    });
    let listening = RenderJob { speech: Some(Speech::Stream), ..job(json!({"frames": 1, "listen": true})) };
    good().render(&listening, &mut host).unwrap();
    assert_eq!((host.finish(), host.heard), (Ok(()), 103));
    assert_eq!(host.stages(), [("heard", 3, 6), ("nothing", 0, 0), ("heard", 100, 200)]);

    let error = good().render(&listening, &mut RecordingHost::new()).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Internal, "the speech of this job is no stream"));
    let mut host = RecordingHost::new().canceled_after(0).speaking(|_, _| Heard::Nothing);
    assert_eq!(good().render(&listening, &mut host), Err(EngineError::canceled()));
}

#[test]
fn a_plugin_older_than_streams_finds_the_speechs_file_where_it_was() {
    let job = RenderJob { speech: Some(Speech::File("/speech.wav".into())), ..job(json!({})) };
    let written = serde_json::to_value(&job).unwrap();
    assert_eq!(written["speech"], "/speech.wav");
    assert_eq!(serde_json::from_value::<RenderJob<Value>>(written).unwrap(), job);
    let stream = RenderJob { speech: Some(Speech::Stream), ..job };
    let written = serde_json::to_value(&stream).unwrap();
    assert_eq!(serde_json::from_value::<RenderJob<Value>>(written).unwrap(), stream);
    assert_eq!(stream.speech_file().unwrap_err().kind, ErrorKind::Input);
}

#[test]
fn an_engines_error_keeps_its_kind_and_message() {
    for kind in KINDS {
        let error = EngineError::new(kind, format!("what {kind:?} says: größer \"als\"\n1"));
        let loaded = open("plugin_good").load(&setup(json!({"refuse_load": error})), &mut RecordingHost::new());
        assert_eq!(loaded.err(), Some(error.clone()));
        assert_eq!(good().render(&job(json!({"fail": error})), &mut RecordingHost::new()), Err(error));
    }
}

#[test]
fn a_hosts_error_reaches_the_engine_and_comes_back_unchanged() {
    for kind in KINDS {
        let error = EngineError::new(kind, "the disk is full");
        let mut host = RecordingHost::new().refusing(error.clone());
        assert_eq!(good().render(&job(json!({"frames": 3})), &mut host), Err(error.clone()));
        assert_eq!(host.stages(), [(format!("saw {error:?}").as_str(), 0, 0)], "what the engine saw");
        assert!(host.frames.is_empty());
    }
}

#[test]
fn a_cancel_is_carried_out_at_the_next_frame() {
    let mut host = RecordingHost::new().canceled_after(3);
    assert_eq!(good().render(&job(json!({"frames": 1000})), &mut host), Err(EngineError::canceled()));
    assert_eq!(host.frames.len(), 3);
}

#[test]
fn a_cancel_is_seen_between_frames() {
    let mut host = RecordingHost::new().canceled_after(1);
    assert_eq!(good().render(&job(json!({"frames": 1, "wait": true})), &mut host), Err(EngineError::canceled()));
    assert_eq!(host.stages(), [("wait", 0, 0)]);
}

#[test]
fn parameters_of_another_type_are_an_input_error() {
    for params in [json!({"frames": "many"}), json!({"frames": -1}), json!({"frame": 1}), json!(7)] {
        let mut host = RecordingHost::new();
        let error = good().render(&job(params.clone()), &mut host).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Input, "{params}");
        assert!(error.message.starts_with("the job: "), "{error}");
        assert_eq!(host.format, None, "nothing was rendered");
    }
}

#[test]
fn an_unknown_option_is_an_input_error_that_names_it() {
    let error = open("plugin_good").load(&setup(json!({"colour": 1})), &mut RecordingHost::new()).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.message.contains("`colour`"), "{error}");
}

#[test]
fn a_panic_anywhere_is_an_error() {
    let plugin = open("plugin_panicking");
    let panicked = |place: &str| EngineError::new(ErrorKind::Panic, format!("the engine panicked: in {place}"));

    assert_eq!(plugin.describe().unwrap_err(), panicked("describe"));
    assert_eq!(plugin.check(&setup(json!({"panic_in": "check"}))).unwrap_err(), panicked("check"));
    let loaded = plugin.load(&setup(json!({"panic_in": "load"})), &mut RecordingHost::new());
    assert_eq!(loaded.err(), Some(panicked("load")));

    let mut engine = plugin.load(&setup(json!({"panic_in": "render"})), &mut RecordingHost::new()).unwrap();
    for _ in 0..2 {
        assert_eq!(engine.render(&job(json!({})), &mut RecordingHost::new()), Err(panicked("render of job-1")));
    }
}

#[test]
fn another_version_is_refused_by_number() {
    let path = library("plugin_other_version");
    let error = refusal(&path);
    assert_eq!(error, OpenError::Version { path, found: "2.1.0".into() });
    assert!(error.to_string().contains(&format!("engine ABI 2.1.0, this gateway speaks {ABI_VERSION}: rebuild")));
}

#[test]
fn a_plugin_of_the_first_version_works_as_it_did() {
    let plugin = open("plugin_abi_1_0");
    assert_eq!(plugin.describe().unwrap().descriptor.id, "old");
    assert_eq!(plugin.check(&setup(json!({}))), Ok(Readiness::READY));
    let mut host = RecordingHost::new();
    let mut engine = plugin.load(&setup(json!({})), &mut host).unwrap();
    engine.render(&job(json!({"frames": 30})), &mut host).unwrap();
    assert_eq!(host.finish(), Ok(()));
    assert!((0..30).all(|frame| host.frames[frame] == [frame as u8; 64 * 48 * 3]));
    assert_eq!(host.stages(), [("load weights", 1, 2), ("look at the portrait", 1, 1)]);
    let unheard = (host.phases.len(), host.warnings.len(), host.computations.len());
    assert_eq!(unheard, (0, 0, 0), "it knows of none of these");

    let mut host = RecordingHost::new().canceled_after(3);
    assert_eq!(engine.render(&job(json!({"frames": 30})), &mut host), Err(EngineError::canceled()));
    for kind in KINDS {
        let error = EngineError::new(kind, "as it was");
        assert_eq!(engine.render(&job(json!({"fail": error})), &mut RecordingHost::new()), Err(error));
    }
}

#[test]
fn a_plugin_of_a_later_version_is_used_as_far_as_this_one_goes() {
    let plugin = open("plugin_later");
    assert_eq!(plugin.describe(), open("plugin_good").describe());
    assert_eq!(plugin.check(&setup(json!({}))), Ok(Readiness::READY));
    let mut host = RecordingHost::new();
    let mut engine = plugin.load(&setup(json!({})), &mut host).unwrap();
    engine.render(&job(json!({"frames": 2})), &mut host).unwrap();
    assert_eq!(host.finish(), Ok(()));
}

#[test]
fn a_field_that_a_plugin_lacks_is_none() {
    assert_eq!(later_module::answer(&library("plugin_later")), Some(42));
    for older in ["plugin_good", "plugin_abi_1_0"] {
        assert_eq!(later_module::answer(&library(older)), None, "{older}");
    }
}

#[test]
fn another_layout_is_refused() {
    let path = library("plugin_other_layout");
    let error = refusal(&path);
    assert!(matches!(&error, OpenError::Layout { difference, .. } if difference.contains("describe")), "{error:?}");
    assert!(error.to_string().ends_with("rebuild it against this engine-api"), "{error}");
}

#[test]
fn a_library_without_an_engine_is_refused() {
    let path = library("no_plugin");
    assert_eq!(refusal(&path), OpenError::NotAPlugin { path });
}

#[test]
fn a_file_that_is_no_library_is_refused() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("text.so");
    fs::write(&path, "not a library\n").unwrap();
    let error = refusal(&path);
    assert!(matches!(&error, OpenError::NotALibrary { reason, .. } if !reason.is_empty()), "{error:?}");
}

#[test]
fn a_missing_file_is_refused() {
    let path = library("no_such_plugin");
    assert_eq!(refusal(&path), OpenError::Missing { path });
}

#[test]
fn a_plugin_exports_the_name_that_the_loader_looks_for() {
    let exports = |name| {
        let bytes = fs::read(library(name)).unwrap();
        bytes.windows(ROOT_MODULE_LOADER_NAME.len()).any(|bytes| bytes == ROOT_MODULE_LOADER_NAME.as_bytes())
    };
    assert!(exports("plugin_good"));
    assert!(!exports("no_plugin"));
}

const KINDS: [ErrorKind; 9] = [
    ErrorKind::Input,
    ErrorKind::Weights,
    ErrorKind::Device,
    ErrorKind::OutOfMemory,
    ErrorKind::Backend,
    ErrorKind::Canceled,
    ErrorKind::Output,
    ErrorKind::Panic,
    ErrorKind::Internal,
];

fn open(name: &str) -> Plugin {
    Plugin::open(&library(name)).expect("the plugin opens")
}

fn refusal(path: &Path) -> OpenError {
    Plugin::open(path).err().expect("it must not be accepted")
}

fn good() -> LoadedEngine {
    open("plugin_good").load(&setup(json!({})), &mut RecordingHost::new()).expect("the engine loads")
}

fn setup(options: Value) -> Setup {
    let Value::Object(options) = options else { panic!("options are an object") };
    Setup { options, ..Setup::default() }
}

fn job(params: Value) -> RenderJob<Value> {
    RenderJob {
        id: "job-1".into(),
        portrait: Some("portrait.png".into()),
        face: None,
        speech: None,
        source_video: None,
        work_dir: "work".into(),
        params,
    }
}
