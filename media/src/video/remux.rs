//! Remuxing: the packets of a video that somebody else has made, in an MP4 like ours with the index in front.

use std::path::Path;
use std::time::Instant;

use ffmpeg_next::format::context::{Input, Output};
use ffmpeg_next::{Rational, codec, encoder, media};

use super::error::VideoError;
use super::mp4::{create_mp4, write_header};
use super::picture_track::{PictureTrack, Threads};
use super::sound_encoder::SoundEncoder;
use super::spec::{FrameRate, VideoSummary};
use super::verify::verify;
use crate::ffmpeg;
use crate::partial_file::PartialFile;

/// Pictures that go on for no longer than this behind the end of the speech stay, in seconds.
pub(super) const OVERHANG: f64 = 0.25;

/// Copies the pictures of a video into an MP4 whose index stands at the front, and decodes it from start to end before it
/// gets its name. Its sound becomes `sound`, encoded to AAC and cut or filled up to the end of the pictures; without one,
/// its own is copied. Pictures behind `end`, in seconds, are left out from the first place on where that needs no encoding,
/// which is a few pictures later at most. `checked` is told how many pictures have been decoded.
///
/// # Errors
/// It has no pictures in H.264, its own sound is needed and not AAC, the other one is none, or it is damaged.
pub(super) fn remux(
    source: &Path,
    output: &Path,
    sound: Option<&Path>,
    end: Option<f64>,
    checked: impl FnMut(u64),
) -> Result<VideoSummary, VideoError> {
    let cut = end.map_or(Ok(None), |end| cut_behind(source, end))?;
    let mut input = ffmpeg::open(source)?;
    let (file, _) = PartialFile::create(output)?;
    let start = Instant::now();
    let sound_cut_seconds = write(&mut input, create_mp4(file.path())?, sound, cut.map(|(packets, _)| packets))?;
    let encode_seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let facts = verify(file.path(), checked)?;
    if sound.is_some() && facts.sound.is_none() {
        return Err(VideoError::Verify { reason: "its sound is missing".to_owned() });
    }
    let bytes = std::fs::metadata(file.path())?.len();
    file.publish()?;
    Ok(VideoSummary {
        frames: facts.frames,
        seconds: facts.seconds,
        width: facts.width,
        height: facts.height,
        bytes,
        sound_cut_seconds,
        pictures_cut_seconds: cut.map_or(0.0, |(_, seconds)| seconds),
        encoded_anew: None,
        encode_seconds,
        verify_seconds: start.elapsed().as_secs_f64(),
    })
}

/// A track that is copied.
struct Track {
    from: usize,
    time_base: Rational,
}

/// How many packets of pictures are kept of a video that is longer than so many seconds, and how many seconds are left out.
/// A picture may need one that is shown later, so it is cut where all that were stored before are shown before.
fn cut_behind(path: &Path, end: f64) -> Result<Option<(u64, f64)>, VideoError> {
    let mut track = PictureTrack::open(path, Threads::One)?;
    let mut times = Vec::new();
    while let Some(packet) = track.next_packet()? {
        let Some(time) = packet.pts().or(packet.dts()) else { return Ok(None) };
        times.push(time);
    }
    let Some(first) = times.iter().min().copied() else { return Ok(None) };
    let mut still_to_come = times.clone();
    for at in (1..times.len()).rev() {
        still_to_come[at - 1] = still_to_come[at - 1].min(still_to_come[at]);
    }
    let seconds = |time: i64| (time - first) as f64 * f64::from(track.time_base);
    let half_a_picture = track.seconds() / times.len() as f64 / 2.0;
    let mut shown = i64::MIN;
    for (kept, (time, next)) in (1..).zip(times.iter().zip(&still_to_come[1..])) {
        shown = shown.max(*time);
        let left = track.seconds() - seconds(*next);
        if shown < *next && seconds(*next) + half_a_picture >= end {
            return Ok((left > OVERHANG).then_some((kept, left)));
        }
    }
    Ok(None)
}

/// Writes everything, or so many packets of pictures, and returns the seconds of sound that were left out.
fn write(input: &mut Input, mut output: Output, sound: Option<&Path>, kept: Option<u64>) -> Result<f64, VideoError> {
    let pictures = input.streams().best(media::Type::Video).ok_or_else(|| VideoError::broken("it has no pictures"))?;
    let rate = FrameRate::of(pictures.avg_frame_rate());
    if !rate.is_known() {
        return Err(VideoError::broken("it has no frame rate"));
    }
    let mut tracks = vec![copied(input, &mut output, media::Type::Video, codec::Id::H264)?];
    if sound.is_none() && input.streams().best(media::Type::Audio).is_some() {
        tracks.push(copied(input, &mut output, media::Type::Audio, codec::Id::AAC)?);
    }
    let mut sound = sound.map(|sound| SoundEncoder::open(sound, rate, &mut output)).transpose()?;
    write_header(&mut output)?;
    let mut frames = 0;
    while let Some(mut packet) = ffmpeg::next_packet(input)? {
        let Some(to) = tracks.iter().position(|track| track.from == packet.stream()) else { continue };
        if to == 0 && kept.is_some_and(|kept| frames >= kept) {
            // Its own sound, which is copied where there is no other, goes on to its end.
            if tracks.len() == 1 {
                break;
            }
            continue;
        }
        let base = output.stream(to).map_or(tracks[to].time_base, |stream| stream.time_base());
        packet.set_stream(to);
        packet.set_position(-1);
        packet.rescale_ts(tracks[to].time_base, base);
        packet.write_interleaved(&mut output).map_err(VideoError::encoder)?;
        frames += u64::from(to == 0);
        if let Some(sound) = sound.as_mut().filter(|_| to == 0) {
            sound.advance(frames, rate, &mut output)?;
        }
    }
    let cut = sound.map_or(Ok(0.0), |mut sound| sound.finish(frames, rate, &mut output))?;
    output.write_trailer().map_err(VideoError::encoder)?;
    Ok(cut)
}

