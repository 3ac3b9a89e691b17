//! The codes that clients meet: one registry of their names, of where they are seen, what they mean and what to do.
//!
//! Whatever tells a code holds a [`Code`]; the table in docs/api.md and the lists in the OpenAPI document are made from it.

pub mod kinds;
pub mod stored;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Where clients meet a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// In an answer of this HTTP status. The first one of a code is that of an answer which is about nothing else; as
    /// one of a request's faults, a code comes with 422.
    Status(u16),
    /// In a job's `error`.
    Job,
    /// Among the warnings of an upload or a job.
    Warning,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => status.fmt(f),
            Self::Job => f.write_str("job"),
            Self::Warning => f.write_str("warning"),
        }
    }
}

/// What there is to know about a code.
#[derive(Debug)]
pub struct Entry {
    /// The code as clients see it, such as `face.none`. It never changes.
    pub name: &'static str,
    /// Where clients meet it.
    pub seen: &'static [Seen],
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Makes the enumeration and its table of one list.
macro_rules! codes {
    ($($code:ident = $name:literal, [$($seen:expr),+], $meaning:literal, $remedy:literal;)+) => {
        /// A stable code: what a program can tell an error or a warning by.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $code,)+
        }

        impl Code {
            /// All codes, sorted by name.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// What there is to know about it.
            pub fn entry(self) -> &'static Entry {
                use Seen::{Job, Status, Warning};
                match self {
                    $(Self::$code => {
                        &Entry { name: $name, seen: &[$($seen),+], meaning: $meaning, remedy: $remedy }
                    })+
                }
            }
        }
    };
}

