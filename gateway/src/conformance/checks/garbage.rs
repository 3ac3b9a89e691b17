//! Inputs that are not what they look like. The gateway lets few of them through, and disks and backups do the rest: an
//! engine ends such a job with a sentence, or makes a video of it, and its process goes on.

use std::fs;
use std::path::PathBuf;

use avatar_media::picture::{Rgb, RgbImage, save_png};
use engine_api::{ErrorKind, Input};
use serde_json::Map;

use crate::conformance::check::Check;
use crate::conformance::materials::{Portrait, Speech};
use crate::conformance::session::{Cancel, Session};
use crate::conformance::stand::{Scene, Stand};
use crate::conformance::take::{Ended, Take};
use crate::conformance::verdict::{Miss, Tried};

pub(super) const CHECKS: [Check; 9] = [
    Check {
        name: "garbage.portrait_cut",
        expected: "a portrait that breaks off in the middle ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(with_bad(stand, Input::Portrait, Bad::Cut)),
    },
    Check {
        name: "garbage.portrait_empty",
        expected: "an empty file in the place of the portrait ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(with_bad(stand, Input::Portrait, Bad::Empty)),
    },
    Check {
        name: "garbage.portrait_tiny",
        expected: "a portrait of one pixel ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(with_bad(stand, Input::Portrait, Bad::Tiny)),
    },
    Check {
        name: "garbage.portrait_faceless",
        expected: "a portrait without a face ends the job with a sentence of kind `input`, or becomes a video",
        remedy: "look whether a face was found before its place is used, and tell the client that there is none",
        run: |stand| Box::pin(with_bad(stand, Input::Portrait, Bad::Faceless)),
    },
    Check {
        name: "garbage.speech_cut",
        expected: "speech that breaks off in the middle of its header ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(with_bad(stand, Input::Speech, Bad::Cut)),
    },
    Check {
        name: "garbage.speech_empty",
        expected: "an empty file in the place of the speech ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(with_bad(stand, Input::Speech, Bad::Empty)),
    },
    Check {
        name: "garbage.video_cut",
        expected: "a source video that breaks off ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(with_bad(stand, Input::SourceVideo, Bad::Cut)),
    },
    Check {
        name: "garbage.video_empty",
        expected: "an empty file in the place of the source video ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(with_bad(stand, Input::SourceVideo, Bad::Empty)),
    },
    Check {
        name: "garbage.survived",
        expected: "the process that was given what cannot be read renders the next job",
        remedy: "change `self` only once a job's inputs are read",
        run: |stand| Box::pin(survived(stand)),
    },
];

const SENTENCE: &str =
    "return `EngineError::input` where a file cannot be read: no `unwrap`, no index that nothing has checked";

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bad {
    Cut,
    Empty,
    Tiny,
    Faceless,
}

impl Bad {
    fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Empty => "empty",
            Self::Tiny => "tiny",
            Self::Faceless => "faceless",
        }
    }
}

/// How much of speech is left that was cut: a part of its header. Of pictures and videos, half is.
const HEADER: usize = 20;

/// A bad file in the place of a good one.
async fn spoilt(stand: &Stand, input: Input, bad: Bad) -> anyhow::Result<PathBuf> {
    let good = match input {
        Input::Portrait => stand.materials.portrait(Portrait::Usual),
        Input::Speech => stand.materials.speech(Speech::Usual).1,
        Input::SourceVideo => stand.materials.video().await?,
    };
    let name = good.file_name().unwrap_or_default().to_string_lossy();
    let file = stand.materials.place(&format!("{}-{name}", bad.name()));
    match bad {
        Bad::Empty => fs::write(&file, "")?,
        Bad::Cut => {
            let whole = fs::read(&good)?;
            let kept = if input == Input::Speech { HEADER.min(whole.len()) } else { whole.len() / 2 };
            fs::write(&file, &whole[..kept])?;
        }
        Bad::Tiny => save_png(&RgbImage::from_pixel(1, 1, Rgb([120, 90, 80])), &file)?,
        Bad::Faceless => {
            let shade = |x: u32, y: u32| Rgb([(x / 2) as u8, (y / 2) as u8, 128]);
            save_png(&RgbImage::from_fn(320, 320, shade), &file)?;
        }
    }
    Ok(file)
}

/// Renders a job with bad files in it.
async fn with(stand: &mut Stand, session: &mut Session, bad: Vec<(Input, PathBuf)>) -> Result<Take, Miss> {
    let described = stand.described().await?;
    let params = stand.params(&described, &Map::new()).map_err(Miss::NotTried)?;
    let job = stand.job(&described, Scene::USUAL, params).await;
    let mut render = job.map_err(|error| Miss::not_tried(format!("{error:#}")))?;
    for (input, file) in bad {
        match input {
            Input::Portrait => render.job.portrait = Some(file),
            Input::Speech => render.job.speech = Some(engine_api::Speech::File(file)),
            Input::SourceVideo => render.job.source_video = Some(file),
        }
    }
    Ok(stand.play(session, render, Cancel::Never).await)
}

fn judged(take: &Take) -> Tried {
    match &take.ended {
        Ended::Done(_) => Ok(take.ended.to_string()),
        Ended::Refused(error) if error.kind == ErrorKind::Input && !error.message.trim().is_empty() => {
            Ok(error.message.clone())
        }
        ended => Err(Miss::Failed(ended.to_string())),
    }
}

fn not_made(error: anyhow::Error) -> Miss {
    Miss::not_tried(format!("the bad file cannot be made: {error:#}"))
}

async fn with_bad(stand: &mut Stand, input: Input, bad: Bad) -> Tried {
    stand.needs(input).await?;
    stand.usual().await?;
    let file = spoilt(stand, input, bad).await.map_err(not_made)?;
    let mut session = stand.warm().await?;
    let take = with(stand, &mut session, vec![(input, file)]).await?;
    stand.keep(session, &take).await;
    judged(&take)
}

async fn survived(stand: &mut Stand) -> Tried {
    stand.usual().await?;
    let mut bad = Vec::new();
    for input in [Input::Portrait, Input::Speech] {
        bad.push((input, spoilt(stand, input, Bad::Cut).await.map_err(not_made)?));
    }
    let mut session = stand.fresh().await?;
    let take = with(stand, &mut session, bad).await?;
    stand.goes_on(session, &take).await
}
