//! Files of the server that clients name: they lie below one folder of the operator's, and nothing outside it is read,
//! whatever a name says.

use std::path::{Component, Path, PathBuf};

use tokio::io::AsyncReadExt;

use crate::app::App;
use crate::http::facades::error::Refusal;
use crate::http::problem::ApiError;
use crate::intake::incoming::{Incoming, Received};

/// A name of the client as a path without a way out: `./outputs/a.wav`, `/outputs/a.wav` and `outputs\a.wav` are one.
pub(super) fn relative_path(name: &str) -> Option<PathBuf> {
    if name.contains('\0') {
        return None;
    }
    let name = name.replace('\\', "/");
    let mut place = PathBuf::new();
    for component in Path::new(name.trim_start_matches('/')).components() {
        match component {
            Component::Normal(part) => place.push(part),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (place.components().next().is_some()).then_some(place)
}

/// The operator's file at this place below the folder `root`.
pub(super) async fn find(root: PathBuf, place: PathBuf) -> Result<Option<PathBuf>, ApiError> {
    Ok(tokio::task::spawn_blocking(move || confined(&root, &place)).await.map_err(std::io::Error::other)?)
}

/// The file at this place below the folder, if it is one and no link leads out. Blocks on the disk.
fn confined(root: &Path, place: &Path) -> Option<PathBuf> {
    let (root, file) = (root.canonicalize().ok()?, root.join(place).canonicalize().ok()?);
    (file.starts_with(&root) && file.is_file()).then_some(file)
}

/// A file of the server as if it had been sent: whatever becomes of it there, the job has its own.
///
/// # Errors
/// It has more than `limit` bytes, or cannot be read.
pub(super) async fn receive(app: &App, file: &Path, limit: u64) -> Result<Received, Refusal> {
    let mut source = tokio::fs::File::open(file).await?;
    if source.metadata().await?.len() > limit {
        return Err(Refusal::bad_request(format!("the file has more than {} MiB; raise its `limits`", limit >> 20)));
    }
    let mut incoming = Incoming::new(&app.scratch)?;
    let mut piece = vec![0; 1 << 16];
    loop {
        match source.read(&mut piece).await? {
            0 => return Ok(incoming.complete().await?),
            read => incoming.write(&piece[..read]).await?,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_path_means_a_file_below_the_folder_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("outputs/audio")).unwrap();
        let sound = root.join("outputs/audio/test.wav");
        fs::write(&sound, "sound").unwrap();
        fs::write(folder.path().join("secret"), "secret").unwrap();
        symlink(folder.path(), root.join("outputs/out")).unwrap();
        let found = |name: &str| relative_path(name).and_then(|place| confined(&root, &place));
        let sound = Some(sound.canonicalize().unwrap());
        for name in [
            "./outputs/audio/test.wav",
            "outputs/audio/test.wav",
            "/outputs/audio/test.wav",
            "\\outputs\\audio\\test.wav",
            "outputs//audio/./test.wav",
        ] {
            assert_eq!(found(name), sound, "{name}");
        }
        for name in [
            "",
            ".",
            "/",
            "../secret",
            "outputs/../../secret",
            "outputs/../outputs/audio/test.wav",
            "outputs/out/secret",
            "outputs/audio",
            "outputs/audio/other.wav",
            "..\\secret",
            "outputs/audio/test.wav\0",
            "/etc/passwd",
        ] {
            assert_eq!(found(name), None, "{name:?}");
        }
    }
}
