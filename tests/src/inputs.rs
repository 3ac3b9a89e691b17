//! Portraits and speech for jobs, and weights to render them with, made at run time.

use std::path::{Path, PathBuf};
use std::process::Command;

use avatar_samples::portrait::{self, PortraitSpec};
use avatar_samples::speech::{self, BabbleSpec};

use crate::build;

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

/// Writes weights for networks of an engine that are far smaller than the published ones, into files like theirs. They are
/// made by a rule, and their videos show nothing.
///
/// # Panics
/// There is no libtorch.
pub fn small_weights(engine: &str, folder: &Path) -> PathBuf {
    let weights = folder.join(format!("{engine}-weights"));
    let written =
        Command::new(build::weights_writer(engine)).arg(&weights).arg("--tiny").output().expect("it was built");
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    weights
}
