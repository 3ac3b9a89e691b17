//! The frames of ordinary jobs: how many, how large, and whether they show anything.

use std::collections::BTreeSet;

use engine_api::Input;

use crate::conformance::materials::Speech;
use crate::conformance::stand::{Scene, Stand};
use crate::conformance::verdict::{Miss, Tried};

/// Of frames by their rate, so much more than one is still one: rates and lengths are rounded.
const ROUNDING: f64 = 0.01;

pub(super) async fn length(stand: &mut Stand) -> Tried {
    stand.needs(Input::Speech).await?;
    stand.usual().await?;
    let (mut measured, mut wrong) = (Vec::new(), false);
    for speech in [Speech::Usual, Speech::Brief, Speech::Long] {
        let take = stand.take(Scene::heard(speech)).await?;
        // What becomes no video at all is told by a check of its own.
        let Ok(video) = take.video() else { continue };
        let seconds = stand.materials.seconds(speech).map_err(|error| Miss::not_tried(error.to_string()))?;
        let frame = video.seconds / video.frames.max(1) as f64;
        wrong |= (video.seconds - seconds).abs() > frame * (1.0 + ROUNDING);
        measured.push(format!("{:.2} s of {seconds:.2} s", video.seconds));
    }
    let measured = measured.join(", ");
    if wrong { Err(Miss::Failed(measured)) } else { Ok(measured) }
}

pub(super) async fn size(stand: &mut Stand) -> Tried {
    let take = stand.usual().await?;
    let video = take.video().map_err(Miss::NotTried)?;
    let made = format!("{}x{}", video.width, video.height);
    if video.width % 2 != 0 || video.height % 2 != 0 {
        return Err(Miss::failed(format!("a side of {made} is odd")));
    }
    let Some(format) = take.format() else { return Ok(format!("{made}, in a file that was delivered")) };
    let rate = video.frames as f64 / video.seconds;
    let announced = format!("{}x{} at {:.2}/s", format.width, format.height, format.rate.as_f64());
    let is_as_announced = (video.width, video.height) == (format.width, format.height)
        && (rate / format.rate.as_f64() - 1.0).abs() <= ROUNDING;
    match is_as_announced {
        true => Ok(announced),
        false => Err(Miss::failed(format!("{made} at {rate:.2}/s, and announced were {announced}"))),
    }
}

pub(super) async fn moves(stand: &mut Stand) -> Tried {
    stand.needs(Input::Speech).await?;
    let take = stand.usual().await?;
    let frames = take.frames();
    let different: BTreeSet<_> = frames.iter().collect();
    let measured = format!("{} of {} frames are different ones", different.len(), frames.len());
    if different.len() > 1 || frames.len() < 2 { Ok(measured) } else { Err(Miss::Failed(measured)) }
}

pub(super) async fn shows(stand: &mut Stand) -> Tried {
    let take = stand.usual().await?;
    let frames = take.frames();
    let plain: Vec<usize> = (0..frames.len()).filter(|index| frames[*index].1).collect();
    match plain.first() {
        None => Ok(format!("{} frames show something", frames.len())),
        Some(first) => {
            let count = (plain.len(), frames.len());
            Err(Miss::failed(format!("{} of {} frames have one colour, the first is frame {first}", count.0, count.1)))
        }
    }
}
