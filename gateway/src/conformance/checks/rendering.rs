//! One job after the other: what is made of ordinary and of unusual inputs, and what is told meanwhile.

mod pictures;
mod spoken;
mod told;

use engine_api::Input;
use serde_json::Map;

use crate::conformance::check::Check;
use crate::conformance::materials::{Portrait, Speech};
use crate::conformance::session::Cancel;
use crate::conformance::stand::{Scene, Stand};
use crate::conformance::verdict::{Miss, Tried};
use crate::host::library::Stamp;

pub(super) const CHECKS: [Check; 18] = [
    Check {
        name: "rendering.completes",
        expected: "an ordinary job becomes a video that decodes from start to end, with as many frames as were announced",
        remedy: "mend what is told; --params makes an engine quick, --photo and --audio give it other inputs",
        run: |stand| Box::pin(completes(stand)),
    },
    Check {
        name: "rendering.length",
        expected: "the video is as long as its speech, to within a frame, whether that is short or long",
        remedy: "make as many frames as seconds of speech times the rate, rounded, and one at least",
        run: |stand| Box::pin(pictures::length(stand)),
    },
    Check {
        name: "rendering.announced",
        expected: "it says how many frames will come, so that clients see progress against it",
        remedy: "set `frames` in the format that `begin` gets",
        run: |stand| Box::pin(told::announced(stand)),
    },
    Check {
        name: "rendering.size",
        expected: "the video has the size and the rate that were announced, and both sides are even",
        remedy: "announce what the frames are, and round an odd side",
        run: |stand| Box::pin(pictures::size(stand)),
    },
    Check {
        name: "rendering.moves",
        expected: "the frames differ from each other where there is speech",
        remedy: "write each frame into its buffer before it is handed over, and read on in the speech",
        run: |stand| Box::pin(pictures::moves(stand)),
    },
    Check {
        name: "rendering.shows",
        expected: "no frame has one colour alone",
        remedy: "hand over no buffer that nothing was painted into, and look for numbers that are none (NaN)",
        run: |stand| Box::pin(pictures::shows(stand)),
    },
    Check {
        name: "rendering.progress",
        expected: "within a stage, progress never falls and never passes its total",
        remedy: "count up what is finished, and give a stage that begins anew another name",
        run: |stand| Box::pin(told::progress(stand)),
    },
    Check {
        name: "rendering.advances",
        expected: "what clients see of the progress rises, up to nine tenths or more before the video is there",
        remedy: "announce `frames`, or report one stage with a total while pictures are made",
        run: |stand| Box::pin(told::advances(stand)),
    },
    Check {
        name: "rendering.phases",
        expected: "the phases that it tells of come in their order",
        remedy: "call `phase` only where the gateway cannot know, and never for one that is over",
        run: |stand| Box::pin(told::phases(stand)),
    },
    Check {
        name: "rendering.signs",
        expected: "while it renders, it gives a sign of life within half of `stall_seconds`",
        remedy: "call `progress` between frames and before the first one, with news in it",
        run: |stand| Box::pin(told::signs(stand)),
    },
    Check {
        name: "rendering.short_speech",
        expected: "0.1 s of speech become a video",
        remedy: "make one frame at least, and pad what a window or a network needs more of",
        run: |stand| Box::pin(of_speech(stand, Speech::Brief)),
    },
    Check {
        name: "rendering.long_speech",
        expected: "20 s of speech become a video, within --timeout",
        remedy: "work window by window; where it only takes long, raise --timeout",
        run: |stand| Box::pin(of_speech(stand, Speech::Long)),
    },
    Check {
        name: "rendering.silent_speech",
        expected: "silence becomes a video",
        remedy: "divide by no loudness that may be 0",
        run: |stand| Box::pin(of_speech(stand, Speech::Silent)),
    },
    Check {
        name: "rendering.spoken",
        expected: "where it takes speech that is still spoken, the first frame comes before the speech ends, and the video is as long as it",
        remedy: "listen no further ahead than a frame needs, and end with what `hear` calls the end",
        run: |stand| Box::pin(spoken::spoken(stand)),
    },
    Check {
        name: "rendering.odd_portrait",
        expected: "a portrait of odd width and height becomes a video",
        remedy: "round the size of the video, or cut a row and a column",
        run: |stand| Box::pin(of_portrait(stand, &[Portrait::Odd])),
    },
    Check {
        name: "rendering.long_portrait",
        expected: "portraits three times as high as wide, and as wide as high, become videos",
        remedy: "scale both sides alike, or cut around the face",
        run: |stand| Box::pin(of_portrait(stand, &[Portrait::Tall, Portrait::Wide])),
    },
    Check {
        name: "rendering.combinations",
        expected: "each combination of inputs that it lists becomes a video",
        remedy: "mend what is told, or leave the combination out of `inputs`",
        run: |stand| Box::pin(combinations(stand)),
    },
    Check {
        name: "rendering.keeps_to_its_folder",
        expected: "it changes no input, and writes nowhere but into `work_dir` and, for a while, the system's temporary folder",
        remedy: "open inputs for reading alone, and put files of its own into `job.work_dir`",
        run: |stand| Box::pin(keeps_to_its_folder(stand)),
    },
];

async fn completes(stand: &mut Stand) -> Tried {
    stand.take(Scene::USUAL).await?.told().map_err(Miss::Failed)
}

/// Whether a scene becomes a video.
async fn becomes_a_video(stand: &mut Stand, scene: Scene) -> Tried {
    stand.usual().await?;
    stand.take(scene).await?.told().map_err(Miss::Failed)
}

async fn of_speech(stand: &mut Stand, speech: Speech) -> Tried {
    stand.needs(Input::Speech).await?;
    becomes_a_video(stand, Scene::heard(speech)).await
}

async fn of_portrait(stand: &mut Stand, portraits: &[Portrait]) -> Tried {
    stand.needs(Input::Portrait).await?;
    let mut made = Vec::new();
    for portrait in portraits {
        made.push(becomes_a_video(stand, Scene::seen(*portrait)).await?);
    }
    Ok(made.join("; "))
}

async fn combinations(stand: &mut Stand) -> Tried {
    let count = stand.described().await?.description.descriptor.inputs.len();
    for combination in 1..count {
        let made = becomes_a_video(stand, Scene { combination, ..Scene::USUAL }).await;
        let described = stand.described().await?;
        let inputs = &described.description.descriptor.inputs[combination];
        made.map_err(|miss| match miss {
            Miss::Failed(reason) => Miss::Failed(format!("{inputs:?}: {reason}")),
            other => other,
        })?;
    }
    stand.usual().await?;
    Ok(format!("{count} of {count}"))
}

async fn keeps_to_its_folder(stand: &mut Stand) -> Tried {
    stand.usual().await?;
    let (sound, speech) = stand.materials.speech(Speech::Usual);
    let inputs = [stand.materials.portrait(Portrait::Usual), speech, sound];
    let stamps = || inputs.iter().map(|input| Stamp::of(input).ok()).collect::<Vec<_>>();
    let before = stamps();
    let take = stand.render_warm(Scene::USUAL, &Map::new(), Cancel::Never).await?;
    let after = stamps();
    let changed = inputs.iter().zip(before.iter().zip(&after)).filter(|(_, (before, after))| before != after);
    let mut faults: Vec<String> = changed.map(|(input, _)| format!("{} was changed", input.display())).collect();
    faults.extend(take.strewn.iter().map(|file| format!("{} was written", file.display())));
    if faults.is_empty() { Ok("nothing else was touched".into()) } else { Err(Miss::Failed(faults.join("; "))) }
}
