//! What a gateway has accepted while it was tortured, and what was wrong about its answers.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many faults are told in words; the others are counted.
const WORDS: usize = 8;

/// Everything that must still be there, shared by all clients.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    uploads: BTreeMap<String, Upload>,
    jobs: BTreeMap<String, Expected>,
    /// Submissions of which nobody knows whether they were accepted.
    unanswered: u64,
    refused: u64,
    wrong: Faults,
}

/// An upload that was answered 201.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    /// `photos`, `audio` or `videos`, as its routes are called.
    pub(super) routes: &'static str,
    /// A sum of what was sent, where the gateway gives it back as it came.
    pub(super) sum: Option<u64>,
    /// A client has asked for its deletion, and may have been heard.
    pub(super) may_be_gone: bool,
}

/// How a job that was answered 202 must end.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Expected {
    /// Pictures of its video, where they are known before.
    pub(super) frames: Option<u64>,
    /// The codes of the failures that are asked for; with none, a video is.
    pub(super) failures: &'static [&'static str],
    /// A client has asked for its cancellation, and may have been heard.
    pub(super) may_be_canceled: bool,
}

/// Sentences, the first of which are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// How many there are.
    pub count: u64,
    /// The first of them.
    pub words: Vec<String>,
}

impl Faults {
    /// One more.
    pub(super) fn add(&mut self, words: String) {
        self.count += 1;
        if self.words.len() < WORDS {
            self.words.push(words);
        }
    }

    /// All of another list.
    pub(super) fn append(&mut self, others: Self) {
        self.count += others.count - others.words.len() as u64;
        others.words.into_iter().for_each(|words| self.add(words));
    }
}

impl Ledger {
    pub(super) fn upload(&self, id: String, upload: Upload) {
        self.entries().uploads.insert(id, upload);
    }

    pub(super) fn job(&self, id: String, expected: Expected) {
        let mut entries = self.entries();
        if entries.jobs.insert(id.clone(), expected).is_some() {
            entries.wrong.add(format!("job {id} was given for two submissions"));
        }
    }

    /// A client is about to ask for the cancellation of a job.
    pub(super) fn cancel(&self, id: &str) {
        if let Some(job) = self.entries().jobs.get_mut(id) {
            job.may_be_canceled = true;
        }
    }

    /// A client is about to ask for the deletion of an upload.
    pub(super) fn delete(&self, id: &str) {
        if let Some(upload) = self.entries().uploads.get_mut(id) {
            upload.may_be_gone = true;
        }
    }

    /// A submission was not answered, and cannot be repeated.
    pub(super) fn unanswered(&self) {
        self.entries().unanswered += 1;
    }

    /// A request was refused with a code that the kind allows.
    pub(super) fn refused(&self) {
        self.entries().refused += 1;
    }

    /// Something is not as it must be.
    pub(super) fn wrong(&self, words: String) {
        self.entries().wrong.add(words);
    }

    /// A job that was accepted, the latest one; for those who ask for some job.
    pub(super) fn latest_job(&self) -> Option<String> {
        self.entries().jobs.keys().next_back().cloned()
    }

    pub(super) fn uploads(&self) -> BTreeMap<String, Upload> {
        self.entries().uploads.clone()
    }

    pub(super) fn jobs(&self) -> BTreeMap<String, Expected> {
        self.entries().jobs.clone()
    }

    pub(super) fn count_unanswered(&self) -> u64 {
        self.entries().unanswered
    }

    pub(super) fn count_refused(&self) -> u64 {
        self.entries().refused
    }

    pub(super) fn faults(&self) -> Faults {
        self.entries().wrong.clone()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number that other bytes would not have.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
