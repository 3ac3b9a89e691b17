//! What clients want to be told of their jobs: named, shown, refused.

use serde_json::{Value, json};

use crate::http::tests::told::{answer, faults, speech};
use crate::testing::Play;
use crate::testing::stage::Act;

const JSON: &str = "application/json";
const URL: &str = "https://example.org/hook";

#[tokio::test]
async fn a_job_shows_what_is_announced_of_it() {
    let play = Play::new(&[Act::Hang]).await;
    let app = &play.app;
    let audio = speech(app).await;
    let ends = json!(["job.succeeded", "job.failed", "job.canceled"]);
    let chosen = json!(["job.started", "job.failed"]);
    for (url, events, shown) in [
        (json!(null), json!(null), json!(null)),
        (json!(URL), json!(null), ends.clone()),
        (json!(URL), json!(["job.failed", "job.started", "job.failed"]), chosen.clone()),
    ] {
        let job = json!({"engine": "stage", "audio_id": audio, "webhook_url": url, "webhook_events": events});
        let (status, job) = answer(app, "POST", "/v1/jobs", JSON, job.to_string()).await;
        assert_eq!((status, &job["webhook_events"]), (202, &shown), "{job}");
    }
    let form = |events: &str| {
        let audio = audio.to_string();
        let fields = [("engine", "stage"), ("audio_id", &*audio), ("webhook_url", URL), ("webhook_events", events)];
        let part = |(name, value)| format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        format!("{}--x--\r\n", fields.map(part).concat())
    };
    for (events, shown) in
        [("job.started, job.failed,", &chosen), ("[\"job.started\", \"job.failed\"]", &chosen), ("", &ends)]
    {
        let kind = "multipart/form-data; boundary=x";
        let (status, job) = answer(app, "POST", "/v1/jobs", kind, form(events)).await;
        assert_eq!((status, &job["webhook_events"]), (202, shown), "{job}");
    }
}

#[tokio::test]
async fn events_that_there_are_not_and_events_for_nobody_are_told() {
    let play = Play::new(&[]).await;
    let app = &play.app;
    let audio = speech(app).await;
    let refused = async |events: Value, url: Value| {
        let job = json!({"engine": "stage", "audio_id": audio, "webhook_url": url, "webhook_events": events});
        let (status, problem) = answer(app, "POST", "/v1/jobs", JSON, job.to_string()).await;
        assert_eq!(status, 422, "{problem}");
        let told = faults(&problem).iter().map(|fault| fault.map(str::to_owned)).collect::<Vec<_>>();
        (told, problem)
    };
    let all = "job.started, job.progress, job.succeeded, job.failed, job.canceled";
    let (told, _) =
        refused(json!(["job.progres", "started", "job.cancelled", "job.nonsense.else", 4]), json!(URL)).await;
    let expected = [
        ["webhook_events", "there is no event `job.progres`", "did you mean `job.progress`?"],
        ["webhook_events", "there is no event `started`", "did you mean `job.started`?"],
        ["webhook_events", "there is no event `job.cancelled`", "did you mean `job.canceled`?"],
        ["webhook_events", "there is no event `job.nonsense.else`", &format!("the events are {all}")],
        ["webhook_events", "there is no event `4`", &format!("the events are {all}")],
    ];
    assert_eq!(told, expected);
    let (told, _) = refused(json!([]), json!(URL)).await;
    assert_eq!(told, [["webhook_events", "the list is empty", &format!("name one at least of {all}")]]);
    let (told, problem) = refused(json!("job.started"), json!(URL)).await;
    assert_eq!((problem["code"].as_str(), &*told[0][1]), (Some("field.wrong_type"), "the events must be a list"));
    let (told, _) = refused(json!(["job.started"]), json!(null)).await;
    let remedy = "send `webhook_url` as well, or leave `webhook_events` out";
    assert_eq!(told, [["webhook_events", "nobody is told of them without a `webhook_url`", remedy]]);
    let (told, _) = refused(json!(["job.started"]), json!(7)).await;
    assert_eq!((told.len(), &*told[0][0]), (1, "webhook_url"), "the address is at fault, and nothing else");
}
