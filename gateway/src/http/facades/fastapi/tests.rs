//! Every fault that FastAPI tells, to the letter.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::Value;

use crate::app::App;
use crate::domain::client::Client;
use crate::domain::upload::Photo;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::fastapi::form::FileField;
use crate::http::facades::fastapi::number::{Range, path_number};
use crate::testing::Play;

/// The texts of the forms here.
const TEXTS: [&str; 17] =
    ["a", "absent", "b", "c", "crop", "d", "e", "emotion", "empty", "f", "g", "h", "half", "high", "i", "last", "low"];

async fn json(app: &App, kind: &str, body: &str) -> Result<Fields, Refusal> {
    let request = Request::post("/").header(header::CONTENT_TYPE, kind).body(Body::from(body.to_owned())).unwrap();
    Fields::of_json(request, app, Client::Unknown, &["a", "b"]).await
}

async fn form(app: &Arc<App>, body: &str) -> Result<Fields, Refusal> {
    let request = Request::post("/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let limits = app.config().limits.clone();
    let image = FileField::of::<Photo>("image", &limits);
    Fields::of_form(request, app, &[image], &[&TEXTS[..], &["steps"]].concat()).await
}

fn told(refusal: Refusal) -> String {
    let Refusal::Unprocessable(details) = refusal else { panic!("it is refused for its form") };
    details.iter().map(|detail| serde_json::to_string(detail).unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_form_is_refused_with_all_faults_at_once() {
    let play = Play::new(&[]).await;
    let body = "image=x&emotion=Happy&steps=7.5&half=abc&crop=maybe&low=-1&high=8&empty=";
    let mut fields = form(&play.app, body).await.ok().unwrap();
    assert!(fields.file("image").is_none() && fields.file("audio").is_none());
    assert_eq!(fields.choice("emotion", &["sad", "happy", "fear"]), None);
    assert_eq!(fields.choice("empty", &["sad"]), None);
    assert_eq!(fields.integer("steps", Range::default()), None);
    assert_eq!(fields.float("half"), None);
    assert_eq!(fields.flag("crop"), None);
    let between = Range { ge: Some(0), le: Some(7) };
    assert_eq!((fields.integer("low", between), fields.integer("high", between)), (None, None));
    assert_eq!(fields.integer("absent", between), None);
    insta::assert_snapshot!(told(fields.refusal()), @r#"
    {"type":"value_error","loc":["body","image"],"msg":"Value error, Expected UploadFile, received: <class 'str'>","input":"x","ctx":{"error":{}}}
    {"type":"missing","loc":["body","audio"],"msg":"Field required","input":null}
    {"type":"enum","loc":["body","emotion"],"msg":"Input should be 'sad', 'happy' or 'fear'","input":"Happy","ctx":{"expected":"'sad', 'happy' or 'fear'"}}
    {"type":"missing","loc":["body","empty"],"msg":"Field required","input":null}
    {"type":"int_parsing","loc":["body","steps"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"7.5"}
    {"type":"float_parsing","loc":["body","half"],"msg":"Input should be a valid number, unable to parse string as a number","input":"abc"}
    {"type":"bool_parsing","loc":["body","crop"],"msg":"Input should be a valid boolean, unable to interpret input","input":"maybe"}
    {"type":"greater_than_equal","loc":["body","low"],"msg":"Input should be greater than or equal to 0","input":"-1","ctx":{"ge":0}}
    {"type":"less_than_equal","loc":["body","high"],"msg":"Input should be less than or equal to 7","input":"8","ctx":{"le":7}}
    "#);
}

#[tokio::test]
async fn a_form_is_read_as_python_reads_it() {
    let play = Play::new(&[]).await;
    let mut fields =
        form(&play.app, "a=512&b=512.0&c=%20512&d=1e1&e=inf&f=nan&g=False&h=ON&i=y&last=1&last=2").await.ok().unwrap();
    let any = Range::default();
    assert_eq!((fields.integer("a", any), fields.integer("b", any)), (Some(512), Some(512)));
    assert_eq!(fields.integer("c", any), None, "padded");
    assert_eq!((fields.float("d"), fields.float("e")), (Some(10.0), Some(f64::INFINITY)));
    assert!(fields.float("f").unwrap().is_nan());
    assert_eq!((fields.flag("g"), fields.flag("h"), fields.flag("i")), (Some(false), Some(true), Some(true)));
    assert_eq!(fields.integer("last", any), Some(2));
    assert_eq!(fields.errors.len(), 1);

    let other = Request::post("/").header(header::CONTENT_TYPE, "text/plain").body(Body::from("a=1")).unwrap();
    let mut fields = Fields::of_form(other, &play.app, &[], &["a"]).await.ok().unwrap();
    assert_eq!(fields.text("a"), None, "a body of another kind is an empty form");
}

#[tokio::test]
async fn a_json_body_is_refused_with_all_faults_at_once() {
    let body = r#"{"a": 1, "b": null, "c": 2.5, "d": "x", "e": [], "f": "1.5x", "url": "x.wav", "ftp": "ftp://h/x"}"#;
    let play = Play::new(&[]).await;
    let mut fields = json(&play.app, "application/json", body).await.ok().unwrap();
    let any = Range::default();
    assert_eq!((fields.text("a"), fields.text("missing")), (None, None));
    assert_eq!((fields.integer("b", any), fields.integer("c", any)), (None, None));
    assert_eq!((fields.integer("d", any), fields.texts("d"), fields.flag("e")), (None, None, None));
    assert_eq!((fields.float("e"), fields.optional_float("b"), fields.optional_text("b")), (None, None, None));
    assert_eq!((fields.url("url"), fields.url("ftp"), fields.url("a")), (None, None, None));
    let refused = told(fields.refusal()).replace(&serde_json::from_str::<Value>(body).unwrap().to_string(), "BODY");
    insta::assert_snapshot!(refused, @r#"
    {"type":"string_type","loc":["body","a"],"msg":"Input should be a valid string","input":1}
    {"type":"missing","loc":["body","missing"],"msg":"Field required","input":BODY}
    {"type":"int_type","loc":["body","b"],"msg":"Input should be a valid integer","input":null}
    {"type":"int_from_float","loc":["body","c"],"msg":"Input should be a valid integer, got a number with a fractional part","input":2.5}
    {"type":"int_parsing","loc":["body","d"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}
    {"type":"list_type","loc":["body","d"],"msg":"Input should be a valid list","input":"x"}
    {"type":"bool_parsing","loc":["body","e"],"msg":"Input should be a valid boolean, unable to interpret input","input":[]}
    {"type":"float_type","loc":["body","e"],"msg":"Input should be a valid number","input":[]}
    {"type":"url_parsing","loc":["body","url"],"msg":"Input should be a valid URL, relative URL without a base","input":"x.wav","ctx":{"error":"relative URL without a base"}}
    {"type":"url_scheme","loc":["body","ftp"],"msg":"URL scheme should be 'http' or 'https'","input":"ftp://h/x","ctx":{"expected_schemes":"'http' or 'https'"}}
    {"type":"url_type","loc":["body","a"],"msg":"URL input should be a string or URL","input":1}
    "#);
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused_as_a_whole() {
    let play = Play::new(&[]).await;
    let refusal = async |kind, body| match json(&play.app, kind, body).await {
        Ok(_) => panic!("{body:?} is no object"),
        Err(refusal) => told(refusal),
    };
    let mut answers = vec![refusal("text/plain", r#"{"a": 1}"#).await];
    for body in
        ["", "null", "[1]", "\"x\"", "{\"a\":", "{\"a\": 1,}", "{\"a\" 1}", "[1 2]", "{} x", "\"abc", "\n\n  nope"]
    {
        answers.push(refusal("application/json", body).await);
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    {"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":"{\"a\": 1}"}
    {"type":"missing","loc":["body"],"msg":"Field required","input":null}
    {"type":"missing","loc":["body"],"msg":"Field required","input":null}
    {"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":[1]}
    {"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":"x"}
    {"type":"json_invalid","loc":["body",5],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}
    {"type":"json_invalid","loc":["body",8],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting property name enclosed in double quotes"}}
    {"type":"json_invalid","loc":["body",5],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting ':' delimiter"}}
    {"type":"json_invalid","loc":["body",3],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting ',' delimiter"}}
    {"type":"json_invalid","loc":["body",3],"msg":"JSON decode error","input":{},"ctx":{"error":"Extra data"}}
    {"type":"json_invalid","loc":["body",4],"msg":"JSON decode error","input":{},"ctx":{"error":"Unterminated string starting at"}}
    {"type":"json_invalid","loc":["body",5],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}
    "#);
}

#[tokio::test]
async fn of_a_large_body_only_what_is_asked_for_is_kept_and_told() {
    let play = Play::new(&[]).await;
    let many: Vec<String> = (0..60_000).map(|n| format!("\"key{n}\":{n}")).collect();
    let body = format!("{{\"a\": \"{}\", {}}}", "x".repeat(20_000), many.join(","));
    let mut fields = json(&play.app, "application/json", &body).await.ok().unwrap();
    assert_eq!(fields.values.len(), 1);
    assert_eq!(fields.integer("a", Range::default()), None);
    assert_eq!(fields.text("b"), None);
    let faults = told(fields.refusal());
    assert!(faults.len() < 1000 && faults.contains("xxx…"), "{faults}");

    let objects = format!("{{\"a\": [{}]}}", vec!["{\"x\":0}"; 30_000].join(","));
    let Err(Refusal::Gateway(error)) = json(&play.app, "application/json", &objects).await else {
        panic!("it is taken")
    };
    assert_eq!(error.status(), 413, "{}", error.sentence());

    let fields: Vec<String> = (0..1001).map(|n| format!("f{n}=")).collect();
    let Err(Refusal::Gateway(error)) = form(&play.app, &fields.join("&")).await else { panic!("it is taken") };
    assert_eq!(error.status(), 413, "{}", error.sentence());
    let fields = form(&play.app, &fields[1..].join("&")).await.ok().unwrap();
    assert!(fields.values.is_empty());
}

#[tokio::test]
async fn queries_and_paths_say_where_they_are_wrong() {
    let mut fields = Fields::of_query(Some("task_code=a%20b&x"));
    assert_eq!(fields.text("task_code").as_deref(), Some("a b"));
    assert_eq!(fields.text("filename"), None);
    insta::assert_snapshot!(told(fields.refusal()), @r#"{"type":"missing","loc":["query","filename"],"msg":"Field required","input":null}"#);
    assert_eq!(path_number("n", "7").ok(), Some(7));
    insta::assert_snapshot!(told(path_number("n", "x").err().unwrap()), @r#"{"type":"int_parsing","loc":["path","n"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}"#);
}
