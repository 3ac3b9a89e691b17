//! Speech that is still spoken while its video is made.

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use avatar_media::speech::SpeechReader;
use engine_api::{Input, SPEECH_RATE};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::Map;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;
use tokio::time::{Instant, sleep};

use crate::conformance::materials::Speech;
use crate::conformance::session::Cancel;
use crate::conformance::stand::{Scene, Stand};
use crate::conformance::verdict::{Miss, Tried};
use crate::host::calls::{self, What};

/// What is not said before the first frame is there.
const HELD_BACK: Duration = Duration::from_millis(100);
/// How long the first frame is waited for, at most.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked for.
const GLANCE: Duration = Duration::from_millis(20);

pub(super) async fn spoken(stand: &mut Stand) -> Tried {
    let described = stand.described().await?;
    if !described.description.streams {
        return Err(Miss::not_applicable("it takes speech as a file"));
    }
    stand.needs(Input::Speech).await?;
    stand.usual().await?;
    let not_tried = |error: anyhow::Error| Miss::not_tried(format!("{error:#}"));
    let params = stand.params(&described, &Map::new()).map_err(Miss::NotTried)?;
    let mut render = stand.job(&described, Scene::USUAL, params).await.map_err(not_tried)?;
    let pipe = render.output.with_file_name("spoken");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).map_err(|error| not_tried(error.into()))?;
    let said = samples(&stand.materials.speech(Speech::Usual).1).map_err(not_tried)?;
    let seconds = said.len() as f64 / f64::from(SPEECH_RATE);
    let calls = render.calls.clone().unwrap_or_default();
    render.job.speech = Some(engine_api::Speech::Stream);
    render.spoken = Some(pipe.clone());

    let was_early = Cell::new(false);
    let mut session = stand.warm().await?;
    let patience = PATIENCE.min(stand.order.patience / 2);
    let take = {
        let speaking = async {
            // Where nobody listens, the job's end tells.
            let _ = speak(&pipe, &said, || has_frame(&calls), patience, &was_early).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            take = stand.play(&mut session, render, Cancel::Never) => take,
            () = speaking => unreachable!("it waits for the job"),
        }
    };
    stand.keep(session, &take).await;
    let video = take.video().map_err(Miss::Failed)?;
    let frame = video.seconds / video.frames.max(1) as f64;
    let measured = format!("{:.2} s of {seconds:.2} s", video.seconds);
    match was_early.get() {
        true if (video.seconds - seconds).abs() <= 1.01 * frame => Ok(measured),
        true => Err(Miss::Failed(measured)),
        false => Err(Miss::Failed(format!("{measured}, and no frame came before the speech had ended"))),
    }
}

/// Says all but the last of it, waits for a frame, and says the rest.
async fn speak(
    pipe: &Path,
    said: &[f32],
    has_frame: impl Fn() -> bool,
    patience: Duration,
    was_early: &Cell<bool>,
) -> std::io::Result<()> {
    let bytes: Vec<u8> = said.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let held_back = (HELD_BACK.as_secs_f64() * f64::from(SPEECH_RATE)) as usize * size_of::<f32>();
    let (first, last) = bytes.split_at(bytes.len().saturating_sub(held_back));
    // Opened for reading as well, it does not wait for a listener.
    let mut speaker = pipe::OpenOptions::new().read_write(true).open_sender(pipe)?;
    speaker.write_all(first).await?;
    let until = Instant::now() + patience;
    while !was_early.get() && Instant::now() < until {
        sleep(GLANCE).await;
        was_early.set(has_frame());
    }
    speaker.write_all(last).await
}

/// Whether a frame was handed over.
fn has_frame(calls: &Path) -> bool {
    let said = calls::read(calls).unwrap_or_default();
    said.iter().any(|call| matches!(call.what, What::Frame { .. }))
}

fn samples(file: &Path) -> anyhow::Result<Vec<f32>> {
    let mut reader = SpeechReader::open(file)?;
    let mut samples = vec![0.0; usize::try_from(reader.samples_total())?];
    reader.read(&mut samples)?;
    Ok(samples)
}
