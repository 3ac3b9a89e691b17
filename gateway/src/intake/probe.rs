//! What native code does with sound and video, in a short-lived child of this binary: `avatar-gateway probe`. Both sides.

pub mod portrait;
pub mod video;

use std::ffi::OsStr;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use avatar_media::speech::{SpeechLimits, canonical_speech};
use avatar_media::video::SourceVideoFacts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::domain::code::{Code, kinds};
use crate::intake::error::UploadError;

/// How long decoding may take. FFmpeg decodes half an hour of speech in seconds, and of videos only the first one.
const TIMEOUT: Duration = Duration::from_secs(120);

/// What the child found in a sound.
#[derive(Debug, Serialize, Deserialize)]
pub struct SpeechReport {
    /// Length in seconds, counted by decoding.
    pub seconds: f64,
    /// Samples per second of the original.
    pub sample_rate: u32,
    /// Channels of the original.
    pub channels: u16,
    /// Codec of the original.
    pub codec: String,
    /// Container of the original.
    pub container: String,
    /// Samples of the canonical speech.
    pub samples: u64,
    /// Their greatest distance from zero; 1 is full scale.
    pub peak: f32,
    /// How many of them are at full scale.
    pub clipped: u64,
}

/// What the child says on stdout.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer<T> {
    Found(T),
    Refused {
        /// What is wrong with the file; none where it is the gateway that could not do its part.
        code: Option<Code>,
        message: String,
    },
}

impl<T: Serialize> Answer<T> {
    fn refused(code: Option<Code>, error: &dyn Display) -> Self {
        Self::Refused { code, message: error.to_string() }
    }

    fn line(&self) -> String {
        serde_json::to_string(self).expect("answers are plain data")
    }
}

/// The child's side: writes the canonical WAV of `input` to `output` and says on stdout what it was.
pub fn run_speech(input: &Path, output: &Path, max_seconds: f64) -> String {
    let answer = match canonical_speech(input, output, &SpeechLimits { max_seconds }) {
        Ok(speech) => Answer::Found(SpeechReport {
            seconds: speech.seconds,
            sample_rate: speech.facts.sample_rate,
            channels: speech.facts.channels,
            codec: speech.facts.codec,
            container: speech.facts.container,
            samples: speech.samples,
            peak: speech.peak,
            clipped: speech.clipped,
        }),
        Err(error) => Answer::refused(kinds::of_sound(&error), &error),
    };
    answer.line()
}

/// The child's side: says on stdout what the video `input` is.
pub fn run_video(input: &Path, max_seconds: f64) -> String {
    let answer = match avatar_media::video::probe(input, max_seconds) {
        Ok(facts) => Answer::Found(facts),
        Err(error) => Answer::refused(kinds::of_source_video(&error), &error),
    };
    answer.line()
}

/// The parent's side for speech: lets a child of `program` do it.
///
/// # Errors
/// The sound cannot be used, or the child died over it.
pub(super) async fn speech(
    program: &Path,
    input: &Path,
    output: &Path,
    longest: Duration,
) -> Result<SpeechReport, UploadError> {
    let longest = longest.as_secs_f64().to_string();
    let files = [input.as_ref(), output.as_ref(), OsStr::new("--max-seconds"), longest.as_ref()];
    ask(program, "speech", &files, TIMEOUT, Blame::File(Code::AudioUndecodable)).await
}

/// The parent's side for source videos.
///
/// # Errors
/// The video cannot be used, or the child died over it.
pub(super) async fn video(program: &Path, input: &Path, longest: Duration) -> Result<SourceVideoFacts, UploadError> {
    let longest = longest.as_secs_f64().to_string();
    let files = [input.as_ref(), OsStr::new("--max-seconds"), longest.as_ref()];
    ask(program, "video", &files, TIMEOUT, Blame::File(Code::VideoUndecodable)).await
}

/// Who is told when a child dies or takes too long.
#[derive(Debug, Clone, Copy)]
enum Blame {
    /// The sender of the file, with this code.
    File(Code),
    /// The gateway: the files are its own.
    Gateway,
}

impl Blame {
    fn late(self) -> UploadError {
        match self {
            Self::File(code) => refusal(Some(code), "the file could not be decoded in time".into()),
            Self::Gateway => UploadError::Io(io::Error::other("the video could not be written in time")),
        }
    }

    fn died(self) -> UploadError {
        match self {
            Self::File(code) => refusal(Some(code), "the decoder crashed over this file".into()),
            Self::Gateway => UploadError::Io(io::Error::other("the process that should write the video died")),
        }
    }
}

/// Starts a child for one `work` and reads its answer, for as long as `patience` lasts.
async fn ask<T: DeserializeOwned>(
    program: &Path,
    work: &str,
    arguments: &[&OsStr],
    patience: Duration,
    blame: Blame,
) -> Result<T, UploadError> {
    let child = Command::new(program)
        .args(["probe", work])
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let Ok(output) = tokio::time::timeout(patience, child).await else {
        return Err(blame.late());
    };
    let output = output?;
    match serde_json::from_slice(&output.stdout) {
        Ok(Answer::Found(report)) => Ok(report),
        Ok(Answer::Refused { code, message }) => Err(refusal(code, message)),
        Err(_) => {
            let words = String::from_utf8_lossy(&output.stderr);
            tracing::warn!(status = %output.status, stderr = words.trim(), work, "a child died over a file");
            Err(blame.died())
        }
    }
}

fn refusal(code: Option<Code>, message: String) -> UploadError {
    let remedy = code.and_then(|code| {
        Some(match code {
            Code::AudioEmpty | Code::VideoEmpty => "send the file's content",
            Code::AudioNoSound => "send a file with speech in it",
            Code::AudioTooLong => "send a shorter piece, or raise `limits.audio_seconds`",
            Code::AudioUndecodable => "send the sound as WAV, MP3, M4A, FLAC or Ogg; the file may be damaged",
            Code::FaceNone => "send a video in which one face is seen clearly from the front",
            Code::VideoNoPicture => "send a video in which a face is seen",
            Code::VideoTooLong => "send a shorter video, or raise `limits.video_seconds`",
            Code::VideoUndecodable => "send the video as MP4 with H.264; the file may be damaged",
            _ => return None,
        })
    });
    match (code, remedy) {
        (Some(code), Some(remedy)) => UploadError::Fault { code, message, remedy },
        _ => UploadError::Io(io::Error::other(message)),
    }
}
