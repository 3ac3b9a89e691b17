//! Reads inputs with `ffprobe` and makes videos with `ffmpeg`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A reference video that the generator can work with.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) path: PathBuf,
    pub(crate) width: u64,
    pub(crate) height: u64,
    /// Frames per second as a fraction.
    rate: (f64, f64),
}

impl Picture {
    /// The frames of a result for so many seconds of speech: the original comes out two short.
    pub(crate) fn frames_before(&self, seconds: f64) -> u64 {
        let frames = (seconds * self.rate.0 / self.rate.1 + 1e-6).floor() as u64;
        frames.saturating_sub(2).max(1)
    }
}

/// Sound as far as the generator looks at it.
#[derive(Debug)]
pub(crate) struct Sound {
    /// How long it plays.
    pub(crate) seconds: f64,
    /// Whether it is a WAV with plain samples.
    pub(crate) is_pcm_wav: bool,
}

/// The sound of a file; none where it is not there or plays nothing.
pub(crate) fn sound(path: &Path) -> Option<Sound> {
    let found = probe(path, "format=format_name,duration:stream=codec_name")?;
    let codec = found["streams"][0]["codec_name"].as_str().unwrap_or_default();
    Some(Sound {
        seconds: found["format"]["duration"].as_str()?.parse().ok()?,
        is_pcm_wav: found["format"]["format_name"] == "wav" && codec.starts_with("pcm_"),
    })
}

/// The picture of an H.264 video with yuv420p and a constant rate; none for all others.
pub(crate) fn picture(path: &Path) -> Option<Picture> {
    let wanted = "stream=index,codec_type,codec_name,pix_fmt,width,height,r_frame_rate:packet=stream_index,pts";
    let found = probe(path, wanted)?;
    let stream = found["streams"].as_array()?.iter().find(|stream| stream["codec_type"] == "video")?;
    (stream["codec_name"] == "h264" && stream["pix_fmt"] == "yuv420p").then_some(())?;
    let packets = found["packets"].as_array()?.iter().filter(|packet| packet["stream_index"] == stream["index"]);
    let mut times: Vec<i64> = packets.filter_map(|packet| packet["pts"].as_i64()).collect();
    times.sort_unstable();
    let steps = || times.windows(2).map(|pair| pair[1] - pair[0]);
    // Containers that count milliseconds round each time.
    let constant = steps().max().unwrap_or(1) - steps().min().unwrap_or(1) <= 1;
    let (frames, per) = stream["r_frame_rate"].as_str()?.split_once('/')?;
    constant.then_some(Picture {
        path: path.to_owned(),
        width: stream["width"].as_u64()?,
        height: stream["height"].as_u64()?,
        rate: (frames.parse().ok()?, per.parse().ok().filter(|per| *per > 0.0)?),
    })
}

/// The speech as the generator listens to it.
pub(crate) fn convert_audio(from: &Path, to: &Path) -> Option<()> {
    ffmpeg(to, |command| command.arg("-i").arg(from).args(["-ac", "1", "-ar", "16000"]))
}

/// A silent video of so many frames, for which the reference is repeated.
pub(crate) fn cut(reference: &Path, frames: u64, to: &Path) -> Option<()> {
    ffmpeg(to, |command| {
        command.args(["-stream_loop", "-1", "-i"]).arg(reference);
        command.args(["-map", "0:v:0", "-frames:v", &frames.to_string()]);
        command.args(["-c:v", "libx264", "-preset", "ultrafast", "-crf", "10", "-pix_fmt", "yuv420p"])
    })
}

/// The finished video: the silent one with its speech, in H.264 or by another encoder.
pub(crate) fn join(silent: &Path, audio: &Path, encoder: &str, to: &Path) -> Option<()> {
    const USUAL: [&str; 7] = ["libx264", "-preset", "veryfast", "-crf", "15", "-pix_fmt", "yuv420p"];
    let other = [encoder];
    let encoder = if encoder.is_empty() { &USUAL[..] } else { &other };
    ffmpeg(to, |command| {
        command.arg("-i").arg(silent).arg("-i").arg(audio).args(["-map", "0:v:0", "-map", "1:a:0"]);
        command.arg("-c:v").args(encoder).args(["-c:a", "aac"])
    })
}

fn ffmpeg(to: &Path, with: impl FnOnce(&mut Command) -> &mut Command) -> Option<()> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]);
    let status = with(&mut command).arg(to).stdin(Stdio::null()).status();
    status.ok()?.success().then_some(())
}

fn probe(path: &Path, entries: &str) -> Option<Value> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-of", "json", "-show_entries", entries]).arg(path);
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| serde_json::from_slice(&output.stdout).ok())?
}
