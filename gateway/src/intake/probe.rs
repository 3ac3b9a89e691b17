//! What is done with files of strangers, in a short-lived child that may do nothing else. Both sides.

pub mod answer;
pub mod decoders;
pub mod detector;
pub mod fence;
pub mod forks;
pub mod photo;
pub mod portrait;
pub mod video;

mod arguments;
mod child;
mod end;
mod handles;

use std::io;
use std::path::Path;
use std::time::Duration;

use avatar_media::sound::{Missing, SoundError};
use avatar_media::speech::{SpeechLimits, packed};
use avatar_media::video::{SourceVideoError, SourceVideoFacts, SourceVideoLimits};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::code::{Code, kinds};
use crate::intake::error::UploadError;
use crate::intake::probe::answer::Answer;
use crate::intake::probe::child::{Blame, Work, ask, text};
use crate::intake::probe::decoders::Decoders;
use crate::intake::probe::fence::Bounds;
use crate::intake::probe::fence::fences::Fences;

/// How long decoding may take. FFmpeg decodes half an hour of speech in seconds, and of videos only the first one.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How long it may take to look at what the system has.
const GLANCE: Duration = Duration::from_secs(5);

/// What a child that decodes sound may take, in bytes: all of it is streamed.
const SOUND_MEMORY: u64 = 512 << 20;
/// What a child that decodes or encodes video may take, in bytes: a few dozen pictures of 8K.
const VIDEO_MEMORY: u64 = 2 << 30;

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
    /// How loud it is, in LUFS; none where it is silent.
    pub loudness: Option<f64>,
    /// What it was made louder by for engines, in dB.
    pub gain_db: f64,
    /// How far beyond full scale it was; 1 where it lay within.
    pub level: f32,
    /// Share of its samples at full scale or beyond.
    pub cut: f64,
    /// What of the sound could not be had.
    pub missing: Missing,
}

/// The child's side: writes the canonical speech of `input`, packed, to `output` and says on stdout what it was.
pub fn run_speech(input: &Path, output: &Path, max_seconds: f64) -> String {
    let answer = match packed::pack(input, output, &SpeechLimits { max_seconds }) {
        Ok(speech) => Answer::Found(SpeechReport {
            seconds: speech.seconds,
            sample_rate: speech.facts.sample_rate,
            channels: speech.facts.channels,
            codec: speech.facts.codec,
            container: speech.facts.container,
            loudness: speech.loudness,
            gain_db: speech.gain_db,
            level: speech.level,
            cut: speech.cut,
            missing: speech.missing,
        }),
        Err(SoundError::Io(error)) => Answer::failed(&error),
        Err(error) => Answer::refused(kinds::of_sound(&error), &error),
    };
    answer.line()
}

/// The child's side: says on stdout what the video `input` is.
pub fn run_video(input: &Path, limits: &SourceVideoLimits) -> String {
    let answer = match avatar_media::video::probe(input, limits) {
        Ok(facts) => Answer::Found(facts),
        Err(SourceVideoError::Io(error)) => Answer::failed(&error),
        Err(error) => Answer::refused(kinds::of_source_video(&error), &error),
    };
    answer.line()
}

/// The parent's side for speech: lets a child do it.
///
/// # Errors
/// The sound cannot be used, or the child died over it.
pub async fn speech(
    decoders: &Decoders,
    input: &Path,
    output: &Path,
    longest: Duration,
) -> Result<SpeechReport, UploadError> {
    let work = Work {
        name: "speech",
        reads: &[input],
        writes: Some(output),
        options: &[("--max-seconds", text(&longest.as_secs_f64()))],
        bounds: Some(Bounds::new(SOUND_MEMORY, TIMEOUT)),
        patience: TIMEOUT,
        blame: Blame::File(Code::AudioUndecodable),
    };
    ask(decoders, &work).await
}

/// The parent's side for source videos.
///
/// # Errors
/// The video cannot be used, or the child died over it.
pub async fn video(
    decoders: &Decoders,
    input: &Path,
    limits: &SourceVideoLimits,
) -> Result<SourceVideoFacts, UploadError> {
    let work = Work {
        name: "video",
        reads: &[input],
        writes: None,
        options: &[("--limits", text(limits))],
        bounds: Some(Bounds::new(VIDEO_MEMORY, TIMEOUT).threaded()),
        patience: TIMEOUT,
        blame: Blame::File(Code::VideoUndecodable),
    };
    ask(decoders, &work).await
}

/// Which of the system's fences hold, tried out in a child.
///
/// # Errors
/// One is there and cannot be put up, or there is no child.
pub async fn fences(decoders: &Decoders) -> io::Result<Fences> {
    ask_about_the_system(decoders, "fences").await
}

/// The names of the encoders that FFmpeg lacks, by a child that has it.
///
/// # Errors
/// There is no child, or it dies.
pub async fn missing_encoders(decoders: &Decoders) -> io::Result<Vec<String>> {
    ask_about_the_system(decoders, "encoders").await
}

async fn ask_about_the_system<T: DeserializeOwned>(decoders: &Decoders, name: &'static str) -> io::Result<T> {
    let (patience, blame) = (GLANCE, Blame::Gateway);
    let work = Work { name, reads: &[], writes: None, options: &[], bounds: None, patience, blame };
    ask(decoders, &work).await.map_err(|error| match error {
        UploadError::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })
}
