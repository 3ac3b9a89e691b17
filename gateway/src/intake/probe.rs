//! Decoding sound with native code, in a short-lived child of this binary: `avatar-gateway probe`. Both sides.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use avatar_media::speech::{SpeechLimits, canonical_speech};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::Refusal;

/// How long decoding may take. FFmpeg decodes half an hour of speech in seconds.
const TIMEOUT: Duration = Duration::from_secs(120);

/// What the child found.
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
}

/// What the child says on stdout.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Speech(SpeechReport),
    Refused { code: String, message: String },
}

/// The child's side: writes the canonical WAV of `input` to `output` and says on stdout what it was.
pub fn run_speech(input: &Path, output: &Path, max_seconds: f64) -> String {
    let answer = match canonical_speech(input, output, &SpeechLimits { max_seconds }) {
        Ok(speech) => Answer::Speech(SpeechReport {
            seconds: speech.seconds,
            sample_rate: speech.facts.sample_rate,
            channels: speech.facts.channels,
            codec: speech.facts.codec,
            container: speech.facts.container,
        }),
        Err(error) => Answer::Refused { code: error.code().into(), message: error.to_string() },
    };
    serde_json::to_string(&answer).expect("answers are plain data")
}

/// The parent's side: lets a child of `program` do it.
///
/// # Errors
/// The sound cannot be used, or the child died over it.
pub(super) async fn speech(
    program: &Path,
    input: &Path,
    output: &Path,
    longest: Duration,
) -> Result<SpeechReport, Refusal> {
    let child = Command::new(program)
        .arg("probe")
        .arg(input)
        .arg(output)
        .arg("--max-seconds")
        .arg(longest.as_secs_f64().to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let undecodable = |message: &str| Refusal::Fault {
        code: "audio.undecodable",
        message: message.into(),
        remedy: "send the sound as WAV, MP3, M4A, FLAC or Ogg; the file is damaged or of an unknown kind",
    };
    let Ok(output) = tokio::time::timeout(TIMEOUT, child).await else {
        return Err(undecodable("the sound could not be decoded in time"));
    };
    let output = output?;
    match serde_json::from_slice(&output.stdout) {
        Ok(Answer::Speech(report)) => Ok(report),
        Ok(Answer::Refused { code, message }) => Err(refusal(&code, message)),
        Err(_) => {
            let words = String::from_utf8_lossy(&output.stderr);
            tracing::warn!(status = %output.status, stderr = words.trim(), "the decoder died over a sound");
            Err(undecodable("the decoder crashed over this sound"))
        }
    }
}

fn refusal(code: &str, message: String) -> Refusal {
    let (code, remedy) = match code {
        "audio.empty" => ("audio.empty", "send the file's content"),
        "audio.no_sound" => ("audio.no_sound", "send a file with speech in it"),
        "audio.too_long" => ("audio.too_long", "send a shorter piece, or raise `limits.audio_seconds`"),
        "audio.io" => return Refusal::Io(std::io::Error::other(message)),
        _ => ("audio.undecodable", "send the sound as WAV, MP3, M4A, FLAC or Ogg; the file may be damaged"),
    };
    Refusal::Fault { code, message, remedy }
}
