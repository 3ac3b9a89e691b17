//! Schemas of the domain's types, for the OpenAPI document. The domain itself knows nothing of it.

#![allow(dead_code, reason = "the types of `written` only document")]

mod written;

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::{computation, fault, history, id, job, record, upload, webhook_event};

/// That of another crate cannot be given the schema of its twin, so its twin is named.
pub(super) use written::Phase;

/// Gives types of the domain the schemas of their twins.
macro_rules! written_as {
    ($($domain:ty => $written:ident,)*) => {$(
        impl PartialSchema for $domain {
            fn schema() -> RefOr<Schema> {
                written::$written::schema()
            }
        }

        impl ToSchema for $domain {
            fn name() -> std::borrow::Cow<'static, str> {
                written::$written::name()
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                written::$written::schemas(schemas);
            }
        }
    )*};
}

written_as! {
    computation::Computation => Computation,
    fault::Fault => Fault,
    history::AttemptOutcome => AttemptOutcome,
    history::AttemptRecord => AttemptRecord,
    history::Eta => Eta,
    history::EtaBasis => EtaBasis,
    record::Record => Record,
    record::Timings => Timings,
    record::WeightRecord => WeightRecord,
    id::AudioId => AudioId,
    id::JobId => JobId,
    id::PhotoId => PhotoId,
    id::VideoId => VideoId,
    job::Artifact => Artifact,
    job::Inputs => Inputs,
    job::JobError => JobError,
    job::State => State,
    upload::warning::Warning => Warning,
    upload::region::Region => Region,
    upload::verdict::Verdict => Verdict,
    webhook_event::DeliveryAttempt => DeliveryAttempt,
    webhook_event::DeliveryState => DeliveryState,
    webhook_event::EventKind => EventKind,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use serde::Serialize;
    use utoipa::ToSchema;
    use utoipa::openapi::{RefOr, Schema};

    use super::*;
    use crate::domain::code::Code;

    /// The words that the schema of `T` allows.
    fn words<T: ToSchema>() -> serde_json::Value {
        serde_json::to_value(T::schema()).unwrap()["enum"].clone()
    }

    /// Holds the twin of `T` to what is really written of it.
    fn members_agree<T: ToSchema + Serialize>(value: &T) {
        let RefOr::T(Schema::Object(schema)) = T::schema() else { panic!("{} is no object", T::name()) };
        let written = serde_json::to_value(value).unwrap();
        let written: BTreeSet<_> = written.as_object().unwrap().keys().cloned().collect();
        let documented: BTreeSet<_> = schema.properties.keys().cloned().collect();
        assert_eq!(documented, written, "{}", T::name());
    }

    #[test]
    fn twins_have_the_members_that_are_written() {
        let at = Timestamp::UNIX_EPOCH;
        let error = job::JobError::new(Code::EngineInput, "m");
        let warning = upload::warning::Warning { code: Code::ImageSmall.into(), message: String::new() };
        let region = upload::region::Region { x: 0, y: 0, width: 1, height: 1 };
        let basis = history::EtaBasis { jobs: 1, seconds_per_video_second: 1.0 };
        members_agree(&computation::Computation::default());
        members_agree(&fault::Fault::new("f", Code::FieldMissing, "m", "r"));
        members_agree(&history::AttemptRecord {
            number: 1,
            started_at: at,
            finished_at: None,
            outcome: Some(history::AttemptOutcome::Failed),
            error: Some(error.clone()),
        });
        members_agree(&history::Eta { at, seconds: 1.0, basis });
        members_agree(&basis);
        members_agree(&record::Record::default());
        members_agree(&record::Timings::default());
        members_agree(&record::WeightRecord { file: String::new(), sha256: None });
        members_agree(&job::Artifact {
            attempt: 1,
            bytes: 1,
            sha256: String::new(),
            frames: 1,
            seconds: 1.0,
            width: 2,
            height: 2,
        });
        members_agree(&job::Inputs::default());
        members_agree(&error);
        members_agree(&warning);
        members_agree(&region);
        members_agree(&upload::verdict::Verdict {
            valid: true,
            code: None,
            message: String::new(),
            remedy: String::new(),
            warnings: vec![warning.clone()],
            face: None,
            crop: Some(region),
            kept: None,
            turned: None,
        });
        members_agree(&webhook_event::DeliveryAttempt { number: 1, at, status: None, error: None, milliseconds: 1 });
    }

    #[test]
    fn twins_have_the_words_that_are_written() {
        assert_eq!(words::<job::State>(), serde_json::json!(job::State::ALL));
        assert_eq!(words::<Phase>(), serde_json::json!(engine_api::Phase::ALL));
        use history::AttemptOutcome::{Canceled, Failed, Interrupted, Succeeded};
        assert_eq!(words::<history::AttemptOutcome>(), serde_json::json!([Succeeded, Failed, Canceled, Interrupted]));
        use webhook_event::DeliveryState::{Delivered, GivenUp, Outdated, Pending};
        assert_eq!(words::<webhook_event::DeliveryState>(), serde_json::json!([Pending, Delivered, GivenUp, Outdated]));
        assert_eq!(words::<webhook_event::EventKind>(), serde_json::json!(webhook_event::EventKind::ALL));
    }
}
