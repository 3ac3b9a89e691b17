//! Requests of facades' clients as jobs for the engine that the operator has chosen, whichever that is.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine_api::Input;
use jiff::SignedDuration;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::catalog::{Engine, Entry};
use crate::config::FacadeName;
use crate::domain::admission::admit;
use crate::domain::code::Code;
use crate::domain::job::{Batch, Job};
use crate::domain::translate::{ClientParam, Translated, translate};
use crate::domain::upload::verdict::{Choice, Which};
use crate::domain::upload::{Audio, Photo, Video};
use crate::http::facades::error::Refusal;
use crate::http::problem::ApiError;
use crate::intake;
use crate::intake::incoming::Received;
use crate::intake::photo::CheckedPhoto;
use crate::intake::{convert, photo};
use crate::submit::{Checked, Order};

/// A request of a facade's client.
pub(crate) struct FacadeRequest {
    /// The portrait, if the client gave one.
    pub(crate) photo: Option<Checked<Photo>>,
    /// The source video, if the client gave one.
    pub(crate) video: Option<Checked<Video>>,
    /// The speech.
    pub(crate) audio: Checked<Audio>,
    /// The parameters that the client gave; its service's defaults are not among them.
    pub(crate) params: Vec<ClientParam>,
    /// What the client should know although it is no fault.
    pub(crate) warnings: Vec<String>,
    /// How long after its end the job is removed by itself.
    pub(crate) keep: Option<SignedDuration>,
}

/// The engine of a facade, which is ready.
///
/// # Errors
/// It is not, and the operator is told what to do.
pub(crate) async fn engine(app: &App, facade: FacadeName) -> Result<Arc<Entry>, ApiError> {
    app.catalog.ready().await;
    let id = app.config().facades.of(facade).engine.clone();
    match app.catalog.installed(&id) {
        Ok(entry) => Ok(app.catalog.able(entry, &app.config()).await?),
        Err(missing) => {
            let remedy = "install it with `cargo xtask engine`, or set `engine` to one that is installed in";
            let detail = format!("{missing}; {remedy} [facades.{}]", facade.as_str());
            Err(ApiError::new(Code::EngineNotReady, detail))
        }
    }
}

/// Whether the engine of a facade is ready; looked at again if the last look is long ago, for its backend may have gone.
pub(crate) async fn is_ready(app: &App, facade: FacadeName) -> bool {
    let config = app.config();
    app.catalog.refresh(&config).await;
    app.catalog.entry(&config.facades.of(facade).engine).is_some_and(|entry| entry.status.is_ready())
}

impl FacadeRequest {
    /// A request with a portrait, which is kept like all jobs.
    pub(crate) fn of_photo(photo: Checked<Photo>, audio: Checked<Audio>, params: Vec<ClientParam>) -> Self {
        Self { photo: Some(photo), video: None, audio, params, warnings: vec![], keep: None }
    }

    /// Writes the job.
    ///
    /// # Errors
    /// The inputs cannot be turned into what the engine takes, or the job cannot be written.
    pub(crate) async fn submit(self, app: &Arc<App>, caller: &Caller, engine: &Arc<Entry>) -> Result<Job, Refusal> {
        Ok(self.order(app, engine).await?.place(app, caller, None).await?.job)
    }

    /// Writes the jobs of several requests that are one to the client: all, or none.
    ///
    /// # Errors
    /// As of [`FacadeRequest::submit`].
    pub(crate) async fn submit_all(
        requests: Vec<Self>,
        combine: bool,
        app: &Arc<App>,
        caller: &Caller,
        engine: &Arc<Entry>,
    ) -> Result<Batch, Refusal> {
        let mut orders = Vec::with_capacity(requests.len());
        for request in requests {
            orders.push(request.order(app, engine).await?);
        }
        Ok(Order::place_all(orders, combine, app, caller).await?)
    }

    /// Turns inputs and parameters into what the engine takes.
    ///
    /// # Errors
    /// The inputs cannot be turned into what it takes.
    async fn order(mut self, app: &Arc<App>, engine: &Arc<Entry>) -> Result<Order, Refusal> {
        let opened = engine.opened()?;
        let descriptor = &opened.description.descriptor;
        let mut warnings = Vec::new();
        self.adapt(app, opened, &mut warnings).await?;
        warnings.extend(self.photo.iter().flat_map(Checked::warnings));
        warnings.extend(self.audio.warnings());
        let Translated { params, warnings: untaken } = translate(&engine.id, &opened.parameters, &self.params);
        warnings.extend(untaken);
        warnings.append(&mut self.warnings);
        let params = admit(descriptor, &opened.parameters, &self.inputs(), params).map_err(ApiError::faults)?;
        Ok(Order {
            engine: Arc::clone(engine),
            photo: self.photo,
            audio: Some(self.audio),
            video: self.video,
            params,
            warnings,
            priority: 0,
            expires_at: None,
            webhook_url: None,
            keep: self.keep,
        })
    }

    /// Makes a portrait of a video, or a video of a portrait, where the engine takes nothing else.
    async fn adapt(&mut self, app: &Arc<App>, engine: &Engine, warnings: &mut Vec<String>) -> Result<(), Refusal> {
        let descriptor = &engine.description.descriptor;
        let takes = |given: &[Input]| {
            let given = BTreeSet::from_iter(given.iter().copied());
            descriptor.inputs.iter().any(|inputs| BTreeSet::from_iter(inputs.iter().copied()) == given)
        };
        let given: Vec<Input> = self.inputs().into_iter().collect();
        if takes(&given) {
            return Ok(());
        }
        let id = &descriptor.id;
        if let Some(photo) = &self.photo
            && takes(&[Input::SourceVideo, Input::Speech])
        {
            let seconds = self.audio.row().seconds;
            let video = convert::still_video(&app.intake, &photo.file(app).await?, seconds).await;
            self.video = Some(Checked::New(video.map_err(|refusal| Refusal::upload("photo", refusal))?));
            self.photo = None;
            warnings
                .push(format!("the engine `{id}` takes a video: the photo became a still one as long as the speech"));
        } else if let Some(video) = &self.video
            && takes(&[Input::Portrait, Input::Speech])
        {
            let photo = convert::portrait(&app.intake, &video.file(app).await?).await;
            self.photo = Some(Checked::New(photo.map_err(|refusal| Refusal::upload("video", refusal))?));
            self.video = None;
            warnings
                .push(format!("the engine `{id}` takes a photo: it is the video's first picture with a usable face"));
        }
        Ok(())
    }

    fn inputs(&self) -> BTreeSet<Input> {
        let photo = self.photo.as_ref().map(|_| Input::Portrait);
        let video = self.video.as_ref().map(|_| Input::SourceVideo);
        [photo, video, Some(Input::Speech)].into_iter().flatten().collect()
    }
}

/// Checks a portrait as these services do, which ask nobody: of several faces the largest counts, and a doubtful one is
/// one.
///
/// # Errors
/// It shows no usable face, or is no picture.
pub(crate) async fn photo(app: &Arc<App>, file: Received) -> Result<CheckedPhoto, intake::error::UploadError> {
    let choice = Choice { face: Some(Which::Largest), accept_unsure: true };
    photo::check(&app.intake, file, choice).await
}
