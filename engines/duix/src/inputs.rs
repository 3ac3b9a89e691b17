//! Inputs as the generator takes them: H.264 in yuv420p at a constant rate, and sound as 16-bit PCM.

use std::fs;
use std::path::Path;

use avatar_media::video;
use engine_api::{EngineError, Host};

/// Writes the source video for the generator: as it is where it is fine, or else encoded anew.
///
/// # Errors
/// It cannot be decoded, or the folder cannot be written; `Canceled` once the job is.
pub(crate) fn video(source: &Path, target: &Path, host: &mut dyn Host) -> Result<(), EngineError> {
    if video::is_constant_rate(source).map_err(EngineError::input)? {
        fs::copy(source, target).map_err(unwritable(target))?;
        return Ok(());
    }
    let mut canceled = None;
    let made = video::to_constant_rate(source, target, &mut |pictures| {
        host.progress("prepare the video", pictures, 0);
        canceled = host.canceled().err();
        canceled.is_none()
    });
    match (canceled, made) {
        (Some(canceled), _) => Err(canceled),
        (None, made) => made.map(drop).map_err(EngineError::input),
    }
}

/// Writes the speech for the generator.
///
/// # Errors
/// It cannot be read, or the folder cannot be written.
pub(crate) fn speech(source: &Path, target: &Path) -> Result<(), EngineError> {
    let mut reader = hound::WavReader::open(source).map_err(unreadable)?;
    let hound::WavSpec { sample_rate, channels, .. } = reader.spec();
    let spec = hound::WavSpec { sample_rate, channels, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let failed = |error: hound::Error| unwritable(target)(std::io::Error::other(error));
    let mut writer = hound::WavWriter::create(target, spec).map_err(failed)?;
    for sample in reader.samples::<f32>() {
        let sample = (sample.map_err(unreadable)? * f32::from(i16::MAX)).round();
        writer.write_sample(sample.clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16).map_err(failed)?;
    }
    writer.finalize().map_err(failed)
}

/// Length of the speech.
///
/// # Errors
/// It cannot be read.
pub(crate) fn seconds(speech: &Path) -> Result<f64, EngineError> {
    let reader = hound::WavReader::open(speech).map_err(unreadable)?;
    Ok(f64::from(reader.duration()) / f64::from(reader.spec().sample_rate))
}

fn unreadable(error: hound::Error) -> EngineError {
    EngineError::input(format!("the speech cannot be read: {error}"))
}

fn unwritable(path: &Path) -> impl Fn(std::io::Error) -> EngineError {
    move |error| EngineError::backend(format!("{} cannot be written: {error}", path.display()))
}
