//! The messages between the gateway and an engine's host process: one JSON object a line, over a private socket.

use std::path::PathBuf;

use avatar_media::video::VideoSummary;
use engine_api::{Description, EngineError, Readiness, RenderJob, Setup};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::computation::Computation;
use crate::domain::engine_warning::EngineWarning;
use crate::domain::progress::Progress;
use crate::domain::shortage::Shortage;

/// Version of these messages. Parent and child are programs of one build; the number guards against one that was replaced
/// without the other, or while its old self is running.
pub const PROTOCOL: u32 = 7;

/// The longest line either side accepts, in bytes. Descriptions with their schemas are the largest messages.
pub const LINE_BYTES: usize = 4 << 20;

/// What the gateway tells a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToHost {
    /// Describe the engine and check whether it could render with this set-up; loads nothing.
    Describe {
        /// The engine's table of the configuration; without one, only the description is wanted.
        setup: Option<Setup>,
    },
    /// Load the engine. Comes once, before any job.
    Load {
        /// The engine's table of the configuration.
        setup: Setup,
    },
    /// Render a job.
    Render(Box<Render>),
    /// Say that you are there; asked of an idle host before it gets a job.
    Ping,
    /// End the running job; ignored where none runs.
    Cancel,
    /// Exit.
    Shutdown,
}

/// A job for a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Render {
    /// What the engine sees.
    pub job: RenderJob<Value>,
    /// Where the speech is heard that is still spoken ([`Speech::Stream`](engine_api::Speech::Stream)): a named pipe with its
    /// samples as 32-bit floats, the least byte first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<PathBuf>,
    /// The sound as the client sent it, which goes into the result; the engine does not see it.
    pub sound: Option<PathBuf>,
    /// Where the finished video shall be.
    pub output: PathBuf,
    /// Where to write what the engine says, call by call; see [`calls`](crate::host::calls). For whoever tries engines out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<PathBuf>,
}

/// What a host tells the gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromHost {
    /// The first message.
    Hello {
        /// [`PROTOCOL`] of the host.
        protocol: u32,
    },
    /// The plugin cannot be opened; the host exits.
    Incompatible {
        /// A sentence for the operator.
        reason: String,
    },
    /// Answers [`ToHost::Describe`].
    Described {
        /// The engine.
        description: Box<Description>,
        /// Whether it could render; absent if no set-up was given.
        readiness: Option<Readiness>,
    },
    /// Answers [`ToHost::Load`].
    Loaded,
    /// Answers [`ToHost::Ping`].
    Pong,
    /// News of a long step.
    Progress(Progress),
    /// Something that the client should know of the video that is being made.
    Warning(EngineWarning),
    /// On what the job is computed.
    Computation(Computation),
    /// The video is complete and verified.
    Done {
        /// What was written.
        video: VideoSummary,
    },
    /// The last request failed.
    Failed {
        /// How.
        error: EngineError,
    },
    /// It failed for something that the machine lacks: neither the engine's fault nor the job's.
    Short {
        /// What is short.
        shortage: Shortage,
        /// How it failed.
        error: EngineError,
    },
}

#[cfg(test)]
mod tests {
    use engine_api::{Descriptor, DeviceKind, ErrorKind, Input, Licence, Phase, PortraitFace, Speech};
    use serde_json::json;

    use super::*;

    /// Every message as it goes over the socket: a difference here is another protocol.
    #[test]
    fn messages_keep_their_form() {
        let setup = Setup { weights: Some("/weights".into()), device: "cuda:0".into(), ..Setup::default() };
        let description = Description {
            descriptor: Descriptor {
                id: "sample".into(),
                name: "Sample".into(),
                version: "1.0.0".into(),
                summary: "Shows how messages look.".into(),
                inputs: vec![vec![Input::Portrait, Input::Speech]],
                weights: vec![],
                licence: Licence::permissive("MIT"),
                devices: vec![DeviceKind::Cpu],
            },
            streams: false,
            params: json!({"type": "object"}),
        };
        let job = RenderJob {
            id: "01890a5d-ac96-774b-bcce-b302099a8057".into(),
            portrait: Some("/data/photos/p.png".into()),
            face: Some(PortraitFace { x: 160.5, y: 120.0, width: 200.0, height: 210.0, score: 30.0 }),
            speech: Some(Speech::File("/data/audio/s.wav".into())),
            source_video: None,
            work_dir: "/data/j-1/engine".into(),
            params: json!({"seed": 1}),
        };
        let video = VideoSummary {
            frames: 50,
            seconds: 2.0,
            width: 512,
            height: 512,
            bytes: 100_000,
            sound_cut_seconds: 0.0,
            pictures_cut_seconds: 0.0,
            encoded_anew: None,
            encode_seconds: 0.5,
            verify_seconds: 0.1,
        };
        let down = [
            ToHost::Describe { setup: None },
            ToHost::Describe { setup: Some(setup.clone()) },
            ToHost::Load { setup },
            ToHost::Render(Box::new(Render {
                job,
                sound: Some("/data/audio/s.source".into()),
                output: "/data/j-1/video.mp4".into(),
                spoken: None,
                calls: None,
            })),
            ToHost::Ping,
            ToHost::Cancel,
            ToHost::Shutdown,
        ];
        let up = [
            FromHost::Hello { protocol: PROTOCOL },
            FromHost::Incompatible { reason: "built for engine ABI 2.0.0".into() },
            FromHost::Described { description: Box::new(description), readiness: Some(Readiness::READY) },
            FromHost::Loaded,
            FromHost::Pong,
            FromHost::Progress(Progress { fraction: 0.25, ..Progress::new(Phase::Rendering, "render", 1, 8) }),
            FromHost::Warning(EngineWarning::new("turned", "the face is turned away")),
            FromHost::Computation(Computation {
                device: "cuda:0".into(),
                providers: vec!["TensorRT".into(), "CUDA".into()],
                precision: "mixed".into(),
            }),
            FromHost::Done { video },
            FromHost::Failed { error: EngineError::input("no face") },
            FromHost::Short {
                shortage: Shortage::Storage,
                error: EngineError::new(ErrorKind::Output, "no space is left"),
            },
        ];
        let lines = |messages: Vec<String>| messages.join("\n");
        insta::assert_snapshot!("to_host", lines(down.iter().map(|m| serde_json::to_string(m).unwrap()).collect()));
        insta::assert_snapshot!("from_host", lines(up.iter().map(|m| serde_json::to_string(m).unwrap()).collect()));
        for message in down {
            let line = serde_json::to_string(&message).unwrap();
            assert_eq!(serde_json::from_str::<ToHost>(&line).unwrap(), message);
        }
        for message in up {
            let line = serde_json::to_string(&message).unwrap();
            assert_eq!(serde_json::from_str::<FromHost>(&line).unwrap(), message);
        }
    }
}
