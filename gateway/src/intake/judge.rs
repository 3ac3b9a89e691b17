//! Whether a photo can be animated: a pure judgement of its size and its faces, with a remedy where it cannot.

pub mod looks;

use avatar_media::faces::{Face, Sight};
use avatar_media::picture::Rotation;

use crate::config::Photos;
use crate::domain::code::Code;
use crate::domain::upload::region::Region;
use crate::domain::upload::verdict::{Choice, Crop, Verdict, Which};
use crate::domain::upload::warning::Warning;

/// A box this near to the border, in pixels, touches it: the detector clamps boxes to the picture.
const TOUCHING: f32 = 1.0;

/// Judges a photo of `size` in which this was seen.
///
/// Doubtful faces beside clear ones do not count: where there is a lamp, detectors see a face now and then. A face needs
/// pixels, and no share of its photo: one that covers little of it is cut out, as is the chosen one of several.
pub fn judge(size: (u32, u32), sight: &Sight, choice: Choice, limits: &Photos) -> Verdict {
    let short_side = size.0.min(size.1);
    if short_side < limits.min_side {
        let message = format!("the photo measures {}x{} pixels; {} are the least", size.0, size.1, limits.min_side);
        return refused(Code::ImageTooSmall, message, "send the photo in a higher resolution");
    }
    if let Some(rotation) = sight.rotation {
        return lying(rotation);
    }
    let faces = &sight.faces;
    let (subject, others) = match settle(faces, choice, limits) {
        Ok(settled) => settled,
        Err(verdict) => return *verdict,
    };
    let face = &faces[subject];
    let verdict = match fault(size, face, choice, limits) {
        Some(verdict) => verdict,
        None => {
            let kept = part(size, face, &others, choice, limits);
            let small = smallness(size, face, kept, others.is_empty(), limits);
            accepted(size, face, kept, small, limits)
        }
    };
    Verdict { face: Some(subject), ..verdict }
}

/// Of a photo that has to be turned.
fn lying(rotation: Rotation) -> Verdict {
    let how = if rotation == Rotation::By180 { "is upside down" } else { "lies on its side" };
    let degrees = rotation.degrees();
    let message = format!("the photo {how}: turned clockwise by {degrees} degrees it shows an upright face");
    let remedy = format!("upload it to /v1/photos with `turn=auto` or `turn={degrees}`, or turn it before you send it");
    refused(Code::ImageTurned, message, &remedy)
}

/// Settles on one face, and tells which others there are.
fn settle<'a>(faces: &'a [Face], choice: Choice, limits: &Photos) -> Result<(usize, Vec<&'a Face>), Box<Verdict>> {
    let clear: Vec<usize> = (0..faces.len()).filter(|&n| faces[n].score >= limits.sure_score).collect();
    let counted = if clear.is_empty() { (0..faces.len()).collect() } else { clear };
    let subject = match (choice.face, counted.as_slice()) {
        (_, []) => {
            let remedy = "send a photo in which one face is seen clearly from the front";
            return Err(Box::new(refused(Code::FaceNone, "no face was found in the photo", remedy)));
        }
        (Some(Which::Number(number)), _) if number < faces.len() => number,
        (Some(Which::Number(number)), _) => {
            let message = format!("there is no face {number}; the photo has {}, counted from 0", faces.len());
            return Err(Box::new(refused(Code::FaceUnknown, message, "choose one of `faces`, or `largest`")));
        }
        (Some(Which::Largest), counted) => {
            let largest = counted.iter().copied().max_by(|&a, &b| area(&faces[a]).total_cmp(&area(&faces[b])));
            largest.expect("there is at least one")
        }
        (None, &[only]) => only,
        (None, several) => {
            let message = format!("{} faces were found in the photo", several.len());
            let remedy = "upload it to /v1/photos with `face=largest`, or with `face` as the number of one of `faces` \
                          from 0; or send a photo of one person";
            return Err(Box::new(refused(Code::FaceMultiple, message, remedy)));
        }
    };
    let others = counted.iter().filter(|&&other| other != subject).map(|&other| &faces[other]).collect();
    Ok((subject, others))
}

/// The part of the photo that is kept: of several faces the one that was settled on, and a small one shown larger. None for
/// all of it.
fn part(size: (u32, u32), face: &Face, others: &[&Face], choice: Choice, limits: &Photos) -> Option<Region> {
    let is_cut = !others.is_empty() || (choice.crop == Crop::Auto && percent(face, size) < limits.good_face_percent);
    let head = is_cut.then(|| Region::head_and_shoulders(face, size, limits.min_side))?;
    let part = others.iter().fold(head, |part, other| part.without(other, face));
    (!part.is_whole(size)).then_some(part)
}

