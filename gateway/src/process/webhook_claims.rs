//! Which webhooks are being delivered, so that none is sent twice at once and no receiver holds up the others.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::id::JobId;
use crate::domain::webhook_event::WebhookEvent;
use crate::store::webhooks::PassedOver;

/// How many deliveries are under way at once in all.
const AT_ONCE: usize = 32;
/// How many of them to receivers that have not been heard of since the start: however many of these hang, the others
/// find room.
const TO_STRANGERS: usize = 16;
/// How many of them to receivers that took long the last time.
const TO_SLOW_ONES: usize = 8;
/// How many to one host, whatever ports it has.
const TO_ONE_HOST: usize = 8;
/// How many to one receiver that takes messages promptly. Any other one gets one at a time.
const TO_ONE_RECEIVER: usize = 4;
/// A receiver takes messages promptly if it needs less than this for one.
const PROMPT: Duration = Duration::from_secs(3);
/// How many receivers are remembered. Beyond that, all are strangers again.
const REMEMBERED: usize = 4096;

/// What is known of a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Stranger,
    Slow,
    Prompt,
}

/// The deliveries under way, and what is known of their receivers.
///
/// A second gateway would claim events in the database, with a lease, as jobs are claimed.
#[derive(Debug, Default)]
pub struct WebhookClaims {
    under_way: HashMap<JobId, Place>,
    known: HashMap<String, Standing>,
}

/// Where a delivery goes.
#[derive(Debug)]
struct Place {
    receiver: String,
    host: String,
}

impl WebhookClaims {
    /// How many more may be begun.
    pub fn free(&self) -> usize {
        AT_ONCE.saturating_sub(self.under_way.len())
    }

    /// Claims an event, unless it is being delivered already or its receiver has enough to do.
    pub fn claim(&mut self, event: &WebhookEvent) -> bool {
        let may_begin = self.free() > 0
            && !self.under_way.contains_key(&event.job)
            && self.has_room(&event.receiver)
            && self.to_host(&event.host) < TO_ONE_HOST;
        if may_begin {
            let place = Place { receiver: event.receiver.clone(), host: event.host.clone() };
            self.under_way.insert(event.job, place);
        }
        may_begin
    }

    /// What the next look for due events need not find, because [`WebhookClaims::claim`] would refuse it.
    pub fn passed_over(&self) -> PassedOver {
        let mut hosts: Vec<&String> = self.under_way.values().map(|place| &place.host).collect();
        hosts.sort();
        hosts.dedup();
        let mut receivers: Vec<&String> = self.known.keys().collect();
        receivers.extend(self.under_way.values().map(|place| &place.receiver));
        receivers.retain(|receiver| !self.has_room(receiver));
        let strangers = self.count(Standing::Stranger) >= TO_STRANGERS;
        PassedOver {
            jobs: self.under_way.keys().copied().collect(),
            receivers: receivers.into_iter().cloned().collect(),
            hosts: hosts.into_iter().filter(|host| self.to_host(host) >= TO_ONE_HOST).cloned().collect(),
            all_but: strangers.then(|| self.known.keys().cloned().collect()),
        }
    }

    /// Gives a claim back: the delivery has ended, after so long.
    pub fn release(&mut self, job: JobId, took: Duration) {
        let Some(place) = self.under_way.remove(&job) else { return };
        if self.known.len() >= REMEMBERED && !self.known.contains_key(&place.receiver) {
            self.known.clear();
        }
        self.known.insert(place.receiver, if took < PROMPT { Standing::Prompt } else { Standing::Slow });
    }

    fn has_room(&self, receiver: &str) -> bool {
        let standing = self.standing(receiver);
        let busy = self.under_way.values().filter(|place| place.receiver == receiver).count();
        match standing {
            Standing::Prompt => busy < TO_ONE_RECEIVER,
            Standing::Slow => busy == 0 && self.count(standing) < TO_SLOW_ONES,
            Standing::Stranger => busy == 0 && self.count(standing) < TO_STRANGERS,
        }
    }

    fn standing(&self, receiver: &str) -> Standing {
        self.known.get(receiver).copied().unwrap_or(Standing::Stranger)
    }

    /// How many deliveries to receivers of this kind are under way.
    fn count(&self, standing: Standing) -> usize {
        self.under_way.values().filter(|place| self.standing(&place.receiver) == standing).count()
    }

