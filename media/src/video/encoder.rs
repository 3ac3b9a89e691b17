//! The encoder of a video file: pictures in, an MP4 with its sound out. Runs on the thread that [`super::writer`] starts.

use std::path::Path;

use ffmpeg_next as ffmpeg;

use ffmpeg::format::Pixel;
use ffmpeg::format::context::Output;
use ffmpeg::util::color;
use ffmpeg::util::error::EAGAIN;
use ffmpeg::{Dictionary, Packet, Rational, codec, encoder, frame};

use super::soundtrack::SoundTrack;
use super::{VideoError, VideoSpec};
use crate::native;

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
    sound: Option<SoundTrack>,
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
        let sound = sound.map(|sound| SoundTrack::open(sound, spec.rate, &mut output)).transpose()?;
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

/// An MP4 without streams.
pub(super) fn create_mp4(path: &Path) -> Result<Output, VideoError> {
    native::start();
    let path = path.to_str().ok_or_else(|| {
        std::io::Error::new(std::io::ErrorKind::InvalidInput, "FFmpeg needs a path that is valid UTF-8")
    })?;
    // The protocol is spelt out, or a colon in a name would be taken for one.
    ffmpeg::format::output_as(&format!("file:{path}"), "mp4").map_err(VideoError::encoder)
}

/// Ends the adding of streams. The index goes to the front, so that a player can start before it has the whole file.
pub(super) fn write_header(output: &mut Output) -> Result<(), VideoError> {
    let mut options = Dictionary::new();
    options.set("movflags", "+faststart");
    output.write_header_with(options).map(drop).map_err(VideoError::encoder)
}

/// Moves everything that an encoder has ready into the file.
pub(super) fn write_packets(
    encoder: &mut encoder::Encoder,
    stream: usize,
    encoder_base: Rational,
    output: &mut Output,
) -> Result<(), VideoError> {
    let stream_base = output.stream(stream).map_or(encoder_base, |stream| stream.time_base());
    let mut packet = Packet::empty();
    loop {
        match encoder.receive_packet(&mut packet) {
            Ok(()) => {}
            Err(ffmpeg::Error::Eof | ffmpeg::Error::Other { errno: EAGAIN }) => return Ok(()),
            Err(error) => return Err(VideoError::encoder(error)),
        }
        if packet.duration() == 0 {
            // Without it the last picture of the file would last no time at all.
            packet.set_duration(1);
        }
        packet.set_stream(stream);
        packet.rescale_ts(encoder_base, stream_base);
        packet.write_interleaved(output).map_err(VideoError::encoder)?;
    }
}

/// The encoders that videos need and this FFmpeg lacks.
pub fn missing_encoders() -> Vec<&'static str> {
    native::start();
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
    options.set("preset", "veryfast");
    options.set("crf", "18");
    encoder.open_as_with(codec, options).map_err(VideoError::encoder)
}

fn time_base(spec: VideoSpec) -> Rational {
    Rational::new(spec.rate.den as i32, spec.rate.num as i32)
}
