//! The folder that the generator shares: names of ours in it, what is written down about a job, and what is removed.
//!
//! Everything of a job begins with `avatar-<job id>-`. A note beside it says how far the job is with the generator; the
//! process that works on a job holds a lock on its note. Where a host dies, the next attempt finds the note.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use engine_api::EngineError;
use serde::{Deserialize, Serialize};

use crate::options::Options;

/// What the names of ours begin with.
const PREFIX: &str = "avatar-";
/// The ending of a note.
const NOTE: &str = ".note";
/// A note that nobody has worked on for so long is of a job that was canceled while its host was killed: others are taken
/// up again within moments, or as the first ones after a restart of the gateway.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// The shared folder.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    /// `temp/` in it: where the generator looks for names, and leaves results.
    temp: PathBuf,
}

/// A job that this process works on.
pub(crate) struct Claim {
    share: Share,
    job: String,
    file: File,
    path: PathBuf,
}

/// How far a job is with a generator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Its name there.
    pub(crate) code: String,
    /// Which generator.
    pub(crate) url: String,
    /// The name of the video, once it has been told: that happens only once.
    pub(crate) result: Option<String>,
}

impl Share {
    /// Says what is wrong with the folder.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn check(options: &Options) -> Result<(), String> {
        let folder = &options.data_dir;
        if !folder.is_dir() {
            return Err(format!("there is no folder {}", folder.display()));
        }
        let share = Self::open(options).map_err(|error| error.to_string())?;
        let trial = share.temp.join(format!("{PREFIX}trial-{}", std::process::id()));
        let written = fs::write(&trial, "").and_then(|()| fs::remove_file(&trial));
        written.map_err(|error| format!("{} cannot be written: {error}", share.temp.display()))
    }

    /// Opens the folder.
    ///
    /// # Errors
    /// It is not there, or cannot be written.
    pub(crate) fn open(options: &Options) -> Result<Self, EngineError> {
        let temp = options.data_dir.join("temp");
        if options.data_dir.is_dir() {
            fs::create_dir_all(&temp).map_err(failed(&temp))?;
        }
        if !temp.is_dir() {
            let message = format!("the shared folder {} is not there", options.data_dir.display());
            return Err(EngineError::backend(message));
        }
        Ok(Self { temp })
    }

    /// Takes a job, with what an earlier attempt has written down.
    ///
    /// # Errors
    /// The folder cannot be written, or another process works on the job.
    pub(crate) fn claim(&self, job: &str) -> Result<Claim, EngineError> {
        let path = self.temp.join(format!("{PREFIX}{job}{NOTE}"));
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(failed(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Claim { share: self.clone(), job: job.to_owned(), file, path }),
            // The host of an attempt that has lost its job is dying.
            Err(TryLockError::WouldBlock) => {
                Err(EngineError::backend("an earlier attempt at the job has not ended yet"))
            }
            Err(TryLockError::Error(error)) => Err(failed(&path)(error)),
        }
    }

    /// Removes what nobody needs: files of jobs without a note, which the generator made after we had gone, and jobs
    /// that were given up long ago.
    pub(crate) fn sweep(&self) {
        let names = self.ours();
        for name in names.iter().filter(|name| name.ends_with(NOTE)) {
            let path = self.temp.join(name);
            let age =
                fs::metadata(&path).and_then(|note| note.modified()).map(|time| SystemTime::now().duration_since(time));
            let is_old = matches!(age, Ok(Ok(age)) if age > FORGOTTEN);
            if is_old && File::open(&path).is_ok_and(|note| note.try_lock().is_ok()) {
                remove(&path);
            }
        }
        for name in names.iter().filter(|name| !name.ends_with(NOTE)) {
            let is_wanted = job_of(name).is_none_or(|job| self.temp.join(format!("{PREFIX}{job}{NOTE}")).exists());
            if !is_wanted {
                remove(&self.temp.join(name));
            }
        }
    }

    /// Where a file of this name is.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.temp.join(name)
    }

    fn ours(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.temp).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names.filter(|name| name.starts_with(PREFIX)).collect()
    }
}

impl Claim {
    /// What an earlier attempt has written down; none if there was none, or it did not come so far.
    pub(crate) fn note(&mut self) -> Option<Note> {
        let mut text = String::new();
        self.file.rewind().ok()?;
        self.file.read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Writes down how far the job is. When this returns, it survives a loss of power.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(crate) fn write(&mut self, note: &Note) -> Result<(), EngineError> {
        let text = serde_json::to_vec(note).map_err(EngineError::internal)?;
        let written = (|| {
            self.file.rewind()?;
            self.file.set_len(0)?;
            self.file.write_all(&text)?;
            self.file.sync_all()
        })();
        written.map_err(failed(&self.path))
    }

    /// A name for the generator that no other submission has: jobs are submitted again where a generator has lost them.
    pub(crate) fn new_code(&self) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
        format!("{PREFIX}{}-{now:x}", self.job)
    }

    /// Where a file of this name is.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.share.file(name)
    }

    /// The result of this name, if it is one of this job's: whatever the generator says, nothing else is touched.
    pub(crate) fn result(&self, name: &str) -> Option<PathBuf> {
        let name = Path::new(name).file_name()?.to_str()?;
        name.starts_with(&format!("{PREFIX}{}-", self.job)).then(|| self.share.file(name))
    }

    /// Removes everything of the job, the note last.
    pub(crate) fn clear(&self) {
        let of_job = format!("{PREFIX}{}-", self.job);
        self.share
            .ours()
            .iter()
            .filter(|name| name.starts_with(&of_job))
            .for_each(|name| remove(&self.share.file(name)));
        remove(&self.path);
    }
}

/// The job that a file of ours belongs to: UUIDs have 36 characters.
fn job_of(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX)?.get(..36).filter(|id| id.bytes().filter(|byte| *byte == b'-').count() == 4)
}

/// Removes a file or a folder. The generator may have done so already, or may run as somebody else.
fn remove(path: &Path) {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    if let Err(error) = removed
        && error.kind() != io::ErrorKind::NotFound
    {
        eprintln!("{} is left behind: {error}", path.display());
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> EngineError {
    move |error| EngineError::backend(format!("{}: {error}", path.display()))
}
