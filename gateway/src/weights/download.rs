//! One file of weights: fetched in as many attempts as it takes, each of which continues the last, and checked.

use std::path::Path;

use crate::weights::hub::{Answer, Hub, Patience, Remote, Trouble};
use crate::weights::partial_file::{Origin, Part};
use crate::weights::progress::{Event, Watch};
use crate::weights::{Item, ModelError};

/// One file that is to be fetched.
pub(crate) struct Download<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) patience: &'a Patience,
    pub(crate) item: &'a Item,
    /// What the hub has said of it.
    pub(crate) remote: &'a Remote,
    pub(crate) watch: &'a Watch<'a>,
}

/// What a file has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) bytes: Option<u64>,
    sha256: Option<String>,
}

impl Expected {
    /// The engine's word, completed by the hub's.
    ///
    /// # Errors
    /// They contradict each other: nothing that could be fetched would do.
    pub(crate) fn of(item: &Item, remote: &Remote) -> Result<Self, ModelError> {
        let file = || item.weight.file.clone();
        if let (Some(expected), Some(found)) = (item.weight.bytes, remote.bytes)
            && expected != found
        {
            return Err(ModelError::WrongSize { file: file(), expected, found });
        }
        match (item.sha256(), &remote.sha256) {
            (Some(expected), Some(found)) if expected != *found => {
                Err(ModelError::OtherContent { file: file(), expected, found: found.clone() })
            }
            (known, told) => {
                Ok(Self { bytes: item.weight.bytes.or(remote.bytes), sha256: known.or_else(|| told.clone()) })
            }
        }
    }
}

impl Download<'_> {
    /// Fetches the file and puts it in its place; returns how many bytes came over the network.
    pub(crate) async fn run(&self) -> Result<u64, ModelError> {
        let target: &Path = &self.item.path;
        let mut part = Part::open(target).await?;
        let (mut furthest, mut fruitless, mut fetched) = (part.bytes(), 0, 0);
        let expected = loop {
            let reason = match self.attempt(&mut part, &mut fetched).await {
                Ok(expected) => break expected,
                Err(Trouble::Passing(reason)) => reason,
                Err(Trouble::Lasting(error)) => {
                    if matches!(error, ModelError::WrongSize { .. } | ModelError::OtherContent { .. }) {
                        part.discard().await;
                    }
                    return Err(error);
                }
            };
            // Only new bytes are progress: a server that always begins anew must not keep this going for ever.
            fruitless = if part.bytes() > furthest { 1 } else { fruitless + 1 };
            furthest = furthest.max(part.bytes());
            if fruitless >= self.patience.attempts {
                return Err(ModelError::Broken { file: self.name(), attempts: fruitless, reason });
            }
            let wait = self.patience.wait(fruitless);
            self.tell(Event::Broken { reason: &reason, wait });
            tokio::time::sleep(wait).await;
        };
        let found = part.sha256();
        if let Some(expected) = expected.sha256.filter(|expected| *expected != found) {
            part.discard().await;
            return Err(ModelError::WrongContent { file: self.name(), expected, found });
        }
        part.complete(target).await?;
        self.tell(Event::Complete);
        Ok(fetched)
    }

    /// One attempt to get all bytes that are not there yet. What has come is kept whatever happens.
    async fn attempt(&self, part: &mut Part, fetched: &mut u64) -> Result<Expected, Trouble> {
        let expected = Expected::of(self.item, self.remote)?;
        if part.is_whole(self.remote.etag.as_deref(), expected.bytes) {
            return Ok(expected);
        }
        let resume = part.resume().filter(|resume| expected.bytes.is_none_or(|bytes| resume.from < bytes));
        let answer = self.hub.open(&self.item.source, resume.as_ref()).await?;
        let expected = Expected::of(self.item, &answer.remote)?;
        if let (Some(expected), Some(found)) = (expected.bytes, answer.whole)
            && expected != found
        {
            return Err(ModelError::WrongSize { file: self.name(), expected, found }.into());
        }
        if answer.from == 0 {
            let (etag, bytes) = (answer.remote.etag.clone(), expected.bytes);
            part.restart(Origin { etag, validator: answer.validator.clone(), bytes }).await?;
        }
        self.tell(Event::At { done: part.bytes(), of: expected.bytes });
        let before = part.bytes();
        let came = self.receive(answer, part, expected.bytes).await;
        *fetched += part.bytes() - before;
        part.flush().await?;
        came.map(|()| expected)
    }

    async fn receive(&self, answer: Answer, part: &mut Part, expected: Option<u64>) -> Result<(), Trouble> {
        let mut response = answer.response;
        while let Some(piece) = response.chunk().await? {
            let found = part.bytes() + piece.len() as u64;
            if let Some(expected) = expected.filter(|expected| found > *expected) {
                return Err(ModelError::WrongSize { file: self.name(), expected, found }.into());
            }
            part.write(&piece).await?;
            self.tell(Event::At { done: found, of: expected });
        }
        match expected {
            Some(expected) if part.bytes() < expected => {
                Err(Trouble::Passing(format!("it ended after {} of {expected} bytes", part.bytes())))
            }
            _ => Ok(()),
        }
    }

    fn name(&self) -> String {
        self.item.weight.file.clone()
    }

    fn tell(&self, event: Event<'_>) {
        (self.watch)(&self.item.weight.file, event);
    }
}
