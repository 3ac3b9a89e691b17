//! Videos, put where clients look for them: into the folder that they share with the gateway.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tokio::sync::Mutex;

use crate::app::App;
use crate::blobs::error::BlobError;
use crate::blobs::key::BlobKey;
use crate::domain::job::Job;

/// The folder of inputs and results in the shared one.
pub(super) const TEMP: &str = "temp";

/// Why a video is not where it should be.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResultError {
    /// It cannot be read.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// It cannot be written into the shared folder.
    #[error("it cannot be written into the folder that clients share: {0}")]
    Io(#[from] io::Error),
}

/// One video at a time: two clients may ask for the same one.
static TURN: Mutex<()> = Mutex::const_new(());

/// What the video of a job is called that its client calls `code`.
pub(super) fn name(code: &str) -> String {
    format!("{code}-r.mp4")
}

/// Has the video of a job lie in the shared folder, unless it does already.
///
/// # Errors
/// It cannot be read or written.
pub(super) async fn put(app: &App, job: &Job, code: &str) -> Result<(), ResultError> {
    let Some(artifact) = &job.artifact else { return Ok(()) };
    let root = app.config().generator_files_root();
    let (name, part, bytes) = (name(code), format!(".{}.part", job.id), artifact.bytes);
    let _turn = TURN.lock().await;
    let video = app.blobs.stage(BlobKey::Video(job.id, artifact.attempt)).await?;
    let copying = move || copied(&video, bytes, &root, &part, &name);
    Ok(tokio::task::spawn_blocking(copying).await.map_err(io::Error::other)??)
}

/// Copies a file of so many bytes under a name into the folder `temp` of `root`, so that nobody sees a part of it.
fn copied(from: &Path, bytes: u64, root: &Path, part: &str, name: &str) -> io::Result<()> {
    fs::create_dir_all(root.join(TEMP))?;
    let folder = root.join(TEMP).canonicalize()?;
    if !folder.starts_with(root.canonicalize()?) {
        return Err(io::Error::other("its folder temp leads out of it"));
    }
    let (part, whole) = (folder.join(part), folder.join(name));
    if whole.symlink_metadata().is_ok_and(|there| there.is_file() && there.len() == bytes) {
        return Ok(());
    }
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // A new file, so that no link of somebody else's is followed.
    io::copy(&mut File::open(from)?, &mut File::create_new(&part)?)?;
    fs::rename(&part, &whole)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_video_is_put_into_the_folder_whole_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let (root, video, secret) =
            (folder.path().join("root"), folder.path().join("video"), folder.path().join("secret"));
        fs::write(&video, "video").unwrap();
        fs::write(&secret, "secret").unwrap();
        fs::create_dir_all(root.join("temp")).unwrap();
        for name in ["x.part", "x-r.mp4"] {
            symlink(&secret, root.join("temp").join(name)).unwrap();
        }
        copied(&video, 5, &root, "x.part", "x-r.mp4").unwrap();
        copied(&video, 5, &root, "x.part", "x-r.mp4").unwrap();
        let lies = |path: &Path| fs::read_to_string(path).unwrap();
        assert_eq!((lies(&root.join("temp/x-r.mp4")), lies(&secret)), ("video".into(), "secret".into()));
        assert_eq!(fs::read_dir(root.join("temp")).unwrap().count(), 1);
        fs::remove_dir_all(root.join("temp")).unwrap();
        symlink(folder.path(), root.join("temp")).unwrap();
        assert!(copied(&video, 5, &root, "x.part", "x-r.mp4").is_err());
        assert!(!folder.path().join("x-r.mp4").exists());
    }
}
