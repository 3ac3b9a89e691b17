//! Inputs made of other inputs, where an engine takes nothing else than a client has not.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine_api::{Descriptor, Input};

use crate::app::App;
use crate::domain::admission::field;
use crate::domain::client::Client;
use crate::intake::convert;
use crate::submit::error::SubmitError;
use crate::submit::input::Checked;
use crate::submit::placement::Order;

/// What is made of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conversion {
    /// A still video of the photo, as long as the speech.
    StillVideo,
    /// A photo of the video: its first picture with a usable face.
    Portrait,
}

impl Conversion {
    /// What has to be made of the inputs that are given before the engine takes them; none if it takes them as they
    /// are, or not at all.
    pub(super) fn needed(engine: &Descriptor, given: &BTreeSet<Input>) -> Option<Self> {
        let takes = |inputs: &BTreeSet<Input>| {
            engine.inputs.iter().any(|accepted| BTreeSet::from_iter(accepted.iter().copied()) == *inputs)
        };
        if takes(given) || !given.contains(&Input::Speech) {
            return None;
        }
        let possible = [Self::StillVideo, Self::Portrait];
        possible.into_iter().find(|way| given.contains(&way.from()) && takes(&way.applied(given)))
    }

    /// The inputs once it is made.
    pub(super) fn applied(self, given: &BTreeSet<Input>) -> BTreeSet<Input> {
        let (from, to) = (self.from(), self.to());
        given.iter().copied().filter(|input| *input != from).chain([to]).collect()
    }

    /// What the client is told.
    pub(super) fn warning(self, engine: &str) -> String {
        match self {
            Self::StillVideo => {
                format!("the engine `{engine}` takes a video: the photo became a still one as long as the speech")
            }
            Self::Portrait => {
                format!("the engine `{engine}` takes a photo: it is the video's first picture with a usable face")
            }
        }
    }

    /// Makes it, for every job of the order.
    ///
    /// # Errors
    /// It cannot be made of this file, or the gateway cannot do its part.
    pub(super) async fn apply(self, app: &Arc<App>, client: Client, order: &mut Order) -> Result<(), SubmitError> {
        let failed = |error| SubmitError::of_upload(field(self.from()), error);
        match (self, &order.photo, &order.video) {
            (Self::StillVideo, Some(photo), _) => {
                let file = photo.file(app).await.map_err(|error| photo.unreadable(error))?;
                for part in &mut order.parts {
                    let seconds = part.audio.as_ref().map_or(0.0, |audio| audio.row().seconds);
                    let video = convert::still_video(&app.intake, client, &file, seconds).await.map_err(failed)?;
                    part.video = Some(Checked::New(video));
                }
                order.photo = None;
            }
            (Self::Portrait, _, Some(video)) => {
                let file = video.file(app).await.map_err(|error| video.unreadable(error))?;
                let least = app.config().engine(&order.engine).min_face_pixels;
                let photo = convert::portrait(&app.intake, client, &file, least).await.map_err(failed)?;
                order.photo = Some(Checked::New(photo));
                order.video = None;
            }
            _ => {}
        }
        Ok(())
    }

    fn from(self) -> Input {
        match self {
            Self::StillVideo => Input::Portrait,
            Self::Portrait => Input::SourceVideo,
        }
    }

    fn to(self) -> Input {
        match self {
            Self::StillVideo => Input::SourceVideo,
            Self::Portrait => Input::Portrait,
        }
    }
}
