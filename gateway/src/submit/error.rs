//! Why a request does not become a job.

use std::io;

use crate::blobs::error::BlobError;
use crate::catalog::error::NotReady;
use crate::domain::fault::{self, Fault};
use crate::intake::error::{Findings, UploadError};
use crate::store::error::StoreError;

/// Why a request does not become a job. Nothing of it is kept then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SubmitError {
    /// The client asks for what cannot be done: every reason at once, in the order in which a request is looked at.
    #[error("the request has {} faults", faults.count())]
    Refused {
        /// One at least.
        faults: fault::Faults,
        /// What was found in the photo, if that is at fault.
        findings: Option<Box<Findings>>,
    },
    /// The engine cannot render now.
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// As many jobs of the key are queued as may be.
    #[error(
        "{queued} jobs of this key are queued and {most} may be, so that {} of the {asked} asked for would fit; \
         wait until some have run",
        u64::from(*most).saturating_sub(*queued)
    )]
    QuotaUsed {
        /// So many are queued.
        queued: u64,
        /// So many may be.
        most: u32,
        /// So many more are asked for.
        asked: u64,
    },
    /// The idempotency key stands for another request.
    #[error("this Idempotency-Key was used for another request within the last 24 hours; send a new key")]
    IdempotencyConflict,
    /// The disk is full, or fails.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A file cannot be kept, or is gone.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SubmitError {
    /// An upload in the field `field` that is not taken.
    pub(super) fn of_upload(field: &str, error: UploadError) -> Self {
        let mut faults = Faults::default();
        match faults.add_upload(field, error) {
            Ok(()) => faults.into(),
            Err(error) => error,
        }
    }
}

impl From<Vec<Fault>> for SubmitError {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Refused { faults: faults.into(), findings: None }
    }
}

impl From<Faults> for SubmitError {
    fn from(Faults { list, findings }: Faults) -> Self {
        Self::Refused { faults: list, findings }
    }
}

/// What is wrong with a request, as far as it has been looked at.
#[derive(Debug, Default)]
pub(super) struct Faults {
    list: fault::Faults,
    findings: Option<Box<Findings>>,
}

impl Faults {
    /// With what was wrong already when the request was read.
    pub(super) fn new(list: fault::Faults) -> Self {
        Self { list, findings: None }
    }

    /// Adds one.
    pub(super) fn add(&mut self, fault: Fault) {
        self.list.add(|| fault);
    }

    /// Adds several.
    pub(super) fn extend(&mut self, faults: fault::Faults) {
        self.list.extend(faults);
    }

    /// Adds that an upload in the field `field` is not taken.
    ///
    /// # Errors
    /// It is not the client's fault but the gateway's own, which ends the request.
    pub(super) fn add_upload(&mut self, field: &str, error: UploadError) -> Result<(), SubmitError> {
        match error {
            UploadError::Fault { code, message, remedy } => self.add(Fault::new(field, code, message, remedy)),
            UploadError::Photo(findings) => {
                self.add(findings.fault(field));
                self.findings = Some(findings);
            }
            UploadError::Io(error) => return Err(error.into()),
            UploadError::Blob(error) => return Err(error.into()),
            UploadError::Store(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Adds what was found wrong with an input, and gives what it came with.
    pub(super) fn take_from<T>(&mut self, (input, Self { list, findings }): (T, Self)) -> T {
        self.extend(list);
        self.findings = self.findings.take().or(findings);
        input
    }

    /// Lets those that are told be put in other words.
    pub(super) fn told_mut(&mut self) -> &mut [Fault] {
        self.list.told_mut()
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
