//! Webhooks: signed messages at the end of a job, retried until the receiver accepts them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use avatar_tests::{Gateway, Site, eventually, speech};
use serde_json::{Value, json};

use crate::MOMENT;

const CONFIG: &str = "[fetch]\nallow = [\"127.0.0.1\"]\n[webhooks]\nbackoff_seconds = 0.2\n";

#[test]
fn the_end_of_a_job_is_announced_and_signed() {
    let (site, gateway) = start();
    let hook = Hook::open(&["204 No Content"]);
    let id = submit(&site, &gateway, &hook.url, json!({}));
    let message = hook.next();
    assert_eq!(message.body["type"], "job.succeeded");
    assert_eq!(message.body["data"]["id"], json!(id));
    assert_eq!(message.body["data"]["metadata"], json!({"order": "7"}));
    assert_eq!(message.body["data"]["video"]["frames"], 25, "it is the job as it is shown");
    assert_eq!(message.header("webhook-id"), format!("msg_{}", id.replace('-', "")));

    // Checked by other means than those it was made with.
    let secret = std::fs::read_to_string(site.data().join("webhook.secret")).unwrap();
    let script = "import base64,hashlib,hmac,sys;k=base64.b64decode(sys.argv[1].strip()[6:]);\
                  print('v1,'+base64.b64encode(hmac.new(k,sys.stdin.buffer.read(),hashlib.sha256).digest()).decode())";
    let signed = [message.header("webhook-id"), message.header("webhook-timestamp"), &message.text].join(".");
    let mut python = Command::new("python3");
    python.args(["-c", script, &secret]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut python = python.spawn().expect("Python is installed");
    python.stdin.take().unwrap().write_all(signed.as_bytes()).unwrap();
    let expected = String::from_utf8(python.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(message.header("webhook-signature"), expected.trim());

    let log = delivered(&gateway, &id);
    assert_eq!((&log["event"], log["attempts"].as_array().unwrap().len()), (&json!("job.succeeded"), 1), "{log}");
    assert_eq!((&log["attempts"][0]["status"], &log["next_attempt_at"]), (&json!(204), &Value::Null), "{log}");
    hook.nothing_more();
}

#[test]
fn a_receiver_that_fails_is_tried_again() {
    let (site, gateway) = start();
    let hook = Hook::open(&["500 Internal Server Error", "302 Found", "200 OK"]);
    let id = submit(&site, &gateway, &hook.url, json!({"fault": "input"}));
    let messages = [hook.next(), hook.next(), hook.next()];
    assert!(messages.iter().all(|message| message.body["type"] == "job.failed"), "{:?}", messages[0].body);
    assert!(messages.iter().all(|message| message.text == messages[0].text), "it is the same message");
    let log = delivered(&gateway, &id);
    let statuses: Vec<_> =
        log["attempts"].as_array().unwrap().iter().map(|attempt| attempt["status"].clone()).collect();
    assert_eq!(statuses, [500, 302, 200], "a redirect is not followed: {log}");
    hook.nothing_more();

    let gone = Hook::open(&["410 Gone"]);
    let id = submit(&site, &gateway, &gone.url, json!({}));
    gone.next();
    let given_up = || Some(log_of(&gateway, &id)).filter(|log| log["state"] == "given_up");
    eventually("a receiver that is gone is left alone", MOMENT, given_up);
}

#[test]
fn a_receiver_that_hangs_holds_up_nobody() {
    let (site, gateway) = start_with("timeout_seconds = 2\n");
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = format!("http://{}/", hanging.local_addr().unwrap());
    let ids: Vec<String> = (0..6).map(|_| submit(&site, &gateway, &slow, json!({}))).collect();
    let hook = Hook::open(&["200 OK"]);
    let last = submit(&site, &gateway, &hook.url, json!({}));
    for id in ids.iter().chain([&last]) {
        assert_eq!(gateway.finished(id, MOMENT)["state"], "succeeded");
    }
    hook.next();
    let timed_out = || Some(log_of(&gateway, &ids[0])).filter(|log| !log["attempts"].as_array().unwrap().is_empty());
    let log = eventually("the receiver is given up", MOMENT, timed_out);
    assert!(log["attempts"][0]["error"].as_str().unwrap().contains("in time"), "{log}");
}

#[test]
fn ten_thousand_announcements_for_a_receiver_that_hangs_hold_up_nobody() {
    let (site, gateway) = start_with("timeout_seconds = 20\n");
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let id = submit(&site, &gateway, &format!("http://{}/", hanging.local_addr().unwrap()), json!({}));
    gateway.finished(&id, MOMENT);
    gateway.kill();
    let script = "import sqlite3,sys,uuid; db=sqlite3.connect(sys.argv[1]); columns=[row[1] for row in db.execute(
                      'PRAGMA table_info(jobs)')]; rest=','.join(columns[1:])
for n in range(10000):
    copy=str(uuid.UUID(int=uuid.UUID(sys.argv[2]).int+1+n))
    db.execute(f'INSERT INTO jobs SELECT ?,{rest} FROM jobs WHERE id=?', (copy, sys.argv[2]))
    db.execute('INSERT INTO webhooks(job_id,url,event,state,next_attempt_at,created_at) SELECT '
               '?,url,event,state,1,created_at FROM webhooks WHERE job_id=?', (copy, sys.argv[2]))
db.commit()";
    let database = site.data().join("gateway.db");
    let filled = Command::new("python3").args(["-c", script]).arg(&database).arg(&id).status();
    assert!(filled.expect("Python is installed").success());

    let gateway = site.start();
    let hook = Hook::open(&["200 OK"]);
    for _ in 0..3 {
        let id = submit(&site, &gateway, &hook.url, json!({}));
        gateway.finished(&id, MOMENT);
        let ended = Instant::now();
        hook.next();
        assert!(ended.elapsed() < Duration::from_secs(3), "it came after {:?}", ended.elapsed());
    }
    assert_eq!(hanging.incoming().take(1).count(), 1, "it is tried");
}

