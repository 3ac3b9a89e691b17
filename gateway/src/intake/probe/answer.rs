//! What a child says on stdout, and what becomes of it.

use std::fmt::Display;
use std::io;

use serde::{Deserialize, Serialize};

use crate::domain::code::Code;
use crate::intake::error::UploadError;

/// What the child says on stdout, in one line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer<T> {
    /// It has done its work.
    Found(T),
    /// It has not.
    Refused {
        /// What is wrong with the file; none where it is the gateway that could not do its part.
        code: Option<Code>,
        /// The system's error, where that is the reason.
        errno: Option<i32>,
        /// The same in words.
        message: String,
    },
}

impl<T: Serialize> Answer<T> {
    pub(super) fn refused(code: Option<Code>, error: &dyn Display) -> Self {
        Self::Refused { code, errno: None, message: error.to_string() }
    }

    /// The gateway could not do its part, for this reason.
    pub fn failed(error: &io::Error) -> Self {
        Self::Refused { code: None, errno: error.raw_os_error(), message: error.to_string() }
    }

    /// As it is said.
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("answers are plain data")
    }
}

/// A refusal with its remedy; where there is no code, the gateway could not do its part.
pub(in crate::intake) fn refusal(code: Option<Code>, errno: Option<i32>, message: String) -> UploadError {
    let remedy = code.and_then(|code| {
        Some(match code {
            Code::AudioEmpty | Code::ImageEmpty | Code::VideoEmpty => "send the file's content",
            Code::AudioNoSound => "send a file with speech in it",
            Code::AudioTooDense => "send it in mono or stereo, at 48 kHz or less",
            Code::AudioTooLong => "send a shorter piece, or raise `limits.audio_seconds`",
            Code::AudioUndecodable => "send the sound as WAV, MP3, M4A, FLAC or Ogg; the file may be damaged",
            Code::FaceNone => "send a video in which one face is seen clearly from the front",
            Code::ImageTooLarge => "make the picture smaller, or save it as an ordinary JPEG",
            Code::ImageUndecodable => "export the picture again; the file is damaged or incomplete",
            Code::ImageUnsupported => "save it as an ordinary JPEG or PNG, and send that",
            Code::VideoNoPicture => "send a video in which a face is seen",
            Code::VideoTooFast => "send it at a lower rate, or raise `limits.video_fps`",
            Code::VideoTooLarge => "send it in a smaller size, or raise `limits.video_pixels`",
            Code::VideoTooLong => "send a shorter video, or raise `limits.video_seconds`",
            Code::VideoUndecodable => "send the video as MP4 with H.264; the file may be damaged",
            _ => return None,
        })
    });
    match (code, remedy, errno) {
        (Some(code), Some(remedy), _) => UploadError::Fault { code, message, remedy },
        (.., Some(errno)) => UploadError::Io(io::Error::from_raw_os_error(errno)),
        _ => UploadError::Io(io::Error::other(message)),
    }
}
