//! Prometheus metrics: what is exported, and that clients cannot add series.

use avatar_tests::{Part, Site, eventually, speech};
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
        "avatar_jobs_ended_total{engine=\"testcard\",state=\"succeeded\"} 1",
        "avatar_job_failures_total{code=\"engine.panic\",engine=\"testcard\"} 1",
        "avatar_webhooks_pending 0",
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
    for least in [
        "process_resident_memory_bytes ",
        "process_open_fds ",
        "avatar_disk_free_bytes ",
        "avatar_data_bytes{kind=\"database\"} ",
    ] {
        assert!(value(&text, least) > 0.0, "{least}\n{text}");
    }
    let build = format!("avatar_build_info{{commit=\"{}\",", gateway.get("/").json()["commit"].as_str().unwrap_or(""));
    assert!(text.contains(&build), "{build}\n{text}");
}

#[test]
fn processes_of_engines_and_the_oldest_job_are_told_and_each_end_is_a_line_of_the_log() {
    let site = Site::holding("[log]\nformat = \"json\"\n");
    let secret = site.command(&["keys", "add", "studio", "--scope", "submit,read,admin"]);
    let secret = String::from_utf8(secret.stdout).unwrap();
    let gateway = site.start();
    let secret = [("x-api-key", secret.trim())];
    let audio = std::fs::read(speech(&site.scratch(), 1.0)).unwrap();
    let submit = |params: serde_json::Value| {
        let form = [
            Part::text("engine", "testcard"),
            Part::text("params", &params.to_string()),
            Part::file("audio", "speech.wav", audio.clone()),
        ];
        gateway.post_form_with("/v1/jobs", &form, &secret).expect(202)["id"].as_str().unwrap().to_owned()
    };
    let metrics = || String::from_utf8(gateway.request("GET", "/metrics", &secret).body).unwrap();
    let held = submit(json!({"fault": "hold"}));
    let queued = submit(json!({}));
    eventually("the first runs and the second waits", MOMENT, || {
        let text = metrics();
        let runs = text.contains("avatar_jobs{engine=\"testcard\",state=\"running\"} 1");
        let is_told = runs && text.contains("avatar_hosts{engine=\"testcard\"} 1");
        (is_told && value(&text, "avatar_queue_oldest_seconds{engine=\"testcard\"} ") > 0.0).then(|| {
            assert!(value(&text, "avatar_host_resident_memory_bytes{engine=\"testcard\"} ") > 1e6, "{text}");
        })
    });
    gateway.request("POST", &format!("/v1/jobs/{queued}/cancel"), &secret).expect(202);
    assert!(!site.kill_hosts().is_empty());
    eventually("the death is counted", MOMENT, || {
        metrics().contains("avatar_host_deaths_total{engine=\"testcard\",reason=\"sigkill\"} 1").then_some(())
    });
    site.release();
    let lines = eventually("both ends are told", MOMENT, || {
        let log = gateway.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let lines: Vec<_> = lines.filter(|line| line["message"] == "job ended").collect();
        (lines.len() == 2).then_some(lines)
    });
    let of = |id: &str| lines.iter().find(|line| line["job.id"] == id).unwrap();
    assert_eq!((&of(&queued)["state"], &of(&queued)["attempt"]), (&json!("canceled"), &json!(0)));
    let ended = of(&held);
    assert_eq!((&ended["engine.id"], &ended["key"]), (&json!("testcard"), &json!("studio")), "{ended}");
    assert_eq!((&ended["state"], &ended["attempt"]), (&json!("succeeded"), &json!(2)), "{ended}");
    assert!(ended["queued_seconds"].is_number() && ended["render_seconds"].as_f64().unwrap() > 0.0, "{ended}");
    assert!(ended["error.code"].is_null(), "{ended}");
}

/// The value of a series that is told.
fn value(text: &str, series: &str) -> f64 {
    text.lines().find_map(|line| line.strip_prefix(series)?.parse().ok()).unwrap_or(0.0)
}
