//! What clients say of their jobs: given, shown, found by, refused.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::app::App;
use crate::http::tests::told::{answer, faults, speech};
use crate::testing::Play;
use crate::testing::stage::Act;

const JSON: &str = "application/json";

async fn submitted(app: &Arc<App>, metadata: &Value) -> Value {
    let job = json!({"engine": "stage", "audio_id": speech(app).await, "metadata": metadata});
    let (status, job) = answer(app, "POST", "/v1/jobs", JSON, job.to_string()).await;
    assert_eq!(status, 202, "{job}");
    job
}

/// The ids that a list names, and how many pages of this length it has.
async fn listed(app: &Arc<App>, query: &str, limit: usize) -> (Vec<Value>, usize) {
    let (mut ids, mut pages, mut before) = (vec![], 0, String::new());
    loop {
        let (status, page) = answer(app, "GET", &format!("/v1/jobs?limit={limit}&{query}{before}"), "", "").await;
        assert_eq!(status, 200, "{page}");
        let jobs = page["jobs"].as_array().unwrap();
        ids.extend(jobs.iter().map(|job| job["id"].clone()));
        pages += usize::from(!jobs.is_empty());
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => return (ids, pages),
        }
    }
}

#[tokio::test]
async fn jobs_show_what_their_clients_say_and_are_found_by_it() {
    let play = Play::new(&[Act::Hang]).await;
    let app = &play.app;
    let plain = submitted(app, &Value::Null).await;
    assert_eq!(plain["metadata"], json!({}));
    let said = json!({"user": "42", "a b&c=d": "ä/%+ \u{1f600}", "empty": ""});
    let mine = submitted(app, &said).await;
    assert_eq!(mine["metadata"], said);
    let (_, shown) = answer(app, "GET", &format!("/v1/jobs/{}", mine["id"].as_str().unwrap()), "", "").await;
    assert_eq!(shown["metadata"], said);
    let other = submitted(app, &json!({"user": "42", "order": "7"})).await;
    for n in 0..3 {
        submitted(app, &json!({"user": n.to_string()})).await;
    }
    let both = vec![other["id"].clone(), mine["id"].clone()];
    assert_eq!(listed(app, "metadata.user=42", 50).await, (both.clone(), 1));
    assert_eq!(listed(app, "metadata.user=42", 1).await, (both.clone(), 2), "page by page");
    let only = (vec![mine["id"].clone()], 1);
    assert_eq!(listed(app, "metadata.a+b%26c%3Dd=%C3%A4%2F%25%2B+%F0%9F%98%80", 50).await, only);
    assert_eq!(listed(app, "metadata.user=42&metadata.empty=&engine=stage", 50).await, only);
    assert_eq!(listed(app, "metadata.user=42&state=failed", 50).await.0, [Value::Null; 0]);
    assert_eq!(listed(app, "metadata.order=42", 50).await.0, [Value::Null; 0]);
}

#[tokio::test]
async fn a_form_says_it_as_json() {
    let play = Play::new(&[Act::Hang]).await;
    let app = &play.app;
    let audio = speech(app).await;
    let form = |metadata: &str| {
        let fields = [("engine", "stage"), ("audio_id", &audio.to_string()), ("metadata", metadata)];
        let part = |(name, value)| format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        format!("{}--x--\r\n", fields.map(part).concat())
    };
    let kind = "multipart/form-data; boundary=x";
    let (status, job) = answer(app, "POST", "/v1/jobs", kind, form("{\"user\": \"42\"}")).await;
    assert_eq!((status, &job["metadata"]), (202, &json!({"user": "42"})), "{job}");
    let (status, job) = answer(app, "POST", "/v1/jobs", kind, form(" ")).await;
    assert_eq!((status, &job["metadata"]), (202, &json!({})), "{job}");
    let (status, problem) = answer(app, "POST", "/v1/jobs", kind, form("user=42")).await;
    assert_eq!((status, &problem["code"]), (422, &json!("field.not_json")));
    assert_eq!(faults(&problem)[0][2], "send a JSON object such as {\"user\": \"42\"}");
    let long = format!("{{\"user\": \"{}\"}}", "x".repeat(9000));
    let (status, problem) = answer(app, "POST", "/v1/jobs", kind, form(&long)).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("metadata")), "{problem}");
}

#[tokio::test]
async fn what_is_no_metadata_and_no_condition_is_told() {
    let play = Play::new(&[]).await;
    let app = &play.app;
    let job = json!({"engine": "stage", "audio_id": speech(app).await, "metadata": {"user": 42, "ok": "1"}});
    let (status, problem) = answer(app, "POST", "/v1/jobs", JSON, job.to_string()).await;
    assert_eq!((status, &problem["code"]), (422, &json!("field.wrong_type")));
    assert_eq!(faults(&problem), [["metadata.user", "the value must be a text, and is a number", "send \"42\""]]);

    let path = "/v1/jobs?metadata.=1&metadata=1&metadata[user]=1&metadatum.user=1&metadata.a=1&metadata.a=1&stat=x";
    let (status, problem) = answer(app, "GET", path, "", "").await;
    assert_eq!((status, problem["errors"][0]["code"].as_str()), (422, Some("query.invalid")));
    let point = "send its name behind a point, such as metadata.user=42";
    let nameless = |field| [field, "", point];
    let told = faults(&problem);
    assert_eq!(told.len(), 6, "{told:?}");
    for (told, field) in told.iter().zip(["metadata.", "metadata", "metadata[user]"]) {
        assert_eq!([told[0], "", told[2]], nameless(field));
    }
    assert_eq!(told[3][0], "metadatum.user");
    assert_eq!(told[4], ["metadata.a", "`metadata.a` comes twice", "send it once"]);
    assert_eq!(told[5], ["stat", "the query takes no `stat`", "did you mean `state`?"]);

    let many: String = (0..51).map(|n| format!("metadata.{n}=&")).collect();
    let (status, problem) = answer(app, "GET", &format!("/v1/jobs?{many}"), "", "").await;
    assert_eq!((status, faults(&problem)[0][1]), (422, "no job has more than 50 of them"));
    let (status, page) = answer(app, "GET", &format!("/v1/jobs?{}", many.replace("metadata.50=&", "")), "", "").await;
    assert_eq!((status, &page["jobs"]), (200, &json!([])));
    let (status, problem) = answer(app, "GET", "/v1/photos?metadata.user=42", "", "").await;
    assert_eq!((status, faults(&problem)[0][1]), (422, "the query takes no `metadata.user`"));
}
