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
        run: |stand| Box::pin(of_portrait(stand, Bad::Cut)),
    },
    Check {
        name: "garbage.portrait_empty",
        expected: "an empty file in the place of the portrait ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(of_portrait(stand, Bad::Empty)),
    },
    Check {
        name: "garbage.portrait_tiny",
        expected: "a portrait of one pixel ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(of_portrait(stand, Bad::Tiny)),
    },
    Check {
        name: "garbage.portrait_faceless",
        expected: "a portrait without a face ends the job with a sentence of kind `input`, or becomes a video",
        remedy: "look whether a face was found before its place is used, and tell the client that there is none",
        run: |stand| Box::pin(of_portrait(stand, Bad::Faceless)),
    },
    Check {
        name: "garbage.speech_cut",
        expected: "speech that breaks off in the middle of its header ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(of_speech(stand, Bad::Cut)),
    },
    Check {
        name: "garbage.speech_empty",
        expected: "an empty file in the place of the speech ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(of_speech(stand, Bad::Empty)),
    },
    Check {
        name: "garbage.video_cut",
        expected: "a source video that breaks off ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(of_video(stand, Bad::Cut)),
    },
    Check {
        name: "garbage.video_empty",
        expected: "an empty file in the place of the source video ends the job with a sentence of kind `input`, or becomes a video",
        remedy: SENTENCE,
        run: |stand| Box::pin(of_video(stand, Bad::Empty)),
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

/// How much of a file is left of one that was cut: of speech, a part of its header.
const HEADER: usize = 20;

/// A bad file in the place of a good one.
fn spoilt(stand: &Stand, bad: Bad, good: &PathBuf, kept: impl Fn(usize) -> usize) -> anyhow::Result<PathBuf> {
    let name = good.file_name().unwrap_or_default().to_string_lossy();
    let file = stand.materials.place(&format!("{}-{name}", bad.name()));
    match bad {
        Bad::Empty => fs::write(&file, "")?,
        Bad::Cut => {
            let whole = fs::read(good)?;
            fs::write(&file, &whole[..kept(whole.len()).min(whole.len())])?;
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
async fn with(
    stand: &mut Stand,
    session: &mut Session,
    portrait: Option<PathBuf>,
    speech: Option<PathBuf>,
    video: Option<PathBuf>,
) -> Result<Take, Miss> {
    let described = stand.described().await?;
    let params = stand.params(&described, &Map::new()).map_err(Miss::NotTried)?;
    let job = stand.job(&described, Scene::USUAL, params).await;
    let mut render = job.map_err(|error| Miss::not_tried(format!("{error:#}")))?;
    let job = &mut render.job;
    for (place, bad) in [(&mut job.portrait, portrait), (&mut job.speech, speech), (&mut job.source_video, video)] {
        if bad.is_some() {
            *place = bad;
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

async fn of_portrait(stand: &mut Stand, bad: Bad) -> Tried {
    stand.needs(Input::Portrait, "portrait").await?;
    stand.usual().await?;
    let file = spoilt(stand, bad, &stand.materials.portrait(Portrait::Usual), |bytes| bytes / 2).map_err(not_made)?;
    let mut session = stand.warm().await?;
    let take = with(stand, &mut session, Some(file), None, None).await?;
    stand.keep(session, &take).await;
    judged(&take)
}

async fn of_speech(stand: &mut Stand, bad: Bad) -> Tried {
    stand.needs(Input::Speech, "speech").await?;
    stand.usual().await?;
    let file = spoilt(stand, bad, &stand.materials.speech(Speech::Usual).1, |_| HEADER).map_err(not_made)?;
    let mut session = stand.warm().await?;
    let take = with(stand, &mut session, None, Some(file), None).await?;
    stand.keep(session, &take).await;
    judged(&take)
}

async fn of_video(stand: &mut Stand, bad: Bad) -> Tried {
    stand.needs(Input::SourceVideo, "source video").await?;
    stand.usual().await?;
    let good = stand.materials.video().await.map_err(not_made)?;
    let file = spoilt(stand, bad, &good, |bytes| bytes / 2).map_err(not_made)?;
    let mut session = stand.warm().await?;
    let take = with(stand, &mut session, None, None, Some(file)).await?;
    stand.keep(session, &take).await;
    judged(&take)
}

async fn survived(stand: &mut Stand) -> Tried {
    stand.usual().await?;
    let portrait = spoilt(stand, Bad::Cut, &stand.materials.portrait(Portrait::Usual), |bytes| bytes / 2);
    let speech = spoilt(stand, Bad::Cut, &stand.materials.speech(Speech::Usual).1, |_| HEADER);
    let (portrait, speech) = (portrait.map_err(not_made)?, speech.map_err(not_made)?);
    let mut session = stand.fresh().await?;
    let bad = with(stand, &mut session, Some(portrait), Some(speech), None).await?;
    if !bad.left_its_host() {
        return Err(Miss::Failed(bad.ended.to_string()));
    }
    let next = stand.render(&mut session, Scene::USUAL, &Map::new(), Cancel::Never).await?;
    stand.keep(session, &next).await;
    let video = next.video().map_err(Miss::Failed)?;
    Ok(format!("the next job has {} frames", video.frames))
}