#[test]
fn who_asks_for_it_is_told_of_beginning_and_progress_and_last_of_the_end() {
    let (site, gateway) = start();
    let hook = Hook::open(&["200 OK"]);
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    // 25 frames of half a second each.
    let params = json!({"fault": "slow", "frame_ms": 500});
    let all = json!(["job.started", "job.progress", "job.succeeded"]);
    let job = json!({"engine": "testcard", "audio_id": audio, "params": params, "webhook_url": hook.url,
        "webhook_events": all});
    let id = gateway.submit(&job);
    let mut messages = vec![];
    while messages.last().is_none_or(|(_, message): &(Instant, Message)| message.body["type"] != "job.succeeded") {
        let message = hook.next();
        messages.push((Instant::now(), message));
    }
    let kinds: Vec<_> = messages.iter().map(|(_, message)| message.body["type"].as_str().unwrap()).collect();
    assert_eq!(kinds[0], "job.started", "{kinds:?}");
    let progress: Vec<_> = messages.iter().filter(|(_, message)| message.body["type"] == "job.progress").collect();
    assert_eq!(progress.len(), kinds.len() - 2, "{kinds:?}");
    assert!((2..=4).contains(&progress.len()), "12.5 s of frames, one each 5 s at most: {kinds:?}");
    for pair in progress.windows(2) {
        let [(earlier, first), (later, second)] = pair else { unreachable!() };
        assert!(*later - *earlier > Duration::from_millis(4500), "{:?}", *later - *earlier);
        let fraction = |message: &Message| message.body["data"]["progress"]["fraction"].as_f64().unwrap();
        assert!(fraction(second) > fraction(first), "{} {}", first.text, second.text);
        assert_eq!(second.body["data"]["state"], "running");
    }
    let mut names: Vec<_> = messages.iter().map(|(_, message)| message.header("webhook-id")).collect();
    assert_eq!(names[names.len() - 1], format!("msg_{}", id.replace('-', "")));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), messages.len(), "each message has a name of its own");
    let log = delivered(&gateway, &id);
    assert_eq!((&log["event"], &log["earlier"][0]["event"]), (&json!("job.succeeded"), &json!("job.started")), "{log}");
    assert_eq!(log["earlier"][1]["event"], "job.progress", "{log}");
    hook.nothing_more();
}

#[test]
fn a_receiver_that_fails_is_told_of_the_end_alone_once_it_is_back() {
    let patient = CONFIG.replace("0.2", "3600");
    let site = Site::new(&["testcard"], &patient);
    let gateway = site.start();
    let unused = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = unused.local_addr().unwrap();
    drop(unused);
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    let job = json!({"engine": "testcard", "audio_id": audio, "params": {"fault": "hang"},
        "webhook_url": format!("http://{address}/"), "webhook_events": ["job.started", "job.progress", "job.canceled"]});
    let id = gateway.submit(&job);
    let has_failed = |log: &Value| {
        let earlier = &log["earlier"][0];
        log["state"] == "given_up" && log["event"] == "job.progress" && earlier["attempts"][0]["error"].is_string()
    };
    eventually("both were tried in vain", MOMENT, || Some(log_of(&gateway, &id)).filter(has_failed));
    let hook = Hook::on(TcpListener::bind(address).unwrap(), &["200 OK"]);
    gateway.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).expect(202);
    assert_eq!(hook.next().body["type"], "job.canceled");
    let log = delivered(&gateway, &id);
    assert_eq!(log["earlier"][0]["state"], "outdated", "{log}");
    hook.nothing_more();
}

