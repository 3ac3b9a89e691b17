//! Whether a photo can be animated: a pure judgement of its size and its faces, with a remedy where it cannot.

use avatar_media::faces::Face;

use crate::config::Photos;
use crate::domain::code::Code;
use crate::domain::upload::region::Region;
use crate::domain::upload::verdict::{Choice, Verdict, Which};
use crate::domain::upload::warning::Warning;

/// A box this near to the border, in pixels, touches it: the detector clamps boxes to the picture.
const TOUCHING: f32 = 1.0;

/// Judges a photo of `size` with these faces, best first.
///
/// Doubtful faces beside clear ones do not count: where there is a lamp, detectors see a face now and then. Of several
/// that count, the chosen one is judged in the part of the photo that shows it alone.
pub fn judge(size: (u32, u32), faces: &[Face], choice: Choice, limits: &Photos) -> Verdict {
    let short_side = size.0.min(size.1);
    if short_side < limits.min_side {
        let message = format!("the photo measures {}x{} pixels; {} are the least", size.0, size.1, limits.min_side);
        return refused(Code::ImageTooSmall, message, "send the photo in a higher resolution");
    }
    let (subject, kept) = match settle(size, faces, choice, limits) {
        Ok(settled) => settled,
        Err(verdict) => return *verdict,
    };
    let face = &faces[subject];
    let verdict = match fault(size, face, kept, choice, limits) {
        Some(verdict) => verdict,
        None => accepted(size, face, kept, limits),
    };
    Verdict { face: Some(subject), kept: kept.filter(|_| verdict.valid), ..verdict }
}

/// Settles on one face, and on the part of the picture that shows it alone if there are others.
fn settle(
    size: (u32, u32),
    faces: &[Face],
    choice: Choice,
    limits: &Photos,
) -> Result<(usize, Option<Region>), Box<Verdict>> {
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
    let alone = counted == [subject];
    let others = counted.iter().filter(|&&other| other != subject);
    let part = || {
        let whole = Region::head_and_shoulders(&faces[subject], size);
        others.fold(whole, |part, &other| part.without(&faces[other], &faces[subject]))
    };
    Ok((subject, (!alone).then(part)))
}

/// What is wrong with the face that was settled on.
fn fault(size: (u32, u32), face: &Face, kept: Option<Region>, choice: Choice, limits: &Photos) -> Option<Verdict> {
    let share = percent(face, size, kept);
    if let Some(part) = kept.filter(|part| part.short_side() < limits.min_side) {
        let (width, height, least) = (part.width, part.height, limits.min_side);
        let message =
            format!("the part with the chosen face alone measures {width}x{height} pixels; {least} are the least");
        return Some(refused(Code::FaceTooSmall, message, "send a photo of this person that was taken from nearer by"));
    }
    if share < limits.min_face_percent {
        let message = format!("the face covers {share:.1} % of the photo; {} % are the least", limits.min_face_percent);
        let crop = proposal(size, face, limits);
        let remedy = match crop {
            Some(_) => "send the part of the photo that `verdict.crop` tells",
            None => "send a photo that was taken from nearer by",
        };
        return Some(Verdict { crop, ..refused(Code::FaceTooSmall, message, remedy) });
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

fn accepted(size: (u32, u32), face: &Face, kept: Option<Region>, limits: &Photos) -> Verdict {
    let mut warnings = Vec::new();
    let mut warn = |code: Code, message| warnings.push(Warning { code: code.into(), message });
    let (width, height) = kept.map_or(size, |part| (part.width, part.height));
    if width.min(height) < limits.good_side {
        let message = format!("{width}x{height} pixels make a soft video; from {} it is sharp", limits.good_side);
        warn(Code::ImageSmall, message);
    }
    let share = percent(face, size, kept);
    let is_small = share < limits.good_face_percent;
    if is_small {
        warn(
            Code::FaceSmall,
            format!("the face covers {share:.1} % of the photo; a part around it gives a sharper video"),
        );
    }
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
        crop: is_small.then(|| proposal(size, face, limits)).flatten(),
        kept: None,
    }
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
    }
}

/// A part that would not itself be refused.
fn proposal(size: (u32, u32), face: &Face, limits: &Photos) -> Option<Region> {
    Some(Region::head_and_shoulders(face, size)).filter(|crop| crop.short_side() >= limits.min_side)
}

fn doubt(face: &Face, limits: &Photos) -> String {
    format!("the face is doubtful: it scores {:.1}, and clear ones {:.1} or more", face.score, limits.sure_score)
}

fn percent(face: &Face, size: (u32, u32), kept: Option<Region>) -> f32 {
    let (width, height) = kept.map_or(size, |part| (part.width, part.height));
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
