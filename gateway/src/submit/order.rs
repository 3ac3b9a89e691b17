//! A request is checked against its engine, with all that is wrong at once, and becomes jobs that may be written.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::{io, mem};

use engine_api::Input;
use serde_json::{Map, Value};

use crate::app::App;
use crate::catalog::entry::{Engine, Entry};
use crate::catalog::error::NotReady;
use crate::config::Config;
use crate::domain::admission::admit;
use crate::domain::code::Code;
use crate::domain::fault::{self, Fault};
use crate::domain::translate::{Translated, translate};
use crate::domain::upload::{Audio, Photo, Video};
use crate::fetch::guard::{BlockedAddress, Guard};
use crate::intake::turns::Turn;
use crate::intake::upload_kind::UploadKind;
use crate::intake::{audio, photo, video};
use crate::submit::conversion::Conversion;
use crate::submit::error::{Faults, SubmitError};
use crate::submit::face_size;
use crate::submit::input::{self, Checked, checked};
use crate::submit::misplaced;
use crate::submit::placement::{Order, Part};
use crate::submit::quota::look_for_room;
use crate::submit::request::{InputField, JobRequest, Params};

/// Checks a request, which makes one job, and one more for each of the further speeches.
///
/// # Errors
/// All faults together; or the engine is not ready, or the gateway cannot do its part.
pub(super) async fn order(
    app: &Arc<App>,
    mut request: JobRequest,
    mut further: Vec<InputField<Audio>>,
) -> Result<Order, SubmitError> {
    let config = app.config();
    let (given, client) = (request.inputs(), request.client);
    let mut faults = Faults::new(mem::take(&mut request.faults));
    let chosen = choose(app, &config, request.engine.take(), &mut faults).await;
    if let Some(engine) = chosen.as_ref().and_then(|(entry, _)| entry.engine.as_ref()) {
        misplaced::tell(&engine.parameters, faults.told_mut());
    }
    let webhook_url = request.webhook_url.take().and_then(|address| webhook(&address, &config, &mut faults));
    let opened = chosen.as_ref().map(|(entry, _)| Arc::clone(entry));
    let (settled, wrong) =
        settled(opened, given, request.may_convert, mem::take(&mut request.params), request.turn.take()).await?;
    faults.extend(wrong);
    let Settled { params, conversion, warnings } = settled;
    // Before any file is looked at; when the jobs are written it is asked again.
    look_for_room(app, request.key.as_deref(), 1 + further.len(), Audio::FIELD).await?;
    input::fetch(app, &mut request, &mut further, &mut faults).await?;
    let photo_field = request.photo.as_ref().map_or(Photo::FIELD, |field| field.name);
    let (photo, parts, video) = look_at(app, &mut request, further, &mut faults).await?;
    if let (Some(photo), Some((engine, _))) = (&photo, &chosen) {
        let fault = face_size::fault(photo_field, photo.row(), &engine.id, &config.engine(&engine.id));
        fault.into_iter().for_each(|fault| faults.add(fault));
    }
    let Some((engine, ready)) = chosen.filter(|_| faults.is_empty()) else { return Err(faults.into()) };
    ready?;
    let now = app.clock.now();
    let mut order = Order {
        key: request.key,
        engine: engine.id.clone(),
        photo,
        video,
        params,
        priority: request.priority,
        expires_at: request.max_queue.and_then(|wait| now.checked_add(wait).ok()),
        metadata: request.metadata,
        webhook_url,
        webhook_events: request.webhook_events.unwrap_or_default(),
        keep: request.keep,
        client_name: request.client_name,
        parts,
    };
    if let Some(conversion) = conversion {
        conversion.apply(app, client, &mut order).await?;
    }
    let first: Vec<String> = conversion.map(|conversion| conversion.warning(&engine.id)).into_iter().collect();
    order.warn(&first, &[warnings, request.warnings].concat());
    Ok(order)
}

