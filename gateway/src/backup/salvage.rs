//! Keeps the files whose rows a damaged log has lost: the gateway would remove them as files that belong to nobody.

use std::path::Path;

use crate::backup::DATABASE;
use crate::backup::check::{read, strays};
use crate::backup::expected::expected;
use crate::blobs::kept_files::{KeptFiles, Taken};

/// Gives every kept file of the data folder `data` that no row names a second name in the folder `into`; returns how many
/// these are.
///
/// # Errors
/// The database or the folder cannot be read, or the names not be made.
pub async fn keep_strays(data: &Path, into: &Path) -> anyhow::Result<u64> {
    let (from, to) = (KeptFiles::at(data), KeptFiles::at(into));
    let entries = from.list()?.entries;
    let rows = read(&data.join(DATABASE)).await?;
    to.make_folders()?;
    let mut kept = 0;
    for entry in strays(&entries, &rows, &expected(&rows)) {
        kept += u64::from(to.take(entry.key, &from)? != Taken::Missing);
    }
    Ok(kept)
}
