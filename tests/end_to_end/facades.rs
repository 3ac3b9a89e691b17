//! Clients of other services, unchanged against the gateway, each at the service's own address and at the main one.
//!
//! The names of the tests begin with what they are about: `a` the clients' programs, `b` curl, `c` the check of the
//! DICE-Talk service, `d` failures, `e` types of files, `f` faults of form, `g` unknown ids, `h` downloads that come too
//! early, `i` pages of other sites, `j` the generator behind Duix, `k` videos in JSON, `l` files of the same name.

mod browsers;
mod dice_talk;
mod ditto;
mod doors;
mod duix;
mod duix_fetch;
mod duix_files;
mod duix_generator;
mod echomimic;
mod failures;
mod form;
mod generator;
mod openai;
mod polls;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use avatar_tests::{Answer, Api, Gateway, Part, Site, eventually, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;
use crate::hosted::Hosted;

const FACADES: [&str; 4] = ["dice-talk", "ditto", "echomimic", "duix"];
/// An id as they all look, which nothing has.
const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A gateway all of whose facades render with one engine and have addresses of their own.
struct Scene {
    site: Site,
    gateway: Gateway,
    portrait: PathBuf,
    /// One second of it.
    speech: PathBuf,
    /// What Duix's clients name: `/speech.wav`, and what [`Scene::source`] makes.
    hosted: Hosted,
    source: OnceLock<String>,
}

impl Scene {
    fn new(engine: &str) -> Self {
        Self::with(engine, &[])
    }

    fn with(engine: &str, more: &[(&str, &str)]) -> Self {
        Self::of(Site::new(&[engine], &config(engine, more)))
    }

    fn of(site: Site) -> Self {
        let (portrait, speech) = (portrait(&site.scratch()), speech(&site.scratch(), 1.0));
        let hosted = Hosted::open();
        hosted.put("/speech.wav", fs::read(&speech).unwrap());
        let gateway = site.start();
        Self { site, gateway, portrait, speech, hosted, source: OnceLock::new() }
    }

    /// The facade at its own address, and at the main one.
    fn doors(&self, facade: &str) -> [&Api; 2] {
        [self.gateway.facade(facade), &self.gateway]
    }

    /// Starts a job as the facade's clients do, and returns its id.
    fn start(&self, facade: &str) -> String {
        let api = self.gateway.facade(facade);
        let (image, sound) = (fs::read(&self.portrait).unwrap(), fs::read(&self.speech).unwrap());
        let (answer, key) = match facade {
            "dice-talk" => {
                let form = [
                    Part::file("image", "me.png", image),
                    Part::file("audio", "speech.wav", sound),
                    Part::text("emotion", "happy"),
                ];
                (api.post_form("/api/v1/synthesis/start", &form), "task_id")
            }
            "ditto" => {
                let photo = api.post_form("/api/avatar/upload-photo", &[Part::file("file", "me.png", image)]);
                let sound = api.post_form("/api/avatar/upload-audio", &[Part::file("file", "speech.wav", sound)]);
                let (photo, sound) = (photo.expect(200), sound.expect(200));
                let wanted = json!({"photo_id": photo["photo_id"], "audio_path": sound["audio_path"]});
                (api.post("/api/avatar/generate", &wanted), "job_id")
            }
            "echomimic" => {
                let form =
                    [Part::file("reference_image", "me.png", image), Part::file("audio_file", "speech.wav", sound)];
                (api.post_form("/generate_video", &form), "task_id")
            }
            _ => (api.post("/api/submit_task", &self.addresses()), "task_code"),
        };
        text(&answer.expect(200)[key]).to_owned()
    }

    /// Where a video is that can be redubbed.
    fn source(&self) -> &str {
        self.source.get_or_init(|| {
            let clip = clip(&self.site.scratch(), &self.portrait);
            self.hosted.put("/source.mp4", fs::read(clip).unwrap());
            self.hosted.url("/source.mp4")
        })
    }

    /// What Duix's clients send.
    fn addresses(&self) -> Value {
        json!({"audio_url": self.hosted.url("/speech.wav"), "video_url": self.source()})
    }

    fn status(&self, facade: &str, id: &str) -> Value {
        let answer = self.gateway.facade(facade).get(&status_path(facade, id)).expect(200);
        if facade == "duix" { answer["data"].clone() } else { answer }
    }

    /// The status of a job once it has ended well or badly.
    fn ended(&self, facade: &str, id: &str) -> Value {
        let is_over = |status: &Value| match facade {
            "duix" => status["status"] != 1,
            _ => ["COMPLETED", "FAILED", "completed", "failed"].iter().any(|word| status["status"] == *word),
        };
        eventually("the facade's job ends", MOMENT, || Some(self.status(facade, id)).filter(is_over))
    }
}

/// Settings for facades that render with `engine`, and `more` lines of tables.
fn config(engine: &str, more: &[(&str, &str)]) -> String {
    let mut tables = BTreeMap::from([("fetch".to_owned(), "allow = [\"127.0.0.1\"]\n".to_owned())]);
    for name in FACADES {
        tables.insert(format!("facades.{name}"), format!("engine = \"{engine}\"\nlisten = \"127.0.0.1:0\"\n"));
    }
    for (table, line) in more {
        *tables.entry((*table).to_owned()).or_default() += &format!("{line}\n");
    }
    tables.iter().map(|(table, lines)| format!("[{table}]\n{lines}")).collect()
}

fn status_path(facade: &str, id: &str) -> String {
    match facade {
        "dice-talk" => format!("/api/v1/synthesis/{id}/status"),
        "ditto" => format!("/api/avatar/job/{id}/status"),
        "echomimic" => format!("/task/{id}"),
        _ => format!("/api/query_task?task_code={id}"),
    }
}

/// A video of a second in which the portrait stands still, with sound.
fn clip(folder: &Path, portrait: &Path) -> PathBuf {
    let file = folder.join("source.mp4");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-y", "-loop", "1", "-i"]).arg(portrait).args(["-f", "lavfi", "-i", "sine"]);
    ffmpeg.args(["-t", "1", "-r", "25", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]);
    assert!(ffmpeg.args(["-c:a", "aac"]).arg(&file).status().unwrap().success());
    file
}

/// How many pictures a video has.
///
/// # Panics
/// It is none, or has no sound.
fn pictures(video: &Path) -> u64 {
    let asked = ["-v", "error", "-count_packets", "-of", "json", "-show_entries", "stream=codec_type,nb_read_packets"];
    let asked = Command::new("ffprobe").args(asked).arg(video).output().unwrap();
    let facts: Value = serde_json::from_slice(&asked.stdout).unwrap();
    let streams = facts["streams"].as_array().unwrap_or_else(|| panic!("{} is no video", video.display()));
    let of = |kind: &str| streams.iter().find(|stream| stream["codec_type"] == kind);
    assert!(of("audio").is_some(), "{facts}");
    text(&of("video").unwrap()["nb_read_packets"]).parse().unwrap()
}

/// How many pictures a video has that came as an answer.
fn pictures_in(answer: &Answer, folder: &Path) -> u64 {
    assert_eq!((answer.status, answer.header("content-type")), (200, "video/mp4"));
    let file = folder.join("answer.mp4");
    fs::write(&file, &answer.body).unwrap();
    pictures(&file)
}

fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
