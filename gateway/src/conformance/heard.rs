//! What engines print, which reaches this process as events of the log: counted, and the last lines kept.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::host::last_words::LastWords;

/// What was printed. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    bytes: Arc<AtomicUsize>,
    latest: LastWords,
}

impl Heard {
    /// Listens to the events of hosts: belongs into the process's subscriber.
    pub fn layer<S: Subscriber>(&self) -> impl Layer<S> + use<S> {
        Ear(self.clone())
    }

    /// Bytes that were printed so far, by all hosts.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The first account of a cause and the last lines, without lists of calls.
    pub fn latest(&self) -> Vec<String> {
        self.latest.lines()
    }

    fn hear(&self, line: &str) {
        self.bytes.fetch_add(line.len() + 1, Ordering::Relaxed);
        self.latest.hear(line);
    }
}

struct Ear(Heard);

impl<S: Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        if line.is_of_host {
            self.0.hear(&line.text);
        }
    }
}

/// An event as far as it is a line that a host has printed.
#[derive(Default)]
struct Line {
    is_of_host: bool,
    text: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "stream" => self.is_of_host = true,
            "message" => self.text = format!("{value:?}"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn lines_of_hosts_are_counted_and_others_are_not() {
        let heard = Heard::default();
        let subscriber = tracing_subscriber::registry().with(heard.layer());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(stream = "stderr", "{}", "loading");
            tracing::info!("another event");
            tracing::info!(stream = "stdout", "ready");
        });
        assert_eq!((heard.bytes(), heard.latest()), ("loading\nready\n".len(), vec!["loading".into(), "ready".into()]));
    }
}