/// Looks at what the jobs shall be made of, each input in a child of its own: where there are processors, none waits for
/// another. What is wrong joins the faults.
async fn look_at(
    app: &App,
    request: &mut JobRequest,
    further: Vec<InputField<Audio>>,
    faults: &mut Faults,
) -> Result<(Option<Checked<Photo>>, Vec<Part>, Option<Checked<Video>>), SubmitError> {
    let JobRequest { client, strict, face, .. } = *request;
    let photo = checked(app, request.photo.take(), strict, |file| photo::check(&app.intake, client, file, face));
    let speeches = async {
        let mut looked_at = Vec::with_capacity(1 + further.len());
        for field in [request.audio.take()].into_iter().chain(further.into_iter().map(Some)) {
            looked_at.push(checked(app, field, strict, |file| audio::check(&app.intake, client, file)).await?);
        }
        Ok(looked_at)
    };
    let video = checked(app, request.video.take(), strict, |file| video::check(&app.intake, client, file));
    let (photo, speeches, video) = tokio::try_join!(photo, speeches, video)?;
    let photo = faults.take_from(photo);
    let part = |looked_at| Part { audio: faults.take_from(looked_at), video: None, warnings: vec![] };
    let parts = speeches.into_iter().map(part).collect();
    Ok((photo, parts, faults.take_from(video)))
}

/// The engine, and whether it can render now; none if there is none, which joins the faults.
async fn choose(
    app: &App,
    config: &Config,
    engine: Option<String>,
    faults: &mut Faults,
) -> Option<(Arc<Entry>, Result<(), NotReady>)> {
    let id = engine.unwrap_or_else(|| config.engines.default.clone());
    match app.catalog.installed(&id, config).await {
        Ok(entry) => Some(match app.catalog.able(Arc::clone(&entry), config).await {
            Ok(able) => (able, Ok(())),
            Err(why) => (entry, Err(why)),
        }),
        Err(unknown) => {
            faults.add(Fault::new("engine", Code::EngineUnknown, unknown.to_string(), "see /v1/engines"));
            None
        }
    }
}

/// The address of a webhook, if it may be reached; what its name resolves to is looked at when it is. As its parser writes
/// it, so that a receiver has one address however clients spell it.
fn webhook(address: &str, config: &Config, faults: &mut Faults) -> Option<String> {
    let blocked = match Guard::new(&config.fetch.allow).read(address) {
        Ok(url) => return Some(url.into()),
        Err(blocked) => blocked,
    };
    let (code, remedy) = match blocked {
        BlockedAddress::Invalid(_) => (Code::WebhookInvalid, "send an address such as https://example.org/hook"),
        BlockedAddress::NotPublic(_) => {
            (Code::WebhookRefused, "send a public address; the operator can let others through with `fetch.allow`")
        }
    };
    faults.add(Fault::new("webhook_url", code, blocked.to_string(), remedy));
    None
}

/// What the engine's description settles before any file is looked at.
#[derive(Default)]
struct Settled {
    /// The parameters, complete.
    params: Map<String, Value>,
    /// What has to be made of the inputs.
    conversion: Option<Conversion>,
    /// What became of parameters that the engine does not know.
    warnings: Vec<String>,
}

/// Holds inputs and parameters to the engine's description, if it has one; those of a large request, which has a turn for
/// it, off the threads that answer requests.
async fn settled(
    entry: Option<Arc<Entry>>,
    given: BTreeSet<Input>,
    may_convert: bool,
    params: Params,
    turn: Option<Turn>,
) -> io::Result<(Settled, fault::Faults)> {
    let Some(entry) = entry else { return Ok(Default::default()) };
    let settle = move || match &entry.engine {
        Some(engine) => settle(engine, &given, may_convert, params),
        None => Default::default(),
    };
    match turn {
        None => Ok(settle()),
        Some(turn) => {
            let settle = move || {
                let _turn = turn;
                settle()
            };
            tokio::task::spawn_blocking(settle).await.map_err(io::Error::other)
        }
    }
}

fn settle(engine: &Engine, given: &BTreeSet<Input>, may_convert: bool, params: Params) -> (Settled, fault::Faults) {
    let descriptor = &engine.description.descriptor;
    let conversion = Conversion::needed(descriptor, given).filter(|_| may_convert);
    let inputs = conversion.map_or_else(|| given.clone(), |conversion| conversion.applied(given));
    let (params, warnings) = match params {
        Params::Named(params) => (params, vec![]),
        Params::Foreign(params) => {
            let Translated { params, warnings } = translate(&descriptor.id, &engine.parameters, &params);
            (params, warnings)
        }
    };
    let (params, faults) = match admit(descriptor, &engine.parameters, &inputs, params) {
        Ok(params) => (params, fault::Faults::default()),
        Err(faults) => (Map::new(), faults),
    };
    (Settled { params, conversion, warnings }, faults)
}
