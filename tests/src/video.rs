//! What FFmpeg finds in a video.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// A video that was made, as FFmpeg sees it.
#[derive(Debug)]
pub struct Video {
    /// The file.
    pub path: PathBuf,
    /// Width and height.
    pub size: (u64, u64),
    /// Frames per second, as a fraction: `25/1`.
    pub rate: String,
    /// Pictures that can be decoded.
    pub frames: u64,
    /// Length of the sound.
    pub seconds: f64,
}

impl Video {
    /// Looks at a file.
    ///
    /// # Panics
    /// It is no video with sound.
    pub fn read(path: PathBuf) -> Self {
        Self::try_read(path).unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// Looks at a file that may be anything.
    ///
    /// # Errors
    /// It is no video with sound: what FFmpeg tells of it.
    pub(crate) fn try_read(path: PathBuf) -> Result<Self, String> {
        let asked = ["-v", "error", "-count_frames", "-of", "json", "-show_streams"];
        let said = Command::new("ffprobe").args(asked).arg(&path).output().expect("FFmpeg is there");
        let facts: Value = serde_json::from_slice(&said.stdout).expect("ffprobe writes JSON");
        let stream = |kind: &str| {
            let mut streams = facts["streams"].as_array().into_iter().flatten();
            streams.find(|stream| stream["codec_type"] == kind).ok_or_else(|| format!("no {kind} in {facts}"))
        };
        let (picture, sound) = (stream("video")?, stream("audio")?);
        let pixels = |name: &str| picture[name].as_u64().ok_or_else(|| format!("no {name} in {picture}"));
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| format!("no text in {facts}"));
        let frames = text(&picture["nb_read_frames"])?;
        let seconds = text(&sound["duration"])?;
        Ok(Self {
            path,
            size: (pixels("width")?, pixels("height")?),
            rate: text(&picture["avg_frame_rate"])?,
            frames: frames.parse().map_err(|_| format!("{frames} is no number of frames"))?,
            seconds: seconds.parse().map_err(|_| format!("{seconds} is no length"))?,
        })
    }

    /// A number that any other pixel in any frame would change.
    ///
    /// # Panics
    /// It cannot be decoded.
    pub fn hash(&self) -> String {
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-i"]).arg(&self.path).args(["-map", "0:v", "-f", "md5", "-"]);
        String::from_utf8(ffmpeg.output().expect("FFmpeg is there").stdout).expect("it is a sum")
    }

    /// The RGB pixels of a frame.
    ///
    /// # Panics
    /// It cannot be decoded.
    pub fn pixels(&self, frame: u64) -> Vec<u8> {
        let filter = format!("select=eq(n\\,{frame})");
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-i"]).arg(&self.path).args(["-vf", &filter, "-frames:v", "1"]);
        ffmpeg.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]).output().expect("FFmpeg is there").stdout
    }
}
