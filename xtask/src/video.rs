//! Facts about a finished video, read with ffprobe, and whether they are as expected.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;

/// The facts of a video with sound.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Video {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Frames per second.
    pub(crate) rate: f64,
    /// Of the whole file.
    pub(crate) seconds: f64,
    /// Of the picture alone and of the sound alone.
    pub(crate) picture_seconds: f64,
    pub(crate) sound_seconds: f64,
    /// Samples per second.
    pub(crate) sound_rate: u32,
    pub(crate) bytes: u64,
}

/// How far picture and sound may end from the end of the speech.
const TOLERANCE: f64 = 0.1;

impl Video {
    /// Reads the facts; an error if the file is not H.264 with AAC.
    pub(crate) fn probe(path: &Path) -> Result<Self> {
        let facts =
            "stream=codec_type,codec_name,width,height,avg_frame_rate,duration,sample_rate:format=duration,size";
        let printed = command::output(
            Command::new("ffprobe")
                .args(["-v", "error", "-show_entries", facts, "-of", "compact=print_section=1"])
                .arg(path),
        )?;
        Self::parse(&printed).with_context(|| format!("{} is not the video it should be", path.display()))
    }

    /// An error unless picture and sound are as long as the speech.
    pub(crate) fn matches(&self, speech_seconds: f64) -> Result<()> {
        for (what, seconds) in [("picture", self.picture_seconds), ("sound", self.sound_seconds)] {
            if (seconds - speech_seconds).abs() > TOLERANCE {
                bail!("the speech lasts {speech_seconds:.2} s, but the video's {what} {seconds:.2} s");
            }
        }
        Ok(())
    }

    fn parse(printed: &str) -> Result<Self> {
        let sections: Vec<Section<'_>> = printed.lines().filter_map(Section::parse).collect();
        let stream = |kind: &str, codec: &str| -> Result<&Section<'_>> {
            let stream = sections
                .iter()
                .find(|section| section.name == "stream" && section.facts.get("codec_type") == Some(&kind))
                .with_context(|| format!("it has no {kind}"))?;
            match stream.facts.get("codec_name") {
                Some(name) if *name == codec => Ok(stream),
                other => bail!("its {kind} is {}, not {codec}", other.unwrap_or(&"unknown")),
            }
        };
        let (picture, sound) = (stream("video", "h264")?, stream("audio", "aac")?);
        let file =
            sections.iter().find(|section| section.name == "format").context("ffprobe says nothing of the file")?;
        let (frames, second) =
            picture.facts.get("avg_frame_rate").and_then(|rate| rate.split_once('/')).unwrap_or_default();
        let rate = frames.parse::<f64>().context("its frame rate is unknown")? / second.parse::<f64>()?;
        if !(rate.is_finite() && rate > 0.0) {
            bail!("its frame rate is {frames}/{second}");
        }
        Ok(Self {
            width: picture.number("width")?,
            height: picture.number("height")?,
            rate,
            seconds: file.number("duration")?,
            picture_seconds: picture.number("duration")?,
            sound_seconds: sound.number("duration")?,
            sound_rate: sound.number("sample_rate")?,
            bytes: file.number("size")?,
        })
    }
}

/// The length of a sound file in seconds.
pub(crate) fn sound_seconds(path: &Path) -> Result<f64> {
    let printed = command::output(
        Command::new("ffprobe")
            .args(["-v", "error", "-show_entries", "format=duration", "-of", "csv=print_section=0"])
            .arg(path),
    )?;
    printed.trim().parse().with_context(|| format!("cannot tell how long {} is", path.display()))
}

/// A line of ffprobe's compact output: `section|name=value|name=value`.
struct Section<'a> {
    name: &'a str,
    facts: HashMap<&'a str, &'a str>,
}

impl<'a> Section<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (name, facts) = line.trim().split_once('|')?;
        Some(Self { name, facts: facts.split('|').filter_map(|fact| fact.split_once('=')).collect() })
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T> {
        let value = self.facts.get(name).and_then(|value| value.parse().ok());
        value.with_context(|| format!("its {name} is unknown"))
    }
}

#[cfg(test)]
mod tests {
    use super::Video;

    const PRINTED: &str = "\
stream|codec_name=h264|codec_type=video|width=512|height=640|avg_frame_rate=25/1|duration=7.480000
stream|codec_name=aac|codec_type=audio|sample_rate=22050|avg_frame_rate=0/0|duration=7.500000
format|duration=7.500000|size=412345
";

    #[test]
    fn facts_are_read_from_ffprobe() {
        let video = Video::parse(PRINTED).unwrap();
        assert_eq!((video.width, video.height, video.rate), (512, 640, 25.0));
        assert_eq!((video.seconds, video.picture_seconds, video.sound_seconds), (7.5, 7.48, 7.5));
        assert_eq!((video.sound_rate, video.bytes), (22_050, 412_345));
    }

    #[test]
    fn what_is_wrong_with_a_video_is_said() {
        let reason = |printed: &str| Video::parse(printed).unwrap_err().to_string();
        assert_eq!(reason(&PRINTED.replace("h264", "mpeg4")), "its video is mpeg4, not h264");
        assert_eq!(reason(&PRINTED.replace("codec_type=audio", "codec_type=data")), "it has no audio");
        assert_eq!(reason(&PRINTED.replace("25/1", "0/0")), "its frame rate is 0/0");
        assert_eq!(reason(&PRINTED.replace("width=512", "width=N/A")), "its width is unknown");
    }

    #[test]
    fn picture_and_sound_must_end_with_the_speech() {
        let video = Video::parse(PRINTED).unwrap();
        video.matches(7.5).unwrap();
        let error = video.matches(7.59).unwrap_err().to_string();
        assert_eq!(error, "the speech lasts 7.59 s, but the video's picture 7.48 s");
        assert!(video.matches(9.0).is_err());
    }
}