codes! {
    AudioClipped = "audio.clipped", [Warning], "The sound is cut flat at full scale", "Record it less loud";
    AudioEmpty = "audio.empty", [Status(422)], "The speech holds no sample", "Send a recording with sound in it";
    AudioHeld = "audio.held", [Status(409)], "A job on hold was made from the speech", "Lift the hold first";
    AudioInUse = "audio.in_use", [Status(409)], "A queued or running job needs the speech", "Cancel the job, or wait for its end";
    AudioNoSound = "audio.no_sound", [Status(422)], "The file has no sound track", "Send a file with sound";
    AudioNotFound = "audio.not_found", [Status(404), Status(422)], "There is no speech of this id", "Upload it first";
    AudioOverScale = "audio.over_scale", [Warning], "The sound lies far beyond full scale, and was brought down to it", "Export it with samples between -1 and 1";
    AudioQuiet = "audio.quiet", [Warning], "The sound is very quiet, and was made much louder for the engine", "Record it louder";
    AudioSilent = "audio.silent", [Warning], "The sound is silent, or so quiet that it may be noise", "Send a recording of speech";
    AudioTooDense = "audio.too_dense", [Status(422)], "The speech has more samples than its length needs, for its channels or its rate", "Send it in mono or stereo, at 48 kHz or less";
    AudioTooLarge = "audio.too_large", [Status(413)], "The speech has too many bytes", "Send a smaller file, or raise `limits.audio_mb`";
    AudioTooLong = "audio.too_long", [Status(422)], "The speech lasts too long", "Send a shorter recording, or raise `limits.audio_seconds`";
    AudioTooShort = "audio.too_short", [Status(422)], "The speech lasts less than 0.1 s", "Send a longer recording";
    AudioUndecodable = "audio.undecodable", [Status(422)], "The speech cannot be decoded", "Export it again; the file is damaged or no sound";
    AuthMissing = "auth.missing", [Status(401)], "An API key is needed", "Send it as `Authorization: Bearer …` or `X-Api-Key`";
    AuthScope = "auth.scope", [Status(403)], "The API key may not do this", "Use a key with the scope that `detail` names";
    AuthUnknown = "auth.unknown", [Status(401)], "There is no such API key, or it was revoked", "Ask the operator for a key";
    BatchTooLong = "batch.too_long", [Status(422)], "The request asks for too many jobs", "Send several requests, or raise `limits.batch_jobs`";
    EngineBackend = "engine.backend", [Job], "The service behind the engine failed", "Try again later; ask the operator";
    EngineDevice = "engine.device", [Job], "A device of the engine is missing or failed", "Ask the operator";
    EngineDied = "engine.died", [Job], "The engine's process died", "Submit again; ask the operator if it happens again";
    EngineGone = "engine.gone", [Warning], "The job waits because no plugin of its engine is installed that can be used", "Ask the operator; `/engines` tells why";
    EngineIncompatible = "engine.incompatible", [Job], "The engine's plugin cannot be loaded", "Ask the operator to build it for this gateway";
    EngineInput = "engine.input", [Job], "The engine cannot render these inputs or parameters", "Read the message, and change them";
    EngineInternal = "engine.internal", [Job], "The engine broke its contract", "Report it to the engine's makers";
    EngineNotReady = "engine.not_ready", [Status(503), Warning], "The engine cannot render now, for weights, a device or its terms", "Ask the operator; `/engines` tells why";
    EngineOutOfMemory = "engine.out_of_memory", [Job], "The engine ran out of memory", "Make a smaller video, or run fewer jobs at a time";
    EngineOutput = "engine.output", [Job], "The video could not be written", "Ask the operator to look at the disk";
    EnginePanic = "engine.panic", [Job], "The engine panicked", "Report it to the engine's makers";
    EngineStalled = "engine.stalled", [Job], "The engine's process stopped advancing", "Submit again; ask the operator if it happens again";
    EngineUnknown = "engine.unknown", [Status(404), Status(422)], "There is no engine of this name", "Choose one of `/engines`";
    EngineWeights = "engine.weights", [Job], "Weights are missing or damaged", "Ask the operator to install them";
    FaceBlurred = "face.blurred", [Warning], "The face is blurred", "Send a photo that is in focus and was not moved";
    FaceCutOff = "face.cut_off", [Status(422)], "The border of the photo cuts the face off", "Send a photo with room around the head";
    FaceDark = "face.dark", [Warning], "The face is dark", "Send a photo with light from the front";
    FaceLowConfidence = "face.low_confidence", [Status(422), Warning], "The detector doubts the face", "Send a clear photo from the front, or `accept_unsure=true`";
    FaceMultiple = "face.multiple", [Status(422)], "Several faces are in the photo", "Send `face=largest` or a number of `faces`";
    FaceNone = "face.none", [Status(422)], "No face is in the photo", "Send a photo that shows one from the front";
    FaceOverexposed = "face.overexposed", [Warning], "Much of the face is white, without any detail", "Send a photo with less light";
    FaceSmall = "face.small", [Warning], "The face covers little of the photo, which was cut to it unless `crop=none` keeps all", "Send a photo that was taken from nearer by";
    FaceTooSmall = "face.too_small", [Status(422)], "The face has too few pixels", "Send a photo in a higher resolution, or one taken from nearer by";
    FaceTurnedAway = "face.turned_away", [Warning], "The face is turned to the side", "Send a photo from the front";
    FaceUnknown = "face.unknown", [Status(422)], "There is no face of the chosen number", "Choose one of `faces`, or `largest`";
    FieldInvalid = "field.invalid", [Status(422)], "A field has a value that it does not take", "See the fault's remedy";
    FieldMissing = "field.missing", [Status(422)], "A field is missing", "Send it";
    FieldNotAFile = "field.not_a_file", [Status(422)], "A text, or JSON, stands where a file belongs", "Send the file itself as multipart/form-data, or an id";
    FieldNotAnId = "field.not_an_id", [Status(422)], "A field should hold an id, and does not", "Send the `id` that the upload was answered with";
    FieldNotJson = "field.not_json", [Status(422)], "A field should hold JSON, and does not", "Send a JSON object";
    FieldNotText = "field.not_text", [Status(422)], "A text field is not UTF-8", "Send it as UTF-8";
    FieldRepeated = "field.repeated", [Status(422)], "A field comes twice", "Send it once";
    FieldTooLarge = "field.too_large", [Status(413)], "A text field is too long, or all of a form together are", "Send a shorter text";
    FieldUnknown = "field.unknown", [Status(422)], "The request does not take this field", "Leave it out; the remedy names the nearest one";
    FieldWrongType = "field.wrong_type", [Status(422)], "A field has the wrong type", "See the fault's remedy";
    GatewayDatabase = "gateway.database", [Status(503)], "The database does not answer", "Try again in a moment; ask the operator if it lasts";
    GatewayInternal = "gateway.internal", [Status(500), Job], "The gateway could not do its part", "Ask the operator; the log says why";
    GatewayOutdated = "gateway.outdated", [Status(503)], "The gateway's binary was replaced while it runs, so that no job can be begun", "Have the operator restart the gateway";
    GatewayOverloaded = "gateway.overloaded", [Status(503)], "Connections, file handles, memory or processes have run out", "Try again in a moment; ask the operator if it lasts";
    GatewayStarting = "gateway.starting", [Status(503)], "The engines are still being looked at", "Try again in a moment";
    GatewayStopping = "gateway.stopping", [Status(503)], "The gateway is shutting down", "Try again later";
    HostUnknown = "host.unknown", [Status(421)], "The gateway does not answer under this host name", "Use its IP address or localhost, or ask the operator to name the host in `server.hosts`";
    IdempotencyConflict = "idempotency.conflict", [Status(409)], "The Idempotency-Key was used for another request", "Send a new key";
    IdempotencyInvalid = "idempotency.invalid", [Status(422)], "The Idempotency-Key is empty, too long or no ASCII", "Send a UUID, for instance";
    ImageEmpty = "image.empty", [Status(422)], "The photo's file is empty", "Send its content";
    ImageSmall = "image.small", [Warning], "The photo has few pixels, and the video will be soft", "Send a higher resolution";
    ImageTooLarge = "image.too_large", [Status(413), Status(422)], "The photo has too many bytes or pixels, or takes too much memory to decode", "Make it smaller, or save it as an ordinary JPEG";
    ImageTooSmall = "image.too_small", [Status(422)], "The photo has too few pixels", "Send a higher resolution";
    ImageTurned = "image.turned", [Status(422), Warning], "The photo lies on its side or is upside down", "Send `turn=auto`, or the degrees by which it has to be turned clockwise";
    ImageUndecodable = "image.undecodable", [Status(422)], "The photo is damaged or incomplete", "Export it again";
    ImageUnsupported = "image.unsupported", [Status(422)], "The photo is no JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF or BMP picture of a common kind", "Save it as an ordinary JPEG or PNG, and send that";
    InputAmbiguous = "input.ambiguous", [Status(422)], "An input is given in several ways: as a file, as an id, as an address", "Give one of them";
    InputMissing = "input.missing", [Status(422)], "The engine needs an input that is not given", "Send a file, its address, or the id of an upload";
    InputNotTaken = "input.not_taken", [Status(422)], "The engine does not take this input", "Leave it out, or choose another engine";
    JobCanceled = "job.canceled", [Status(409), Job], "The job was canceled", "Submit it again if it is wanted after all";
    JobExpired = "job.expired", [Job], "The job was still queued at the end of its `max_queue_seconds`", "Submit it again, with more time or priority";
    JobFailed = "job.failed", [Status(409)], "The job failed, so that there is no video", "Read the job's `error`";
    JobHeld = "job.held", [Status(409)], "The job is on hold and stays", "Lift the hold first";
    JobLeaseLost = "job.lease_lost", [Job], "The gateway went away too often while the job ran", "Submit it again";
    JobNotFinished = "job.not_finished", [Status(409)], "The job has no video yet", "Watch its state";
    JobNotFound = "job.not_found", [Status(404)], "There is no job of this id", "Check the id";
    JobStillRunning = "job.still_running", [Status(409)], "The job was canceled for its deletion, and has not ended yet", "Try again in a moment";
    OriginForeign = "origin.foreign", [Status(403)], "A page of another site wants to change something", "Ask the operator to name the site in `server.cors_origins`";
    ParamInvalid = "param.invalid", [Status(422)], "A parameter does not fit the engine's schema", "See `/engines/{id}/schema`";
    ParamMissing = "param.missing", [Status(422)], "A parameter that must be given is not", "Give it";
    ParamOutOfRange = "param.out_of_range", [Status(422)], "A parameter lies outside its range", "See the message for the range";
    ParamUnknown = "param.unknown", [Status(422)], "The engine has no such parameter", "Leave it out; the remedy names the nearest one";
    ParamWrongType = "param.wrong_type", [Status(422)], "A parameter has the wrong type", "See `/engines/{id}/schema`";
    PhotoHeld = "photo.held", [Status(409)], "A job on hold was made from the photo", "Lift the hold first";
    PhotoInUse = "photo.in_use", [Status(409)], "A queued or running job needs the photo", "Cancel the job, or wait for its end";
    PhotoNotFound = "photo.not_found", [Status(404), Status(422)], "There is no photo of this id", "Upload it first";
    QueryInvalid = "query.invalid", [Status(422)], "The query cannot be read", "See `/docs` for what it takes";
    QueuePaused = "queue.paused", [Warning], "The job waits because the gateway lacks something; it goes on by itself", "Wait; ask the operator if it lasts";
    QuotaQueuedJobs = "quota.queued_jobs", [Status(429)], "As many jobs of this key are queued as may be", "Wait until some have run";
    RangeUnsatisfiable = "range.unsatisfiable", [Status(416)], "The range lies outside the file", "Ask for bytes that `Content-Range` says there are, or for all of it";
    RateLimited = "rate.limited", [Status(429)], "The key has sent more requests a minute than it may", "Wait as long as `Retry-After` says";
    RequestInvalid = "request.invalid", [Status(422)], "The request has several faults", "See `errors`";
    RequestMalformed = "request.malformed", [Status(400)], "The body cannot be read", "Send well-formed JSON or multipart/form-data";
    RequestTooLarge = "request.too_large", [Status(413)], "The body, or the JSON in it, is larger than anything that is asked for", "Send less";
    RequestTooManyFields = "request.too_many_fields", [Status(413)], "The form has more than 1000 fields", "Send only those that the request takes";
    RequestTooSlow = "request.too_slow", [Status(408)], "The body came too slowly", "Try again on a better connection";
    RequestUnsupportedType = "request.unsupported_type", [Status(415)], "The body has a type that is not taken", "Send the type that `detail` names";
    RouteMethod = "route.method", [Status(405)], "The address does not take this method", "See `/docs`";
    RouteUnknown = "route.unknown", [Status(404)], "There is no such address", "See `/docs`";
    StorageFull = "storage.full", [Status(507)], "The gateway's disk is full", "Ask the operator to make room";
    ThumbnailNone = "thumbnail.none", [Status(404)], "No picture could be made of the job's video", "Take one from the video";
    UploadDamaged = "upload.damaged", [Status(422), Warning], "Parts of the file are damaged and were left out", "Send the file again, or export it again";
    UploadShorterThanPromised = "upload.shorter_than_promised", [Status(422), Warning], "The file holds less than it says of itself: it was cut or damaged", "Send the whole file again";
    UploadUnread = "upload.unread", [Status(422), Warning], "Something stands behind the end of the file that was not read", "Send one file, or join its parts with an editor";
    UrlFailed = "url.failed", [Status(422)], "There is no file at the address, or nobody answers there", "Check the address, or send the file itself";
    UrlInvalid = "url.invalid", [Status(422)], "The address of a file is no http(s) address", "Send one such as https://example.org/speech.wav";
    UrlRefused = "url.refused", [Status(422)], "The address of a file leads into a network that clients must not reach", "Send a public address, or ask the operator for `fetch.allow`";
    UrlTooSlow = "url.too_slow", [Status(422)], "The file comes too slowly from its address", "Send the file itself, or ask the operator to raise `fetch.timeout_seconds`";
    VideoEmpty = "video.empty", [Status(422)], "The source video's file is empty", "Send its content";
    VideoHeld = "video.held", [Status(409)], "A job on hold was made from the source video", "Lift the hold first";
    VideoInUse = "video.in_use", [Status(409)], "A queued or running job needs the source video", "Cancel the job, or wait for its end";
    VideoNoPicture = "video.no_picture", [Status(422)], "The file holds no moving picture", "Send a video in which a face is seen";
    VideoNotFound = "video.not_found", [Status(404), Status(422)], "There is no source video of this id", "Upload it first";
    VideoTooFast = "video.too_fast", [Status(422)], "The source video has too many pictures per second", "Send it at a lower rate, or raise `limits.video_fps`";
    VideoTooLarge = "video.too_large", [Status(413), Status(422)], "The source video has too many bytes or pixels", "Send a smaller one, or raise `limits.video_mb` or `limits.video_pixels`";
    VideoTooLong = "video.too_long", [Status(422)], "The source video lasts too long", "Send a shorter one, or raise `limits.video_seconds`";
    VideoTooShort = "video.too_short", [Status(422)], "The source video lasts less than 0.1 s", "Send a longer one";
    VideoUndecodable = "video.undecodable", [Status(422)], "The source video cannot be decoded", "Export it again, as MP4 with H.264";
    WebhookInvalid = "webhook.invalid", [Status(422)], "The `webhook_url` is no http(s) address", "Send one such as https://example.org/hook";
    WebhookNone = "webhook.none", [Status(404)], "Nothing has been announced of this job", "Give a `webhook_url`, and wait for what `webhook_events` names, or for the job's end";
    WebhookRefused = "webhook.refused", [Status(422)], "The `webhook_url` leads into a network that clients must not reach", "Send a public address, or ask the operator for `fetch.allow`";
}

impl Code {
    /// Its name, as clients see it.
    pub fn as_str(self) -> &'static str {
        self.entry().name
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no code of this name.
#[derive(Debug, thiserror::Error)]
#[error("there is no code `{0}`")]
pub struct UnknownCode(String);

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(name: &str) -> Result<Self, UnknownCode> {
        let found = Self::ALL.binary_search_by_key(&name, |code| code.as_str());
        found.map(|at| Self::ALL[at]).map_err(|_| UnknownCode(name.to_owned()))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
