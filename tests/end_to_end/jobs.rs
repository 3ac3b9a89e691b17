//! Jobs beyond the main path: idempotency, priority, deadlines, estimates, records, deletion and lists.

use std::fs;
use std::thread;

use avatar_tests::{Answer, Gateway, Part, Site, portrait, speech};
use serde_json::{Value, json};

use crate::MOMENT;

#[test]
fn a_request_with_a_key_is_answered_once() {
    let (site, gateway) = start("");
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let job = json!({"engine": "testcard", "audio_id": audio, "params": {"width": 64, "fps": 25}});
    let first = keyed(&gateway, "k-1", &job);
    let again =
        keyed(&gateway, "k-1", &json!({"params": {"fps": 25, "width": 64}, "audio_id": audio, "engine": "testcard"}));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    assert_eq!(first.expect(202)["id"], again.expect(202)["id"], "the order of members does not matter");
    assert_eq!(first.header("location"), again.header("location"));

    let other = keyed(&gateway, "k-1", &json!({"engine": "testcard", "audio_id": audio, "params": {"width": 128}}));
    assert_eq!(other.expect(409)["code"], "idempotency.conflict");
    assert_ne!(keyed(&gateway, "k-2", &job).expect(202)["id"], first.json()["id"]);
    assert_eq!(keyed(&gateway, &"k".repeat(256), &job).expect(422)["code"], "idempotency.invalid");
    assert_eq!(gateway.get("/v1/jobs").expect(200)["jobs"].as_array().unwrap().len(), 2);

    let gateway = {
        gateway.kill();
        site.start()
    };
    let later = keyed(&gateway, "k-1", &job);
    assert_eq!((later.header("idempotent-replayed"), &later.json()["id"]), ("true", &first.json()["id"]));
}

