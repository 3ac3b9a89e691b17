//! What is told, and that the operators' list of it is complete.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::job::State;
use crate::domain::shortage::Shortage;
use crate::metrics::*;

/// Metrics in which everything has happened once.
fn eventful() -> (Metrics, String) {
    let metrics = Metrics::new("abc");
    metrics.host_started("puppet");
    metrics.host_died("puppet", "sigkill");
    metrics.attempt_ended("puppet", "succeeded");
    metrics.answered("GET", "/v1/jobs/{id}", "200", Duration::from_millis(2));
    metrics.answered("BREW", "unknown", "405", Duration::ZERO);
    metrics.job_succeeded("puppet", &Timings { render: 2.0, ..Timings::default() });
    metrics.job_ended("puppet", "succeeded", None);
    metrics.job_ended("puppet", "failed", Some("engine.died"));
    metrics.webhook_tried(Some(200), Next::Delivered);
    metrics.webhook_tried(Some(503), Next::Again(Timestamp::UNIX_EPOCH));
    metrics.webhook_tried(None, Next::GiveUp);
    metrics.connection_cut("idle");
    metrics.data_is(&[("video", Kept { files: 3, bytes: 7 })], 4096);
    let text = metrics.text(&Snapshot {
        jobs: &[("puppet".into(), State::Queued, 3)],
        oldest: &[("puppet".into(), 1.5)],
        ready: vec![("gone", false), ("puppet", false), ("puppet", true)],
        paused: vec![("puppet", Shortage::Storage)],
        hosts: &[("puppet".into(), Hosts { count: 2, memory: 5 })],
        pending_webhooks: Some(4),
        free: 9,
    });
    (metrics, text)
}

#[test]
fn what_is_counted_is_told() {
    let (metrics, text) = eventful();
    for line in [
        "avatar_build_info{commit=\"abc\",version=",
        "avatar_jobs{engine=\"puppet\",state=\"queued\"} 3",
        "avatar_queue_oldest_seconds{engine=\"puppet\"} 1.5",
        "avatar_queue_paused{engine=\"puppet\",short=\"storage\"} 1",
        "avatar_engine_ready{engine=\"gone\"} 0",
        "avatar_engine_ready{engine=\"puppet\"} 1",
        "avatar_hosts{engine=\"puppet\"} 2",
        "avatar_host_resident_memory_bytes{engine=\"puppet\"} 5",
        "avatar_host_starts_total{engine=\"puppet\"} 1",
        "avatar_host_deaths_total{engine=\"puppet\",reason=\"sigkill\"} 1",
        "avatar_attempts_total{engine=\"puppet\",outcome=\"succeeded\"} 1",
        "avatar_jobs_ended_total{engine=\"puppet\",state=\"failed\"} 1",
        "avatar_job_failures_total{code=\"engine.died\",engine=\"puppet\"} 1",
        "avatar_lease_losses_total 0",
        "avatar_webhook_attempts_total{outcome=\"refused\"} 1",
        "avatar_webhooks_total{outcome=\"given_up\"} 1",
        "avatar_webhooks_pending 4",
        "avatar_disk_free_bytes 9",
        "avatar_data_bytes{kind=\"database\"} 4096",
        "avatar_data_files{kind=\"video\"} 3",
        "avatar_http_requests_total{method=\"GET\",route=\"/v1/jobs/{id}\",status=\"200\"} 1",
        "avatar_http_requests_total{method=\"other\",route=\"unknown\",status=\"405\"} 1",
        "avatar_job_stage_seconds_sum{engine=\"puppet\",stage=\"render\"} 2",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let text = metrics.text(&Snapshot::default());
    for over in ["avatar_jobs{", "avatar_queue_paused{", "avatar_queue_oldest_seconds{", "avatar_hosts{"] {
        assert!(!text.contains(over), "{over}: what is over is not told");
    }
    assert!(text.contains("avatar_webhooks_pending 4"), "what nobody could look at stays");
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_tells_of_itself() {
    let (_, text) = eventful();
    for series in ["process_cpu_seconds_total", "process_open_fds", "process_resident_memory_bytes"] {
        assert!(text.contains(series), "{series} is not in\n{text}");
    }
}

/// docs/operating.md tells operators of every series with its labels, and of none that is not there.
#[test]
fn the_operators_list_is_complete() {
    let (_, text) = eventful();
    let mut told = BTreeMap::<String, BTreeSet<String>>::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# TYPE ").and_then(|line| line.split(' ').next()) {
            told.insert(name.to_owned(), BTreeSet::new());
        } else if let Some((series, labels)) = line.split_once('{') {
            let name = ["_bucket", "_sum", "_count"].iter().find_map(|end| series.strip_suffix(end));
            let name = name.filter(|name| told.contains_key(*name)).unwrap_or(series);
            let labels = labels.split_once('}').unwrap().0.split("\",").filter_map(|label| label.split('=').next());
            told.get_mut(name).unwrap().extend(labels.filter(|label| *label != "le").map(str::to_owned));
        }
    }
    told.retain(|name, _| !name.starts_with("process_"));

    let mut listed = BTreeMap::new();
    let list = include_str!("../../../docs/operating.md");
    for row in list.lines().filter(|line| line.starts_with("| `avatar_")) {
        for series in row.split('|').nth(1).unwrap().split('`').filter(|text| text.starts_with("avatar_")) {
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels = labels.trim_end_matches('}').split(',').map(str::trim).filter(|label| !label.is_empty());
            listed.insert(name.to_owned(), labels.map(str::to_owned).collect::<BTreeSet<_>>());
        }
    }
    assert_eq!(listed, told, "docs/operating.md, \"Watching\", against the code");
}
