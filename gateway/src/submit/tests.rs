//! Requests that are given to the service as any wire format would: what becomes of them, and what they are refused
//! with.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::domain::api_key::Key;
use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::domain::id::{AudioId, PhotoId};
use crate::domain::job::State;
use crate::domain::translate::{ClientParam, Concept};
use crate::intake::incoming::{Incoming, Received};
use crate::store::jobs::JobFilter;
use crate::submit::error::SubmitError;
use crate::submit::request::{InputField, JobRequest, Params};
use crate::submit::{submit, submit_batch};
use crate::testing::stage::Act;
use crate::testing::{Play, key, uploaded_photo, uploaded_speech};

/// A request to the only engine of the tests.
fn speaking_as(id: AudioId) -> JobRequest {
    JobRequest {
        engine: Some("stage".into()),
        audio: Some(InputField::uploaded("audio_id", id)),
        ..JobRequest::default()
    }
}

async fn speaking(app: &App) -> JobRequest {
    speaking_as(uploaded_speech(app).await)
}

async fn file(app: &App, content: &[u8]) -> Received {
    let mut incoming = Incoming::new(&app.scratch).unwrap();
    incoming.write(content).await.unwrap();
    incoming.complete().await.unwrap()
}

async fn jobs(app: &App) -> usize {
    app.jobs.jobs(&JobFilter { limit: 100, ..JobFilter::default() }).await.unwrap().len()
}

