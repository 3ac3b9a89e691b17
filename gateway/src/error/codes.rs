//! Every stable code that a client can meet, in one place for people. A test holds the code and docs/api.md to it.

/// A stable code.
#[derive(Debug)]
pub struct Code {
    /// The code itself, such as `face.none`.
    pub name: &'static str,
    /// Where clients meet it: HTTP statuses, `job` for a job's `error`, `warning` for a photo's verdict.
    pub seen: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// All codes, sorted by name.
#[rustfmt::skip]
pub const CODES: &[Code] = &[
    Code { name: "audio.empty", seen: "422", meaning: "The speech holds no sample", remedy: "Send a recording with sound in it" },
    Code { name: "audio.no_sound", seen: "422", meaning: "The file has no sound track", remedy: "Send a file with sound" },
    Code { name: "audio.not_found", seen: "422", meaning: "There is no speech of this id", remedy: "Upload it first" },
    Code { name: "audio.too_large", seen: "413", meaning: "The speech has too many bytes", remedy: "Send a smaller file, or raise `limits.audio_mb`" },
    Code { name: "audio.too_long", seen: "422", meaning: "The speech lasts too long", remedy: "Send a shorter recording, or raise `limits.audio_seconds`" },
    Code { name: "audio.undecodable", seen: "422", meaning: "The speech cannot be decoded", remedy: "Export it again; the file is damaged or no sound" },
    Code { name: "engine.backend", seen: "job", meaning: "The service behind the engine failed", remedy: "Try again later; ask the operator" },
    Code { name: "engine.device", seen: "job", meaning: "A device of the engine is missing or failed", remedy: "Ask the operator" },
    Code { name: "engine.died", seen: "job", meaning: "The engine's process died", remedy: "Submit again; ask the operator if it happens again" },
    Code { name: "engine.incompatible", seen: "job", meaning: "The engine's plugin cannot be loaded", remedy: "Ask the operator to build it for this gateway" },
    Code { name: "engine.input", seen: "job", meaning: "The engine cannot render these inputs or parameters", remedy: "Read the message, and change them" },
    Code { name: "engine.internal", seen: "job", meaning: "The engine broke its contract", remedy: "Report it to the engine's makers" },
    Code { name: "engine.not_ready", seen: "503", meaning: "The engine cannot render now, for weights or a device", remedy: "Ask the operator; `/engines` tells why" },
    Code { name: "engine.out_of_memory", seen: "job", meaning: "The engine ran out of memory", remedy: "Make a smaller video, or run fewer jobs at a time" },
    Code { name: "engine.output", seen: "job", meaning: "The video could not be written", remedy: "Ask the operator to look at the disk" },
    Code { name: "engine.panic", seen: "job", meaning: "The engine panicked", remedy: "Report it to the engine's makers" },
    Code { name: "engine.stalled", seen: "job", meaning: "The engine's process stopped advancing", remedy: "Submit again; ask the operator if it happens again" },
    Code { name: "engine.unknown", seen: "404, 422", meaning: "There is no engine of this name", remedy: "Choose one of `/engines`" },
    Code { name: "engine.weights", seen: "job", meaning: "Weights are missing or damaged", remedy: "Ask the operator to install them" },
    Code { name: "face.cut_off", seen: "422", meaning: "The border of the photo cuts the face off", remedy: "Send a photo with room around the head" },
    Code { name: "face.low_confidence", seen: "422, warning", meaning: "The detector doubts the face", remedy: "Send a clear photo from the front, or `accept_unsure=true`" },
    Code { name: "face.multiple", seen: "422", meaning: "Several faces are in the photo", remedy: "Send `face=largest` or a number of `faces`" },
    Code { name: "face.none", seen: "422", meaning: "No face is in the photo", remedy: "Send a photo that shows one from the front" },
    Code { name: "face.small", seen: "warning", meaning: "The face covers little of the photo", remedy: "Send the part that `verdict.crop` tells" },
    Code { name: "face.too_small", seen: "422", meaning: "The face covers too little of the photo", remedy: "Send the part that `verdict.crop` tells, or a nearer photo" },
    Code { name: "face.unknown", seen: "422", meaning: "There is no face of the chosen number", remedy: "Choose one of `faces`, or `largest`" },
    Code { name: "field.invalid", seen: "422", meaning: "A field has a value that it does not take", remedy: "See the fault's remedy" },
    Code { name: "field.missing", seen: "422", meaning: "A field is missing", remedy: "Send it" },
    Code { name: "field.not_a_file", seen: "422", meaning: "JSON cannot carry a file", remedy: "Send an id, or multipart/form-data" },
    Code { name: "field.not_an_id", seen: "422", meaning: "A field should hold an id, and does not", remedy: "Send the `id` that the upload was answered with" },
    Code { name: "field.not_json", seen: "422", meaning: "A field should hold JSON, and does not", remedy: "Send a JSON object" },
    Code { name: "field.not_text", seen: "422", meaning: "A text field is not UTF-8", remedy: "Send it as UTF-8" },
    Code { name: "field.repeated", seen: "422", meaning: "A field comes twice", remedy: "Send it once" },
    Code { name: "field.too_large", seen: "413", meaning: "A text field has more than 1 MiB", remedy: "Send a shorter text" },
    Code { name: "field.unknown", seen: "422", meaning: "The request does not take this field", remedy: "Leave it out; the remedy names the nearest one" },
    Code { name: "field.wrong_type", seen: "422", meaning: "A field has the wrong type", remedy: "See the fault's remedy" },
    Code { name: "gateway.database", seen: "503", meaning: "The database does not answer", remedy: "Ask the operator" },
    Code { name: "gateway.internal", seen: "500, job", meaning: "The gateway could not do its part", remedy: "Ask the operator; the log says why" },
    Code { name: "gateway.starting", seen: "503", meaning: "The engines are still being looked at", remedy: "Try again in a moment" },
    Code { name: "gateway.stopping", seen: "503", meaning: "The gateway is shutting down", remedy: "Try again later" },
    Code { name: "image.empty", seen: "422", meaning: "The photo's file is empty", remedy: "Send its content" },
    Code { name: "image.small", seen: "warning", meaning: "The photo has few pixels, and the video will be soft", remedy: "Send a higher resolution" },
    Code { name: "image.too_large", seen: "413, 422", meaning: "The photo has too many bytes or pixels", remedy: "Make it smaller" },
    Code { name: "image.too_small", seen: "422", meaning: "The photo has too few pixels", remedy: "Send a higher resolution" },
    Code { name: "image.undecodable", seen: "422", meaning: "The photo is damaged or incomplete", remedy: "Export it again" },
    Code { name: "image.unsupported", seen: "422", meaning: "The photo is neither JPEG, PNG nor WebP", remedy: "Send one of these" },
    Code { name: "input.ambiguous", seen: "422", meaning: "Both a file and an id are given", remedy: "Give one of them" },
    Code { name: "input.missing", seen: "422", meaning: "The engine needs an input that is not given", remedy: "Send a file, or the id of an upload" },
    Code { name: "input.not_taken", seen: "422", meaning: "The engine does not take this input", remedy: "Leave it out, or choose another engine" },
    Code { name: "job.canceled", seen: "409, job", meaning: "The job was canceled", remedy: "Submit it again if it is wanted after all" },
    Code { name: "job.failed", seen: "409", meaning: "The job failed, so that there is no video", remedy: "Read the job's `error`" },
    Code { name: "job.lease_lost", seen: "job", meaning: "The gateway went away too often while the job ran", remedy: "Submit it again" },
    Code { name: "job.not_finished", seen: "409", meaning: "The job has no video yet", remedy: "Watch its state" },
    Code { name: "job.not_found", seen: "404", meaning: "There is no job of this id", remedy: "Check the id" },
    Code { name: "param.invalid", seen: "422", meaning: "A parameter does not fit the engine's schema", remedy: "See `/engines/{id}/schema`" },
    Code { name: "param.missing", seen: "422", meaning: "A parameter that must be given is not", remedy: "Give it" },
    Code { name: "param.out_of_range", seen: "422", meaning: "A parameter lies outside its range", remedy: "See the message for the range" },
    Code { name: "param.unknown", seen: "422", meaning: "The engine has no such parameter", remedy: "Leave it out; the remedy names the nearest one" },
    Code { name: "param.wrong_type", seen: "422", meaning: "A parameter has the wrong type", remedy: "See `/engines/{id}/schema`" },
    Code { name: "photo.in_use", seen: "409", meaning: "A queued or running job needs the photo", remedy: "Cancel the job, or wait for its end" },
    Code { name: "photo.not_found", seen: "404, 422", meaning: "There is no photo of this id", remedy: "Upload it first" },
    Code { name: "query.invalid", seen: "422", meaning: "The query cannot be read", remedy: "See `/docs` for what it takes" },
    Code { name: "request.invalid", seen: "422", meaning: "The request has several faults", remedy: "See `errors`" },
    Code { name: "request.malformed", seen: "400", meaning: "The body cannot be read", remedy: "Send well-formed JSON or multipart/form-data" },
    Code { name: "request.too_large", seen: "413", meaning: "The body is larger than the files of one job may be", remedy: "Send less" },
    Code { name: "request.unsupported_type", seen: "415", meaning: "The body has a type that is not taken", remedy: "Send the type that `detail` names" },
    Code { name: "route.method", seen: "405", meaning: "The address does not take this method", remedy: "See `/docs`" },
    Code { name: "route.unknown", seen: "404", meaning: "There is no such address", remedy: "See `/docs`" },
    Code { name: "storage.full", seen: "507", meaning: "The gateway's disk is full", remedy: "Ask the operator to make room" },
];

#[cfg(test)]
mod tests;
