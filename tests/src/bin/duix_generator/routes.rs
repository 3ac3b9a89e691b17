//! HTTP routes of the double: the generator's two, and its own for the tests.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::http::{Request, Response};
use crate::job::{self, Job};
use crate::state::{Record, Service, Wedge, counted};

/// Answers one request and closes the connection.
pub(crate) fn serve(service: &Arc<Service>, stream: TcpStream) -> io::Result<()> {
    let Some(request) = Request::read(&stream)? else { return Ok(()) };
    let response = match request.path.strip_prefix("/double/") {
        Some(route) => double(service, route, &request),
        None => {
            let at = Timestamp::now().as_millisecond();
            let response = original(service, &request);
            note(service, at, &request, &response);
            response
        }
    };
    response.write(&stream, request.method != "HEAD")
}

fn original(service: &Arc<Service>, request: &Request) -> Response {
    let (methods, allowed): (&[&str], _) = match request.path.as_str() {
        "/easy/submit" => (&["POST"], "OPTIONS, POST"),
        "/easy/query" => (&["GET", "HEAD"], "OPTIONS, HEAD, GET"),
        _ => return Response::page(404),
    };
    match request.method.as_str() {
        "OPTIONS" => Response { allow: Some(allowed), ..Response::text(200, String::new()) },
        "POST" if methods.contains(&"POST") => submit(service, request),
        method if methods.contains(&method) => query(service, request),
        _ => Response { allow: Some(allowed), ..Response::page(405) },
    }
}

fn submit(service: &Arc<Service>, request: &Request) -> Response {
    // Flask takes a form apart, and nothing is left to read as JSON.
    let form = ["application/x-www-form-urlencoded", "multipart/form-data"]
        .iter()
        .any(|kind| request.header("content-type").to_ascii_lowercase().starts_with(kind));
    let Some(Value::Object(body)) = serde_json::from_slice(&request.body).ok().filter(|_| !form) else {
        return Response::page(500);
    };
    let mut state = service.state();
    let truncated = counted(&mut state.behaviour.truncate_submits);
    let answer = if counted(&mut state.behaviour.submit_error) {
        refusal(9999, "系统异常", false)
    } else if let Some(missing) =
        ["audio_url", "video_url", "code"].into_iter().find(|name| text(&body, name).is_empty())
    {
        refusal(10002, &format!("{missing}参数缺失"), false)
    } else if counted(&mut state.behaviour.lock_error) {
        refusal(10003, "获取锁异常", false)
    } else if state.running.is_some() || counted(&mut state.behaviour.busy) {
        refusal(10001, "忙碌中", true)
    } else {
        let job = Job {
            code: text(&body, "code"),
            audio: text(&body, "audio_url"),
            video: text(&body, "video_url"),
            fate: job::Fate::draw(&mut state.behaviour),
        };
        let (chaofen, watermark_switch) = (switch(&body, "chaofen", 0), switch(&body, "watermark_switch", 0));
        let (digital_auth, pn) = (switch(&body, "digital_auth", 0), switch(&body, "pn", 1));
        state.accepted.push(json!({
            "code": job.code, "audio_url": job.audio, "video_url": job.video, "chaofen": chaofen,
            "watermark_switch": watermark_switch, "digital_auth": digital_auth, "pn": pn,
        }));
        state.running = Some(job.code.clone());
        state.records.insert(job.code.clone(), Record::running(0, ""));
        let msg = if state.behaviour.newer { json!("成功") } else { json!(10000) };
        let service = Arc::clone(service);
        thread::spawn(move || job.run(&service));
        envelope(10000, json!({}), msg, true)
    };
    Response { truncated, ..Response::json(answer) }
}

fn query(service: &Service, request: &Request) -> Response {
    thread::sleep(Duration::from_millis(service.state().behaviour.query_ms));
    let mut state = service.state();
    let truncated = counted(&mut state.behaviour.truncate_queries);
    let code = request.parameter("code").unwrap_or_default();
    let answer = if counted(&mut state.behaviour.query_error) {
        refusal(9999, "系统异常", false)
    } else if let Some(record) = state.records.get(&code).cloned() {
        if record.is_terminal() {
            state.records.remove(&code);
        }
        let msg = if state.behaviour.newer { "成功" } else { "" };
        envelope(10000, record.data(&code), json!(msg), true)
    } else {
        refusal(10004, "任务不存在", true)
    };
    Response { truncated, ..Response::json(answer) }
}

fn double(service: &Service, route: &str, request: &Request) -> Response {
    let body: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
    match (request.method.as_str(), route) {
        ("GET", "behaviour") => Response::json(json!(service.state().behaviour)),
        ("GET", "log") => Response::json(service.state().log.all()),
        ("GET", "jobs") => Response::json(json!(service.state().accepted)),
        ("POST", "unwedge") => {
            let how = if body.get("drop") == Some(&json!(true)) { Wedge::Drop } else { Wedge::GoOn };
            Response::json(json!({"unwedged": service.unwedge(how)}))
        }
        ("POST", "behaviour") => {
            let mut state = service.state();
            let mut fields = match json!(state.behaviour) {
                Value::Object(fields) => fields,
                _ => Map::new(),
            };
            fields.extend(body);
            match serde_json::from_value(fields.into()) {
                Ok(behaviour) => {
                    state.behaviour = behaviour;
                    Response::json(json!(state.behaviour))
                }
                Err(error) => Response::text(400, error.to_string()),
            }
        }
        _ => Response::page(404),
    }
}

fn note(service: &Service, at: i64, request: &Request, response: &Response) {
    let headers: Map<String, Value> =
        request.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let body = serde_json::from_slice(&request.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&request.body).into_owned()));
    let entry = json!({
        "at_ms": at, "method": request.method, "path": request.path, "query": request.query, "headers": headers,
        "body": body, "status": response.status,
        "answer": serde_json::from_str::<Value>(&response.body).unwrap_or_default(),
    });
    service.state().log.note(entry);
}

fn envelope(code: u32, data: Value, msg: Value, success: bool) -> Value {
    json!({"code": code, "data": data, "msg": msg, "success": success})
}

fn refusal(code: u32, msg: &str, success: bool) -> Value {
    envelope(code, json!({}), json!(msg), success)
}

/// A field as text; empty where there is none.
fn text(body: &Map<String, Value>, name: &str) -> String {
    match body.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A field that is on for `1` and `"1"` alone.
fn switch(body: &Map<String, Value>, name: &str, default: u8) -> u8 {
    body.get(name).map_or(default, |_| u8::from(text(body, name) == "1"))
}
