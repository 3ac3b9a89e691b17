//! Prometheus metrics: what is exported, and that clients cannot add series.

use avatar_tests::{Site, speech};
use serde_json::json;

use crate::MOMENT;

#[test]
fn what_happens_is_counted() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({}));
    gateway.finished(&id, MOMENT);
    let failed = gateway.submit_testcard(&audio, json!({"fault": "panic"}));
    gateway.finished(&failed, MOMENT);
    for n in 0..50 {
        gateway.get(&format!("/v1/made-up-{n}"));
        gateway.get(&format!("/v1/jobs/made-up-{n}"));
    }

    let answer = gateway.get("/metrics");
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
    let text = String::from_utf8(answer.body).unwrap();
    for line in [
        "avatar_jobs{engine=\"testcard\",state=\"succeeded\"} 1",
        "avatar_jobs{engine=\"testcard\",state=\"failed\"} 1",
        "avatar_attempts_total{engine=\"testcard\",outcome=\"succeeded\"} 1",
        "avatar_job_stage_seconds_count{engine=\"testcard\",stage=\"render\"} 1",
        "avatar_http_requests_total{method=\"POST\",route=\"/v1/jobs\",status=\"202\"} 2",
        "avatar_http_requests_total{method=\"GET\",route=\"/v1/jobs/{id}\",status=\"404\"} 50",
        "avatar_http_requests_total{method=\"GET\",route=\"unknown\",status=\"404\"} 50",
        "avatar_lease_losses_total 0",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("made-up"), "no client's text is in a label");
}