/// What is wrong with the face that was settled on.
fn fault(size: (u32, u32), face: &Face, choice: Choice, limits: &Photos) -> Option<Verdict> {
    if let Some(message) = too_few_pixels(face, limits.min_face_pixels) {
        return Some(refused(Code::FaceTooSmall, message, TOO_FEW_PIXELS));
    }
    if touches_border(face, size) {
        let remedy = "send a photo that shows the whole head with some room around it";
        return Some(refused(Code::FaceCutOff, "the face is cut off by the border of the photo", remedy));
    }
    if face.score < limits.sure_score && !choice.accept_unsure {
        let remedy = "send a clear photo of a face from the front; if this is one, upload it to /v1/photos with \
                      `accept_unsure=true`";
        return Some(refused(Code::FaceLowConfidence, doubt(face, limits), remedy));
    }
    None
}

/// What to do where a face has too few pixels.
pub const TOO_FEW_PIXELS: &str = "send the photo in a higher resolution, or one that was taken from nearer by";

/// What is said of a face with fewer pixels across than `least`.
pub fn too_few_pixels(face: &Face, least: u32) -> Option<String> {
    let across = face.width.round() as u32;
    (across < least).then(|| format!("the face measures {across} pixels across; {least} are the least"))
}

/// What is said of a small face, and the part that would do better where all was kept.
type Smallness = (String, Option<Region>);

fn accepted(size: (u32, u32), face: &Face, kept: Option<Region>, small: Option<Smallness>, limits: &Photos) -> Verdict {
    let mut warnings = Vec::new();
    let mut warn = |code: Code, message| warnings.push(Warning { code: code.into(), message });
    let (width, height) = kept.map_or(size, |part| (part.width, part.height));
    if width.min(height) < limits.good_side {
        let message = format!("{width}x{height} pixels make a soft video; from {} it is sharp", limits.good_side);
        warn(Code::ImageSmall, message);
    }
    let crop = small.and_then(|(message, crop)| {
        warn(Code::FaceSmall, message);
        crop
    });
    if face.score < limits.sure_score {
        warn(Code::FaceLowConfidence, doubt(face, limits));
    }
    Verdict {
        valid: true,
        code: None,
        message: "the photo can be used".into(),
        remedy: String::new(),
        warnings,
        face: None,
        crop,
        kept,
        turned: None,
    }
}

/// Whether the face of a photo covers little of it; one that is not alone is cut out in any case.
fn smallness(
    size: (u32, u32),
    face: &Face,
    kept: Option<Region>,
    is_alone: bool,
    limits: &Photos,
) -> Option<Smallness> {
    let share = percent(face, size);
    if share >= limits.good_face_percent {
        return None;
    }
    let little = format!("the face covers {share:.1} % of the photo");
    if let Some(Region { width, height, .. }) = kept {
        let rest = if is_alone { "; `crop=none` keeps all of a photo" } else { "" };
        return Some((format!("{little}, which was cut to {width}x{height} pixels around it{rest}"), None));
    }
    let crop = Region::head_and_shoulders(face, size, limits.min_side);
    let message = format!("{little}; the part that `verdict.crop` tells makes a sharper video, as `crop=auto` cuts it");
    (!crop.is_whole(size)).then_some((message, Some(crop)))
}

fn refused(code: Code, message: impl Into<String>, remedy: &str) -> Verdict {
    Verdict {
        valid: false,
        code: Some(code),
        message: message.into(),
        remedy: remedy.into(),
        warnings: vec![],
        face: None,
        crop: None,
        kept: None,
        turned: None,
    }
}

fn doubt(face: &Face, limits: &Photos) -> String {
    format!("the face is doubtful: it scores {:.1}, and clear ones {:.1} or more", face.score, limits.sure_score)
}

/// How much of a photo a face covers.
fn percent(face: &Face, (width, height): (u32, u32)) -> f32 {
    100.0 * area(face) / (width as f32 * height as f32)
}

fn area(face: &Face) -> f32 {
    face.width * face.height
}

fn touches_border(face: &Face, (width, height): (u32, u32)) -> bool {
    let room = [face.x, face.y, width as f32 - face.x - face.width, height as f32 - face.y - face.height];
    room.into_iter().any(|room| room < TOUCHING)
}

#[cfg(test)]
mod tests;
