//! Files by id: uploads and videos, in the folders of one data directory.
//!
//! Paths are made from typed ids alone; no text of a client becomes one. All functions block on the disk.

use std::fs::{self, DirEntry, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::blobs::data_folder::{DataFolder, naming};
use crate::domain::id::{AudioId, JobId, PhotoId, VideoId};
use crate::domain::job::Job;
use crate::domain::upload::UploadId;

/// The files of a gateway. Clones share them.
#[derive(Debug, Clone)]
pub struct Blobs {
    root: PathBuf,
    _data: DataFolder,
}

impl Blobs {
    /// Makes the folders that are missing.
    ///
    /// # Errors
    /// Whatever the file system answers, with the path.
    pub fn open(data: &DataFolder) -> io::Result<Self> {
        for folder in FOLDERS {
            data.subfolder(folder)?;
        }
        Ok(Self { root: data.path().to_owned(), _data: data.clone() })
    }

    /// The picture that engines read: an upright RGB PNG.
    pub fn photo(&self, id: PhotoId) -> PathBuf {
        self.root.join(PHOTOS).join(format!("{id}.png"))
    }

    /// The speech that engines read: a canonical WAV.
    pub fn speech(&self, id: AudioId) -> PathBuf {
        self.root.join(AUDIO).join(format!("{id}.wav"))
    }

    /// The sound as it was sent, which goes into the result.
    pub fn sound(&self, id: AudioId) -> PathBuf {
        self.root.join(AUDIO).join(format!("{id}.source"))
    }

    /// The source video as it was sent.
    pub fn source_video(&self, id: VideoId) -> PathBuf {
        self.root.join(VIDEOS).join(format!("{id}.source"))
    }

    /// Every file of an upload.
    pub fn upload(&self, id: UploadId) -> Vec<PathBuf> {
        match id {
            UploadId::Photo(id) => vec![self.photo(id)],
            UploadId::Audio(id) => vec![self.speech(id), self.sound(id)],
            UploadId::Video(id) => vec![self.source_video(id)],
        }
    }

    /// The picture that shows what an attempt's video is like.
    pub fn thumbnail(&self, job: JobId, attempt: u32) -> PathBuf {
        self.root.join(ARTIFACTS).join(format!("{job}-{attempt}.jpg"))
    }

    /// The video that an attempt has made.
    pub fn video(&self, job: JobId, attempt: u32) -> PathBuf {
        self.root.join(ARTIFACTS).join(format!("{job}-{attempt}.mp4"))
    }

    /// Removes an upload whose row is gone; returns how many bytes that frees.
    pub fn remove_upload(&self, id: UploadId) -> io::Result<u64> {
        remove(self.upload(id))
    }

    /// Removes what a job has made whose row is gone; returns how many bytes that frees.
    pub fn remove_results(&self, job: &Job) -> io::Result<u64> {
        match &job.artifact {
            Some(artifact) => remove([self.video(job.id, artifact.attempt), self.thumbnail(job.id, artifact.attempt)]),
            None => Ok(0),
        }
    }

    /// Bytes of all uploads and results.
    pub fn bytes(&self) -> io::Result<u64> {
        let mut bytes = 0;
        for entry in self.kept()? {
            bytes += entry.metadata().map_or(0, |file| file.len());
        }
        Ok(bytes)
    }

    /// What stands in the name of every file that has not been changed since `moment`: the id of an upload or job.
    pub fn older_than(&self, moment: SystemTime) -> io::Result<Vec<(PathBuf, Owner)>> {
        let is_old = |entry: &DirEntry| {
            entry.metadata().and_then(|file| file.modified()).is_ok_and(|modified| modified < moment)
        };
        let old = self.kept()?.into_iter().filter(is_old).map(|entry| entry.path());
        Ok(old.filter_map(|path| Some((path.clone(), owner(&path)?))).collect())
    }

    fn kept(&self) -> io::Result<Vec<DirEntry>> {
        let mut entries = Vec::new();
        for folder in FOLDERS {
            let folder = self.root.join(folder);
            for entry in fs::read_dir(&folder).map_err(naming(&folder))? {
                entries.push(entry.map_err(naming(&folder))?);
            }
        }
        Ok(entries)
    }

    /// Gives a finished file its final name. When this returns, file and name survive a loss of power; at no moment
    /// does half a file bear the name.
    pub fn publish(&self, from: &Path, to: &Path) -> io::Result<()> {
        File::open(from).and_then(|file| file.sync_all()).map_err(naming(from))?;
        fs::rename(from, to).map_err(naming(to))?;
        let folder = to.parent().unwrap_or(&self.root);
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(naming(folder))
    }
}

/// To whom a file belongs, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// An upload.
    Upload(UploadId),
    /// An attempt at a job.
    Job(JobId, u32),
}

