//! What generators of clients and pages with forms stumble over in a document, put as they understand it.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Object, SchemaType, Type};
use utoipa::openapi::{Components, Content, OpenApi, RefOr, Schema};

/// Puts all of a document so.
pub(crate) fn settle(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for schema in components.schemas.values_mut() {
        open(schema);
    }
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        for parameter in operation.parameters.iter_mut().flatten().filter_map(told) {
            parameter.schema.iter_mut().for_each(without_null);
        }
        let bodies = operation.request_body.iter_mut().filter_map(told).flat_map(|body| body.content.values_mut());
        for content in bodies.filter_map(told) {
            let Some(schema) = described(content, components) else { continue };
            schema.properties.values_mut().for_each(without_null);
            content.example = schema.example.clone();
        }
        let answers = operation.responses.responses.values_mut();
        for answer in answers.filter_map(told) {
            answer.headers.values_mut().filter_map(told).for_each(|header| {
                header.schema.iter_mut().for_each(without_null);
            });
            answer.content.values_mut().filter_map(told).flat_map(|content| &mut content.schema).for_each(open);
        }
    }
}

/// All operations of a path.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten()
}

/// What stands here itself, and not elsewhere.
fn told<T>(part: &mut RefOr<T>) -> Option<&mut T> {
    match part {
        RefOr::T(part) => Some(part),
        RefOr::Ref(_) => None,
    }
}

/// The object that a body is.
fn described<'a>(content: &'a Content, components: &'a mut Components) -> Option<&'a mut Object> {
    let Some(RefOr::Ref(reference)) = &content.schema else { return None };
    let name = reference.ref_location.strip_prefix("#/components/schemas/")?;
    match components.schemas.get_mut(name)? {
        RefOr::T(Schema::Object(object)) => Some(object),
        _ => None,
    }
}

/// Takes null from what a client may leave out, and from fields of a head: forms and heads have none, and where JSON's is taken,
/// it says no more than that the member is left out.
fn without_null(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => drop_null(&mut object.schema_type),
        RefOr::T(Schema::Array(array)) => drop_null(&mut array.schema_type),
        RefOr::T(Schema::OneOf(several)) => {
            several.items.retain(|item| !is_null(item));
            if several.items.len() == 1 {
                *schema = several.items.remove(0);
            }
        }
        _ => {}
    }
}

fn drop_null(kind: &mut SchemaType) {
    let SchemaType::Array(kinds) = kind else { return };
    kinds.retain(|kind| *kind != Type::Null);
    if let [one] = &kinds[..] {
        *kind = SchemaType::Type(one.clone());
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

/// Has objects of which no member is told say that they may have any: generators take them for empty ones otherwise.
fn open(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            let is_object = match &object.schema_type {
                SchemaType::Type(kind) => *kind == Type::Object,
                SchemaType::Array(kinds) => kinds.contains(&Type::Object),
                SchemaType::AnyValue => false,
            };
            if is_object && object.properties.is_empty() && object.additional_properties.is_none() {
                object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(true)));
            }
            object.properties.values_mut().for_each(open);
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                open(items);
            }
        }
        Schema::OneOf(parts) => parts.items.iter_mut().for_each(open),
        Schema::AllOf(parts) => parts.items.iter_mut().for_each(open),
        Schema::AnyOf(parts) => parts.items.iter_mut().for_each(open),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use crate::http::docs::openapi;
    use crate::http::facades;

    /// Every document, with what it is called.
    fn documents() -> Vec<(String, Value)> {
        let documents = facades::documents().map(|shown| shown.document).chain([openapi::document()]);
        documents.map(|document| (document.info.title.clone(), serde_json::to_value(document).unwrap())).collect()
    }

    /// The operations of a document, each with its method and path.
    fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
        let paths = document["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, told)| (format!("{method} {path}"), told))
        })
    }

    /// Whether a schema takes null.
    fn takes_null(schema: &Value) -> bool {
        let is_null = |kind: &Value| *kind == "null" || kind["type"] == "null";
        ["type", "oneOf"].iter().any(|key| schema[key].as_array().is_some_and(|kinds| kinds.iter().any(is_null)))
    }

    #[test]
    fn every_body_has_an_example_and_nothing_that_is_sent_need_be_null() {
        for (title, document) in documents() {
            for (operation, told) in operations(&document) {
                let parameters = told["parameters"].as_array().into_iter().flatten();
                for parameter in parameters {
                    assert!(!takes_null(&parameter["schema"]), "{title}: {operation}: {parameter}");
                }
                for (kind, content) in told["requestBody"]["content"].as_object().into_iter().flatten() {
                    let schema = content["schema"]["$ref"].as_str().unwrap_or_else(|| panic!("{operation}: {content}"));
                    let schema = document.pointer(schema.trim_start_matches('#')).unwrap();
                    let fields = schema["properties"].as_object().unwrap();
                    let example = content["example"].as_object();
                    let example = example.unwrap_or_else(|| panic!("{title}: {operation} has none of {kind}"));
                    assert!(example.keys().all(|name| fields.contains_key(name)), "{title}: {operation}: {example:?}");
                    for name in schema["required"].as_array().into_iter().flatten() {
                        assert!(example.contains_key(name.as_str().unwrap()), "{title}: {operation}: {name}");
                    }
                    let with_null = fields.iter().find(|(_, field)| takes_null(field));
                    assert_eq!(with_null, None, "{title}: {operation}");
                }
            }
        }
    }

    #[test]
    fn operations_have_names_of_their_own_and_references_lead_somewhere() {
        for (title, document) in documents() {
            let names: Vec<_> = operations(&document).map(|(_, told)| told["operationId"].as_str().unwrap()).collect();
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{title}: {names:?}");
            let written = document.to_string();
            for reference in written.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(document.pointer(reference).is_some(), "{title}: {reference}");
            }
        }
    }

    #[test]
    fn objects_say_whether_they_may_have_other_members() {
        fn check(schema: &Value, place: &str) {
            let is_object = schema["type"] == "object" || schema["type"][0] == "object";
            assert!(
                !is_object || !schema["properties"].is_null() || !schema["additionalProperties"].is_null(),
                "{place}"
            );
            let parts = schema.as_object().into_iter().flatten().map(|(name, part)| (name.clone(), part));
            let items = schema.as_array().into_iter().flatten().map(|part| (String::new(), part));
            parts.chain(items).for_each(|(name, part)| check(part, &format!("{place}/{name}")));
        }
        for (title, document) in documents() {
            check(&document["components"]["schemas"], &title);
        }
    }
}
