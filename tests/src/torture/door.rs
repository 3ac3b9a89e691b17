//! The way to a gateway that comes and goes: requests go to the one that runs now, and every answer is looked at.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::client::{Answer, Api, Part, form};
use crate::torture::ledger::Ledger;
use crate::torture::terms::Terms;

/// How long a client waits for a whole answer. Sixty-four of the largest pictures have to be looked at one after the other,
/// by an unoptimised program on a busy machine; nothing else takes as long.
const PATIENCE: Duration = Duration::from_secs(240);

/// Leads to the running gateway, while there is one.
#[derive(Debug)]
pub(super) struct Door {
    place: RwLock<Place>,
    ledger: Arc<Ledger>,
    refusals: &'static [&'static str],
    hangs_up: bool,
}

#[derive(Debug, Default)]
struct Place {
    /// Rises whenever the gateway behind it comes or goes.
    turn: u64,
    api: Option<Api>,
}

impl Door {
    pub(super) fn new(ledger: Arc<Ledger>, terms: &Terms) -> Self {
        Self { place: RwLock::default(), ledger, refusals: terms.refusals, hangs_up: terms.hangs_up }
    }

    /// Leads to a gateway that answers from now on.
    pub(super) fn open(&self, api: &Api) {
        self.put(Some(api.with_patience(PATIENCE)));
    }

    /// Leads nowhere. To be called before the gateway is harmed, so that what is not answered then is forgiven.
    pub(super) fn close(&self) {
        self.put(None);
    }

    /// Host and port of the gateway; `None` while there is none.
    pub(super) fn address(&self) -> Option<String> {
        self.now().1.map(|api| api.address().to_owned())
    }

    /// Asks the gateway; `None` if there is none, or it went away before the answer was whole. An answer that no gateway may
    /// give, and one that does not come from a gateway that is there, are noted as wrong.
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Option<Answer> {
        let (turn, api) = self.now();
        let api = api?;
        match api.try_send(api.build(method, path, headers, body.into())) {
            Ok(answer) => {
                self.judge(method, path, &answer);
                Some(answer)
            }
            Err(error) => {
                if self.now().0 == turn && !self.hangs_up {
                    self.ledger.wrong(format!("{method} {path} was not answered: {error}"));
                }
                None
            }
        }
    }

    /// `GET path`.
    pub(super) fn get(&self, path: &str) -> Option<Answer> {
        self.ask("GET", path, &[], [])
    }

    /// `POST path` with a form.
    pub(super) fn post_form(&self, path: &str, parts: &[Part<'_>], headers: &[(&str, &str)]) -> Option<Answer> {
        let (kind, body) = form(parts);
        self.ask("POST", path, &[&[("content-type", kind.as_str())], headers].concat(), body)
    }

    /// Whether an answer names a code with which the kind allows a refusal.
    pub(super) fn allows(&self, answer: &Answer) -> bool {
        let body = String::from_utf8_lossy(&answer.body);
        self.refusals.iter().any(|code| body.contains(&format!("\"{code}\"")))
    }

    /// A server error is right only with a code that the kind allows, and where it says that the gateway is not ready.
    fn judge(&self, method: &str, path: &str, answer: &Answer) {
        if answer.status < 500 || path == "/readyz" {
            return;
        }
        if [503, 507].contains(&answer.status) && self.allows(answer) {
            self.ledger.refused();
        } else {
            let body = String::from_utf8_lossy(&answer.body);
            self.ledger.wrong(format!("{method} {path} was answered {}: {body}", answer.status));
        }
    }

    fn put(&self, api: Option<Api>) {
        let mut place = self.place.write().unwrap_or_else(PoisonError::into_inner);
        place.turn += 1;
        place.api = api;
    }

    fn now(&self) -> (u64, Option<Api>) {
        let place = self.place.read().unwrap_or_else(PoisonError::into_inner);
        (place.turn, place.api.clone())
    }
}