#[test]
fn an_announcement_outlives_the_gateway() {
    let (site, gateway) = start();
    let unused = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = unused.local_addr().unwrap();
    drop(unused);
    let id = submit(&site, &gateway, &format!("http://{address}/"), json!({}));
    gateway.finished(&id, MOMENT);
    let tried = || Some(log_of(&gateway, &id)).filter(|log| !log["attempts"].as_array().unwrap().is_empty());
    let log = eventually("it was tried", MOMENT, tried);
    assert!(log["attempts"][0]["error"].as_str().unwrap().contains("refused"), "{log}");
    gateway.kill();
    let gateway = site.start();
    let hook = Hook::on(TcpListener::bind(address).unwrap(), &["200 OK"]);
    assert_eq!(hook.next().body["data"]["id"], json!(id));
    delivered(&gateway, &id);
}

#[test]
fn addresses_that_lead_inside_are_refused() {
    let site = Site::new(&["testcard"], "");
    let gateway = site.start();
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    for (url, code) in [
        ("http://127.0.0.1:9/", "webhook.refused"),
        ("http://2130706433/", "webhook.refused"),
        ("http://169.254.169.254/latest/", "webhook.refused"),
        ("http://localhost/", "webhook.refused"),
        ("ftp://example.org/", "webhook.invalid"),
        ("hook", "webhook.invalid"),
        ("https://user:secret@example.org/", "webhook.invalid"),
    ] {
        let job = json!({"engine": "testcard", "audio_id": audio, "webhook_url": url});
        let problem = gateway.post("/v1/jobs", &job).expect(422);
        assert_eq!((&problem["code"], &problem["errors"][0]["field"]), (&json!(code), &json!("webhook_url")), "{url}");
    }
    let id = gateway.submit_testcard(&audio, json!({}));
    assert_eq!(gateway.get(&format!("/v1/jobs/{id}/webhook")).expect(404)["code"], "webhook.none");
}

fn start() -> (Site, Gateway) {
    start_with("timeout_seconds = 60\n")
}

fn start_with(options: &str) -> (Site, Gateway) {
    let site = Site::new(&["testcard"], &format!("{CONFIG}{options}"));
    let gateway = site.start();
    (site, gateway)
}

fn submit(site: &Site, gateway: &Gateway, url: &str, params: Value) -> String {
    let audio = gateway.uploaded("audio", &speech(&site.scratch(), 1.0));
    gateway.submit(&json!({"engine": "testcard", "audio_id": audio, "params": params, "webhook_url": url,
        "metadata": {"order": "7"}}))
}

fn log_of(gateway: &Gateway, id: &str) -> Value {
    let answer = gateway.get(&format!("/v1/jobs/{id}/webhook"));
    if answer.status == 404 { json!({"attempts": []}) } else { answer.expect(200) }
}

fn delivered(gateway: &Gateway, id: &str) -> Value {
    let done = || Some(log_of(gateway, id)).filter(|log| log["state"] == "delivered");
    eventually("it is delivered", MOMENT, done)
}

/// A receiver that answers each message with the next of its answers, and the last one from then on.
struct Hook {
    url: String,
    messages: Receiver<Message>,
}

struct Message {
    headers: Vec<(String, String)>,
    text: String,
    body: Value,
}

impl Message {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

impl Hook {
    fn open(answers: &'static [&'static str]) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), answers)
    }

    /// The thread ends with the test's process.
    fn on(listener: TcpListener, answers: &'static [&'static str]) -> Self {
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (sender, messages) = channel();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let message = receive(stream, answers[number.min(answers.len() - 1)]);
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { url, messages }
    }

    fn next(&self) -> Message {
        self.messages.recv_timeout(MOMENT).expect("a message comes")
    }

    fn nothing_more(&self) {
        let more = self.messages.recv_timeout(Duration::from_secs(1));
        assert!(matches!(more, Err(RecvTimeoutError::Timeout)), "it was delivered, and comes again");
    }
}

fn receive(stream: TcpStream, answer: &str) -> Message {
    let mut reader = BufReader::new(&stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line);
    }
    let headers: Vec<(String, String)> = lines
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").unwrap().1.parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let head = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nlocation: /elsewhere\r\nconnection: close\r\n\r\n");
    (&stream).write_all(head.as_bytes()).unwrap();
    let text = String::from_utf8(body).unwrap();
    Message { headers, body: serde_json::from_str(&text).unwrap(), text }
}
