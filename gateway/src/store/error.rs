//! How a store fails.

use crate::domain::shortage::Shortage;
use crate::domain::upload::UploadId;

/// A store's failure: the database is unreachable, damaged or full. Never the caller's fault.
#[derive(Debug, thiserror::Error)]
#[error("{action}: {source}")]
pub struct StoreError {
    /// What was being done.
    pub action: &'static str,
    /// What the store lacks: [`Shortage::Database`] where it is no resource of the machine.
    pub shortage: Shortage,
    /// The database's own error.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Why jobs are not written.
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// Uploads that they would be made from are not there, or not any more.
    #[error("{} inputs of the job are gone", .0.len())]
    InputsGone(Vec<UploadId>),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a store returns.
pub type StoreResult<T> = Result<T, StoreError>;
