//! Where a video is to be written: looked at before anything is sent, and replaced only by a video that is whole.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use futures::StreamExt;
use reqwest::Response;
use rustix::fs::{Access, access};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::cli::client::job::Video;
use crate::cli::job_progress::JobProgress;
use crate::digest::hex;

/// How long nothing may come of a video.
const SILENCE: Duration = Duration::from_secs(60);

/// A file that can be written.
#[derive(Debug)]
pub(super) struct VideoFile {
    /// As it was named.
    pub(super) name: PathBuf,
    /// Where links from there lead.
    path: PathBuf,
    kind: Kind,
}

/// How to write it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// Under another name until it is whole. There is none yet, and none is to be replaced that comes meanwhile.
    New,
    /// The same, for a file that is there and is to be replaced.
    Replaced,
    /// As it comes: a pipe or a device has no other name.
    Stream,
}

impl VideoFile {
    /// Looks whether a video can be written there. With `replace`, a file that is there is no hindrance.
    ///
    /// # Errors
    /// It cannot, for this reason, with what to do.
    pub(super) fn look(name: &Path, replace: bool) -> Result<Self, String> {
        let here = |path, kind| Ok(Self { name: name.to_owned(), path, kind });
        match fs::metadata(name) {
            _ if name == Path::new("-") => Err("videos are not written to stdout; name a file".into()),
            Ok(there) if there.is_dir() => Err("it is a folder; name a file in it".into()),
            Ok(there) if !there.is_file() => here(name.to_owned(), Kind::Stream),
            Ok(_) if !replace => Err("it is there already; -f replaces it".into()),
            Ok(_) => {
                let path = fs::canonicalize(name).map_err(|error| error.to_string())?;
                access(&path, Access::WRITE_OK).map_err(|error| format!("it cannot be written: {error}"))?;
                beside(&path)?;
                here(path, Kind::Replaced)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                beside(name)?;
                here(name.to_owned(), if replace { Kind::Replaced } else { Kind::New })
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// Whether it is this file, by whatever name.
    pub(super) fn is_same_as(&self, other: &Path) -> bool {
        self.kind == Kind::Replaced && fs::canonicalize(other).is_ok_and(|other| other == self.path)
    }

    /// Writes a video that comes.
    ///
    /// # Errors
    /// It does not come whole, or cannot be written.
    pub(super) async fn receive(
        &self,
        response: Response,
        video: &Video,
        progress: &JobProgress,
    ) -> anyhow::Result<()> {
        let place = || format!("cannot write {}", self.name.display());
        if self.kind == Kind::Stream {
            let file = File::options().write(true).open(&self.path).with_context(place)?;
            return self.copy(response, file, video, progress).await;
        }
        let part = beside(&self.path).map_err(anyhow::Error::msg).with_context(place)?;
        self.copy(response, part.reopen().with_context(place)?, video, progress).await?;
        let kept = if self.kind == Kind::New { part.persist_noclobber(&self.path) } else { part.persist(&self.path) };
        kept.map(drop).with_context(place)
    }

    async fn copy(&self, response: Response, file: File, video: &Video, progress: &JobProgress) -> anyhow::Result<()> {
        progress.transfer("download", video.bytes);
        let (arrived, mut digest) = (progress.counter(), Sha256::new());
        let mut file = tokio::fs::File::from_std(file);
        let mut pieces = response.bytes_stream();
        while let Some(piece) = timeout(SILENCE, pieces.next()).await.context("the download came to a standstill")? {
            let piece = piece.context("the download broke off")?;
            digest.update(&piece);
            file.write_all(&piece).await.with_context(|| format!("cannot write {}", self.name.display()))?;
            arrived(piece.len() as u64);
        }
        file.flush().await.with_context(|| format!("cannot write {}", self.name.display()))?;
        if hex(&digest.finalize()) != video.sha256 {
            bail!("the video has changed on its way: its SHA-256 is not {}; fetch it again", video.sha256);
        }
        Ok(())
    }
}

/// A file beside another, which takes its name once it is complete: a broken download leaves nothing that looks whole.
fn beside(path: &Path) -> Result<NamedTempFile, String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(format!("there is no folder {}; make it first", folder.display()));
    }
    // Readable to whom the user's umask says, and not, as temporary files are, to the user alone.
    let everyone = Permissions::from_mode(0o666);
    let part = tempfile::Builder::new().suffix(".part").permissions(everyone).tempfile_in(folder);
    part.map_err(|error| format!("nothing can be written into {}: {}", folder.display(), reason(&error)))
}

/// The system's own words, without the path that the caller has named.
fn reason(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |code| io::Error::from_raw_os_error(code).to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_cannot_be_written_is_told_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("there.mp4"), "").unwrap();
        let told = |name: &str| VideoFile::look(&at(name), false).unwrap_err();
        assert!(told(".").contains("is a folder"), "{}", told("."));
        assert!(told("there.mp4").contains("-f"), "{}", told("there.mp4"));
        assert!(told("none/out.mp4").contains("no folder"), "{}", told("none/out.mp4"));
        assert!(told("there.mp4/out.mp4").contains("ot a directory"), "{}", told("there.mp4/out.mp4"));
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["there.mp4"], "looking leaves nothing behind");
    }

    #[test]
    fn links_and_devices_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file.mp4"), folder.path().join("link.mp4"));
        fs::write(&file, "").unwrap();
        symlink(&file, &link).unwrap();
        let found = VideoFile::look(&link, true).unwrap();
        assert_eq!((found.path.file_name(), found.kind), (file.file_name(), Kind::Replaced));
        assert!(found.is_same_as(&file));
        assert_eq!(VideoFile::look(Path::new("/dev/null"), false).unwrap().kind, Kind::Stream);
    }
}
