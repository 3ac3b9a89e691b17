//! A photo that was sent, decoded, searched for faces and judged in a child: both sides.

use std::fs;
use std::path::Path;
use std::time::Duration;

use avatar_media::faces::{Face, Looks, Search, Sight};
use avatar_media::picture::{self, Header, Picture, PictureError, PictureFormat, PictureLimits, Rotation};
use serde::{Deserialize, Serialize};

use crate::config::Photos;
use crate::domain::code::{Code, kinds};
use crate::domain::upload::verdict::{Choice, Turn, Verdict};
use crate::domain::upload::warning::Warning;
use crate::intake::error::UploadError;
use crate::intake::judge::{judge, looks};
use crate::intake::probe::answer::Answer;
use crate::intake::probe::child::{Blame, Work, ask, text};
use crate::intake::probe::decoders::Decoders;
use crate::intake::probe::detector;
use crate::intake::probe::fence::Bounds;

/// How long it may take. The largest picture that is taken takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a photo is held to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// What the sender says about the faces.
    pub choice: Choice,
    /// What a usable photo is.
    pub photos: Photos,
    /// What the picture may cost.
    pub limits: PictureLimits,
}

/// What was found in a photo, and what is thought of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct PhotoReport {
    /// What the file is.
    pub format: PictureFormat,
    /// Pixels across, upright.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// Every face, best first.
    pub faces: Vec<Face>,
    /// Whether it can be used.
    pub verdict: Verdict,
}

/// The child's side: writes what is kept of the photo `input` to `output`, as an upright RGB PNG, if it can be used, and
/// says on stdout what it is.
pub fn run(input: &Path, output: &Path, order: &Order) -> String {
    let answer = match look(input, output, order) {
        Ok(report) => Answer::Found(report),
        Err(PictureError::Io(error)) => Answer::failed(&error),
        Err(error) => Answer::refused(kinds::of_picture(&error), &error),
    };
    answer.line()
}

fn look(input: &Path, output: &Path, order: &Order) -> Result<PhotoReport, PictureError> {
    let picture = picture::decode(fs::read(input)?, &order.limits)?;
    let detector = detector::open(&order.photos)?;
    let search = Search { detector: &*detector, sure_score: order.photos.sure_score };
    let View { picture, sight, turned } = View::of(picture, &search, order.choice.turn);
    let (width, height) = picture.dimensions();
    let mut verdict = judge((width, height), &sight, order.choice, &order.photos);
    let whole = picture.whole();
    if verdict.valid {
        let face = verdict.face.and_then(|face| sight.faces.get(face));
        let looks = face.and_then(|face| Some((face, Looks::of(whole, face)?)));
        let told = looks.map(|(face, looks)| looks::warnings(face, &looks, search.yaw(whole, face)));
        verdict.warnings.extend(told.unwrap_or_default());
        let kept = verdict.kept.map_or(whole, |part| whole.cut(part.x, part.y, part.width, part.height));
        picture::save_png(kept, output)?;
    }
    if let (Some(rotation), Turn::Auto) = (turned, order.choice.turn) {
        let message =
            format!("the photo was turned clockwise by {} degrees to show its face upright", rotation.degrees());
        verdict.warnings.insert(0, Warning { code: Code::ImageTurned.into(), message });
    }
    let verdict = Verdict { turned, ..verdict };
    Ok(PhotoReport { format: picture.format, width, height, faces: sight.faces, verdict })
}

/// A picture as it is judged, and what is seen in it.
struct View {
    picture: Picture,
    sight: Sight,
    turned: Option<Rotation>,
}

impl View {
    fn of(picture: Picture, search: &Search<'_>, turn: Turn) -> Self {
        if let Turn::By(rotation) = turn {
            return Self::turned(picture, search, rotation);
        }
        let sight = search.look(picture.whole());
        match (turn, sight.rotation) {
            (Turn::Auto, Some(rotation)) => Self::turned(picture, search, rotation),
            _ => Self { picture, sight, turned: None },
        }
    }

    fn turned(picture: Picture, search: &Search<'_>, rotation: Rotation) -> Self {
        let picture = picture.turned(rotation);
        let sight = search.look(picture.whole());
        Self { picture, sight, turned: Some(rotation) }
    }
}

/// The parent's side: lets a child do it, with as much memory as the file's header told.
///
/// # Errors
/// It is no usable picture, or the child died over it.
pub async fn photo(
    decoders: &Decoders,
    input: &Path,
    output: &Path,
    order: &Order,
    header: &Header,
) -> Result<PhotoReport, UploadError> {
    let pixels = u64::from(header.width) * u64::from(header.height);
    let work = Work {
        name: "photo",
        reads: &[input],
        writes: Some(output),
        options: &[("--order", text(order))],
        // Compressed badly, noise takes a little more than it is.
        bounds: Some(
            Bounds::new(header.memory + detector::memory(&order.photos), PATIENCE).writing(4 * pixels + (1 << 20)),
        ),
        patience: PATIENCE,
        blame: Blame::File(Code::ImageUndecodable),
    };
    ask(decoders, &work).await
}
