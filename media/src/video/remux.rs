//! A video that somebody else has made, in the form in which ours are: the same packets, the index in front.

use std::path::Path;

use ffmpeg_next as ffmpeg;

use ffmpeg::{Rational, codec, encoder, media};

use super::encoder::{create_mp4, write_header};
use super::{VideoError, VideoFacts, verify};
use crate::native::{self, OpenError};
use crate::part::PartFile;

/// Copies pictures and sound of a video into an MP4 whose index stands at the front, and decodes it from start to end
/// before it gets its name. Nothing is encoded anew.
///
/// # Errors
/// It has no pictures in H.264, its sound is not AAC, or it is damaged.
pub fn remux(source: &Path, output: &Path) -> Result<VideoFacts, VideoError> {
    let mut input = native::open(source).map_err(|error| match error {
        OpenError::Io(error) => VideoError::Io(error),
        OpenError::Unknown(reason) => VideoError::Verify { reason },
    })?;
    let (file, _) = PartFile::create(output)?;
    let mut muxer = create_mp4(file.path())?;
    let mut tracks: Vec<(usize, Rational)> = Vec::new();
    for (kind, wanted) in [(media::Type::Video, codec::Id::H264), (media::Type::Audio, codec::Id::AAC)] {
        let Some(from) = input.streams().best(kind) else {
            match kind {
                media::Type::Video => return Err(VideoError::Verify { reason: "it has no pictures".to_owned() }),
                _ => continue,
            }
        };
        let found = from.parameters().id();
        if found != wanted {
            let reason = format!("its {} is {}, not {}", told(kind), found.name(), wanted.name());
            return Err(VideoError::Verify { reason });
        }
        let mut to = muxer.add_stream(encoder::find(codec::Id::None)).map_err(VideoError::encoder)?;
        to.set_parameters(from.parameters());
        to.set_time_base(from.time_base());
        to.set_avg_frame_rate(from.avg_frame_rate());
        tracks.push((from.index(), from.time_base()));
    }
    write_header(&mut muxer)?;
    while let Some(mut packet) = native::next_packet(&mut input)? {
        let Some(to) = tracks.iter().position(|(from, _)| *from == packet.stream()) else { continue };
        let from_base = tracks[to].1;
        let to_base = muxer.stream(to).map_or(from_base, |stream| stream.time_base());
        packet.set_stream(to);
        packet.set_position(-1);
        packet.rescale_ts(from_base, to_base);
        packet.write_interleaved(&mut muxer).map_err(VideoError::encoder)?;
    }
    muxer.write_trailer().map_err(VideoError::encoder)?;
    drop(muxer);
    let facts = verify(file.path(), |_| ())?;
    file.publish()?;
    Ok(facts)
}

fn told(kind: media::Type) -> &'static str {
    match kind {
        media::Type::Video => "picture track",
        _ => "sound",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::ffmpeg;

    #[test]
    fn the_packets_stay_and_the_index_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let sources =
            ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=1", "-f", "lavfi", "-i", "sine=duration=1.2"];
        let made =
            |name: &str, codecs: &[&str]| ffmpeg(&[&sources[..], codecs, &[file(name).to_str().unwrap()]].concat());
        made("plain.mp4", &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]);
        made("plain.mkv", &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]);
        for name in ["plain.mp4", "plain.mkv"] {
            let facts = remux(&file(name), &file("out.mp4")).unwrap();
            assert_eq!((facts.frames, facts.width, facts.height), (25, 64, 48), "{name}");
            assert!((facts.sound.unwrap().seconds - 1.2).abs() < 0.05, "{name}: the sound is not cut");
            let bytes = std::fs::read(file("out.mp4")).unwrap();
            let at = |word: &[u8]| bytes.windows(4).position(|window| window == word).unwrap();
            assert!(at(b"moov") < at(b"mdat"));
        }
        made("other.mp4", &["-c:v", "mpeg4", "-c:a", "aac"]);
        assert!(remux(&file("other.mp4"), &file("no.mp4")).unwrap_err().to_string().contains("mpeg4"));
        let whole = std::fs::read(file("out.mp4")).unwrap();
        std::fs::write(file("half.mp4"), &whole[..whole.len() / 2]).unwrap();
        remux(&file("half.mp4"), &file("no.mp4")).unwrap_err();
        assert!(!file("no.mp4").exists());
    }
}
