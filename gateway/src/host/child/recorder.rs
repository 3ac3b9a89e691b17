//! Writes down what the engine says, for whoever asked for it; otherwise it costs nothing.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use avatar_media::video::VideoReader;

use crate::host::calls::{Call, What};

/// The file that calls are written into, if they are.
pub(super) struct Recorder(Option<(File, Instant)>);

impl Recorder {
    /// Begins the file, where there is to be one.
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        Ok(Self(path.map(File::create).transpose()?.map(|file| (file, Instant::now()))))
    }

    /// Writes down a call. Each is a line in the file before the engine goes on, so that those before a death are known.
    pub(super) fn note(&mut self, what: impl FnOnce() -> What) {
        let Some((file, since)) = &mut self.0 else { return };
        let call = Call { at: since.elapsed().as_secs_f64(), what: what() };
        let mut line = serde_json::to_vec(&call).expect("calls are plain data");
        line.push(b'\n');
        // What is missing there is told by whoever reads it.
        let _ = file.write_all(&line);
    }

    /// Writes down the pictures of a video that the engine has delivered, as far as they can be decoded.
    pub(super) fn pictures(&mut self, video: &Path) {
        if self.0.is_none() {
            return;
        }
        let Ok(pictures) = VideoReader::open(video) else { return };
        for (_, picture) in pictures.map_while(Result::ok) {
            let Ok(pixels) = picture.to_rgb() else { return };
            self.note(|| What::frame(pixels.as_raw()));
        }
    }
}
