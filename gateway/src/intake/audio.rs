//! Speech: decoded by FFmpeg in a short-lived child, kept as sent for the result and as the WAV that engines read.

use std::sync::Arc;

use tempfile::TempPath;

use super::probe::{self, SpeechReport};
use super::{Received, Refusal};
use crate::app::App;
use crate::job::id::AudioId;
use crate::upload::Audio;

/// Speech that may be kept.
pub struct CheckedAudio {
    audio: Audio,
    sound: TempPath,
    speech: TempPath,
}

/// Decodes speech in a child.
///
/// # Errors
/// It is no usable sound, or too long.
pub async fn check(app: &Arc<App>, received: Received) -> Result<CheckedAudio, Refusal> {
    let _turn = app.intake.probing.acquire().await.expect("the semaphore is never closed");
    let speech = app.blobs.incoming()?.into_temp_path();
    let longest = app.config().limits.audio_length;
    let SpeechReport { seconds, sample_rate, channels, codec, container } =
        probe::speech(&app.program, received.file.path(), &speech, longest).await?;
    let audio = Audio {
        id: app.ids.next(),
        seconds,
        sample_rate,
        channels,
        codec,
        container,
        bytes: received.bytes,
        sha256: received.sha256,
        created_at: app.clock.now(),
    };
    Ok(CheckedAudio { audio, sound: received.file.into_temp_path(), speech })
}

impl CheckedAudio {
    /// Its future id.
    pub fn id(&self) -> AudioId {
        self.audio.id
    }

    /// Puts files and row in place.
    ///
    /// # Errors
    /// Disk or database; nothing is left behind then.
    pub async fn keep(self, app: &App) -> Result<Audio, Refusal> {
        let (sound, speech) = (app.blobs.sound(self.audio.id), app.blobs.speech(self.audio.id));
        let kept = match app.blobs.publish(&self.speech, &speech).and_then(|()| app.blobs.publish(&self.sound, &sound))
        {
            Ok(()) => app.uploads.insert_audio(&self.audio).await.map_err(Refusal::from),
            Err(error) => Err(error.into()),
        };
        if let Err(refusal) = kept {
            let _ = std::fs::remove_file(&speech);
            let _ = std::fs::remove_file(&sound);
            return Err(refusal);
        }
        Ok(self.audio)
    }
}
