//! Encodes the sound of a video from its original file to AAC, in step with the pictures.

use std::path::Path;

use ffmpeg_next::format::Sample;
use ffmpeg_next::format::context::Output;
use ffmpeg_next::format::sample::Type::Planar;
use ffmpeg_next::{ChannelLayout, Rational, codec, encoder, frame};

use super::error::VideoError;
use super::mp4::write_packets;
use super::spec::FrameRate;
use crate::sound::SoundError;
use crate::sound::convert::ConvertedSound;
use crate::sound::file::SoundFile;

/// The sampling rates of MPEG-4 audio (ISO/IEC 14496-3, table 1.18).
const AAC_RATES: [u32; 13] =
    [7_350, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000];

/// Where sound is brought that lay beyond full scale.
const BELOW_FULL_SCALE: f32 = 0.95;

/// Sound that is encoded as far as the pictures have come, and never further.
pub(super) struct SoundEncoder {
    sound: ConvertedSound,
    rate: u32,
    encoder: encoder::Audio,
    stream: usize,
    /// Samples converted and not yet encoded, one queue per channel.
    waiting: Vec<Vec<f32>>,
    /// Samples of each channel given to the encoder.
    encoded: u64,
    ended: bool,
}

impl SoundEncoder {
    /// Opens the sound and adds its stream to the file, before the file's header is written.
    pub(super) fn open(path: &Path, pictures: FrameRate, output: &mut Output) -> Result<Self, VideoError> {
        let file = SoundFile::open(path)?;
        let (facts, is_bounded) = (file.facts(), file.is_bounded());
        let rate = aac_rate(facts.sample_rate, pictures);
        let channels = facts.channels.clamp(1, 2);

        let codec = encoder::find(codec::Id::AAC)
            .ok_or_else(|| VideoError::Encoder { reason: "this FFmpeg has no AAC encoder".to_owned() })?;
        let mut encoder = codec::Context::new_with_codec(codec).encoder().audio().map_err(VideoError::encoder)?;
        encoder.set_rate(rate as i32);
        encoder.set_channel_layout(ChannelLayout::default(i32::from(channels)));
        encoder.set_format(Sample::F32(Planar));
        encoder.set_time_base(Rational::new(1, rate as i32));
        encoder.set_bit_rate(if channels == 1 { 128_000 } else { 192_000 });
        encoder.set_flags(codec::Flags::GLOBAL_HEADER);
        let encoder = encoder.open_as(codec).map_err(VideoError::encoder)?;
        let mut stream = output.add_stream_with(&encoder).map_err(VideoError::encoder)?;
        stream.set_time_base(Rational::new(1, rate as i32));
        let stream = stream.index();
        let level = if is_bounded { 1.0 } else { level(path, rate, channels)? };
        Ok(Self {
            sound: ConvertedSound::new(file, rate, channels).divided_by(level),
            rate,
            encoder,
            stream,
            waiting: vec![Vec::new(); usize::from(channels)],
            encoded: 0,
            ended: false,
        })
    }

    /// Encodes the whole blocks that lie before the end of the first `frames` pictures.
    pub(super) fn advance(&mut self, frames: u64, rate: FrameRate, output: &mut Output) -> Result<(), VideoError> {
        let end = self.samples(frames, rate);
        let block = self.encoder.frame_size() as usize;
        while self.encoded + block as u64 <= end {
            self.encode(block, output)?;
        }
        Ok(())
    }

    /// Ends the sound with the last picture: what is left of it is cut, what is missing is silence. Returns the
    /// seconds that were cut.
    pub(super) fn finish(&mut self, frames: u64, rate: FrameRate, output: &mut Output) -> Result<f64, VideoError> {
        self.advance(frames, rate, output)?;
        let rest = self.samples(frames, rate) - self.encoded;
        // Many players decode the last block whole, so it stays only if that is nearer to the end than leaving it out.
        if rest >= u64::from(self.encoder.frame_size() / 2) {
            self.encode(rest as usize, output)?;
        }
        self.encoder.send_eof().map_err(VideoError::encoder)?;
        self.write_packets(output)?;

        let file = self.sound.file();
        while file.next_frame()?.is_some() {}
        let cut = file.seconds() - rate.seconds(frames);
        // Less than a sample is rounding.
        Ok(if cut > 1.0 / f64::from(self.rate) { cut } else { 0.0 })
    }

    /// How many samples the pictures last.
    fn samples(&self, frames: u64, rate: FrameRate) -> u64 {
        let samples = u128::from(frames) * u128::from(rate.den) * u128::from(self.rate) / u128::from(rate.num);
        samples as u64
    }

    fn encode(&mut self, samples: usize, output: &mut Output) -> Result<(), VideoError> {
        self.fill(samples)?;
        let layout = ChannelLayout::default(self.waiting.len() as i32);
        let mut block = frame::Audio::new(Sample::F32(Planar), samples, layout);
        block.set_rate(self.rate);
        block.set_pts(Some(self.encoded as i64));
        for (channel, waiting) in self.waiting.iter_mut().enumerate() {
            block.plane_mut::<f32>(channel).copy_from_slice(&waiting[..samples]);
            waiting.drain(..samples);
        }
        self.encoder.send_frame(&block).map_err(VideoError::encoder)?;
        self.encoded += samples as u64;
        self.write_packets(output)
    }

    /// Has at least `samples` waiting in each channel, with silence after the end.
    fn fill(&mut self, samples: usize) -> Result<(), SoundError> {
        while self.waiting[0].len() < samples && !self.ended {
            if self.sound.next_block()? {
                for (channel, waiting) in self.waiting.iter_mut().enumerate() {
                    waiting.extend_from_slice(self.sound.channel(channel));
                }
            } else {
                self.ended = true;
            }
        }
        for waiting in &mut self.waiting {
            waiting.resize(waiting.len().max(samples), 0.0);
        }
        Ok(())
    }

    fn write_packets(&mut self, output: &mut Output) -> Result<(), VideoError> {
        write_packets(&mut self.encoder, self.stream, Rational::new(1, self.rate as i32), output)
    }
}

/// What sound is divided by so that it lies within full scale, with a little room for the encoder.
fn level(path: &Path, rate: u32, channels: u16) -> Result<f32, SoundError> {
    let mut sound = ConvertedSound::new(SoundFile::open(path)?, rate, channels);
    while sound.next_block()? {}
    let level = sound.full_scale().level();
    Ok(if level > 1.0 { level / BELOW_FULL_SCALE } else { 1.0 })
}

/// The sound's own rate where AAC has it, else the next above. Half a block must be no longer than a picture, or the
/// two could not end within a picture of each other: telephone sound goes up to 16 kHz for 25 pictures per second.
fn aac_rate(own: u32, pictures: FrameRate) -> u32 {
    let highest = AAC_RATES[AAC_RATES.len() - 1];
    let own = if own > highest { 48_000 } else { own };
    let least = own.max((pictures.as_f64() * 512.0).ceil() as u32);
    AAC_RATES.into_iter().find(|rate| *rate >= least).unwrap_or(highest)
}