/// Field and code of every fault.
fn faults<T: std::fmt::Debug>(refused: Result<T, SubmitError>) -> Vec<String> {
    match refused.unwrap_err() {
        SubmitError::Refused { faults, .. } => {
            faults.told().iter().map(|f| format!("{} {}", f.field, f.code)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_becomes_a_job_with_what_was_asked_for() {
    let play = Play::new(&[Act::Hang]).await;
    let request = JobRequest {
        priority: 3,
        webhook_url: Some("https://example.org/hook".into()),
        warnings: vec!["the client's words".into()],
        ..speaking(&play.app).await
    };
    let accepted = submit(&play.app, request).await.unwrap();
    let job = accepted.job;
    assert!(!accepted.replayed && job.state == State::Queued && job.engine == "stage");
    assert_eq!((job.priority, job.speech_seconds, job.warnings), (3, Some(2.5), vec!["the client's words".to_owned()]));
}

#[tokio::test]
async fn all_faults_are_told_at_once_and_nothing_is_kept() {
    let play = Play::new(&[]).await;
    let app = &play.app;
    let request = JobRequest {
        engine: Some("stag".into()),
        photo: Some(InputField::file("picture", file(app, b"no picture").await)),
        audio: Some(InputField::uploaded("audio_id", AudioId::from(Uuid::nil()))),
        webhook_url: Some("http://127.0.0.1/".into()),
        ..JobRequest::default()
    };
    let expected = [
        "engine engine.unknown",
        "webhook_url webhook.refused",
        "picture image.unsupported",
        "audio_id audio.not_found",
    ];
    assert_eq!(faults(submit(app, request).await), expected);

    let request =
        JobRequest { photo: Some(InputField::uploaded("photo_id", PhotoId::from(Uuid::nil()))), ..speaking(app).await };
    assert_eq!(faults(submit(app, request).await), ["photo input.not_taken", "photo_id photo.not_found"]);
    assert_eq!(jobs(app).await, 0);
}

#[tokio::test]
async fn an_engine_may_ask_for_a_larger_face_than_every_photo_has() {
    for (least, told) in
        [("151", vec!["photo input.not_taken", "photo_id face.too_small"]), ("150", vec!["photo input.not_taken"])]
    {
        let play = Play::with(&[], &[("ENGINES__STAGE__MIN_FACE_PIXELS", least)]).await;
        let photo = uploaded_photo(&play.app, 150.0).await;
        let request = JobRequest { photo: Some(InputField::uploaded("photo_id", photo)), ..speaking(&play.app).await };
        assert_eq!(faults(submit(&play.app, request).await), told);
    }
}

#[tokio::test]
async fn a_field_that_cannot_be_read_is_no_missing_input() {
    let play = Play::new(&[]).await;
    let request = |audio, faults: Vec<Fault>| {
        let faults = faults.into();
        JobRequest { engine: Some("stage".into()), audio, faults, ..JobRequest::default() }
    };
    assert_eq!(faults(submit(&play.app, request(None, vec![])).await), ["audio input.missing"]);
    let fault = Fault::new("audio_id", Code::FieldNotAnId, "this is no id", "send one");
    let unreadable = Some(InputField::unreadable("audio_id"));
    assert_eq!(faults(submit(&play.app, request(unreadable, vec![fault])).await), ["audio_id field.not_an_id"]);
}

#[tokio::test]
async fn an_engine_that_cannot_render_is_no_fault_of_the_request() {
    let play = Play::new(&[]).await;
    // A second plugin of the same name can be listed and not used.
    std::fs::write(play.folder().join("engines/libengine_twin.so"), "").unwrap();
    play.app.catalog.scan(&play.app.config()).await;
    let request = JobRequest { engine: Some("twin".into()), ..speaking(&play.app).await };
    let refused = submit(&play.app, request).await.unwrap_err();
    assert!(matches!(&refused, SubmitError::NotReady(why) if why.engine == "twin"), "{refused:?}");
}

#[tokio::test]
async fn parameters_of_another_service_are_translated_and_those_of_the_engine_are_held_to_its_schema() {
    let play = Play::new(&[Act::Hang]).await;
    let named = Params::Named(serde_json::Map::from_iter([("steps".to_owned(), json!(4))]));
    let request = JobRequest { params: named, ..speaking(&play.app).await };
    assert_eq!(faults(submit(&play.app, request).await), ["params.steps param.unknown"]);
    let foreign = vec![ClientParam { name: "steps", concept: Concept::Steps, value: json!(4) }];
    let request = JobRequest { params: Params::Foreign(foreign), ..speaking(&play.app).await };
    let job = submit(&play.app, request).await.unwrap().job;
    assert_eq!(job.warnings, ["the engine `stage` renders without what it does not know: `steps`"]);
}

#[tokio::test]
async fn the_same_request_under_the_same_key_leads_to_one_job() {
    let play = Play::new(&[Act::Hang]).await;
    let app = &play.app;
    let id = uploaded_speech(app).await;
    let request = |priority, client| JobRequest {
        key: Some(Arc::new(key(client, "client"))),
        priority,
        idempotency_key: Some("once".into()),
        ..speaking_as(id)
    };
    let created = submit(app, request(0, 1)).await.unwrap();
    let replayed = submit(app, request(0, 1)).await.unwrap();
    assert_eq!((created.replayed, replayed.replayed, created.job.id), (false, true, replayed.job.id));
    assert!(matches!(submit(app, request(1, 1)).await, Err(SubmitError::IdempotencyConflict)));
    let of_another = submit(app, request(1, 2)).await.unwrap();
    assert!(!of_another.replayed && of_another.job.id != created.job.id, "each API key has names of its own");
}

#[tokio::test]
async fn a_batch_is_written_as_a_whole_or_not_at_all() {
    let play = Play::new(&[Act::Hang]).await;
    let app = &play.app;
    let client = Arc::new(Key { queued_jobs: Some(2), ..key(1, "client") });
    let request =
        || JobRequest { key: Some(Arc::clone(&client)), engine: Some("stage".into()), ..JobRequest::default() };
    let id = uploaded_speech(app).await;
    let speech = || InputField::uploaded("audio_id", id);
    let unknown = InputField::uploaded("audio_id", AudioId::from(Uuid::nil()));
    assert_eq!(faults(submit_batch(app, request(), vec![speech(), unknown], true).await), ["audio_id audio.not_found"]);
    let refused = submit_batch(app, request(), vec![speech(), speech(), speech()], true).await.unwrap_err();
    assert!(matches!(refused, SubmitError::QuotaUsed { queued: 0, most: 2, asked: 3 }), "{refused:?}");
    let mut sounds = Vec::new();
    for _ in 0..3 {
        sounds.push(InputField::file("audio_files", file(app, b"no sound at all").await));
    }
    // Whoever looked at the files would find that there is no program for it here.
    let refused = submit_batch(app, request(), sounds, true).await.unwrap_err();
    assert!(refused.to_string().contains("so that 2 of the 3 asked for would fit"), "{refused}");
    let many = (0..101).map(|_| speech()).collect();
    let anybody = JobRequest { key: None, ..request() };
    assert_eq!(faults(submit_batch(app, anybody, many, true).await), ["audio_id batch.too_long"]);
    assert_eq!(faults(submit_batch(app, request(), vec![], true).await), ["audio input.missing"]);
    assert_eq!(jobs(app).await, 0);
    let batch = submit_batch(app, request(), vec![speech(), speech()], true).await.unwrap();
    assert!(batch.combine && batch.jobs.len() == 2 && jobs(app).await == 2);
}
