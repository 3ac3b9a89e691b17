//! All missing files of an engine: the hub is asked for each, the disk is looked at, and then a few come at a time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use futures::StreamExt;
use rustix::fs::statvfs;

use crate::weights::download::{Download, Expected};
use crate::weights::hub::{Patience, Remote, Trouble};
use crate::weights::hubs::Hubs;
use crate::weights::progress::Watch;
use crate::weights::{Failures, Item, ModelError, partial_file};

/// How many files are fetched at once.
const PARALLEL: usize = 4;
/// How often the hub is asked about a file before it counts as away: whoever is offline wants to know it soon.
const LOOKS: u32 = 3;

/// How files are fetched.
pub struct Pull<'a> {
    /// From where.
    pub hubs: &'a Hubs,
    /// The folder of the weights; made if it is missing.
    pub folder: &'a Path,
    /// How long and how often is waited.
    pub patience: Patience,
    /// Tells the free bytes at a folder; see [`free`].
    pub free: &'a dyn Fn(&Path) -> io::Result<u64>,
    /// Hears of the progress.
    pub watch: &'a Watch<'a>,
}

/// Bytes that may still be written at a folder.
///
/// # Errors
/// The folder cannot be looked at.
pub fn free(folder: &Path) -> io::Result<u64> {
    let system = statvfs(folder)?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize))
}

impl Pull<'_> {
    /// Fetches the files, a few at a time, and puts each in its place once it is whole and right. Returns how many bytes
    /// came over the network. What has arrived of a file that fails is kept, and continued by the next pull.
    ///
    /// # Errors
    /// Everything that stood in the way. Before the first byte: a file that cannot be had, or too little disk.
    /// Afterwards: each file that failed; the others are in their places.
    pub async fn run(&self, items: &[Item]) -> Result<u64, Failures> {
        let place = |error| ModelError::at(self.folder)(error);
        fs::create_dir_all(self.folder).map_err(place)?;
        let _alone = alone(self.folder)?;
        let looks: Vec<_> = items.iter().map(|item| self.look(item)).collect();
        let remotes = all(looks).await?;
        self.check_room(items, &remotes)?;
        let downloads: Vec<_> = items.iter().zip(&remotes).map(|(item, remote)| self.download(item, remote)).collect();
        Ok(all(downloads).await?.iter().sum())
    }

    async fn download(&self, item: &Item, remote: &Remote) -> Result<u64, ModelError> {
        let Self { hubs, patience, watch, .. } = self;
        Download { hub: hubs.of(&item.source), patience, item, remote, watch }.run().await
    }

    /// What the hub says of a file, if that is what the engine wants.
    async fn look(&self, item: &Item) -> Result<Remote, ModelError> {
        let most = self.patience.attempts.min(LOOKS);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let reason = match self.hubs.of(&item.source).look(&item.source).await {
                Ok(remote) => return Expected::of(item, &remote).map(|_| remote),
                Err(Trouble::Lasting(error)) => return Err(error),
                Err(Trouble::Passing(reason)) => reason,
            };
            if attempt >= most {
                return Err(ModelError::Broken { file: item.weight.file.clone(), attempts: attempt, reason });
            }
            tokio::time::sleep(self.patience.wait(attempt)).await;
        }
    }

    /// A file that is replaced stays until the new one is there, so only unfinished ones count as room already taken.
    fn check_room(&self, items: &[Item], remotes: &[Remote]) -> Result<(), ModelError> {
        let needed = items.iter().zip(remotes).map(|(item, remote)| {
            let whole = item.weight.bytes.or(remote.bytes).unwrap_or_default();
            whole.saturating_sub(partial_file::present(&item.path, remote.etag.as_deref()))
        });
        let needed = needed.sum();
        let free = (self.free)(self.folder).map_err(ModelError::at(self.folder))?;
        match needed > free {
            true => Err(ModelError::NoRoom { folder: self.folder.into(), needed, free }),
            false => Ok(()),
        }
    }
}

/// Makes this the only pull into a folder, for as long as the answer lives.
fn alone(folder: &Path) -> Result<File, ModelError> {
    let handle = File::open(folder).map_err(ModelError::at(folder))?;
    match handle.try_lock() {
        Ok(()) => Ok(handle),
        Err(TryLockError::WouldBlock) => Err(ModelError::Busy(folder.into())),
        Err(TryLockError::Error(error)) => Err(ModelError::at(folder)(error)),
    }
}

/// Does everything, a few at a time, whatever becomes of the others. The results are in the order of the tasks.
async fn all<T>(tasks: Vec<impl Future<Output = Result<T, ModelError>>>) -> Result<Vec<T>, Failures> {
    let numbered = tasks.into_iter().enumerate().map(|(number, task)| async move { (number, task.await) });
    let mut done: Vec<_> = futures::stream::iter(numbered).buffer_unordered(PARALLEL).collect().await;
    done.sort_by_key(|(number, _)| *number);
    let (mut results, mut failures) = (Vec::new(), Vec::new());
    for (_, done) in done {
        match done {
            Ok(result) => results.push(result),
            Err(failure) => failures.push(failure),
        }
    }
    Failures::of(failures).map_or(Ok(results), Err)
}
