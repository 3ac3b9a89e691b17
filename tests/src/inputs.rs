//! Portraits and speech for jobs, made at run time.

use std::path::{Path, PathBuf};

use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::speech::{self, BabbleSpec};

/// Writes a portrait of 512 x 512 pixels.
pub fn portrait(folder: &Path) -> PathBuf {
    let path = folder.join("portrait.png");
    portrait::render(&PortraitSpec::default()).save(&path).expect("the folder can be written");
    path
}

/// Writes speech of so many seconds.
pub fn speech(folder: &Path, seconds: f64) -> PathBuf {
    let path = folder.join(format!("speech-{seconds}.wav"));
    let babble = speech::babble(&BabbleSpec { seconds, ..BabbleSpec::default() });
    speech::write_wav(&path, &babble.samples, babble.sample_rate).expect("the folder can be written");
    path
}
