//! One job as it was rendered: how it ended, what the engine said meanwhile, and what it left.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use avatar_media::video::VideoSummary;
use engine_api::{EngineError, VideoFormat};

use crate::domain::counted::counted;
use crate::domain::progress::Progress;
use crate::host::calls::{Call, What};
use crate::host::exit::HostExit;

/// How a job, or loading, ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The video is complete and verified.
    Done(VideoSummary),
    /// The engine, or its host, said that it failed.
    Refused(EngineError),
    /// The machine lacked something.
    Short(String),
    /// The process ended.
    Died(HostExit),
    /// Nothing came of it in so long, and the process was killed.
    Late(Duration),
}

/// One job.
#[derive(Debug)]
pub(super) struct Take {
    pub(super) ended: Ended,
    /// How long it took.
    pub(super) took: Duration,
    /// From the cancel to the end, where it was canceled.
    pub(super) canceled: Option<Duration>,
    /// What the engine said.
    pub(super) calls: Vec<Call>,
    /// What was told of its progress.
    pub(super) progress: Vec<Progress>,
    /// Files that lay beside the engine's folder at the end and are not the host's.
    pub(super) strewn: Vec<PathBuf>,
}

impl Take {
    /// The video.
    ///
    /// # Errors
    /// There is none: why, in a sentence.
    pub(super) fn video(&self) -> Result<&VideoSummary, String> {
        match &self.ended {
            Ended::Done(video) => Ok(video),
            other => Err(other.to_string()),
        }
    }

    /// The video in words.
    ///
    /// # Errors
    /// As [`Take::video`].
    pub(super) fn told(&self) -> Result<String, String> {
        let video = self.video()?;
        let (frames, seconds) = (counted(video.frames, "frame"), self.took.as_secs_f64());
        Ok(format!("{frames} of {}x{} in {seconds:.2} s", video.width, video.height))
    }

    /// Whether the host is there for another job.
    pub(super) fn left_its_host(&self) -> bool {
        !matches!(self.ended, Ended::Died(_) | Ended::Late(_))
    }

    /// What was announced of the frames.
    pub(super) fn format(&self) -> Option<VideoFormat> {
        self.calls.iter().find_map(|call| match call.what {
            What::Begin { format } => Some(format),
            _ => None,
        })
    }

    /// Its frames, each by the digest of its pixels and whether they have one colour.
    pub(super) fn frames(&self) -> Vec<(&str, bool)> {
        self.calls
            .iter()
            .filter_map(|call| match &call.what {
                What::Frame { sha256, is_plain } => Some((sha256.as_str(), *is_plain)),
                _ => None,
            })
            .collect()
    }

    /// Whether it has the very frames of another one.
    pub(super) fn shows_the_same(&self, other: &Self) -> bool {
        self.frames() == other.frames()
    }

    /// The longest time in which the engine said nothing, with what it had said last.
    pub(super) fn longest_silence(&self) -> (Duration, String) {
        let mut longest = (0.0, "the job's beginning".to_owned());
        let (mut last, mut said) = (0.0, longest.1.clone());
        for call in &self.calls {
            if call.at - last > longest.0 {
                longest = (call.at - last, said);
            }
            last = call.at;
            said = match &call.what {
                What::Begin { .. } => "begin".into(),
                What::Frame { .. } => "a frame".into(),
                What::Progress { stage, .. } => format!("progress of {stage:?}"),
                What::Phase { phase } => format!("phase {}", phase.name()),
                What::Deliver => "deliver".into(),
            };
        }
        (Duration::from_secs_f64(longest.0), longest.1)
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(video) => write!(f, "a video of {}", counted(video.frames, "frame")),
            Self::Refused(error) => {
                let kind = serde_json::to_value(error.kind).unwrap_or_default();
                write!(f, "error of kind `{}`: {error}", kind.as_str().unwrap_or_default())
            }
            Self::Short(what) => write!(f, "the machine is short of something: {what}"),
            Self::Died(exit) => exit.fmt(f),
            Self::Late(limit) => write!(f, "nothing came of it within {} s (--timeout)", limit.as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(calls: Vec<(f64, What)>) -> Take {
        let calls = calls.into_iter().map(|(at, what)| Call { at, what }).collect();
        let ended = Ended::Refused(EngineError::input("no face"));
        Take { ended, took: Duration::ZERO, canceled: None, calls, progress: vec![], strewn: vec![] }
    }

    #[test]
    fn a_take_is_told_by_its_frames_and_its_silence() {
        let read = || What::Progress { stage: "read".into(), done: 0, total: 0 };
        let one = take(vec![(0.5, read()), (2.5, What::frame(&[0; 3])), (3.0, What::frame(&[0, 0, 1]))]);
        assert_eq!(one.longest_silence(), (Duration::from_secs(2), "progress of \"read\"".into()));
        assert_eq!(one.frames().iter().map(|frame| frame.1).collect::<Vec<_>>(), [true, true]);
        assert!(one.shows_the_same(&take(vec![(9.0, What::frame(&[0; 3])), (9.5, What::frame(&[0, 0, 1]))])));
        assert!(!one.shows_the_same(&take(vec![(0.0, What::frame(&[0; 3]))])));
        assert_eq!(one.video().unwrap_err(), "error of kind `input`: no face");
    }
}
