//! Photos, speech and source videos as one resource: upload, list, show, fetch, delete.
//!
//! The work is generic over the kind of upload. What OpenAPI says of each route must stand on a function of its own;
//! [`upload_routes`] makes those out of the words in which the kinds differ.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::blobs::error::BlobError;
use crate::blobs::key::BlobKey;
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::http::problem::ApiError;
use crate::http::server::serve_content;
use crate::http::v1::flag::Flag;
use crate::http::v1::query::{Known, Takes};
use crate::http::v1::upload_request::Sent;
use crate::http::v1::{lookup, upload_request};
use crate::intake::incoming::Received;
use crate::intake::strict;
use crate::intake::upload_kind::UploadKind;
use crate::store::error::StoreResult;
use crate::store::uploads::Deletion;

/// The text field of every request that says whether a damaged file is refused.
const STRICT: &str = "strict";

/// A kind of upload that has routes.
pub(crate) trait UploadResource: UploadKind {
    /// What its file is fetched as.
    const MEDIA_TYPE: &'static str;
    /// The text fields that its form takes beside the file.
    const TEXTS: &'static [&'static str] = &[];

    /// A page of at most `limit` rows, newest first: those older than `before`.
    async fn rows(app: &App, before: Option<Self::Id>, limit: u32) -> StoreResult<Vec<Self>>;

    /// The file that is fetched.
    fn file(id: Self::Id) -> BlobKey;

    /// Checks a file, which came in the field `field`, with what the texts beside it say about it.
    async fn check_form(
        app: &Arc<App>,
        client: Client,
        file: Received,
        field: &str,
        _texts: &BTreeMap<String, String>,
    ) -> Result<Self::Checked, ApiError> {
        Self::check(&app.intake, client, file).await.map_err(|refusal| ApiError::refusal(field, refusal))
    }
}

/// What the address of an upload may say. Each may stand in the body instead.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// Refuse a file that was cut or damaged, which is taken with a warning otherwise.
    strict: Option<bool>,
}

impl Known for UploadQuery {
    const TAKES: &'static [Takes] = &[Takes { name: STRICT, what: "true or false", words: &["true", "false"] }];
}

/// Receives a file, checks it and keeps it.
pub(crate) async fn upload<K: UploadResource>(
    app: &Arc<App>,
    caller: &Caller,
    query: UploadQuery,
    request: Request,
) -> Result<K, ApiError> {
    let names = [K::TEXTS, &[STRICT]].concat();
    let Sent { file, field, texts } = upload_request::read::<K>(app, caller.client(), request, &names).await?;
    let strict = flag(&texts, STRICT).map_err(|fault| ApiError::faults(vec![fault]))?;
    let checked = K::check_form(app, caller.client(), file, field, &texts).await?;
    let refused = |refusal| ApiError::refusal(field, refusal);
    let checked = strict::held_to::<K>(checked, strict.or(query.strict).unwrap_or_default()).map_err(refused)?;
    K::keep(checked, &app.intake).await.map_err(refused)
}

/// A text field that is `true` or `false`. An empty one says nothing, as browsers send it.
fn flag(texts: &BTreeMap<String, String>, name: &str) -> Result<Option<bool>, Fault> {
    match texts.get(name).map_or("", |text| text.trim()) {
        "" => Ok(None),
        text => text.parse().map(|Flag(flag)| Some(flag)).map_err(|_| {
            Fault::new(name, Code::FieldInvalid, "this is neither true nor false", "send `true` or `false`")
        }),
    }
}

/// The upload of an id given by a client.
pub(crate) async fn find<K: UploadKind>(app: &App, id: &str) -> Result<K, ApiError> {
    let row = match id.parse() {
        Ok(id) => K::find(&*app.uploads, id).await?,
        Err(_) => None,
    };
    match row {
        Some(row) => Ok(row),
        None => Err(missing::<K>(app, id).await),
    }
}

/// Answers with the file of an upload.
pub(crate) async fn content<K: UploadResource>(app: &App, id: &str, request: Request) -> Result<Response, ApiError> {
    let name = find::<K>(app, id).await?.id();
    let content = match app.blobs.open(K::file(name)).await {
        // Deleted since it was looked up.
        Err(BlobError::NotFound(_)) if K::find(&*app.uploads, name).await?.is_none() => {
            return Err(missing::<K>(app, id).await);
        }
        content => content?,
    };
    Ok(serve_content::serve(content, K::MEDIA_TYPE, request).await?)
}

