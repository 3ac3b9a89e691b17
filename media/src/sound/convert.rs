//! Converts a file's sound to the rate and channel count that its reader needs, pulled block by block in constant memory.

use ffmpeg_next::format::Sample;
use ffmpeg_next::format::sample::Type::Planar;
use ffmpeg_next::software::resampling;
use ffmpeg_next::{ChannelLayout, Dictionary, frame};

use super::error::SoundError;
use super::file::SoundFile;
use super::full_scale::FullScale;

const FORMAT: Sample = Sample::F32(Planar);

/// Room for what the resampler's filter gives back late.
const SLACK: usize = 64;

/// Sound converted to 32-bit float within -1 and 1, one plane per channel.
pub(crate) struct ConvertedSound {
    file: SoundFile,
    layout: ChannelLayout,
    rate: u32,
    resampler: Option<resampling::Context>,
    block: frame::Audio,
    capacity: usize,
    /// What samples are multiplied by.
    factor: f32,
    scale: FullScale,
}

impl ConvertedSound {
    /// `channels` is 1 or 2: FFmpeg's rules mix down what the file has more of.
    pub(crate) fn new(file: SoundFile, rate: u32, channels: u16) -> Self {
        let layout = ChannelLayout::default(i32::from(channels));
        let (block, scale) = (frame::Audio::empty(), FullScale::new());
        Self { file, layout, rate, resampler: None, block, capacity: 0, factor: 1.0, scale }
    }

    /// The same, with all samples divided by `level`.
    pub(crate) fn divided_by(self, level: f32) -> Self {
        Self { factor: level.recip(), ..self }
    }

    /// Converts the next block; false at the end. The samples of a block stand in [`Self::channel`].
    pub(crate) fn next_block(&mut self) -> Result<bool, SoundError> {
        loop {
            let Some(decoded) = self.file.next_frame()? else {
                return self.drain();
            };
            let source = (decoded.format(), decoded.channel_layout(), decoded.rate());
            let known = self.resampler.as_ref().map(|resampler| resampler.input());
            if known.is_none_or(|known| (known.format, known.channel_layout, known.rate) != source) {
                // A file that changes its rate half way through loses the few samples left in the old filter.
                self.resampler = None;
            }
            let resampler = match &mut self.resampler {
                Some(resampler) => resampler,
                none => none.insert(resampler(source, (FORMAT, self.layout, self.rate))?),
            };
            let late = resampler.delay().map_or(0, |delay| delay.output.max(0) as usize);
            let expected = decoded.samples() as u64 * u64::from(self.rate) / u64::from(decoded.rate());
            let needed = expected as usize + late + SLACK;
            if needed > self.capacity {
                self.block = frame::Audio::new(FORMAT, needed, self.layout);
                self.capacity = needed;
            }
            // Zero asks for as many samples as the frame has room for.
            self.block.set_samples(0);
            resampler.run(decoded, &mut self.block).map_err(unconvertible)?;
            if self.block.samples() > 0 {
                self.tame();
                return Ok(true);
            }
        }
    }

    /// The samples of one channel in the current block.
    pub(crate) fn channel(&self, channel: usize) -> &[f32] {
        self.block.plane(channel)
    }

    /// How far beyond full scale the samples were that have been converted so far.
    pub(crate) fn full_scale(&self) -> &FullScale {
        &self.scale
    }

    /// The file underneath, for its facts and for what is left of it.
    pub(crate) fn file(&mut self) -> &mut SoundFile {
        &mut self.file
    }

    fn drain(&mut self) -> Result<bool, SoundError> {
        let Some(resampler) = &mut self.resampler else { return Ok(false) };
        self.block.set_samples(0);
        resampler.flush(&mut self.block).map_err(unconvertible)?;
        self.tame();
        Ok(self.block.samples() > 0)
    }

    /// Float files may hold anything; one NaN would spoil every network that hears it, and no encoder takes it.
    fn tame(&mut self) {
        for channel in 0..self.block.planes() {
            for sample in self.block.plane_mut::<f32>(channel) {
                if !sample.is_finite() {
                    *sample = 0.0;
                }
                self.scale.count(*sample);
                *sample = (*sample * self.factor).clamp(-1.0, 1.0);
            }
        }
    }
}

type Shape = (Sample, ChannelLayout, u32);

fn resampler(from: Shape, to: Shape) -> Result<resampling::Context, SoundError> {
    let mut options = Dictionary::new();
    match (from.1.channels(), to.1.channels()) {
        // One channel becomes two as it is. By itself it would lose 3 dB, which is the number that everything is divided by.
        (1, 2) => {
            options.set("rematrix_maxval", "1.0");
            options.set("rematrix_volume", "-0.70710678");
        }
        // Channels are weighed so that their sum stays within 1; without this, float sound grows by 3 dB.
        (1 | 2, _) => options.set("rematrix_maxval", "1.0"),
        // What stands in the middle, mostly speech, keeps its level. The sum of all may lie beyond full scale.
        _ => {}
    }
    resampling::Context::get_with(from.0, from.1, from.2, to.0, to.1, to.2, options).map_err(unconvertible)
}

fn unconvertible(error: ffmpeg_next::Error) -> SoundError {
    SoundError::Undecodable { reason: format!("its samples cannot be converted ({error})") }
}
