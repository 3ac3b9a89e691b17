//! The engine Ditto with stand-ins for its networks: photos and videos, offline and as a stream.

mod clips;
mod facade;
mod files;
mod parameters;
mod running;
mod setup;
mod videos;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use avatar_tests::{Gateway, Site, Video, onnx_runtime, portrait, speech};
use serde_json::{Value, json};

/// Patience for a job.
const LONG: Duration = Duration::from_secs(600);

/// A gateway with Ditto, a portrait and speech of a second.
struct Stage {
    gateway: Gateway,
    photo: String,
    audio: String,
    site: Site,
}

impl Stage {
    /// A gateway whose Ditto has everything, and further options; none where there is no ONNX Runtime.
    fn new(options: &str) -> Option<Self> {
        Self::with(options, |_| ())
    }

    /// The same after something was done to the folder of the weights.
    fn with(options: &str, change: impl FnOnce(&Path)) -> Option<Self> {
        let runtime = onnx_runtime()?;
        let site = Site::new(&["ditto"], "");
        let weights = weights(&site);
        change(&weights);
        let library = if options.contains("onnxruntime") { String::new() } else { runtime_option(runtime) };
        site.add_config(&table(&weights, &format!("{library}{options}")));
        let gateway = site.start();
        let photo = gateway.uploaded("photos", &portrait(&site.scratch()));
        let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
        Some(Self { gateway, photo, audio, site })
    }

    fn submit(&self, params: Value) -> String {
        let job = json!({"engine": "ditto", "photo_id": self.photo, "audio_id": self.audio, "params": params});
        self.gateway.submit(&job)
    }

    /// The job of the portrait, once it is over.
    fn run(&self, params: Value) -> Value {
        self.gateway.finished(&self.submit(params), LONG)
    }

    /// The job of a source video, once it is over.
    fn run_clip(&self, clip: &Path, params: Value) -> Value {
        let video = self.gateway.uploaded("source-videos", clip);
        let job = json!({"engine": "ditto", "video_id": video, "audio_id": self.audio, "params": params});
        self.gateway.finished(&self.gateway.submit(&job), LONG)
    }

    /// Has it speak so many seconds from now on.
    fn speak(&mut self, seconds: f64) {
        self.audio = self.gateway.uploaded("audio", &speech(&self.site.scratch(), seconds));
    }

    /// The video of a job that must have succeeded, without a word of warning.
    #[track_caller]
    fn video(&self, job: &Value) -> Video {
        assert_eq!(job["warnings"], json!([]), "{job}");
        self.warned_video(job)
    }

    /// The video of a job that must have succeeded.
    #[track_caller]
    fn warned_video(&self, job: &Value) -> Video {
        assert_eq!((&job["state"], &job["attempt"]), (&json!("succeeded"), &json!(1)), "{job}");
        let answer = self.gateway.get(&format!("/v1/jobs/{}/video", job["id"].as_str().unwrap()));
        let path = self.site.scratch().join("video.mp4");
        fs::write(&path, answer.body).unwrap();
        Video::read(path)
    }

    fn readiness(&self) -> Value {
        self.gateway.get("/v1/engines/ditto").expect(200)["readiness"].clone()
    }
}

/// The stand-ins of the engine's reference set, laid out as the published files are.
fn weights(site: &Site) -> PathBuf {
    let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engines/ditto/tests/golden/set");
    let weights = site.scratch().join("weights");
    let (networks, configs) = (weights.join("ditto_onnx"), weights.join("ditto_cfg"));
    fs::create_dir_all(&networks).unwrap();
    fs::create_dir_all(&configs).unwrap();
    for network in fs::read_dir(set.join("models")).unwrap().flatten() {
        fs::copy(network.path(), networks.join(network.file_name())).unwrap();
    }
    fs::copy(set.join("cfg_offline.pkl"), configs.join("v0.4_hubert_cfg_trt.pkl")).unwrap();
    fs::copy(set.join("cfg_online.pkl"), configs.join("v0.4_hubert_cfg_trt_online.pkl")).unwrap();
    weights
}

/// Gives a tensor of a stand-in other numbers. In the file it is its name, and then its bytes after their length.
fn rewrite(weights: &Path, network: &str, tensor: &str, number: impl Fn(usize) -> f32) {
    let path = weights.join(format!("ditto_onnx/{network}.onnx"));
    let mut bytes = fs::read(&path).unwrap();
    let name = [b"\x42", &[tensor.len() as u8][..], tensor.as_bytes(), b"\x4a"].concat();
    let mut at = bytes.windows(name.len()).position(|found| found == name).expect("it is there") + name.len();
    let (mut length, mut shift) = (0, 0);
    loop {
        length |= usize::from(bytes[at] & 127) << shift;
        shift += 7;
        at += 1;
        if bytes[at - 1] < 128 {
            break;
        }
    }
    for (place, value) in bytes[at..at + length].as_chunks_mut::<4>().0.iter_mut().enumerate() {
        *value = number(place).to_le_bytes();
    }
    fs::write(path, bytes).unwrap();
}

/// Has the landmarks stay where the face was found, so that long videos can be followed.
fn hold_still(weights: &Path) {
    // In the square that they make: its middle is a tenth above theirs, its side one and a half times their extent.
    let (near, far, top, bottom) = (1.0 / 6.0, 5.0 / 6.0, 4.0 / 15.0, 14.0 / 15.0);
    rewrite(weights, "landmark203", "k11", |_| 0.0);
    rewrite(weights, "landmark203", "k13", |place| match (place / 2, place % 2) {
        (0 | 6 | 12 | 18, axis) => [0.35, 0.45][axis],
        (24 | 30 | 36 | 42, axis) => [0.65, 0.45][axis],
        (48 | 66, axis) => [0.5, 0.75][axis],
        (point, 0) => {
            if point % 2 == 0 {
                near
            } else {
                far
            }
        }
        (point, _) => {
            if point % 4 < 2 {
                top
            } else {
                bottom
            }
        }
    });
}

/// The table of a Ditto that has everything.
pub(crate) fn whole_table(site: &Site, runtime: &Path) -> String {
    table(&weights(site), &runtime_option(runtime))
}

/// The engine's table: its weights, the processor, and further lines.
fn table(weights: &Path, lines: &str) -> String {
    format!("[engines.ditto]\nweights = {}\ndevice = \"cpu\"\n{lines}\n", json!(weights))
}

fn runtime_option(library: &Path) -> String {
    format!("onnxruntime = {}\n", json!(library))
}

/// The portrait after a filter of FFmpeg, as a video or, by its name, as a picture.
fn filtered(site: &Site, name: &str, filter: &str, options: &[&str]) -> PathBuf {
    let path = site.scratch().join(name);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-y", "-loop", "1", "-i"]).arg(portrait(&site.scratch())).args(["-vf", filter]);
    assert!(ffmpeg.args(options).arg(&path).status().unwrap().success(), "{name}");
    path
}

/// A job that failed once and for all, with words that help.
#[track_caller]
fn assert_failed(job: &Value, code: &str, words: &[&str]) {
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!(code)), "{job}");
    assert_eq!(job["attempt"], 1, "another attempt would not help: {job}");
    let message = job["error"]["message"].as_str().unwrap();
    assert!(!message.contains("scratch"), "a client does not hear of the server's folders: {message}");
    words.iter().for_each(|words| assert!(message.contains(words), "{words}: {message}"));
}
