//! One recording, and a puppet that speaks it with any face.

use std::error::Error;
use std::path::{Path, PathBuf};

use avatar_media::speech::{SPEECH_RATE, SpeechLimits, SpeechReader, canonical_speech};
use avatar_samples::speech::{self, BabbleSpec};
use engine_api::testing::{RecordingHost, Warning};
use engine_api::{Engine, EngineError, RenderJob, Setup, Speech};
use engine_puppet::{Params, Puppet};
use image::RgbImage;

/// Length of what is spoken.
const SECONDS: u32 = 4;
/// Recordings that are longer have to be cut by whoever brings them.
const LONGEST: SpeechLimits = SpeechLimits { max_seconds: 3600.0 };

/// One recording, and a puppet.
pub(crate) struct Studio {
    folder: tempfile::TempDir,
    speech: PathBuf,
    puppet: Puppet,
}

/// What one job left.
pub(crate) struct Film {
    /// The frames, in order.
    pub(crate) pictures: Vec<RgbImage>,
    /// What the client would have been warned of.
    pub(crate) warnings: Vec<Warning>,
}

impl Studio {
    /// With the first seconds of a recording, or babble; and the weights of a folder, or none.
    pub(crate) fn new(recording: Option<&Path>, weights: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let weights = weights.map(std::path::absolute).transpose()?;
        if let Some(folder) = weights.as_deref().filter(|folder| !folder.is_dir()) {
            return Err(format!("there is no folder {}", folder.display()).into());
        }
        let puppet = Puppet::load(&Setup { weights, ..Setup::default() }, &mut RecordingHost::new())?;
        let folder = tempfile::tempdir()?;
        let speech = folder.path().join("speech.wav");
        let samples = match recording {
            Some(recording) => {
                beginning(recording, &speech).map_err(|error| format!("{}: {error}", recording.display()))?
            }
            None => speech::babble(&BabbleSpec { seconds: SECONDS.into(), seed: 1 }).samples,
        };
        speech::write_canonical(&speech, &samples)?;
        Ok(Self { folder, speech, puppet })
    }

    /// A folder for whatever goes when the studio does.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Renders one job with a portrait.
    pub(crate) fn film(&mut self, portrait: &Path, params: Params) -> Result<Film, EngineError> {
        let job = RenderJob {
            id: "pictures".into(),
            portrait: Some(portrait.to_owned()),
            face: None,
            speech: Some(Speech::File(self.speech.clone())),
            source_video: None,
            work_dir: self.folder.path().to_owned(),
            params,
        };
        let mut pictures = Vec::new();
        let mut host = RecordingHost::new().on_frame(|frame| {
            let picture = RgbImage::from_raw(frame.format.width, frame.format.height, frame.rgb.to_vec());
            pictures.push(picture.expect("a frame fills the format that began the video"));
            Ok(())
        });
        self.puppet.render(&job, &mut host)?;
        let warnings = std::mem::take(&mut host.warnings);
        drop(host);
        Ok(Film { pictures, warnings })
    }
}

/// The first seconds of a recording in any format, by way of a file `canonical`.
fn beginning(recording: &Path, canonical: &Path) -> Result<Vec<f32>, Box<dyn Error>> {
    canonical_speech(recording, canonical, &LONGEST)?;
    let mut samples = vec![0.0; (SECONDS * SPEECH_RATE) as usize];
    let count = SpeechReader::open(canonical)?.read(&mut samples)?;
    samples.truncate(count);
    Ok(samples)
}
