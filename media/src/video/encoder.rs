//! The encoder of a video file: pictures in, an MP4 with its sound out. Runs on the thread that [`super::writer`] starts.

use std::path::Path;

use ffmpeg_next::format::Pixel;
use ffmpeg_next::format::context::Output;
use ffmpeg_next::{Dictionary, Rational, codec, color, encoder, frame};

use super::error::VideoError;
use super::mp4::{create_mp4, write_header, write_packets};
use super::sound_encoder::SoundEncoder;
use super::spec::VideoSpec;
use crate::ffmpeg;

/// FFmpeg's name of the encoder for pictures.
const PICTURES: &str = "libx264";

/// What the encoder made of its frames.
pub(super) struct Encoded {
    pub(super) frames: u64,
    pub(super) sound_cut_seconds: f64,
}

/// One file being encoded.
pub(super) struct Encoder {
    spec: VideoSpec,
    output: Output,
    pictures: encoder::Video,
    stream: usize,
    sound: Option<SoundEncoder>,
    frames: u64,
}

impl Encoder {
    /// Opens everything and writes the header.
    pub(super) fn open(path: &Path, spec: VideoSpec, sound: Option<&Path>) -> Result<Self, VideoError> {
        let mut output = create_mp4(path)?;
        let pictures = picture_encoder(spec)?;
        let mut stream = output.add_stream_with(&pictures).map_err(VideoError::encoder)?;
        stream.set_time_base(time_base(spec));
        stream.set_avg_frame_rate(time_base(spec).invert());
        let stream = stream.index();
        let sound = sound.map(|sound| SoundEncoder::open(sound, spec.rate, &mut output)).transpose()?;
        write_header(&mut output)?;
        Ok(Self { spec, output, pictures, stream, sound, frames: 0 })
    }

    /// Encodes the next picture, and the sound up to its end. The frame is free again afterwards.
    pub(super) fn frame(&mut self, picture: &mut frame::Video) -> Result<(), VideoError> {
        picture.set_pts(Some(self.frames as i64));
        self.pictures.send_frame(picture).map_err(VideoError::encoder)?;
        self.frames += 1;
        self.write_packets()?;
        if let Some(sound) = &mut self.sound {
            sound.advance(self.frames, self.spec.rate, &mut self.output)?;
        }
        Ok(())
    }

    /// Whether no picture has come yet.
    pub(super) fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Writes what the encoders still hold, and the index.
    pub(super) fn finish(mut self) -> Result<Encoded, VideoError> {
        self.pictures.send_eof().map_err(VideoError::encoder)?;
        self.write_packets()?;
        let sound_cut_seconds = match &mut self.sound {
            Some(sound) => sound.finish(self.frames, self.spec.rate, &mut self.output)?,
            None => 0.0,
        };
        self.output.write_trailer().map_err(VideoError::encoder)?;
        Ok(Encoded { frames: self.frames, sound_cut_seconds })
    }

    fn write_packets(&mut self) -> Result<(), VideoError> {
        write_packets(&mut self.pictures, self.stream, time_base(self.spec), &mut self.output)
    }
}

/// The encoders that videos need and this FFmpeg lacks.
pub fn missing_encoders() -> Vec<&'static str> {
    ffmpeg::start();
    let mut missing = Vec::new();
    if encoder::find_by_name(PICTURES).is_none() {
        missing.push(PICTURES);
    }
    if encoder::find(codec::Id::AAC).is_none() {
        missing.push("aac");
    }
    missing
}

fn picture_encoder(spec: VideoSpec) -> Result<encoder::Video, VideoError> {
    let codec = encoder::find_by_name(PICTURES)
        .ok_or_else(|| VideoError::Encoder { reason: "this FFmpeg was built without libx264".to_owned() })?;
    let mut encoder = codec::Context::new_with_codec(codec).encoder().video().map_err(VideoError::encoder)?;
    encoder.set_width(spec.width);
    encoder.set_height(spec.height);
    encoder.set_format(Pixel::YUV420P);
    encoder.set_time_base(time_base(spec));
    encoder.set_frame_rate(Some(time_base(spec).invert()));
    // A key picture every two seconds keeps seeking quick.
    encoder.set_gop((2.0 * spec.rate.as_f64()).round() as u32);
    encoder.set_colorspace(color::Space::BT709);
    encoder.set_color_primaries(color::Primaries::BT709);
    encoder.set_color_transfer_characteristic(color::TransferCharacteristic::BT709);
    encoder.set_color_range(color::Range::MPEG);
    encoder.set_flags(codec::Flags::GLOBAL_HEADER);
    let mut options = Dictionary::new();
    // As small and as good as the preset "veryfast" makes it, in less time: what a portrait gains most from, looking ahead
    // to spend bits on what stays, "superfast" alone leaves out. docs/architecture.md has the figures.
    options.set("preset", "superfast");
    options.set("x264-params", "mbtree=1:rc-lookahead=10:b-adapt=0");
    options.set("crf", "18");
    encoder.open_as_with(codec, options).map_err(VideoError::encoder)
}

fn time_base(spec: VideoSpec) -> Rational {
    Rational::new(spec.rate.den as i32, spec.rate.num as i32)
}
