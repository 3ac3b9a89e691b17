//! The files that jobs are made of: an author's own, or ones that come with the gateway; brought into the form in which
//! engines get them.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use avatar_media::picture::{Header, Part, RgbImage, save_png};
use avatar_media::portrait;
use avatar_media::speech::{SPEECH_RATE, SpeechReader, packed};
use avatar_samples::portrait::{PortraitSpec, render};
use avatar_samples::speech::{BabbleSpec, SAMPLE_RATE, babble, write_wav};

use crate::config::Config;
use crate::domain::upload::verdict::Choice;
use crate::intake::error::UploadError;
use crate::intake::photo::picture_limits;
use crate::intake::probe;
use crate::intake::probe::decoders::Decoders;
use crate::intake::probe::photo::Order;
use crate::intake::video::video_limits;

/// Pixels across and down of the portrait that the gateway paints: engines that take any size are quick with it.
const SIDE: u32 = 320;

/// Longer than any speech that the gateway makes.
const OWN_SPEECH: Duration = Duration::from_secs(60);

/// An author's own inputs; what is missing, the gateway makes.
#[derive(Debug, Clone, Default)]
pub struct OwnInputs {
    /// A photo, of any format that clients may send.
    pub photo: Option<PathBuf>,
    /// Speech, likewise.
    pub audio: Option<PathBuf>,
    /// A source video.
    pub video: Option<PathBuf>,
}

/// Portraits of the same face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Portrait {
    /// As given.
    Usual,
    /// Of odd width and height.
    Odd,
    /// Three times as high as wide.
    Tall,
    /// Three times as wide as high.
    Wide,
}

/// Speech of several lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Speech {
    /// As given.
    Usual,
    /// The shortest that clients may send.
    Brief,
    Long,
    Silent,
}

impl Portrait {
    const ALL: [Self; 4] = [Self::Usual, Self::Odd, Self::Tall, Self::Wide];

    fn name(self) -> &'static str {
        match self {
            Self::Usual => "portrait.png",
            Self::Odd => "portrait-odd.png",
            Self::Tall => "portrait-tall.png",
            Self::Wide => "portrait-wide.png",
        }
    }

    /// The same face on a canvas of this kind.
    fn of(self, face: &RgbImage) -> RgbImage {
        let (width, height) = face.dimensions();
        match self {
            Self::Usual => face.clone(),
            Self::Odd => Part::from(face).resized((width - 1) | 1, (height - 1) | 1),
            Self::Tall => padded(face, width, 3 * width),
            Self::Wide => padded(face, 3 * height, height),
        }
    }
}

impl Speech {
    const ALL: [Self; 4] = [Self::Usual, Self::Brief, Self::Long, Self::Silent];

    fn name(self) -> &'static str {
        match self {
            Self::Usual => "speech",
            Self::Brief => "speech-brief",
            Self::Long => "speech-long",
            Self::Silent => "speech-silent",
        }
    }

    /// How long it is where the gateway makes it, in seconds.
    fn seconds(self) -> f64 {
        match self {
            Self::Usual => 1.2,
            Self::Brief => 0.1,
            Self::Long => 20.0,
            Self::Silent => 1.0,
        }
    }

    /// What is said where the gateway makes it.
    fn samples(self) -> Vec<f32> {
        let mut samples = babble(&BabbleSpec { seconds: self.seconds(), ..BabbleSpec::default() }).samples;
        if self == Self::Silent {
            samples.fill(0.0);
        }
        samples
    }
}

/// A picture in the middle of a canvas that its own edge goes on over. What is larger than the canvas stays as it is.
fn padded(face: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (width, height) = (width.max(face.width()), height.max(face.height()));
    let (left, top) = ((width - face.width()) / 2, (height - face.height()) / 2);
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x.saturating_sub(left), y.saturating_sub(top));
        *face.get_pixel(x.min(face.width() - 1), y.min(face.height() - 1))
    })
}

/// The files, in a folder.
pub(super) struct Materials {
    folder: PathBuf,
    decoders: Decoders,
    /// Whether the author has given a source video; else one is made when it is asked for.
    own_video: Option<PathBuf>,
}

