//! Writing an MP4 file with FFmpeg: opening it, its header with the index in front, packets from an encoder.

use std::path::Path;

use ffmpeg_next::format::context::Output;
use ffmpeg_next::util::error::EAGAIN;
use ffmpeg_next::{Dictionary, Packet, Rational, encoder};

use super::error::VideoError;
use crate::ffmpeg;

/// An MP4 without streams.
pub(super) fn create_mp4(path: &Path) -> Result<Output, VideoError> {
    ffmpeg::start();
    let path = path.to_str().ok_or_else(|| {
        std::io::Error::new(std::io::ErrorKind::InvalidInput, "FFmpeg needs a path that is valid UTF-8")
    })?;
    // The protocol is spelt out, or a colon in a name would be taken for one.
    ffmpeg_next::format::output_as(&format!("file:{path}"), "mp4").map_err(VideoError::encoder)
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
            Err(ffmpeg_next::Error::Eof | ffmpeg_next::Error::Other { errno: EAGAIN }) => return Ok(()),
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
