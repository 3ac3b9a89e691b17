//! The job's speech, read or heard as far as the video has come.

use std::fs::File;
use std::io::BufReader;

use engine_api::{EngineError, Host, SPEECH_RATE, Speech, listen};
use hound::WavReader;

/// Speech, from where the last frame has heard it to.
pub(crate) struct Voice {
    source: Source,
    frames: u64,
    /// Samples of the next frame.
    samples: Vec<f32>,
}

enum Source {
    File(WavReader<BufReader<File>>),
    Stream,
}

impl Voice {
    pub(crate) fn open(speech: &Speech) -> Result<Self, EngineError> {
        let source = match speech {
            Speech::File(file) => Source::File(WavReader::open(file).map_err(unreadable)?),
            Speech::Stream => Source::Stream,
        };
        Ok(Self { source, frames: 0, samples: Vec::new() })
    }

    /// Its length, where that is known.
    pub(crate) fn seconds(&self) -> Option<f64> {
        match &self.source {
            Source::File(file) => Some(f64::from(file.duration()) / f64::from(SPEECH_RATE)),
            Source::Stream => None,
        }
    }

    /// Loudness of the samples that belong to the next of `fps` frames a second, 0 to 1; none after the end.
    pub(crate) fn loudness(&mut self, fps: u32, host: &mut dyn Host) -> Result<Option<f32>, EngineError> {
        let until = |frame: u64| (frame * u64::from(SPEECH_RATE) / u64::from(fps)) as usize;
        self.samples.resize(until(self.frames + 1) - until(self.frames), 0.0);
        self.frames += 1;
        let heard = match &mut self.source {
            Source::File(file) => read(file, &mut self.samples)?,
            Source::Stream => listen(host, &mut self.samples)?,
        };
        let energy: f32 = self.samples[..heard].iter().map(|sample| sample.powi(2)).sum();
        Ok((heard > 0).then(|| (energy / self.samples.len() as f32).sqrt().min(1.0)))
    }
}

/// Reads samples; gives how many, fewer only at the end.
fn read(file: &mut WavReader<BufReader<File>>, samples: &mut [f32]) -> Result<usize, EngineError> {
    let mut count = 0;
    for (to, sample) in samples.iter_mut().zip(file.samples::<f32>()) {
        *to = sample.map_err(unreadable)?;
        count += 1;
    }
    Ok(count)
}

fn unreadable(error: hound::Error) -> EngineError {
    EngineError::input(format!("the speech cannot be read: {error}"))
}
