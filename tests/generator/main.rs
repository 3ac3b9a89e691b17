//! The double of the Duix generator answers as the original does, to the byte, and misbehaves when told to.

#![allow(clippy::unwrap_used)] // a test fails by panicking, and so do the functions around it

mod answers;
mod inputs;
mod misbehaviour;
mod process;
mod videos;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use avatar_tests::{Behaviour, Generator, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Patience for what takes a moment even on a machine that runs other tests as well.
const MOMENT: Duration = Duration::from_secs(120);

/// What every studio holds, made once and kept beside what cargo builds.
static INPUTS: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generator-inputs");
    fs::create_dir_all(&folder).unwrap();
    make(&folder.join("voice.wav"), &["-f", "lavfi", "-i", "sine=d=1:r=16000"]);
    let picture = ["-f", "lavfi", "-i", "testsrc=d=0.5:s=128x128:r=25"];
    let coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
    make(&folder.join("face.mp4"), &[picture.as_slice(), &coding].concat());
    folder
});

/// A double with a folder that holds `voice.wav` (one second) and `face.mp4` (half a second, 25 frames per second).
struct Studio {
    generator: Generator,
    _folder: TempDir,
}

/// A response as it came over the wire.
struct Raw {
    head: String,
    body: String,
}

impl Studio {
    fn new(behaviour: &Behaviour) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let generator = Generator::start(folder.path(), behaviour);
        for file in ["voice.wav", "face.mp4"] {
            fs::copy(INPUTS.join(file), generator.temp().join(file)).unwrap();
        }
        Self { generator, _folder: folder }
    }

    /// Sends bytes and reads until the connection is closed.
    fn raw(&self, request: &str) -> Raw {
        let mut stream = TcpStream::connect(self.generator.address()).unwrap();
        stream.set_read_timeout(Some(MOMENT)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Raw { head: head.to_owned(), body: body.to_owned() }
    }

    fn post(&self, path: &str, kind: &str, body: &str) -> Raw {
        let length = body.len();
        self.raw(&format!(
            "POST {path} HTTP/1.1\r\nHost: generator\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }

    fn get(&self, path: &str) -> Raw {
        self.raw(&format!("GET {path} HTTP/1.1\r\nHost: generator\r\n\r\n"))
    }

    fn submit(&self, body: &Value) -> Raw {
        self.post("/easy/submit", "application/json", &body.to_string())
    }

    fn query(&self, code: &str) -> Value {
        self.get(&format!("/easy/query?code={code}")).json()
    }

    /// Submits the files of the studio under this code.
    fn accepted(&self, code: &str) {
        self.accepted_with(code, "voice.wav", "face.mp4");
    }

    fn accepted_with(&self, code: &str, audio: &str, video: &str) {
        let answer = self.submit(&json!({"audio_url": audio, "video_url": video, "code": code})).json();
        assert_eq!((&answer["code"], &answer["success"]), (&json!(10000), &json!(true)), "{answer}");
    }

    /// Queries until the job is neither running nor to be had.
    fn ended(&self, code: &str) -> Value {
        eventually("the job ends", MOMENT, || {
            let answer = self.query(code);
            (answer["data"]["status"] != 1).then_some(answer)
        })
    }

    /// Queries until the job shows this progress.
    fn reached(&self, code: &str, progress: u8) {
        eventually("the job gets on", MOMENT, || {
            let answer = self.query(code);
            assert_eq!(answer["data"]["status"], 1, "{answer}");
            (answer["data"]["progress"] == progress).then_some(())
        });
    }

    /// Submits a job and queries it to its end.
    fn run(&self, code: &str) -> Value {
        self.accepted(code);
        self.ended(code)
    }

    fn has(&self, file: &str) -> bool {
        self.generator.temp().join(file).exists()
    }
}

impl Raw {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.body))
    }
}

/// Makes a file that is not there yet, whole or not at all.
fn make(file: &Path, arguments: &[&str]) {
    if !file.exists() {
        let folder = tempfile::tempdir_in(file.parent().unwrap()).unwrap();
        let part = folder.path().join(file.file_name().unwrap());
        ffmpeg(arguments, &part);
        fs::rename(part, file).unwrap();
    }
}

fn ffmpeg(arguments: &[&str], to: &Path) {
    let status = Command::new("ffmpeg").args(["-v", "error", "-nostdin", "-y"]).args(arguments).arg(to).status();
    assert!(status.unwrap().success(), "{arguments:?}");
}

fn ffprobe(path: &Path) -> Value {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-of", "json", "-show_format", "-show_streams", "-count_frames"]).arg(path);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
