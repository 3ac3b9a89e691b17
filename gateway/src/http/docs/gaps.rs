//! What handlers leave out of a document because it is the same for all: what a status means, and that a file is a file.

use serde_json::{Value, json};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, PathItem, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder, Schema};

use crate::domain::webhook_event::EventKind;
use crate::http::docs::shapes;
use crate::http::server::auth::RATE_HEADERS;

/// Bytes, in any form of a body.
fn bytes() -> Schema {
    let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
    ObjectBuilder::new().schema_type(Type::String).format(Some(binary)).build().into()
}

/// Fills a document's gaps.
pub(crate) fn fill(document: &mut OpenApi) {
    let paths = std::mem::take(&mut document.paths.paths);
    // The router's mark for the rest of a path is none of the document's.
    document.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    for item in document.paths.paths.values_mut() {
        let answers = shapes::operations(item).flat_map(|operation| &mut operation.responses.responses);
        for (status, answer) in answers {
            let RefOr::T(answer) = answer else { continue };
            if answer.description.is_empty() {
                answer.description = meaning(status).into();
            }
            let mut is_file = false;
            for (kind, content) in &mut answer.content {
                let RefOr::T(content) = content else { continue };
                // A list outside of JSON is what the type of bytes is taken for.
                if kind != "application/json" && matches!(content.schema, Some(RefOr::T(Schema::Array(_)))) {
                    content.schema = Some(bytes().into());
                    is_file = true;
                }
            }
            if is_file && status == "206" {
                let several = ContentBuilder::new().schema(Some(bytes())).build();
                answer.content.insert("multipart/byteranges".into(), several.into());
            }
        }
    }
}

/// What an answer of this status is.
fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "What was asked for",
        "201" => "It is kept; `Location` is its address",
        "202" => "It is taken, and goes on from here",
        "204" => "It is done, and there is nothing to tell",
        "206" => "The ranges that were asked for",
        "400" => "The request cannot be read",
        "404" => "There is nothing of this name",
        "409" => "The state of what is named does not allow it",
        "413" => "More is sent than is taken",
        "415" => "The body has a type that is not taken",
        "416" => "The range lies outside the file",
        "422" => "Fields have faults, which are all told",
        "500" => "The gateway could not do its part",
        "503" => "It cannot be done for the moment",
        "507" => "The gateway's disk is full",
        _ => "See the body",
    }
}

/// The fields that tell of the limit of a key, as the document's parts.
pub(crate) fn limits() -> impl Iterator<Item = (String, RefOr<Header>)> {
    let told = [
        "How many requests a minute the key may send; absent where it has no limit",
        "How many of them it may send at once",
        "Seconds until it may send one more than that",
    ];
    let number = ObjectBuilder::new().schema_type(Type::Integer).build();
    let field = move |told| HeaderBuilder::new().schema(Some(number.clone())).description(Some(told)).build();
    RATE_HEADERS.into_iter().zip(told).map(move |(name, told)| (name.to_string(), field(told).into()))
}

/// Adds them to what has gone well, and to what was too much.
pub(crate) fn tell_limits(operation: &mut Operation) {
    let answers = operation.responses.responses.iter_mut();
    for (status, answer) in answers.filter(|(status, _)| status.starts_with('2') || *status == "429") {
        let RefOr::T(answer) = answer else { continue };
        let fields = RATE_HEADERS.map(|name| (name.to_string(), Ref::new(format!("#/components/headers/{name}"))));
        answer.headers.extend(fields.map(|(name, field)| (name, RefOr::Ref(field))));
        if status == "429" {
            let number = ObjectBuilder::new().schema_type(Type::Integer).build();
            let told = "Seconds to wait; absent where jobs have to end first";
            let field = HeaderBuilder::new().schema(Some(number)).description(Some(told)).build();
            answer.headers.insert("Retry-After".into(), field.into());
        }
    }
}

