//! Videos that somebody else has made: what an MP4 like ours can hold is copied, the rest is encoded anew.

use std::path::Path;

use ffmpeg_next::format::Pixel;
use ffmpeg_next::{codec, media};

use super::constant_rate::{ConstantRateError, Conversion};
use super::error::VideoError;
use super::picture_track::{PictureTrack, Threads};
use super::reader::VideoReader;
use super::remux::{OVERHANG, remux};
use super::spec::{FrameRate, VideoSpec, VideoSummary};
use super::verify::verify_pictures;

/// How far a file's own word of its rate may be from what its pictures tell.
const RATE_TOLERANCE: f64 = 0.01;

/// Makes an MP4 like ours of a video: H.264 in 8 bits and 4:2:0, with its index in front, decoded from start to end before it
/// gets its name. Pictures are copied where they are that already, and else encoded anew, which the summary tells. Its sound
/// becomes `sound`, cut or filled up to the end of the pictures; without one, it keeps its own. Pictures behind `end`, in
/// seconds, are left out. `checked` is told how many pictures have been gone through.
///
/// # Errors
/// It is no video, or is damaged; or the sound is none.
pub fn deliver(
    source: &Path,
    output: &Path,
    sound: Option<&Path>,
    end: Option<f64>,
    checked: impl FnMut(u64),
) -> Result<VideoSummary, VideoError> {
    let mut track = PictureTrack::open(source, Threads::One)?;
    while track.next_packet()?.is_some() {}
    let own = own_sound(&track);
    let sound_too = sound.is_none() && own.is_some();
    if let Some(kind) = other_kind(&track) {
        let sound = sound.or(sound_too.then_some(source));
        let summary = encode(source, &track, output, sound, end, checked)?;
        return Ok(VideoSummary { encoded_anew: Some(kind), ..summary });
    }
    let foreign = own.filter(|own| sound_too && *own != codec::Id::AAC);
    let sound = sound.or(foreign.map(|_| source));
    let summary = remux(source, output, sound, end, checked)?;
    Ok(VideoSummary { encoded_anew: foreign.map(|sound| sound.name().to_owned()), ..summary })
}

/// The codec of the sound that it brings along.
fn own_sound(track: &PictureTrack) -> Option<codec::Id> {
    track.input.streams().best(media::Type::Audio).map(|sound| sound.parameters().id())
}

/// What its pictures are, if that is not what a video of ours has.
fn other_kind(track: &PictureTrack) -> Option<String> {
    let (codec, pixels) = (track.decoder.id(), track.decoder.format());
    if codec != codec::Id::H264 {
        return Some(codec.name().to_owned());
    }
    let reason = if !matches!(pixels, Pixel::YUV420P | Pixel::YUVJ420P) {
        format!("in {}", pixels.descriptor().map_or("an unknown format", |format| format.name()))
    } else if !track.rate.is_known() {
        "without a frame rate".to_owned()
    } else if track.lacks_start {
        "without a key picture at its start".to_owned()
    } else {
        return None;
    };
    Some(format!("{} {reason}", codec.name()))
}

/// Writes its pictures as new ones. What is damaged is found before, because a reader passes it over.
fn encode(
    source: &Path,
    track: &PictureTrack,
    output: &Path,
    sound: Option<&Path>,
    end: Option<f64>,
    mut checked: impl FnMut(u64),
) -> Result<VideoSummary, VideoError> {
    let mut gone_through = 0;
    let mut step = || {
        gone_through += 1;
        checked(gone_through);
    };
    let facts = verify_pictures(source, |_| step())?;
    let missing = track.seconds_missing();
    if missing > OVERHANG {
        return Err(VideoError::broken(format!("its last {missing:.2} s are missing")));
    }
    let lasts = track.seconds().max(facts.seconds);
    let rate = rate(facts.rate, track.packets as f64 / lasts);
    let cut = end.filter(|end| lasts - end > OVERHANG);
    let until = cut.unwrap_or(lasts);
    let mut conversion = None::<Conversion>;
    for item in VideoReader::open(source)? {
        let (seconds, picture) = item?;
        if conversion.is_some() && seconds + rate.seconds(1) / 2.0 >= until {
            break;
        }
        match &mut conversion {
            Some(conversion) => conversion.show(seconds, picture).map_err(told)?,
            none => *none = Some(Conversion::start(output, rate, picture, sound).map_err(told)?),
        }
        step();
    }
    let conversion = conversion.ok_or_else(|| VideoError::broken("none of its pictures can be decoded"))?;
    let summary = conversion.finish(until, &mut |_| {
        step();
        true
    });
    let summary = summary.map_err(told)?;
    let pictures_cut_seconds = cut.map_or(0.0, |_| (lasts - summary.seconds).max(0.0));
    Ok(VideoSummary { pictures_cut_seconds, ..summary })
}

/// The rate that the file names, if its pictures have it and it can be written; else a whole number near what they have.
fn rate(named: FrameRate, measured: f64) -> FrameRate {
    let is_true = named.is_known() && (named.as_f64() / measured - 1.0).abs() < RATE_TOLERANCE;
    match is_true && VideoSpec::takes(named) {
        true => named,
        false => FrameRate::new(measured.round().clamp(1.0, 60.0) as u32, 1),
    }
}

fn told(error: ConstantRateError) -> VideoError {
    match error {
        ConstantRateError::Clip(error) => error.into(),
        ConstantRateError::Video(error) => error,
        ConstantRateError::GivenUp => VideoError::Encoder { reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests;
