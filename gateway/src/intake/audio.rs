//! Speech: decoded by FFmpeg in a short-lived child, kept as sent for the result and as the WAV that engines read.

use std::sync::Arc;

use avatar_media::sound::Missing;

use crate::blobs::key::BlobKey;
use crate::blobs::scratch::ScratchFile;
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::domain::upload::Audio;
use crate::domain::upload::warning::Warning;
use crate::intake::error::UploadError;
use crate::intake::incoming::Received;
use crate::intake::probe::SpeechReport;
use crate::intake::{Intake, probe};

/// The shortest sound that is taken, in seconds: a few frames of video.
const SHORTEST: f64 = 0.1;
/// Sound that never goes beyond this is silence, on a scale of 1: -60 dBFS.
const SILENCE: f32 = 0.001;
/// So much of a sound, in percent, may stand at full scale: loud speech that is mastered well touches it now and then.
const CLIPPED_PERCENT: f64 = 0.5;

/// Speech that may be kept.
pub struct CheckedAudio {
    audio: Audio,
    sound: ScratchFile,
    speech: ScratchFile,
}

/// Decodes speech in a child when it is this client's turn.
///
/// # Errors
/// It is no usable sound, or too long.
pub async fn check(intake: &Arc<Intake>, client: Client, received: Received) -> Result<CheckedAudio, UploadError> {
    let _turn = intake.turn(client).await;
    let speech = intake.handles.scratch.file()?;
    let longest = intake.handles.settings.current().limits.audio_length;
    let report = probe::speech(&intake.handles.program, &received.file, &speech, longest).await?;
    let warnings = warnings(&report);
    let SpeechReport { seconds, sample_rate, channels, codec, container, .. } = report;
    if seconds < SHORTEST {
        return Err(UploadError::Fault {
            code: Code::AudioTooShort,
            message: format!("the sound lasts {seconds:.3} s; {SHORTEST} s are the least"),
            remedy: "send speech",
        });
    }
    let audio = Audio {
        id: intake.handles.ids.next(),
        seconds,
        sample_rate,
        channels,
        codec,
        container,
        bytes: received.bytes,
        sha256: received.sha256,
        warnings,
        created_at: intake.handles.clock.now(),
    };
    Ok(CheckedAudio { audio, sound: received.file, speech })
}

/// What the sender should know about sound that is taken all the same.
fn warnings(report: &SpeechReport) -> Vec<Warning> {
    let mut warnings = of_missing(&report.missing, report.seconds);
    if report.peak < SILENCE {
        let message = "the sound is silent: the mouth will not move".to_owned();
        warnings.push(Warning { code: Code::AudioSilent.into(), message });
    }
    let clipped = 100.0 * report.clipped as f64 / report.samples.max(1) as f64;
    if clipped > CLIPPED_PERCENT {
        let message = format!("the sound is cut flat at full scale ({clipped:.1} % of it): it was recorded too loud");
        warnings.push(Warning { code: Code::AudioClipped.into(), message });
    }
    warnings
}

/// What the sender should know of sound that is not all there.
fn of_missing(missing: &Missing, seconds: f64) -> Vec<Warning> {
    let Missing { promised_seconds, is_endless, damaged, unread_bytes } = *missing;
    let mut warnings = Vec::new();
    let mut warn = |code: Code, message: String| warnings.push(Warning { code: code.into(), message });
    if let Some(promised) = promised_seconds {
        let message = format!(
            "the file says that it holds {promised:.2} s of sound, and {seconds:.2} s could be read: \
             it was cut, or is damaged"
        );
        warn(Code::UploadShorterThanPromised, message);
    } else if is_endless {
        let message = format!(
            "the file lacks the mark at its end: it was cut after {seconds:.2} s, and does not say how long it was"
        );
        warn(Code::UploadShorterThanPromised, message);
    } else if damaged > 0 {
        let message = format!("{damaged} pieces of the sound are damaged and were left out; {seconds:.2} s are there");
        warn(Code::UploadDamaged, message);
    }
    if unread_bytes > 0 {
        let message = format!("{unread_bytes} bytes of the file belong to no sound and were not read");
        warn(Code::UploadUnread, message);
    }
    warnings
}

impl CheckedAudio {
    /// Its future row.
    pub fn audio(&self) -> &Audio {
        &self.audio
    }

    /// Puts files and row in place.
    ///
    /// # Errors
    /// Disk or database; nothing is left behind then.
    pub async fn keep(self, intake: &Intake) -> Result<Audio, UploadError> {
        let id = self.audio.id;
        let files = [(BlobKey::Speech(id), &*self.speech), (BlobKey::Sound(id), &*self.sound)];
        intake.keep(&files, intake.handles.uploads.insert_audio(&self.audio)).await?;
        Ok(self.audio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_clipping_are_told() {
        let codes = |peak: f32, clipped: u64| {
            let report = SpeechReport {
                seconds: 1.0,
                sample_rate: 16_000,
                channels: 1,
                codec: String::new(),
                container: String::new(),
                samples: 16_000,
                peak,
                clipped,
                missing: Missing::default(),
            };
            warnings(&report).into_iter().map(|warning| warning.code).collect::<Vec<_>>()
        };
        assert!(codes(0.5, 0).is_empty() && codes(1.0, 80).is_empty());
        assert_eq!(codes(0.0005, 0), [Code::AudioSilent]);
        assert_eq!(codes(1.0, 81), [Code::AudioClipped]);
    }
}
