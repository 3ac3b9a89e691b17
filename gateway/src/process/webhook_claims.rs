//! Which webhooks are being delivered, so that none is sent twice at once and no receiver holds up the others.

use std::collections::HashMap;

use url::Url;

use crate::domain::id::JobId;
use crate::domain::webhook_event::WebhookEvent;

/// How many deliveries are under way at once, and how many of them to one receiver.
const AT_ONCE: usize = 16;
const AT_ONE_RECEIVER: usize = 4;

/// The deliveries under way.
///
/// A second gateway would claim events in the database, with a lease, as jobs are claimed.
#[derive(Debug, Default)]
pub struct WebhookClaims {
    /// By job: where its event is being sent.
    receivers: HashMap<JobId, String>,
}

impl WebhookClaims {
    /// Whether as many are under way as may be.
    pub fn is_full(&self) -> bool {
        self.receivers.len() >= AT_ONCE
    }

    /// Claims an event, unless it is being delivered already or its receiver has enough to do.
    pub fn claim(&mut self, event: &WebhookEvent) -> bool {
        let receiver = receiver(&event.url);
        let busy = self.receivers.values().filter(|other| **other == receiver).count();
        if self.is_full() || busy >= AT_ONE_RECEIVER || self.receivers.contains_key(&event.job) {
            return false;
        }
        self.receivers.insert(event.job, receiver);
        true
    }

    /// Gives a claim back: the delivery has ended.
    pub fn release(&mut self, job: JobId) {
        self.receivers.remove(&job);
    }
}

/// Where an address leads, so that receivers are told apart.
fn receiver(url: &str) -> String {
    Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.origin().ascii_serialization())
}