/// Reads the name of a file; `None` for names that no file of ours has.
fn owner(path: &Path) -> Option<Owner> {
    let folder = path.parent()?.file_name()?.to_str()?;
    let stem = path.file_stem()?.to_str()?;
    let upload = match folder {
        PHOTOS => UploadId::Photo(stem.parse().ok()?),
        AUDIO => UploadId::Audio(stem.parse().ok()?),
        VIDEOS => UploadId::Video(stem.parse().ok()?),
        ARTIFACTS => {
            let (job, attempt) = stem.rsplit_once('-')?;
            return Some(Owner::Job(job.parse().ok()?, attempt.parse().ok()?));
        }
        _ => return None,
    };
    Some(Owner::Upload(upload))
}

/// Removes files that may be gone already; returns how many bytes that frees.
fn remove(files: impl IntoIterator<Item = PathBuf>) -> io::Result<u64> {
    let mut freed = 0;
    for file in files {
        let bytes = fs::metadata(&file).map_or(0, |file| file.len());
        match fs::remove_file(&file) {
            Ok(()) => freed += bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(naming(&file)(error)),
        }
    }
    Ok(freed)
}

const PHOTOS: &str = "photos";
const AUDIO: &str = "audio";
const VIDEOS: &str = "videos";
const ARTIFACTS: &str = "artifacts";
const FOLDERS: [&str; 4] = [PHOTOS, AUDIO, VIDEOS, ARTIFACTS];

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use uuid::Uuid;

    use super::*;

    fn opened() -> (Blobs, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (open(&folder), folder)
    }

    fn open(folder: &tempfile::TempDir) -> Blobs {
        Blobs::open(&DataFolder::open(&folder.path().join("data")).unwrap()).unwrap()
    }

    #[test]
    fn folders_are_made_for_the_gateway_alone_and_kept() {
        let (blobs, folder) = opened();
        fs::write(blobs.photo(Uuid::nil().into()), "x").unwrap();
        for path in ["data", "data/photos", "data/audio", "data/videos", "data/artifacts"] {
            let mode = fs::metadata(folder.path().join(path)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{path}");
        }
        drop(blobs);
        let blobs = open(&folder);
        assert!(blobs.photo(Uuid::nil().into()).exists());
    }

    #[test]
    fn every_kind_of_file_has_its_place() {
        let (blobs, folder) = opened();
        let id = Uuid::from_u128(7);
        let job = JobId::from(id);
        let places = [
            (blobs.photo(id.into()), format!("photos/{id}.png")),
            (blobs.speech(id.into()), format!("audio/{id}.wav")),
            (blobs.sound(id.into()), format!("audio/{id}.source")),
            (blobs.source_video(id.into()), format!("videos/{id}.source")),
            (blobs.thumbnail(job, 2), format!("artifacts/{id}-2.jpg")),
            (blobs.video(job, 2), format!("artifacts/{id}-2.mp4")),
        ];
        for (path, place) in places {
            assert_eq!(path, folder.path().join("data").join(place));
        }
    }

    #[test]
    fn a_published_file_has_its_name_alone() {
        let (blobs, folder) = opened();
        let path = folder.path().join("incoming");
        fs::write(&path, "portrait").unwrap();
        let kept = blobs.photo(Uuid::nil().into());
        blobs.publish(&path, &kept).unwrap();
        assert_eq!(fs::read(&kept).unwrap(), b"portrait");
        assert!(!path.exists());
    }

    #[test]
    fn a_file_names_its_owner() {
        let (blobs, folder) = opened();
        let id = Uuid::from_u128(7);
        for path in
            [blobs.photo(id.into()), blobs.sound(id.into()), blobs.source_video(id.into()), blobs.video(id.into(), 3)]
        {
            fs::write(path, "12345").unwrap();
        }
        fs::write(folder.path().join("data/photos/notes.txt"), "").unwrap();
        assert_eq!(blobs.bytes().unwrap(), 20);
        assert_eq!(blobs.older_than(SystemTime::UNIX_EPOCH).unwrap(), []);
        let later = SystemTime::now() + std::time::Duration::from_secs(9);
        let owners: Vec<_> = blobs.older_than(later).unwrap().into_iter().map(|(_, owner)| owner).collect();
        let ours = [
            Owner::Upload(UploadId::Photo(id.into())),
            Owner::Upload(UploadId::Audio(id.into())),
            Owner::Upload(UploadId::Video(id.into())),
            Owner::Job(id.into(), 3),
        ];
        assert_eq!(owners, ours, "what is not ours is left alone");
        assert_eq!(blobs.remove_upload(UploadId::Audio(id.into())).unwrap(), 5);
        assert!(!blobs.sound(id.into()).exists() && blobs.photo(id.into()).exists());
    }

    #[test]
    fn publishing_nothing_is_an_error_that_names_it() {
        let (blobs, folder) = opened();
        let missing = folder.path().join("missing");
        let kept = blobs.photo(Uuid::nil().into());
        let error = blobs.publish(&missing, &kept).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
        assert!(!kept.exists());
    }
}
