//! What is not counted as it happens but looked at: when the metrics are asked for, or from time to time.

use std::sync::{Mutex, PoisonError};

use prometheus::{Encoder, GaugeVec, IntGauge, IntGaugeVec, Registry, TextEncoder};

use crate::domain::job::State;
use crate::domain::shortage::Shortage;
use crate::metrics::made::Maker;

/// What is so at the moment that the metrics are asked for.
#[derive(Debug, Default)]
pub struct Snapshot<'a> {
    /// Jobs by engine and state.
    pub jobs: &'a [(String, State, u64)],
    /// For how many seconds the oldest queued job of each engine that has one has waited.
    pub oldest: &'a [(String, f64)],
    /// Engines, and whether they can render; of one that comes twice, the last counts.
    pub ready: Vec<(&'a str, bool)>,
    /// Engines whose queue stands still, and what is short.
    pub paused: Vec<(&'a str, Shortage)>,
    /// The processes of engines.
    pub hosts: &'a [(String, Hosts)],
    /// Announcements that are to be tried, perhaps again; `None` where nobody knows.
    pub pending_webhooks: Option<u64>,
    /// Bytes that are free on the data folder's disk.
    pub free: u64,
}

/// The processes of an engine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hosts {
    /// How many there are.
    pub count: u64,
    /// Bytes of memory that they hold together.
    pub memory: u64,
}

/// Kept files of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many there are.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The series of it.
pub(super) struct Gauges {
    jobs: IntGaugeVec,
    oldest: GaugeVec,
    ready: IntGaugeVec,
    pauses: IntGaugeVec,
    hosts: IntGaugeVec,
    host_memory: IntGaugeVec,
    pending_webhooks: IntGauge,
    free: IntGauge,
    data_bytes: IntGaugeVec,
    data_files: IntGaugeVec,
    /// Held while a snapshot is put in place and written: two at once would mix.
    writing: Mutex<()>,
}

impl Gauges {
    pub(super) fn new(make: &Maker) -> Self {
        let by_engine = &["engine"];
        Self {
            jobs: make.gauges(
                "avatar_jobs",
                "Jobs by engine and state; the queued ones are the queue's depth.",
                &["engine", "state"],
            ),
            oldest: make.fractions(
                "avatar_queue_oldest_seconds",
                "For how long the oldest queued job of the engine has been there; absent where none is queued.",
                by_engine,
            ),
            ready: make.gauges(
                "avatar_engine_ready",
                "1 if the engine can render, 0 if it cannot or is gone.",
                by_engine,
            ),
            pauses: make.gauges(
                "avatar_queue_paused",
                "1 while no job of the engine is begun, by what is short.",
                &["engine", "short"],
            ),
            hosts: make.gauges("avatar_hosts", "Processes of the engine that run, idle ones too.", by_engine),
            host_memory: make.gauges(
                "avatar_host_resident_memory_bytes",
                "Resident memory of the engine's processes together.",
                by_engine,
            ),
            pending_webhooks: make
                .gauge("avatar_webhooks_pending", "Announcements that are to be tried, perhaps again."),
            free: make.gauge("avatar_disk_free_bytes", "What is free on the data folder's disk."),
            data_bytes: make.gauges(
                "avatar_data_bytes",
                "Bytes of the data folder by kind, as of the latest sweep (retention.sweep_seconds).",
                &["kind"],
            ),
            data_files: make.gauges(
                "avatar_data_files",
                "Kept files of the data folder by kind, as of the latest sweep.",
                &["kind"],
            ),
            writing: Mutex::default(),
        }
    }

    pub(super) fn data_is(&self, kept: &[(&'static str, Kept)], database: u64) {
        for (kind, Kept { files, bytes }) in kept {
            self.data_files.with_label_values(&[*kind]).set(whole(*files));
            self.data_bytes.with_label_values(&[*kind]).set(whole(*bytes));
        }
        self.data_bytes.with_label_values(&["database"]).set(whole(database));
    }

    pub(super) fn text(&self, registry: &Registry, now: &Snapshot<'_>) -> String {
        let turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.put(now);
        let mut text = Vec::new();
        TextEncoder::new().encode(&registry.gather(), &mut text).expect("a Vec takes all that is written");
        drop(turn);
        String::from_utf8(text).expect("the format is text")
    }

    fn put(&self, now: &Snapshot<'_>) {
        for gauges in [&self.jobs, &self.ready, &self.pauses, &self.hosts, &self.host_memory] {
            gauges.reset();
        }
        self.oldest.reset();
        for (engine, state, count) in now.jobs {
            self.jobs.with_label_values(&[engine.as_str(), state.as_str()]).set(whole(*count));
        }
        for (engine, seconds) in now.oldest {
            self.oldest.with_label_values(&[engine]).set(*seconds);
        }
        for (engine, is_ready) in &now.ready {
            self.ready.with_label_values(&[*engine]).set(i64::from(*is_ready));
        }
        for (engine, short) in &now.paused {
            self.pauses.with_label_values(&[*engine, short.name()]).set(1);
        }
        for (engine, Hosts { count, memory }) in now.hosts {
            self.hosts.with_label_values(&[engine]).set(whole(*count));
            self.host_memory.with_label_values(&[engine]).set(whole(*memory));
        }
        if let Some(pending) = now.pending_webhooks {
            self.pending_webhooks.set(whole(pending));
        }
        self.free.set(whole(now.free));
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
