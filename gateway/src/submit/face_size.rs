//! Whether the face in a photo has the pixels that an engine asks for.

use crate::config::EngineConfig;
use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::domain::upload::Photo;
use crate::intake::judge::{TOO_FEW_PIXELS, too_few_pixels};

/// What is wrong with the face of a photo in the field `field`, if `engine` asks for a larger one.
pub(super) fn fault(field: &str, photo: &Photo, id: &str, engine: &EngineConfig) -> Option<Fault> {
    let face = photo.faces.get(photo.verdict.face?)?;
    let message = too_few_pixels(face, engine.min_face_pixels)?;
    Some(Fault::new(field, Code::FaceTooSmall, format!("{message} for the engine `{id}`"), TOO_FEW_PIXELS))
}
