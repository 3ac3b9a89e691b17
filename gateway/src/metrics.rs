//! What the gateway counts and measures, for Prometheus. No label holds a client's text: series do not grow with traffic.

mod made;
mod snapshot;
#[cfg(test)]
mod tests;

use std::time::Duration;

use prometheus::{HistogramVec, IntCounter, IntCounterVec, IntGauge, Registry};

use crate::domain::record::Timings;
use crate::domain::webhook_event::Next;
use crate::metrics::made::Maker;
use crate::metrics::snapshot::Gauges;
pub use crate::metrics::snapshot::{Hosts, Kept, Snapshot};

/// Seconds from a warm engine's first frame to the longest rendering that is usual.
const STAGE_BUCKETS: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];
/// Seconds from a poll to an upload over a slow line.
const HTTP_BUCKETS: [f64; 10] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0];

/// Every series of the gateway.
pub struct Metrics {
    registry: Registry,
    gauges: Gauges,
    ends: IntCounterVec,
    failures: IntCounterVec,
    stages: HistogramVec,
    attempts: IntCounterVec,
    lease_losses: IntCounter,
    host_starts: IntCounterVec,
    host_deaths: IntCounterVec,
    webhook_attempts: IntCounterVec,
    webhooks: IntCounterVec,
    requests: IntCounterVec,
    request_seconds: HistogramVec,
    connections: IntGauge,
    cut_connections: IntCounterVec,
}

impl Metrics {
    /// Nothing is counted yet by this binary, which was built from `commit`.
    pub fn new(commit: &str) -> Self {
        let make = Maker::new(commit);
        Self {
            gauges: Gauges::new(&make),
            ends: make.counters("avatar_jobs_ended_total", "Jobs that have ended, by how.", &["engine", "state"]),
            failures: make.counters("avatar_job_failures_total", "Jobs that have failed, by why.", &["engine", "code"]),
            stages: make.seconds(
                "avatar_job_stage_seconds",
                "How long the stages of successful jobs took: queued, load, render, encode (beside render), verify.",
                &["engine", "stage"],
                &STAGE_BUCKETS,
            ),
            attempts: make.counters("avatar_attempts_total", "Attempts by how they ended.", &["engine", "outcome"]),
            lease_losses: make.counter("avatar_lease_losses_total", "Attempts whose lease was lost."),
            host_starts: make.counters("avatar_host_starts_total", "Processes started for engines' jobs.", &["engine"]),
            host_deaths: make.counters(
                "avatar_host_deaths_total",
                "Engines' processes that ended unasked, or were killed because they hung, by why.",
                &["engine", "reason"],
            ),
            webhook_attempts: make.counters(
                "avatar_webhook_attempts_total",
                "Attempts to deliver announcements: taken, refused (answered with another status than 2xx), unanswered.",
                &["outcome"],
            ),
            webhooks: make.counters(
                "avatar_webhooks_total",
                "Announcements that are done with: delivered, or given up.",
                &["outcome"],
            ),
            requests: make.counters(
                "avatar_http_requests_total",
                "Requests answered.",
                &["method", "route", "status"],
            ),
            request_seconds: make.seconds(
                "avatar_http_request_seconds",
                "From a request's head to the head of its answer.",
                &["method", "route"],
                &HTTP_BUCKETS,
            ),
            connections: make.gauge("avatar_http_connections", "Connections that are open."),
            cut_connections: make.counters(
                "avatar_http_connections_cut_total",
                "Connections that the gateway ended: turned away as overloaded, idle ones that gave way, unread answers.",
                &["reason"],
            ),
            registry: make.registry(),
        }
    }

    /// A process was started for an engine's jobs.
    pub fn host_started(&self, engine: &str) {
        self.host_starts.with_label_values(&[engine]).inc();
    }

    /// A process of an engine ended unasked, or had to be killed; `reason` is one of the gateway's own words.
    pub fn host_died(&self, engine: &str, reason: &'static str) {
        self.host_deaths.with_label_values(&[engine, reason]).inc();
    }

    /// An attempt ended; `outcome` is one of the gateway's own words.
    pub fn attempt_ended(&self, engine: &str, outcome: &'static str) {
        self.attempts.with_label_values(&[engine, outcome]).inc();
    }

    /// An attempt's lease was lost.
    pub fn lease_lost(&self) {
        self.lease_losses.inc();
    }

    /// A job ended, with this code where it failed.
    pub fn job_ended(&self, engine: &str, state: &'static str, failure: Option<&str>) {
        self.ends.with_label_values(&[engine, state]).inc();
        if let Some(code) = failure {
            self.failures.with_label_values(&[engine, code]).inc();
        }
    }

    /// A job succeeded.
    pub fn job_succeeded(&self, engine: &str, timings: &Timings) {
        let Timings { queued, load, render, encode, verify } = *timings;
        for (stage, seconds) in
            [("queued", queued), ("load", load), ("render", render), ("encode", encode), ("verify", verify)]
        {
            self.stages.with_label_values(&[engine, stage]).observe(seconds);
        }
    }

    /// An announcement was tried, was answered with `status`, and `next` comes of it.
    pub fn webhook_tried(&self, status: Option<u16>, next: Next) {
        let outcome = match (status, next) {
            (_, Next::Delivered) => "taken",
            (Some(_), _) => "refused",
            (None, _) => "unanswered",
        };
        self.webhook_attempts.with_label_values(&[outcome]).inc();
        match next {
            Next::Delivered => self.webhooks.with_label_values(&["delivered"]).inc(),
            Next::GiveUp => self.webhooks.with_label_values(&["given_up"]).inc(),
            Next::Again(_) => {}
        }
    }

    /// A request was answered. `route` is the pattern that it matched, never its path.
    pub fn answered(&self, method: &str, route: &str, status: &str, time: Duration) {
        let method = match method {
            "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" => method,
            _ => "other",
        };
        self.requests.with_label_values(&[method, route, status]).inc();
        self.request_seconds.with_label_values(&[method, route]).observe(time.as_secs_f64());
    }

    /// A connection was given a place.
    pub fn connection_opened(&self) {
        self.connections.inc();
    }

    /// A connection that had a place has ended.
    pub fn connection_closed(&self) {
        self.connections.dec();
    }

    /// The gateway itself ended a connection; `reason` is one of its own words.
    pub fn connection_cut(&self, reason: &'static str) {
        self.cut_connections.with_label_values(&[reason]).inc();
    }

    /// What the data folder holds was measured: its kept files by kind, and the database.
    pub fn data_is(&self, kept: &[(&'static str, Kept)], database: u64) {
        self.gauges.data_is(kept, database);
    }

    /// All series in Prometheus's text format 0.0.4, with what is so `now`.
    pub fn text(&self, now: &Snapshot<'_>) -> String {
        self.gauges.text(&self.registry, now)
    }
}
