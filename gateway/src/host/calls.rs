//! What an engine says while it renders, call by call: what the conformance kit judges, and nobody else asks for.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use engine_api::{Phase, VideoFormat};
use serde::{Deserialize, Serialize};

use crate::digest::of_bytes;

/// One call of the host by an engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Seconds since the job began.
    pub at: f64,
    /// What was said.
    #[serde(flatten)]
    pub what: What,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum What {
    /// Frames were announced.
    Begin {
        /// How.
        format: VideoFormat,
    },
    /// A frame was handed over; of a video that was delivered, one of its pictures.
    Frame {
        /// SHA-256 of its pixels.
        sha256: String,
        /// Whether all of its pixels have one colour.
        is_plain: bool,
    },
    /// A stage was told of.
    Progress {
        /// The stage.
        stage: String,
        /// Units that are finished.
        done: u64,
        /// Units in all; 0 where that is unknown.
        total: u64,
    },
    /// A phase was told of.
    Phase {
        /// The phase.
        phase: Phase,
    },
    /// A finished file was delivered.
    Deliver,
}

impl What {
    /// A picture of RGB pixels.
    pub fn frame(rgb: &[u8]) -> Self {
        let mut pixels = rgb.chunks_exact(3);
        let is_plain = pixels.next().is_none_or(|first| pixels.all(|pixel| pixel == first));
        Self::Frame { sha256: of_bytes(rgb), is_plain }
    }
}

/// Reads what a host has written, as far as it came; there is nothing where it wrote nothing.
///
/// # Errors
/// The file cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<Call>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        file => file?,
    };
    let lines = BufReader::new(file).lines().collect::<io::Result<Vec<String>>>()?;
    // The last line of a host that died may be cut.
    Ok(lines.iter().map_while(|line| serde_json::from_str(line).ok()).collect())
}

#[cfg(test)]
mod tests {
    use engine_api::FrameRate;

    use super::*;

    #[test]
    fn calls_read_back_as_far_as_they_were_written() {
        let format = VideoFormat { width: 4, height: 2, rate: FrameRate::new(25, 1), frames: Some(1) };
        let said = [
            What::Progress { stage: "read".into(), done: 1, total: 2 },
            What::Phase { phase: Phase::Rendering },
            What::Begin { format },
            What::frame(&[7; 24]),
            What::Deliver,
        ];
        let calls: Vec<Call> = said.into_iter().map(|what| Call { at: 0.5, what }).collect();
        let mut text: String = calls.iter().map(|call| serde_json::to_string(call).unwrap() + "\n").collect();
        text += "{\"at\": 1.0, \"call\": \"fra";
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        assert_eq!(read(file.path()).unwrap(), calls);
        assert_eq!(read(&file.path().with_extension("none")).unwrap(), []);
    }

    #[test]
    fn a_picture_of_one_colour_is_plain() {
        let is_plain = |rgb: &[u8]| matches!(What::frame(rgb), What::Frame { is_plain: true, .. });
        assert_eq!([is_plain(&[1, 2, 3, 1, 2, 3]), is_plain(&[1, 2, 3, 1, 2, 4])], [true, false]);
    }
}
