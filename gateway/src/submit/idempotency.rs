//! The name under which a request is done once: the client's key, and what tells the request from others.

use serde_json::{Value, json};

use crate::digest;
use crate::store::jobs::IdempotencyKey;
use crate::submit::request::{InputField, JobRequest, Params};

/// The key of a request that has one. Each API key has names of its own for its requests.
pub(super) fn key_of(request: &JobRequest) -> Option<IdempotencyKey> {
    let key = request.idempotency_key.as_ref()?;
    let owner = request.key.as_ref().map(|key| key.id.to_string()).unwrap_or_default();
    Some(IdempotencyKey { key: format!("{owner}:{key}"), request: digest_of(request) })
}

/// SHA-256 of what is asked for, whichever way the request was written.
fn digest_of(request: &JobRequest) -> String {
    let params = match &request.params {
        Params::Named(params) => json!(params),
        Params::Foreign(params) => params.iter().map(|param| json!([param.name, param.value])).collect(),
    };
    let mut asked = json!({
        "engine": request.engine,
        "photo": request.photo.as_ref().and_then(InputField::identity),
        "audio": request.audio.as_ref().and_then(InputField::identity),
        "video": request.video.as_ref().and_then(InputField::identity),
        "params": params,
        "priority": request.priority,
        "webhook_url": request.webhook_url,
        "max_queue_seconds": request.max_queue.map(|wait| wait.as_secs_f64()),
        "faults": request.faults,
    });
    // Not where it says nothing: requests of earlier versions keep their digests.
    if request.strict {
        asked["strict"] = true.into();
    }
    if !request.metadata.is_empty() {
        asked["metadata"] = json!(request.metadata);
    }
    if let Some(events) = &request.webhook_events {
        asked["webhook_events"] = json!(events);
    }
    digest::of_bytes(sorted(&asked).as_bytes())
}

/// JSON in one way alone, whatever the order of the members was.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members.into_iter().map(|(name, value)| format!("{}:{}", json!(name), sorted(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}