impl Materials {
    /// Makes them in an empty folder that stays.
    ///
    /// # Errors
    /// A file of the author's cannot be used: why, with the option that named it.
    pub(super) async fn make(
        folder: &Path,
        own: &OwnInputs,
        config: &Config,
        decoders: Decoders,
    ) -> anyhow::Result<Self> {
        let materials = Self { folder: folder.to_owned(), decoders, own_video: own.video.clone() };
        let face = match &own.photo {
            Some(photo) => materials.decode_photo(photo, config).await.with_context(|| named("--photo", photo))?,
            None => render(&PortraitSpec { size: (SIDE, SIDE), ..PortraitSpec::default() }),
        };
        for kind in Portrait::ALL {
            save_png(&kind.of(&face), &materials.portrait(kind))?;
        }
        for speech in Speech::ALL {
            let (sound, wav) = materials.speech(speech);
            match &own.audio {
                Some(audio) if speech == Speech::Usual => {
                    let given = named("--audio", audio);
                    let longest = config.limits.audio_length;
                    materials.decode_sound(audio, &wav, longest).await.with_context(|| given.clone())?;
                    fs::copy(audio, &sound).context(given)?;
                }
                _ => {
                    write_wav(&sound, &speech.samples(), SAMPLE_RATE)?;
                    materials.decode_sound(&sound, &wav, OWN_SPEECH).await.context("the built-in speech")?;
                }
            }
        }
        if let Some(video) = &own.video {
            let looked = probe::video(&materials.decoders, video, &video_limits(&config.limits)).await;
            looked.map_err(refused).with_context(|| named("--video", video))?;
        }
        Ok(materials)
    }

    /// A photo of the author's as engines get it.
    async fn decode_photo(&self, photo: &Path, config: &Config) -> anyhow::Result<RgbImage> {
        let png = self.folder.join("decoded.png");
        let limits = picture_limits(&config.limits);
        let header = Header::read(&mut BufReader::new(File::open(photo)?), &limits)?;
        let order = Order { choice: Choice::default(), photos: config.photos.clone(), limits };
        let report = probe::photo::photo(&self.decoders, photo, &png, &order, &header).await.map_err(refused)?;
        if !report.verdict.valid {
            return Err(anyhow!("{}; {}", report.verdict.message, report.verdict.remedy));
        }
        Ok(portrait::read(&png)?)
    }

    /// Sound as the speech that engines get.
    async fn decode_sound(&self, sound: &Path, wav: &Path, longest: Duration) -> anyhow::Result<()> {
        let packed = wav.with_extension("packed");
        probe::speech(&self.decoders, sound, &packed, longest).await.map_err(refused)?;
        packed::unpack(&packed, wav)?;
        Ok(())
    }

    /// A portrait, as engines get it.
    pub(super) fn portrait(&self, portrait: Portrait) -> PathBuf {
        self.folder.join(portrait.name())
    }

    /// The sound as a client sends it, and the speech that engines get.
    pub(super) fn speech(&self, speech: Speech) -> (PathBuf, PathBuf) {
        let name = |kind: &str| self.folder.join(format!("{}.{kind}", speech.name()));
        (name("source"), name("wav"))
    }

    /// How long speech is, in seconds.
    pub(super) fn seconds(&self, speech: Speech) -> anyhow::Result<f64> {
        let samples = SpeechReader::open(&self.speech(speech).1)?.samples_total();
        Ok(samples as f64 / f64::from(SPEECH_RATE))
    }

    /// A source video: the author's, or one that shows the portrait for as long as the usual speech.
    pub(super) async fn video(&self) -> anyhow::Result<PathBuf> {
        if let Some(video) = &self.own_video {
            return Ok(fs::canonicalize(video)?);
        }
        let video = self.folder.join("source.mp4");
        if !video.is_file() {
            let seconds = self.seconds(Speech::Usual)?;
            let portrait = self.portrait(Portrait::Usual);
            let made = probe::video::still(&self.decoders, &portrait, seconds, &video).await;
            made.map_err(refused).context("the built-in source video")?;
        }
        Ok(video)
    }

    /// A place for a file that belongs to a single check.
    pub(super) fn place(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn named(option: &str, file: &Path) -> String {
    format!("{option} {}", file.display())
}

/// Why a file is not taken.
fn refused(error: UploadError) -> anyhow::Error {
    match error {
        UploadError::Fault { message, remedy, .. } => anyhow!("{message}; {remedy}"),
        UploadError::Photo(findings) => anyhow!("{}; {}", findings.verdict.message, findings.verdict.remedy),
        UploadError::Io(error) => error.into(),
        UploadError::Blob(error) => anyhow!("{error}"),
        UploadError::Store(error) => anyhow!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use avatar_media::faces::{FaceDetector, SeetaFace};

    use super::*;

    #[test]
    fn every_portrait_shows_its_face_and_every_speech_has_its_length() {
        let face = render(&PortraitSpec { size: (SIDE, SIDE), ..PortraitSpec::default() });
        let sizes = Portrait::ALL.map(|portrait| {
            let picture = portrait.of(&face);
            assert_eq!(SeetaFace::new().detect(&picture).len(), 1, "{portrait:?}");
            picture.dimensions()
        });
        assert_eq!(sizes, [(320, 320), (319, 319), (320, 960), (960, 320)]);
        for speech in Speech::ALL {
            let seconds = speech.samples().len() as f64 / f64::from(SAMPLE_RATE);
            assert!((seconds - speech.seconds()).abs() < 1e-3, "{speech:?}");
            assert!(seconds < OWN_SPEECH.as_secs_f64(), "{speech:?}");
        }
    }
}
