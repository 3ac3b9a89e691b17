//! What the gateway counts and measures, for Prometheus. No label holds a client's text: series do not grow with traffic.

use std::time::Duration;

use prometheus::{
    Encoder, Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder, core::Collector,
};

use crate::domain::job::State;
use crate::domain::record::Timings;
use crate::domain::shortage::Shortage;

/// Seconds from a warm engine's first frame to the longest rendering that is usual.
const STAGE_BUCKETS: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];
/// Seconds from a poll to an upload over a slow line.
const HTTP_BUCKETS: [f64; 10] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0];

/// Every series of the gateway.
pub struct Metrics {
    registry: Registry,
    jobs: IntGaugeVec,
    pauses: IntGaugeVec,
    engines: IntGaugeVec,
    stages: HistogramVec,
    attempts: IntCounterVec,
    host_starts: IntCounterVec,
    lease_losses: IntCounter,
    requests: IntCounterVec,
    request_seconds: HistogramVec,
    connections: IntGauge,
    cut_connections: IntCounterVec,
}

impl Metrics {
    /// Nothing is counted yet by this binary, which was built from `commit`.
    pub fn new(commit: &str) -> Self {
        let registry = Registry::new();
        let build = Opts::new("avatar_build_info", "1; version and commit are labels.")
            .const_label("version", env!("CARGO_PKG_VERSION"))
            .const_label("commit", commit);
        register(&registry, Gauge::with_opts(build)).set(1.0);
        let counts = |name: &str, help: &str, labels: &[&str]| {
            register(&registry, IntCounterVec::new(Opts::new(name, help), labels))
        };
        let seconds = |name: &str, help: &str, labels: &[&str], buckets: &[f64]| {
            register(&registry, HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels))
        };
        let jobs = Opts::new("avatar_jobs", "Jobs by engine and state; the queued ones are the queue's depth.");
        let pauses = Opts::new("avatar_queue_paused", "1 while no job of the engine is begun, by what is short.");
        let engines = Opts::new("avatar_engine_ready", "1 if the engine can render, 0 if it cannot or is gone.");
        let losses = Opts::new("avatar_lease_losses_total", "Attempts whose lease was lost.");
        let connections = Opts::new("avatar_http_connections", "Connections that are open.");
        Self {
            jobs: register(&registry, IntGaugeVec::new(jobs, &["engine", "state"])),
            engines: register(&registry, IntGaugeVec::new(engines, &["engine"])),
            pauses: register(&registry, IntGaugeVec::new(pauses, &["engine", "short"])),
            stages: seconds(
                "avatar_job_stage_seconds",
                "How long the stages of successful jobs took: queued, load, render, encode (beside render), verify.",
                &["engine", "stage"],
                &STAGE_BUCKETS,
            ),
            attempts: counts("avatar_attempts_total", "Attempts by how they ended.", &["engine", "outcome"]),
            host_starts: counts("avatar_host_starts_total", "Processes started for engines' jobs.", &["engine"]),
            lease_losses: register(&registry, IntCounter::with_opts(losses)),
            requests: counts("avatar_http_requests_total", "Requests answered.", &["method", "route", "status"]),
            request_seconds: seconds(
                "avatar_http_request_seconds",
                "From a request's head to the head of its answer.",
                &["method", "route"],
                &HTTP_BUCKETS,
            ),
            connections: register(&registry, IntGauge::with_opts(connections)),
            cut_connections: counts(
                "avatar_http_connections_cut_total",
                "Connections that the gateway ended: turned away as overloaded, idle ones that gave way, unread answers.",
                &["reason"],
            ),
            registry,
        }
    }

    /// A process was started for an engine's jobs.
    pub fn host_started(&self, engine: &str) {
        self.host_starts.with_label_values(&[engine]).inc();
    }

    /// An attempt ended; `outcome` is one of the gateway's own words.
    pub fn attempt_ended(&self, engine: &str, outcome: &'static str) {
        self.attempts.with_label_values(&[engine, outcome]).inc();
    }

    /// An attempt's lease was lost.
    pub fn lease_lost(&self) {
        self.lease_losses.inc();
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

    /// A request was answered. `route` is the pattern that it matched, never its path.
    pub fn answered(&self, method: &str, route: &str, status: u16, time: Duration) {
        let method = match method {
            "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" => method,
            _ => "other",
        };
        self.requests.with_label_values(&[method, route, &status.to_string()]).inc();
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

    /// Which engines can render now; of one that comes twice, the last counts.
    pub fn engines_are_ready<'a>(&self, engines: impl IntoIterator<Item = (&'a str, bool)>) {
        self.engines.reset();
        for (engine, is_ready) in engines {
            self.engines.with_label_values(&[engine]).set(i64::from(is_ready));
        }
    }

    /// All series in Prometheus's text format 0.0.4, with the jobs as they are `counted` now, and the engines whose queues
    /// are `paused` with what is short.
    pub fn text<'a>(
        &self,
        counted: &[(String, State, u64)],
        paused: impl IntoIterator<Item = (&'a str, Shortage)>,
    ) -> String {
        self.pauses.reset();
        for (engine, short) in paused {
            self.pauses.with_label_values(&[engine, short.name()]).set(1);
        }
        self.jobs.reset();
        for (engine, state, count) in counted {
            let gauge = self.jobs.with_label_values(&[engine.as_str(), state.as_str()]);
            gauge.set(i64::try_from(*count).unwrap_or(i64::MAX));
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).expect("a Vec takes all that is written");
        String::from_utf8(text).expect("the format is text")
    }
}

fn register<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> C {
    let collector = made.expect("the names in this file are valid; a test makes all of them");
    registry.register(Box::new(collector.clone())).expect("each name is registered once");
    collector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told() {
        let metrics = Metrics::new("abc");
        metrics.host_started("puppet");
        metrics.attempt_ended("puppet", "succeeded");
        metrics.answered("GET", "/v1/jobs/{id}", 200, Duration::from_millis(2));
        metrics.answered("BREW", "unknown", 405, Duration::ZERO);
        metrics.job_succeeded("puppet", &Timings { render: 2.0, ..Timings::default() });
        metrics.engines_are_ready([("gone", false), ("puppet", false), ("puppet", true)]);
        let text = metrics.text(&[("puppet".into(), State::Queued, 3)], [("puppet", Shortage::Storage)]);
        for line in [
            "avatar_build_info{commit=\"abc\",version=",
            "avatar_jobs{engine=\"puppet\",state=\"queued\"} 3",
            "avatar_queue_paused{engine=\"puppet\",short=\"storage\"} 1",
            "avatar_engine_ready{engine=\"gone\"} 0",
            "avatar_engine_ready{engine=\"puppet\"} 1",
            "avatar_host_starts_total{engine=\"puppet\"} 1",
            "avatar_attempts_total{engine=\"puppet\",outcome=\"succeeded\"} 1",
            "avatar_lease_losses_total 0",
            "avatar_http_requests_total{method=\"GET\",route=\"/v1/jobs/{id}\",status=\"200\"} 1",
            "avatar_http_requests_total{method=\"other\",route=\"unknown\",status=\"405\"} 1",
            "avatar_job_stage_seconds_sum{engine=\"puppet\",stage=\"render\"} 2",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        let text = metrics.text(&[], []);
        assert!(!text.contains("avatar_jobs{") && !text.contains("avatar_queue_paused{"), "what is over is not told");
    }
}