#[test]
fn a_form_that_comes_eight_times_at_once_makes_one_job() {
    let (site, gateway) = start("");
    let form = [
        Part::text("engine", "testcard"),
        Part::file("photo", "me.png", fs::read(portrait(&site.scratch())).unwrap()),
        Part::file("audio", "speech.wav", fs::read(speech(&site.scratch(), 1.0)).unwrap()),
    ];
    let answers: Vec<Answer> = thread::scope(|scope| {
        let send = || gateway.post_form_with("/v1/jobs", &form, &[("idempotency-key", "rush")]);
        let clients: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let ids: Vec<Value> = answers.iter().map(|answer| answer.expect(202)["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(answers.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).count(), 1);
    assert_eq!(gateway.finished(ids[0].as_str().unwrap(), MOMENT)["state"], "succeeded");
    let uploads = |kind: &str| gateway.get(&format!("/v1/{kind}")).expect(200)[kind].as_array().unwrap().len();
    assert_eq!((uploads("photos"), uploads("audio")), (1, 1), "those who came too late leave nothing behind");
}

#[test]
fn urgent_jobs_come_first_and_late_ones_fail() {
    let (site, gateway) = start("");
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let submit = |extra: Value| {
        let mut job = json!({"engine": "testcard", "audio_id": audio, "params": {"fault": "hold"}});
        job.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        gateway.submit(&job)
    };
    gateway.rendering(&submit(json!({})), MOMENT);
    let usual = submit(json!({}));
    let urgent = submit(json!({"priority": 5}));
    let hurried = submit(json!({"max_queue_seconds": 0.2, "priority": -10}));
    assert_eq!(gateway.job(&urgent)["queue_position"], 0);
    assert_eq!((&gateway.job(&usual)["queue_position"], &gateway.job(&usual)["priority"]), (&json!(1), &json!(0)));
    let failed = gateway.finished(&hurried, MOMENT);
    assert_eq!((&failed["state"], &failed["error"]["code"]), (&json!("failed"), &json!("job.expired")), "{failed}");
    site.release();
    let (urgent, usual) = (gateway.finished(&urgent, MOMENT), gateway.finished(&usual, MOMENT));
    assert!(urgent["started_at"].as_str().unwrap() < usual["started_at"].as_str().unwrap(), "{urgent} {usual}");

    let wrong = json!({"engine": "testcard", "audio_id": audio, "priority": 11, "max_queue_seconds": "soon"});
    let problem = gateway.post("/v1/jobs", &wrong).expect(422);
    let fields: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|fault| fault["field"].clone()).collect();
    assert_eq!(fields, ["max_queue_seconds", "priority"], "{problem}");
}

#[test]
fn a_job_tells_how_it_was_made() {
    let (site, gateway) = start("");
    let audio_file = speech(&site.scratch(), 2.0);
    let audio = gateway.upload("audio", &audio_file).expect(201);
    let audio_id = audio["id"].as_str().unwrap();
    let first = gateway.submit_testcard(audio_id, json!({"width": 64}));
    assert!(gateway.job(&first).get("eta").is_none(), "there is no history yet");
    let job = gateway.finished(&first, MOMENT);
    let record = &job["record"];
    assert_eq!(record["audio_sha256"], audio["sha256"]);
    assert_eq!(record["params"], job["params"]);
    assert!(!record["engine_version"].as_str().unwrap().is_empty(), "{job}");
    let timing = |name: &str| job["timings"][name].as_f64().unwrap();
    assert!(timing("queued") >= 0.0 && timing("load") > 0.0 && timing("render") > 0.0, "{job}");
    assert!(timing("encode") > 0.0 && timing("verify") > 0.0, "{job}");
    let computation = json!({"device": "cpu", "providers": [], "precision": "fp32"});
    assert_eq!(
        (&job["computation"], &gateway.get("/v1/jobs").expect(200)["jobs"][0]["computation"]),
        (&computation, &computation)
    );

    // With a history, the next ones are told when they will end.
    let running = gateway.submit_testcard(audio_id, json!({"fault": "hold"}));
    gateway.rendering(&running, MOMENT);
    assert_eq!(gateway.job(&running)["computation"], computation, "it is told while the job runs");
    let queued = gateway.submit_testcard(audio_id, json!({}));
    assert_eq!(gateway.job(&queued)["computation"], json!(null), "nobody knows yet");
    let eta = &gateway.job(&queued)["eta"];
    assert_eq!(eta["basis"]["jobs"], 1, "{eta}");
    assert!(eta["seconds"].as_f64().unwrap() > 0.0 && eta["at"].is_string(), "{eta}");
    site.release();
    let job = gateway.finished(&queued, MOMENT);
    assert!(job.get("eta").is_none() && job["timings"]["load"] == 0.0, "its host was warm: {job}");
}

#[test]
fn attempts_are_told() {
    let (site, gateway) = start("");
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let id = gateway.submit_testcard(&audio, json!({"fault": "panic"}));
    let job = gateway.finished(&id, MOMENT);
    let attempts = job["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 2, "{job}");
    for (number, attempt) in (1..).zip(attempts) {
        assert_eq!((&attempt["number"], &attempt["outcome"]), (&json!(number), &json!("failed")), "{job}");
        assert_eq!(attempt["error"]["code"], "engine.panic");
        assert!(attempt["started_at"].as_str().unwrap() <= attempt["finished_at"].as_str().unwrap());
    }
}

#[test]
fn a_deleted_job_leaves_nothing() {
    let (site, gateway) = start("");
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let before = site.files();
    let delete = |id: &str| gateway.request("DELETE", &format!("/v1/jobs/{id}"), &[]);
    let done = gateway.submit_testcard(&audio, json!({}));
    gateway.finished(&done, MOMENT);
    assert!(site.files().len() > before.len());
    assert_eq!(delete(&done).status, 204);
    assert_eq!(gateway.get(&format!("/v1/jobs/{done}")).expect(404)["code"], "job.not_found");
    assert_eq!(delete(&done).expect(404)["code"], "job.not_found");
    assert_eq!(site.files(), before, "its files are gone, the upload stays");

    let running = gateway.submit_testcard(&audio, json!({"fault": "hang"}));
    gateway.rendering(&running, MOMENT);
    let queued = gateway.submit_testcard(&audio, json!({}));
    assert_eq!((delete(&queued).status, delete(&running).status), (204, 204), "it is canceled first");
    assert_eq!(gateway.get("/v1/jobs").expect(200)["jobs"], json!([]));
    assert_eq!(site.files(), before);
    let next = gateway.submit_testcard(&audio, json!({}));
    assert_eq!(gateway.finished(&next, MOMENT)["state"], "succeeded");
}

#[test]
fn lists_begin_where_they_are_asked_to() {
    let (site, gateway) = start("");
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let old = gateway.submit_testcard(&audio, json!({}));
    let new = gateway.submit_testcard(&audio, json!({}));
    let since = gateway.job(&new)["created_at"].as_str().unwrap().to_owned();
    let listed = |query: &str| -> Vec<Value> {
        let page = gateway.get(&format!("/v1/jobs?{query}")).expect(200);
        page["jobs"].as_array().unwrap().iter().map(|job| job["id"].clone()).collect()
    };
    assert_eq!(listed(&format!("since={since}")), [json!(new)]);
    assert_eq!(listed("since=2020-01-01T00:00:00Z&engine=testcard"), [json!(new), json!(old)]);
    let page = gateway.get("/v1/jobs?limit=1").expect(200);
    assert!(page["jobs"][0].get("attempts").is_none(), "lists are short: {page}");
    assert_eq!(gateway.get("/v1/jobs?since=yesterday").expect(422)["code"], "query.invalid");
}

#[test]
fn a_job_is_found_by_what_its_client_says_of_it() {
    let (site, gateway) = start("");
    let audio = std::fs::read(speech(&site.scratch(), 1.0)).unwrap();
    let submit = |metadata: &str| {
        let parts = [
            Part::text("engine", "testcard"),
            Part::file("audio", "speech.wav", audio.clone()),
            Part::text("metadata", metadata),
        ];
        gateway.post_form("/v1/jobs", &parts).expect(202)["id"].as_str().unwrap().to_owned()
    };
    let ids: Vec<String> = ["7", "8", "7"].iter().map(|n| submit(&format!("{{\"order\": \"{n}\"}}"))).collect();
    for id in &ids {
        gateway.finished(id, MOMENT);
    }
    gateway.kill();
    let gateway = site.start();
    let listed = |query: &str| -> Vec<Value> {
        let page = gateway.get(&format!("/v1/jobs?{query}")).expect(200);
        page["jobs"].as_array().unwrap().iter().map(|job| job["id"].clone()).collect()
    };
    assert_eq!(listed("metadata.order=7&state=succeeded"), [json!(ids[2]), json!(ids[0])]);
    assert_eq!(gateway.job(&ids[1])["metadata"], json!({"order": "8"}));
    assert_eq!(gateway.request("DELETE", &format!("/v1/jobs/{}", ids[2]), &[]).status, 204);
    assert_eq!(listed("metadata.order=7"), [json!(ids[0])]);
}

fn start(config: &str) -> (Site, Gateway) {
    let site = Site::holding(config);
    let gateway = site.start();
    (site, gateway)
}

fn keyed(gateway: &Gateway, key: &str, job: &Value) -> Answer {
    gateway.post_with("/v1/jobs", job, &[("idempotency-key", key)])
}
