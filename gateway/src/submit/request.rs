//! A request for a job as the service takes it, whichever wire format it came in.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine_api::Input;
use jiff::SignedDuration;
use serde_json::{Map, Value};

use crate::domain::api_key::Key;
use crate::domain::client::Client;
use crate::domain::fault::Faults;
use crate::domain::metadata::Metadata;
use crate::domain::translate::ClientParam;
use crate::domain::upload::verdict::Choice;
use crate::domain::upload::{Audio, Photo, Video};
use crate::domain::webhook_event::WebhookEvents;
use crate::intake::incoming::Received;
use crate::intake::turns::Turn;
use crate::intake::upload_kind::UploadKind;

/// What shall be rendered, from what, and how.
#[derive(Default)]
pub(crate) struct JobRequest {
    /// The API key that it comes with, if any: its quota counts, and its idempotency keys are its own.
    pub(crate) key: Option<Arc<Key>>,
    /// As whom the work for it counts.
    pub(crate) client: Client,
    /// The engine; the configured default if none.
    pub(crate) engine: Option<String>,
    /// The portrait.
    pub(crate) photo: Option<InputField<Photo>>,
    /// The speech.
    pub(crate) audio: Option<InputField<Audio>>,
    /// The source video.
    pub(crate) video: Option<InputField<Video>>,
    /// What is said about the faces in a portrait that comes as a file.
    pub(crate) face: Choice,
    /// Whether files of which something is missing are refused.
    pub(crate) strict: bool,
    /// The engine's parameters.
    pub(crate) params: Params,
    /// Whether a photo may become a still video, or a video a photo, for an engine that takes nothing else.
    pub(crate) may_convert: bool,
    /// Higher ones are claimed first; 0 is the middle.
    pub(crate) priority: i32,
    /// It fails if it is still queued after so long.
    pub(crate) max_queue: Option<SignedDuration>,
    /// What the client says of it for itself.
    pub(crate) metadata: Metadata,
    /// Where it is announced what becomes of it. It is looked at, so it may be anything.
    pub(crate) webhook_url: Option<String>,
    /// What is announced there; the end if none.
    pub(crate) webhook_events: Option<WebhookEvents>,
    /// The client's name for the request: the same one leads to one job alone.
    pub(crate) idempotency_key: Option<String>,
    /// How long after its end it is removed by itself; as configured if none.
    pub(crate) keep: Option<SignedDuration>,
    /// What the client calls its job, where clients of its service choose names.
    pub(crate) client_name: Option<String>,
    /// What the client should know of the request itself.
    pub(crate) warnings: Vec<String>,
    /// What was wrong with it when it was read. One such fault and it is refused, with all that is wrong besides.
    pub(crate) faults: Faults,
    /// Of a request that is large, its turn to be checked.
    pub(crate) turn: Option<Turn>,
}

impl JobRequest {
    /// The inputs that are given, also where the field cannot be read: nobody is told that these are missing.
    pub(super) fn inputs(&self) -> BTreeSet<Input> {
        let photo = self.photo.as_ref().map(|_| Photo::INPUT);
        let audio = self.audio.as_ref().map(|_| Audio::INPUT);
        let video = self.video.as_ref().map(|_| Video::INPUT);
        [photo, audio, video].into_iter().flatten().collect()
    }
}

/// The engine's parameters in one of two vocabularies.
pub(crate) enum Params {
    /// Under the engine's own names. Each must fit its schema.
    Named(Map<String, Value>),
    /// Under those of another service. They are translated by their meaning, and what does not fit becomes a warning.
    Foreign(Vec<ClientParam>),
}

impl Default for Params {
    fn default() -> Self {
        Self::Named(Map::new())
    }
}

/// An input, and the field that it came in.
pub(crate) struct InputField<K: UploadKind> {
    /// What the client calls the field: faults of the input name it.
    pub(crate) name: &'static str,
    /// Where the input comes from.
    pub(crate) source: Source<K>,
}

/// Where an input comes from.
pub(crate) enum Source<K: UploadKind> {
    /// An earlier upload.
    Uploaded(K::Id),
    /// A file in this request.
    File(Received),
    /// A file at this address, which is fetched.
    Remote(String),
    /// A field that cannot be read, which stands among the request's faults.
    Unreadable,
}

impl<K: UploadKind> InputField<K> {
    /// An earlier upload.
    pub(crate) fn uploaded(name: &'static str, id: K::Id) -> Self {
        Self { name, source: Source::Uploaded(id) }
    }

    /// A file in this request.
    pub(crate) fn file(name: &'static str, file: Received) -> Self {
        Self { name, source: Source::File(file) }
    }

    /// A file at an address.
    pub(crate) fn remote(name: &'static str, address: String) -> Self {
        Self { name, source: Source::Remote(address) }
    }

    /// A field that cannot be read.
    pub(crate) fn unreadable(name: &'static str) -> Self {
        Self { name, source: Source::Unreadable }
    }

    /// What tells it from other inputs: the id, the content, or the address.
    pub(super) fn identity(&self) -> Option<String> {
        match &self.source {
            Source::Uploaded(id) => Some(id.to_string()),
            Source::File(file) => Some(file.sha256().to_owned()),
            Source::Remote(address) => Some(address.clone()),
            Source::Unreadable => None,
        }
    }
}