/// What the gateway sends to the `webhook_url` of a job.
pub(crate) fn webhooks() -> Paths {
    let text = |example: &str| ObjectBuilder::new().schema_type(Type::String).examples([example]).build();
    let event = |name: &str, what: &str| {
        let time = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        let body = ObjectBuilder::new()
            .property("type", text(name))
            .required("type")
            .property("timestamp", ObjectBuilder::new().schema_type(Type::String).format(Some(time)))
            .required("timestamp")
            .property("data", Ref::from_schema_name("JobView"))
            .required("data")
            .build();
        let time = "2026-01-31T12:00:00Z";
        let example = json!({"type": name, "timestamp": time, "data": a_job(name.trim_start_matches("job."), time)});
        let content = ContentBuilder::new().schema(Some(Schema::from(body))).example(Some(example)).build();
        let body =
            RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True)).build();
        let taken = ResponseBuilder::new().description("Any status from 200 to 299: it is delivered").build();
        let operation = OperationBuilder::new()
            .operation_id(Some(name.replace('.', "_")))
            .summary(Some(what))
            .description(Some(
                "Signed as Standard Webhooks prescribes, in `webhook-id`, `webhook-timestamp` and `webhook-signature`.",
            ))
            .request_body(Some(body))
            .response("2XX", taken)
            .build();
        (name.to_owned(), PathItem::new(HttpMethod::Post, operation))
    };
    let mut webhooks = Paths::new();
    let told = EventKind::ALL.map(|kind| {
        (
            kind.as_str(),
            match kind {
                EventKind::Started => "A job's first attempt has begun, where `webhook_events` asks for it",
                EventKind::Progress => {
                    "A job has got further, where `webhook_events` asks for it: at most once in 5 seconds"
                }
                EventKind::Succeeded => "A job is over: succeeded",
                EventKind::Failed => "A job is over: failed",
                EventKind::Canceled => "A job is over: canceled",
            },
        )
    });
    webhooks.paths.extend(told.map(|(name, what)| event(name, what)));
    webhooks
}

/// A job in this state, or about to get there, with as little as there is of one.
fn a_job(state: &str, time: &str) -> Value {
    let path = "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057";
    let state = if matches!(state, "started" | "progress") { "running" } else { state };
    let (phase, done) = if state == "succeeded" { ("finishing", 50) } else { ("rendering", 12) };
    json!({
        "id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "links": {"self": path, "events": format!("{path}/events")},
        "engine": "puppet",
        "state": state,
        "progress": {"phase": phase, "stage": "render", "done": done, "total": 50, "fraction": f64::from(done) / 50.0},
        "attempt": 1,
        "inputs": {"photo_id": "01890a5d-b1f4-7c02-9a3e-5f0c6d7e8a91", "audio_id": "01890a5d-b3a0-7d11-8e42-6b1f2c3d4e5f"},
        "params": {"seed": 1},
        "warnings": [],
        "computation": {"device": "cpu", "providers": [], "precision": "fp32"},
        "priority": 0,
        "metadata": {"user": "42"},
        "hold": false,
        "created_at": time,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::http::docs::openapi;
    use crate::http::facades;

    #[test]
    fn every_answer_says_what_it_is_and_files_are_files() {
        let documents = facades::documents().map(|shown| shown.document).chain([openapi::document()]);
        for document in documents {
            let document = serde_json::to_value(document).unwrap();
            for (path, item) in document["paths"].as_object().unwrap() {
                assert!(!path.contains('*'), "{path}");
                for (status, answer) in
                    item.as_object().unwrap().values().flat_map(|o| o["responses"].as_object().unwrap())
                {
                    let description = answer["description"].as_str().unwrap_or_default();
                    assert!(!description.is_empty(), "{path} {status} of {}", document["info"]["title"]);
                    for (kind, content) in answer["content"].as_object().into_iter().flatten() {
                        let is_list = content["schema"]["type"] == "array";
                        assert!(kind == "application/json" || !is_list, "{path} {status} {kind}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_document_names_server_and_webhooks() {
        let document: Value = serde_json::to_value(openapi::document()).unwrap();
        assert_eq!(document["servers"][0]["url"], "/");
        let told = &document["webhooks"]["job.succeeded"]["post"]["requestBody"]["content"]["application/json"];
        assert_eq!(told["schema"]["properties"]["data"]["$ref"], "#/components/schemas/JobView");
        let job = &document["components"]["schemas"]["JobView"];
        for name in job["required"].as_array().unwrap() {
            assert!(!told["example"]["data"][name.as_str().unwrap()].is_null(), "{name}");
        }
    }
}