    fn to_host(&self, host: &str) -> usize {
        self.under_way.values().filter(|place| place.host == host).count()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::domain::webhook_event::{DeliveryState, EventKind};

    const QUICK: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(15);

    fn event(n: u128, host: &str, port: u16) -> WebhookEvent {
        WebhookEvent {
            job: JobId::from(Uuid::from_u128(n)),
            url: format!("http://{host}:{port}/hook"),
            receiver: format!("http://{host}:{port}"),
            host: host.to_owned(),
            kind: EventKind::Succeeded,
            serial: 1,
            state: DeliveryState::Pending,
            attempts: 0,
            next_attempt_at: Some(Timestamp::UNIX_EPOCH),
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// Lets an event be delivered, so that its receiver is known.
    fn meet(claims: &mut WebhookClaims, event: &WebhookEvent, took: Duration) {
        assert!(claims.claim(event), "{}", event.url);
        claims.release(event.job, took);
    }

    /// How many of so many events of one receiver are begun.
    fn begun(claims: &mut WebhookClaims, first: u128, host: &str, port: u16) -> usize {
        (first..first + 20).filter(|n| claims.claim(&event(*n, host, port))).count()
    }

    #[test]
    fn a_receiver_earns_its_places() {
        let mut claims = WebhookClaims::default();
        assert_eq!(begun(&mut claims, 0, "a", 1), 1, "nothing is known of it");
        assert!(!claims.claim(&event(0, "a", 1)), "it is being delivered");
        claims.release(event(0, "a", 1).job, QUICK);
        assert_eq!(begun(&mut claims, 100, "a", 1), TO_ONE_RECEIVER);
        assert_eq!(claims.passed_over().receivers, ["http://a:1"; TO_ONE_RECEIVER + 1]);
        claims.release(event(100, "a", 1).job, LONG);
        assert_eq!(begun(&mut claims, 200, "a", 1), 0, "three are under way, and it has become slow");
        meet(&mut claims, &event(1, "b", 1), LONG);
        assert_eq!(begun(&mut claims, 300, "b", 1), 1);
    }

    #[test]
    fn ports_of_one_host_share_its_places() {
        let mut claims = WebhookClaims::default();
        for port in 1..=3 {
            meet(&mut claims, &event(port.into(), "a", port), QUICK);
        }
        let each: Vec<usize> = (1..=3).map(|port| begun(&mut claims, u128::from(port) * 100, "a", port)).collect();
        assert_eq!(each, [TO_ONE_RECEIVER, TO_ONE_RECEIVER, 0]);
        assert_eq!(claims.passed_over().hosts, ["a"]);
    }

    #[test]
    fn however_many_receivers_hang_others_find_room() {
        let mut claims = WebhookClaims::default();
        for n in 0..100 {
            meet(&mut claims, &event(n, &format!("slow{n}"), 1), LONG);
        }
        let quick: Vec<String> = (0..8).map(|n| format!("quick{n}")).collect();
        for (n, host) in (0..).zip(&quick) {
            meet(&mut claims, &event(1000 + n, host, 1), QUICK);
        }
        let slow = (0..100).filter(|n| claims.claim(&event(*n, &format!("slow{n}"), 1))).count();
        assert_eq!(slow, TO_SLOW_ONES);
        assert_eq!(claims.passed_over().receivers.iter().filter(|name| name.contains("slow")).count(), 100 + slow);
        assert_eq!(claims.passed_over().all_but, None);
        let strangers = (2000..2100).filter(|n| claims.claim(&event(*n, &format!("new{n}"), 1))).count();
        assert_eq!(strangers, TO_STRANGERS);
        assert_eq!(claims.passed_over().all_but.unwrap().len(), 108, "only whoever is known is looked for");
        let rest: usize = (0..).zip(&quick).map(|(n, host)| begun(&mut claims, 10_000 + n * 100, host, 1)).sum();
        assert_eq!((rest, claims.free()), (AT_ONCE - TO_SLOW_ONES - TO_STRANGERS, 0));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut claims = WebhookClaims::default();
        for n in 0..10_000 {
            meet(&mut claims, &event(n, &format!("host{n}"), 1), QUICK);
            assert!(claims.known.len() <= REMEMBERED);
        }
    }
}