/// Deletes an upload, row first: a file without a row harms nobody, a row without a file does.
pub(crate) async fn delete<K: UploadKind>(app: &Arc<App>, id: &str) -> Result<StatusCode, ApiError> {
    let name = find::<K>(app, id).await?.id().into();
    let deletion = match app.process.arriving_uploads.has(name) {
        true => Deletion::InUse,
        false => app.uploads.delete_upload(name).await?,
    };
    match deletion {
        Deletion::Deleted => {}
        Deletion::Missing => return Err(missing::<K>(app, id).await),
        Deletion::InUse => {
            let detail = format!("a queued or running job needs the {}; cancel the job or wait for its end", K::NOUN);
            return Err(ApiError::new(K::IN_USE, detail));
        }
        Deletion::Held => {
            let detail = format!("a job on hold was made from the {}; lift the hold first", K::NOUN);
            return Err(ApiError::new(K::HELD, detail));
        }
    }
    app.blobs.delete_all(&BlobKey::of_upload(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn missing<K: UploadKind>(app: &App, id: &str) -> ApiError {
    lookup::not_found(app, K::NOT_FOUND, K::NOUN, id).await
}

/// Makes the documented routes of a kind of upload.
macro_rules! upload_routes {
    (
        $row:ty as $view:ty, named $id:ty,
        at $collection:literal, $item:literal, $file:literal,
        $(#[$upload_doc:meta])* upload $upload:literal from $form:ty, $address:ty, $location:literal;
        $(#[$query_doc:meta])* query $query:ident { $(#[$before_doc:meta])* before }
        $(#[$list_doc:meta])* list $list:literal as $page:ident in $field:ident;
        $(#[$show_doc:meta])* show $show:literal, $id_doc:literal;
        $(#[$content_doc:meta])* content $content:literal as $media_type:literal, $outside:literal;
        $(#[$delete_doc:meta])* delete $delete:literal;
    ) => {
        $(#[$upload_doc])*
        #[utoipa::path(
            post, path = $collection, operation_id = $upload, tag = "uploads",
            params(uploads::UploadQuery),
            request_body(content(($form = "multipart/form-data"), ($address = "application/json"))),
            responses(
                (status = 201, body = $view, headers(("Location" = String, description = $location))),
                (status = 400, body = Problem, content_type = "application/problem+json"),
                (status = 413, body = Problem, content_type = "application/problem+json"),
                (status = 415, body = Problem, content_type = "application/problem+json"),
                (status = 422, body = Problem, content_type = "application/problem+json"),
                (status = 507, body = Problem, content_type = "application/problem+json"),
            )
        )]
        pub(crate) async fn upload(
            State(app): State<Arc<App>>,
            Extension(caller): Extension<Caller>,
            uri: Uri,
            request: Request,
        ) -> Result<impl IntoResponse, ApiError> {
            let query = query::read(&uri)?;
            let row: $row = uploads::upload(&app, &caller, query, request).await?;
            let location = address(&app, &format!(concat!($collection, "/{}"), row.id));
            let location = [(header::LOCATION, location)];
            Ok((StatusCode::CREATED, location, Json(<$view>::from(row))))
        }

        $(#[$query_doc])*
        #[derive(Deserialize, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $query {
            $(#[$before_doc])*
            before: Option<$id>,
            /// How many, at most.
            #[serde(default = "pagination::default_length")]
            #[param(minimum = 1, maximum = 200, default = 50)]
            limit: u32,
        }

        impl query::Known for $query {
            const TAKES: &'static [query::Takes] = &[pagination::BEFORE, pagination::LIMIT];

            fn is_valid(&self) -> bool {
                pagination::is_length(self.limit)
            }
        }

        $(#[$list_doc])*
        #[utoipa::path(
            get, path = $collection, operation_id = $list, tag = "uploads", params($query),
            responses(
                (status = 200, body = $page),
                (status = 422, body = Problem, content_type = "application/problem+json"),
            )
        )]
        pub(crate) async fn list(
            State(app): State<Arc<App>>,
            uri: Uri,
        ) -> Result<Json<$page>, ApiError> {
            let query: $query = query::read(&uri)?;
            let rows = <$row>::rows(&app, query.before, query.limit).await?;
            let next = pagination::next(&rows, query.limit, |row| row.id);
            Ok(Json($page { $field: rows.into_iter().map(<$view>::from).collect(), next }))
        }

        $(#[$show_doc])*
        #[utoipa::path(
            get, path = $item, operation_id = $show, tag = "uploads",
            params(("id" = $id, Path, description = $id_doc)),
            responses(
                (status = 200, body = $view),
                (status = 404, body = Problem, content_type = "application/problem+json"),
            )
        )]
        pub(crate) async fn show(
            State(app): State<Arc<App>>,
            Path(id): Path<String>,
        ) -> Result<Json<$view>, ApiError> {
            uploads::find(&app, &id).await.map(|row: $row| Json(row.into()))
        }

        $(#[$content_doc])*
        #[utoipa::path(
            get, path = $file, operation_id = $content, tag = "uploads",
            params(("id" = $id, Path, description = $id_doc)),
            responses(
                (status = 200, body = Vec<u8>, content_type = $media_type),
                (status = 206, body = Vec<u8>, content_type = $media_type),
                (status = 304, description = "The client has it already"),
                (status = 404, body = Problem, content_type = "application/problem+json"),
                (status = 416, description = $outside, body = Problem, content_type = "application/problem+json"),
            )
        )]
        pub(crate) async fn content(
            State(app): State<Arc<App>>,
            Path(id): Path<String>,
            request: Request,
        ) -> Result<Response, ApiError> {
            uploads::content::<$row>(&app, &id, request).await
        }

        $(#[$delete_doc])*
        #[utoipa::path(
            delete, path = $item, operation_id = $delete, tag = "uploads",
            params(("id" = $id, Path, description = $id_doc)),
            responses(
                (status = 204, description = "It is gone"),
                (status = 404, body = Problem, content_type = "application/problem+json"),
                (status = 409, body = Problem, content_type = "application/problem+json"),
            )
        )]
        pub(crate) async fn delete(
            State(app): State<Arc<App>>,
            Path(id): Path<String>,
        ) -> Result<StatusCode, ApiError> {
            uploads::delete::<$row>(&app, &id).await
        }
    };
}
pub(crate) use upload_routes;
