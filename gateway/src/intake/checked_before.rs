//! What has been checked before: the same content from the same client under the same rules is taken as it was found then.
//! Of other clients' uploads nothing is used, so that nobody learns from the time it takes whether somebody else has sent a
//! file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::Serialize;

use crate::blobs::Blobs;
use crate::blobs::key::BlobKey;
use crate::blobs::scratch::{Scratch, ScratchFile};
use crate::digest;
use crate::domain::client::Client;

/// The build of the program that decodes and judges, as far as the file that it lies in tells: another one may judge in another
/// way.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Build {
    version: &'static str,
    bytes: u64,
    modified: u128,
}

impl Build {
    pub(super) fn of(program: &Path) -> Self {
        let file = fs::metadata(program).ok();
        let modified = file.as_ref().and_then(|file| file.modified().ok()?.duration_since(UNIX_EPOCH).ok());
        Self {
            version: env!("CARGO_PKG_VERSION"),
            bytes: file.map_or(0, |file| file.len()),
            modified: modified.unwrap_or_default().as_nanos(),
        }
    }

    /// What content is checked as: its digest, what it is held to, and who sends it, in one digest.
    pub(super) fn check_of(&self, sha256: &str, rules: &impl Serialize, client: Client) -> String {
        let whose = format!("{client:?}");
        let all = serde_json::to_vec(&(sha256, rules, whose, self)).expect("rules are plain data");
        digest::of_bytes(&all)
    }
}

/// What was made of an earlier upload, once more; `None` where it is gone, or cannot be had: then it is made anew.
pub(super) async fn made_before(key: BlobKey, blobs: &dyn Blobs, scratch: &Scratch) -> Option<ScratchFile> {
    let kept: PathBuf = blobs.stage(key).await.ok()?.to_path_buf();
    let copy = scratch.file().ok()?;
    let copying = move || fs::copy(kept, &copy).map(|_| copy);
    tokio::task::spawn_blocking(copying).await.ok()?.ok()
}
