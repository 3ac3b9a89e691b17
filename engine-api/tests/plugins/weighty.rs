//! A plugin that describes weights, one of them optional, and is ready once the others are there.

use engine_api::{
    Descriptor, DeviceKind, Engine, EngineError, Host, Input, JsonSchema, Licence, Progress, RenderJob, Setup, Weight,
    export_engine,
};
use serde::Deserialize;

struct Weighty;

#[derive(Deserialize, JsonSchema)]
struct Params {}

impl Engine for Weighty {
    type Params = Params;

    fn describe() -> Descriptor {
        // The SHA-256 of "small weights\n".
        let sum = "96dcf39c0341dd817b443baa30ae6ca1f2ceca159a3312e05e1d85a0f96c870b";
        Descriptor {
            id: "weighty".into(),
            name: "Weighty".into(),
            version: "1.0.0".into(),
            summary: "Needs three files, takes a fourth, and makes nothing.".into(),
            inputs: vec![vec![Input::Portrait]],
            weights: vec![
                Weight {
                    file: "small.bin".into(),
                    source: "ann/net/small.bin".into(),
                    bytes: Some(14),
                    sha256: Some(sum.into()),
                    optional: false,
                },
                Weight {
                    file: "deep/large.bin".into(),
                    source: "ann/net@v1/large.bin".into(),
                    bytes: None,
                    sha256: None,
                    optional: false,
                },
                Weight {
                    file: "tag.bin".into(),
                    source: "github:ann/nets@v1.2/data/small.bin".into(),
                    bytes: Some(14),
                    sha256: Some(sum.into()),
                    optional: false,
                },
                Weight {
                    file: "better.bin".into(),
                    source: "ann/net/better.bin".into(),
                    bytes: Some(14),
                    sha256: Some(sum.into()),
                    optional: true,
                },
            ],
            licence: Licence::permissive("MIT"),
            devices: vec![DeviceKind::Cpu],
        }
    }

    fn load(_setup: &Setup, _progress: &mut dyn Progress) -> Result<Self, EngineError> {
        Ok(Self)
    }

    fn render(&mut self, _job: &RenderJob<Params>, _host: &mut dyn Host) -> Result<(), EngineError> {
        Err(EngineError::input("this engine makes nothing"))
    }
}

export_engine!(Weighty);
