//! A client of the gateway: requests and their answers, uploads, and waiting for jobs.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Request;

use crate::wait::eventually;

/// An address of the gateway, with the calls of a client.
#[derive(Debug, Clone)]
pub struct Api {
    url: String,
    agent: ureq::Agent,
}

/// An answer of the gateway.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header fields, with lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// One field of a form.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// Name of the field.
    pub name: &'a str,
    /// Name of the file, if the field is one.
    pub file: Option<&'a str>,
    /// Type of the file, if its sender tells one.
    pub kind: Option<&'a str>,
    /// The value.
    pub content: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// It is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {} {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    /// The body as JSON, if the status is the expected one.
    ///
    /// # Panics
    /// It is another one.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// A header field; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

impl<'a> Part<'a> {
    /// A field with a text.
    pub fn text(name: &'a str, text: &str) -> Self {
        Self { name, file: None, kind: None, content: text.into() }
    }

    /// A field with a file.
    pub fn file(name: &'a str, file: &'a str, content: impl Into<Vec<u8>>) -> Self {
        Self { name, file: Some(file), kind: None, content: content.into() }
    }

    /// The same file with a type.
    pub fn typed(self, kind: &'a str) -> Self {
        Self { kind: Some(kind), ..self }
    }
}

impl Api {
    pub(crate) fn at(url: String) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Self { url, agent }
    }

    /// The same address, asked by a client of its own that waits no longer than `limit` for a whole answer.
    pub(crate) fn with_patience(&self, limit: Duration) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(limit));
        Self { url: self.url.clone(), agent: config.build().into() }
    }

    /// Where it is reached.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Host and port that it listens on.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Sends any request and waits for its answer.
    pub fn send(&self, request: Request<Vec<u8>>) -> Answer {
        self.try_send(request).expect("the gateway answers")
    }

    /// Sends any request to a gateway that may go away meanwhile.
    ///
    /// # Errors
    /// No answer arrives, or not the whole of it.
    pub(crate) fn try_send(&self, request: Request<Vec<u8>>) -> Result<Answer, ureq::Error> {
        let mut response = self.agent.run(request)?;
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").into())).collect();
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec()?;
        Ok(Answer { status: response.status().as_u16(), headers, body })
    }

    /// Sends a request without a body.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(self.build(method, path, headers, Vec::new()))
    }

    /// Sends a request with JSON.
    pub fn request_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.request_raw(method, path, headers, body.to_string())
    }

    /// Sends a request with a body that is sent as it is.
    pub fn request_raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        self.send(self.build(method, path, headers, body.into()))
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[])
    }

    /// `POST path` with JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, body, &[])
    }

    /// `POST path` with JSON and further header fields.
    pub fn post_with(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
        self.request_with("POST", path, &[&[("content-type", "application/json")], headers].concat(), body)
    }

    /// `POST path` with a form.
    pub fn post_form(&self, path: &str, parts: &[Part<'_>]) -> Answer {
        self.post_form_with(path, parts, &[])
    }

    /// `POST path` with a form and further header fields.
    pub fn post_form_with(&self, path: &str, parts: &[Part<'_>], headers: &[(&str, &str)]) -> Answer {
        let (kind, body) = form(parts);
        let headers = [&[("content-type", kind.as_str())], headers].concat();
        self.send(self.build("POST", path, &headers, body))
    }

    /// Uploads a file to `/v1/photos`, `/v1/audio` or `/v1/source-videos`.
    pub fn upload(&self, kind: &str, file: &Path) -> Answer {
        let name = file.file_name().and_then(|name| name.to_str()).expect("tests give names");
        let content = fs::read(file).expect("the file is there");
        self.post_form(&format!("/v1/{kind}"), &[Part::file("file", name, content)])
    }

    /// Uploads a file that must be accepted, and returns its id.
    pub fn uploaded(&self, kind: &str, file: &Path) -> String {
        text(&self.upload(kind, file).expect(201)["id"])
    }

    /// Submits a job that must be accepted, and returns its id.
    pub fn submit(&self, job: &Value) -> String {
        text(&self.post("/v1/jobs", job).expect(202)["id"])
    }

    /// Submits a job for the test card on uploaded speech.
    pub fn submit_testcard(&self, audio: &str, params: Value) -> String {
        self.submit(&json!({"engine": "testcard", "audio_id": audio, "params": params}))
    }

    /// The job as it is now.
    pub fn job(&self, id: &str) -> Value {
        self.get(&format!("/v1/jobs/{id}")).expect(200)
    }

    /// Waits until the job is as wanted.
    pub fn wait_for(&self, id: &str, what: &str, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(what, limit, || Some(self.job(id)).filter(&wanted))
    }

    /// Waits until the job is over, however it ends.
    pub fn finished(&self, id: &str, limit: Duration) -> Value {
        let is_over = |job: &Value| ["succeeded", "failed", "canceled"].iter().any(|state| job["state"] == *state);
        self.wait_for(id, "the job ends", limit, is_over)
    }

    /// Waits until the job renders.
    pub fn rendering(&self, id: &str, limit: Duration) -> Value {
        self.wait_for(id, "the job renders", limit, |job| job["progress"]["stage"] == "render")
    }

    pub(crate) fn build(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Request<Vec<u8>> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body).expect("the request is well-formed")
    }
}

/// A form as it is sent: its type, with the boundary, and its bytes.
pub(crate) fn form(parts: &[Part<'_>]) -> (String, Vec<u8>) {
    let boundary = "----a-boundary-that-no-test-file-contains";
    let mut body = Vec::new();
    for part in parts {
        let file = part.file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let name = part.name;
        let kind = part.kind.map(|kind| format!("\r\nContent-Type: {kind}")).unwrap_or_default();
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{file}{kind}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&part.content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
