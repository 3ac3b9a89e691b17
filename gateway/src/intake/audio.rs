//! Speech: decoded by FFmpeg in a short-lived child, kept as sent for the result and as the WAV that engines read.

use std::sync::Arc;

use avatar_media::sound::Missing;

use crate::blobs::key::BlobKey;
use crate::blobs::scratch::ScratchFile;
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::domain::upload::Audio;
use crate::domain::upload::warning::Warning;
use crate::intake::checked_before::made_before;
use crate::intake::error::UploadError;
use crate::intake::incoming::Received;
use crate::intake::probe::SpeechReport;
use crate::intake::{Intake, probe, seen_through};

/// The shortest sound that is taken, in seconds: a few frames of video.
const SHORTEST: f64 = 0.1;
/// What is quieter than this, in LUFS, may be noise; it is not made louder.
const SILENCE: f64 = -50.0;
/// What is quieter than this is made so much louder that its noise is heard.
const QUIET: f64 = -40.0;
/// So much of a sound may stand at full scale: loud speech that is mastered well touches it now and then.
const CUT: f64 = 0.005;
/// So far beyond full scale no codec overshoots: whoever wrote the samples had another scale in mind.
const OVER_SCALE: f32 = 1.5;

/// Speech that may be kept.
pub struct CheckedAudio {
    audio: Audio,
    sound: ScratchFile,
    speech: ScratchFile,
    /// What it was checked as.
    check: String,
}

/// Takes speech that was checked before as it was found then; decodes any other in a child when it is this client's turn.
///
/// # Errors
/// It is no usable sound, or too long.
pub async fn check(intake: &Arc<Intake>, client: Client, received: Received) -> Result<CheckedAudio, UploadError> {
    let handles = &intake.handles;
    let longest = handles.settings.current().limits.audio_length;
    let check = intake.build.check_of(&received.sha256, &longest, client);
    let (id, created_at) = (handles.ids.next(), handles.clock.now());
    if let Some(before) = handles.uploads.audio_checked_as(&check).await?
        && let Some(speech) = made_before(BlobKey::Speech(before.id), &*handles.blobs, &handles.scratch).await
    {
        let audio = Audio { id, created_at, ..before };
        return Ok(CheckedAudio { audio, sound: received.file, speech, check });
    }
    let _turn = intake.turn(client).await;
    let speech = handles.scratch.file()?;
    let report = probe::speech(&handles.decoders, &received.file, &speech, longest).await?;
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
        id,
        seconds,
        sample_rate,
        channels,
        codec,
        container,
        bytes: received.bytes,
        sha256: received.sha256,
        warnings,
        created_at,
    };
    Ok(CheckedAudio { audio, sound: received.file, speech, check })
}

/// What the sender should know about sound that is taken all the same.
fn warnings(report: &SpeechReport) -> Vec<Warning> {
    let mut warnings = of_missing(&report.missing, report.seconds);
    let mut warn = |code: Code, message: String| warnings.push(Warning { code: code.into(), message });
    let SpeechReport { gain_db, level, cut, .. } = *report;
    match report.loudness {
        None => warn(Code::AudioSilent, "the sound is silent: the mouth will not move".to_owned()),
        Some(loudness) if loudness < SILENCE => {
            let message = format!(
                "the sound is nearly silent ({loudness:.0} LUFS) and may be noise: it was not made louder, and the mouth \
                 will hardly move"
            );
            warn(Code::AudioSilent, message);
        }
        Some(loudness) if loudness < QUIET => {
            let message = format!(
                "the sound is very quiet ({loudness:.0} LUFS): engines hear it, and its noise, {gain_db:.0} dB louder"
            );
            warn(Code::AudioQuiet, message);
        }
        Some(_) => {}
    }
    if level > OVER_SCALE {
        let message = format!("the sound goes up to {level:.0} times full scale: it was brought down to it");
        warn(Code::AudioOverScale, message);
    } else if cut > CUT {
        let percent = 100.0 * cut;
        let message = format!("the sound is cut flat at full scale ({percent:.1} % of it): it was recorded too loud");
        warn(Code::AudioClipped, message);
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
    pub async fn keep(self, intake: &Arc<Intake>) -> Result<Audio, UploadError> {
        let intake = Arc::clone(intake);
        seen_through(async move {
            let id = self.audio.id;
            let files = [(BlobKey::Speech(id), &*self.speech), (BlobKey::Sound(id), &*self.sound)];
            intake.keep(&files, intake.handles.uploads.insert_audio(&self.audio, Some(&self.check))).await?;
            Ok(self.audio)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_quiet_or_too_loud_is_told() {
        let codes = |loudness: Option<f64>, level: f32, cut: f64| {
            let report = SpeechReport {
                seconds: 1.0,
                sample_rate: 16_000,
                channels: 1,
                codec: String::new(),
                container: String::new(),
                loudness,
                gain_db: 0.0,
                level,
                cut,
                missing: Missing::default(),
            };
            warnings(&report).into_iter().map(|warning| warning.code).collect::<Vec<_>>()
        };
        assert!(codes(Some(-23.0), 1.2, 0.004).is_empty());
        assert_eq!(codes(None, 1.0, 0.0), [Code::AudioSilent]);
        assert_eq!(codes(Some(-51.0), 1.0, 0.0), [Code::AudioSilent]);
        assert_eq!(codes(Some(-45.0), 1.0, 0.0), [Code::AudioQuiet]);
        assert_eq!(codes(Some(-5.0), 1.1, 0.006), [Code::AudioClipped]);
        assert_eq!(codes(Some(-5.0), 2.0, 0.5), [Code::AudioOverScale]);
    }

    #[test]
    fn what_is_missing_is_told_once() {
        let codes =
            |missing: Missing| of_missing(&missing, 1.0).into_iter().map(|warning| warning.code).collect::<Vec<_>>();
        let damaged = Missing { damaged: 3, ..Missing::default() };
        assert!(codes(Missing::default()).is_empty());
        assert_eq!(codes(damaged), [Code::UploadDamaged]);
        let cut = Missing { promised_seconds: Some(2.0), ..damaged };
        assert_eq!(codes(cut), [Code::UploadShorterThanPromised]);
        assert_eq!(codes(Missing { is_endless: true, ..damaged }), [Code::UploadShorterThanPromised]);
        assert_eq!(codes(Missing { unread_bytes: 9, ..cut }), [Code::UploadShorterThanPromised, Code::UploadUnread]);
    }
}