/// Adds a track like that of the input.
fn copied(input: &Input, output: &mut Output, kind: media::Type, wanted: codec::Id) -> Result<Track, VideoError> {
    let from = input.streams().best(kind).ok_or_else(|| VideoError::broken(format!("it has no {}", told(kind))))?;
    let found = from.parameters().id();
    if found != wanted {
        return Err(VideoError::broken(format!("its {} is {}, not {}", told(kind), found.name(), wanted.name())));
    }
    let mut to = output.add_stream(encoder::find(codec::Id::None)).map_err(VideoError::encoder)?;
    to.set_parameters(from.parameters());
    to.set_time_base(from.time_base());
    to.set_avg_frame_rate(from.avg_frame_rate());
    Ok(Track { from: from.index(), time_base: from.time_base() })
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
            let summary = remux(&file(name), &file("out.mp4"), None, None, |_| ()).unwrap();
            assert_eq!((summary.frames, summary.width, summary.height), (25, 64, 48), "{name}");
            let facts = verify(&file("out.mp4"), |_| ()).unwrap();
            assert!((facts.sound.unwrap().seconds - 1.2).abs() < 0.05, "{name}: its own sound is not cut");
            let bytes = std::fs::read(file("out.mp4")).unwrap();
            let at = |word: &[u8]| bytes.windows(4).position(|window| window == word).unwrap();
            assert!(at(b"moov") < at(b"mdat"));
        }
        made("other.mp4", &["-c:v", "mpeg4", "-c:a", "aac"]);
        assert!(
            remux(&file("other.mp4"), &file("no.mp4"), None, None, |_| ()).unwrap_err().to_string().contains("mpeg4")
        );
        let whole = std::fs::read(file("out.mp4")).unwrap();
        std::fs::write(file("half.mp4"), &whole[..whole.len() / 2]).unwrap();
        remux(&file("half.mp4"), &file("no.mp4"), None, None, |_| ()).unwrap_err();
        assert!(!file("no.mp4").exists());
    }

    #[test]
    fn what_is_longer_than_the_speech_is_cut_where_pictures_do_not_need_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        ffmpeg(&["-f", "lavfi", "-i", "sine=duration=2", file("speech.wav").to_str().unwrap()]);
        for (name, encoder) in [("plain", &["-bf", "0"][..]), ("far", &["-bf", "8", "-x264opts", "b-pyramid=strict"])] {
            let source = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=5", "-pix_fmt", "yuv420p"];
            let long = file("long.mp4");
            ffmpeg(&[&source[..], &["-c:v", "libx264"], encoder, &[long.to_str().unwrap()]].concat());
            let speech = file("speech.wav");
            let summary = remux(&long, &file("out.mp4"), Some(&speech), Some(2.0), |_| ()).unwrap();
            assert!((50..=60).contains(&summary.frames), "{name}: {summary:?}");
            assert!((summary.seconds + summary.pictures_cut_seconds - 5.0).abs() < 0.01, "{name}: {summary:?}");
            assert!(name != "plain" || summary.frames == 50, "{summary:?}");
            let facts = verify(&file("out.mp4"), |_| ()).unwrap();
            assert!((facts.sound.unwrap().seconds - facts.seconds).abs() < 0.05, "{name}");
            // A little longer is no matter, and shorter is none of this.
            for end in [4.8, 7.0] {
                let summary = remux(&long, &file("out.mp4"), Some(&speech), Some(end), |_| ()).unwrap();
                assert_eq!((summary.frames, summary.pictures_cut_seconds), (125, 0.0), "{name}");
            }
        }
    }

    #[test]
    fn another_sound_takes_the_place_of_its_own_and_ends_with_the_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let silent =
            ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=2", "-c:v", "libx264", "-pix_fmt", "yuv420p"];
        ffmpeg(&[&silent[..], &[file("silent.mp4").to_str().unwrap()]].concat());
        for (seconds, cut) in [("3", 1.0), ("1", 0.0)] {
            let name = format!("{seconds}.wav");
            let sine = format!("sine=duration={seconds}:sample_rate=44100");
            ffmpeg(&["-f", "lavfi", "-i", &sine, "-ac", "2", file(&name).to_str().unwrap()]);
            let summary = remux(&file("silent.mp4"), &file("out.mp4"), Some(&file(&name)), None, |_| ()).unwrap();
            assert!((summary.sound_cut_seconds - cut).abs() < 0.01, "{summary:?}");
            let sound = verify(&file("out.mp4"), |_| ()).unwrap().sound.unwrap();
            assert_eq!((sound.sample_rate, sound.channels), (44_100, 2));
            assert!((sound.seconds - 2.0).abs() < 0.05, "{sound:?}");
        }
    }
}
